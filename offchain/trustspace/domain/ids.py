"""Typed ids. Everything 32 bytes long is a content-derived id or a hash, as on chain."""

from __future__ import annotations

from typing import NewType

ParticipantId = NewType("ParticipantId", int)  # uint16
Address = NewType("Address", str)  # checksum address of an account
SubjectId = NewType("SubjectId", str)  # checksum address: the firm's pseudonym
AgreementId = NewType("AgreementId", bytes)
BatchId = NewType("BatchId", bytes)
RunId = NewType("RunId", bytes)
ModelId = NewType("ModelId", bytes)
CertificateId = NewType("CertificateId", bytes)
StatementId = NewType("StatementId", bytes)
VerifierNumber = NewType("VerifierNumber", int)  # uint8, from 1
LienId = NewType("LienId", int)  # uint64: bank (16 bits) | tag (48 bits)
OperationId = NewType("OperationId", bytes)  # 32 bytes chosen by the caller; repeating one is a no-op
AsOfDay = NewType("AsOfDay", int)  # uint16, days since 1970-01-01
