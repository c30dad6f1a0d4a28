"""Liens: claims of banks on shares of invoices, and what a bank is told about an invoice.

An invoice is named by its strict fingerprint in each open epoch. Fingerprints that were said to be one invoice's form a
family, under which its liens stand. Shares are basis points of the invoice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustspace.domain.batches import InvoiceStatus
    from trustspace.domain.ids import Address, BatchId, LienId, ParticipantId

WHOLE = 10_000
BATCH_SIZES = (1, 10, 100)


class LienState(IntEnum):
    """Life of a lien."""

    NONE = 0
    RESERVED = 1
    FINANCED = 2
    RELEASED = 3
    DISPLACED = 4
    EXPIRED = 5
    ANNULLED = 6


class Refusal(IntEnum):
    """Why an item of a call was left out."""

    NONE = 0
    SHARE_TAKEN = 1
    FAMILY_FULL = 2
    LINK_CONFLICT = 3
    GONE = 4
    DISPUTED = 5
    COLLATERAL_LOST = 6

    @property
    def sentence(self) -> str:
        """What it means for people."""
        return _SENTENCES[self]


_SENTENCES = {
    Refusal.NONE: "done",
    Refusal.SHARE_TAKEN: "more of the invoice is pledged than this would leave",
    Refusal.FAMILY_FULL: "as many liens or fingerprints as an invoice can have are recorded",
    Refusal.LINK_CONFLICT: "its fingerprints belong to two sets of live liens: somebody named a wrong one",
    Refusal.GONE: "no such lien lives: it ran out, was displaced, ended, or never was",
    Refusal.DISPUTED: "the lien is disputed: the regulator decides",
    Refusal.COLLATERAL_LOST: "the invoice behind it is voided, paid or disputed",
}


class DisputeVerdict(IntEnum):
    """How the regulator ends a dispute."""

    DISMISSED = 0
    UPHELD = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """What a bank claims. `older`: the fingerprint in the older epoch while two are open, else None."""

    fingerprint: bytes
    older: bytes | None = None
    share_bps: int = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class LienReference:
    """A lien by any fingerprint of its invoice and its own id."""

    fingerprint: bytes
    lien: LienId


@dataclass(frozen=True, slots=True, kw_only=True)
class LienHint:
    """Softer fingerprints (32 bytes) of the invoice behind a lien."""

    reference: LienReference
    parties: bytes
    digits: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Collateral:
    """An anchored invoice with its proof. `number`: of its enrolled batch."""

    number: int
    batch: BatchId
    index: int
    commitment: bytes
    buyer: Address | None
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lien:
    """A lien as the registry knows it. `batch` is None when it is linked to no anchored invoice."""

    lien: LienId
    bank: ParticipantId
    state: LienState
    share_bps: int
    committed_at: int
    until: int
    disputed: bool
    batch: BatchId | None
    index: int
    invoice_status: frozenset[InvoiceStatus]

    @property
    def is_live(self) -> bool:
        """Whether it takes a share."""
        return self.state in {LienState.RESERVED, LienState.FINANCED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What is claimed of one invoice. `family` is None when its fingerprint was never pledged."""

    family: bytes | None
    reserved_bps: int
    financed_bps: int
    live: int
    disputed: bool
    invoice_status: frozenset[InvoiceStatus]
