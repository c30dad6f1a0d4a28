"""What a firm can show of one invoice without showing the invoice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.batches import InvoiceStatus


class InvoiceField(IntEnum):
    """A field that can be shown alone; the value is its place in the commitment."""

    SELLER = 0
    BUYER = 1
    NUMBER = 2
    DATE = 3
    AMOUNT = 4
    """Net of tax, fen."""
    TAX = 5
    TOTAL = 6
    KIND = 7
    """Kind of invoice and currency."""

    @property
    def label(self) -> str:
        """Name in files and on the command line."""
        return self.name.lower()


class CommitmentScheme(IntEnum):
    """How the commitments of a batch are made; the chain sees 32 bytes either way."""

    WHOLE = 1
    """One salted hash over the invoice: quickest, shown whole or not at all."""
    FIELDS = 2
    """A hash over salted hashes of the fields: any field can be shown alone."""


class OpeningReason(Enum):
    """Why an opening holds or does not; the first that applies, in this order."""

    OK = "Ok"
    WRONG_RECEIVER = "WrongReceiver"
    WRONG_SPACE = "WrongSpace"
    NOT_ANCHORED = "NotAnchored"
    NOT_SIGNED = "NotSigned"
    NOT_YET_VALID = "NotYetValid"
    EXPIRED = "Expired"
    VOIDED = "Voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningVerdict:
    """What an opening says, and whether to believe it. `shown` is empty unless the chain bears it out."""

    reason: OpeningReason
    shown: Mapping[InvoiceField, str]
    statuses: frozenset[InvoiceStatus]

    @property
    def valid(self) -> bool:
        """Whether everything holds."""
        return self.reason is OpeningReason.OK
