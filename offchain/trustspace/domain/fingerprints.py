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
    from trustspace.domain.ids import AgreementId, SubjectId


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
