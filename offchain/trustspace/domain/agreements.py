"""Agreements by which a subject lets a participant use its data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from trustspace.domain.ids import AgreementId, ParticipantId, SubjectId


class Purpose(IntFlag):
    """What data may be used for, as in ``contracts/types/Roles.sol``."""

    FEATURES = 1 << 0
    TRAINING = 1 << 1
    CERTIFICATE = 1 << 2
    FINGERPRINT = 1 << 3
    FINANCING = 1 << 4


class AgreementState(IntEnum):
    """Life of an agreement; expiry is a matter of time, not of state."""

    NONE = 0
    ACTIVE = 1
    TERMINATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerms:
    """What both sides sign. Times are UTC seconds, `scope_hash` and `salt` are 32 bytes."""

    subject: SubjectId
    grantee: ParticipantId
    purposes: Purpose
    scope_hash: bytes
    not_before: int
    not_after: int
    max_uses: int
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAgreement:
    """Terms with both signatures (65 bytes each)."""

    terms: AgreementTerms
    subject_signature: bytes
    grantee_signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRecord:
    """An agreement as the registry knows it."""

    agreement: AgreementId
    subject: SubjectId
    grantee: ParticipantId
    purposes: Purpose
    state: AgreementState
    not_before: int
    not_after: int
    max_uses: int
    uses: int
    scope_hash: bytes
