"""Fingerprints of invoices: what they are made from, and what a bank gets.

The strict fingerprint says that an invoice is the same document. The softer ones are equal for altered copies, and for
honest coincidences too: they warn and never block.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustspace.domain.ids import Address, AgreementId, ParticipantId, SubjectId


MAX_BATCH = 128
"""Elements in one request, under one proof: what a contract can still judge in one transaction."""


class DocumentType(IntEnum):
    """What a document claims. The tax kind is no part of it: not every export states it, which would be a loophole."""

    INVOICE = 1
    CREDIT_NOTE = 2


class FingerprintKind(IntEnum):
    """What an equal fingerprint means; the number stands in the canonical bytes."""

    STRICT = 1
    """Same seller, document type, number and issue date: the same document."""
    PARTIES = 2
    """Same seller, buyer, issue date and total: a copy under another number?"""
    DIGITS = 3
    """Same seller and digits of the number: a copy with another date or spelling?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """What fingerprints are made from, as the file has it; `total_minor` in the currency's smallest unit."""

    seller: str
    buyer: str
    document: DocumentType
    number: str
    issue_date: date
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochFingerprints:
    """The fingerprints (32 bytes each) of one invoice in one epoch. `digits` is None for a number without any."""

    epoch: int
    strict: bytes
    parties: bytes
    digits: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintQuery:
    """Whose invoices, under which agreement: the keyholders look both up before they answer."""

    seller: SubjectId
    agreement: AgreementId
    invoices: tuple[InvoiceFacts, ...]


class EpochState(IntEnum):
    """Life of an epoch of keys."""

    NONE = 0
    PROPOSED = 1
    OPEN = 2
    CLOSED = 3


class Fault(IntEnum):
    """What was proven wrong with a keyholder's answer."""

    NONE = 0
    MALFORMED = 1
    WRONG_PROOF = 2
    TWO_KEYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochNode:
    """A keyholder of an epoch. `account` signs its answers; None until it confirmed its seeds."""

    number: int
    participant: ParticipantId
    account: Address | None
    faults: int
    destroyed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """An epoch as the ledger knows it. `ceremony`: the proposal; `transcript`: what its keyholders confirmed."""

    epoch: int
    state: EpochState
    threshold: int
    ceremony: bytes
    transcript: bytes
    nodes: tuple[EpochNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """How far a keyholder's log is fixed on the ledger."""

    entries: int
    evaluations: int
    head: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """What a bank signs to have blinded elements (33 bytes each) evaluated. `day`: days since 1970-01-01, UTC.

    `salt` (32 random bytes) makes every request another; `signature` has 65 bytes.
    """

    epoch: int
    seller: SubjectId
    agreement: AgreementId
    day: int
    blinded: tuple[bytes, ...]
    salt: bytes
    signature: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the ledger says about a request, asked in one go: the agreement may be used now for fingerprints.

    `bank`: the participant that the signer acts for. `used`: whether today's session was counted on the agreement.
    """

    bank: ParticipantId
    grantee: ParticipantId
    subject: SubjectId
    used: bool
    epoch: EpochRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAnswer:
    """A keyholder's answer to a batch with everything that was signed; elements are 33 bytes each.

    `key` is the keyholder's public key share for seller and epoch. `signature` has 65 bytes.
    """

    request: bytes
    epoch: int
    seller: SubjectId
    key: bytes
    blinded: tuple[bytes, ...]
    evaluated: tuple[bytes, ...]
    challenge: bytes
    response: bytes
    signature: bytes
