"""Typed ids. Everything 32 bytes long is a content-derived id or a hash, as on chain."""

from __future__ import annotations

from typing import NewType

ParticipantId = NewType("ParticipantId", int)  # uint16
SubjectId = NewType("SubjectId", str)  # checksum address
AgreementId = NewType("AgreementId", bytes)
BatchId = NewType("BatchId", bytes)
RunId = NewType("RunId", bytes)
ModelId = NewType("ModelId", bytes)
CertificateId = NewType("CertificateId", bytes)
AsOfDay = NewType("AsOfDay", int)  # uint16, days since 1970-01-01
