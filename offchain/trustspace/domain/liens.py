"""Liens: claims of banks on shares of invoices, and what a bank is told about an invoice.

An invoice is named by its strict fingerprint in each open epoch. Fingerprints that were said to be one invoice's form a
family, under which its liens stand. Shares are basis points of the invoice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from trustspace.domain.batches import InvoiceStatus
    from trustspace.domain.fingerprints import EpochFingerprints
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


class InvoiceStanding(IntEnum):
    """What a bank is told of an invoice, the gravest first to apply."""

    FREE = 0
    WARNED = 1
    RESERVED = 2
    FINANCED = 3
    VOIDED = 4


class LienWarning(IntEnum):
    """What makes a bank look twice; none of them blocks."""

    ALTERED_COPY = 1
    """A live lien rests on an invoice with the same parties, date and total, or the same digits of its number."""
    LINK_CONFLICT = 2
    """Its fingerprints in the open epochs belong to different live liens: somebody named a wrong one."""
    DISPUTED = 3
    """A live lien on it is disputed, or the invoice is."""
    PAID = 4
    """The invoice is paid: there is nothing left to pledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePrints:
    """An invoice as banks know it from the fingerprint service: strict and softer fingerprints in every open epoch.

    `label` is the bank's own name for it; `anchored` says where the source anchored it, when the bank knows.
    """

    label: str
    epochs: tuple[EpochFingerprints, ...]
    anchored: tuple[BatchId, int] | None = None

    def __post_init__(self) -> None:
        """Raise OutOfRange unless one or two epochs are given, the older first."""
        numbers = [item.epoch for item in self.epochs]
        if len(numbers) not in {1, 2} or numbers != sorted(set(numbers)):
            raise OutOfRange(
                f"fingerprints of epochs {numbers}", where=self.label, remedy="give those of every open epoch, in order"
            )

    @property
    def newest(self) -> EpochFingerprints:
        """In the epoch opened last."""
        return self.epochs[-1]

    def pledge(self, share_bps: int) -> Pledge:
        """What pledges a share of it."""
        older = self.epochs[0].strict if len(self.epochs) > 1 else None
        return Pledge(fingerprint=self.newest.strict, older=older, share_bps=share_bps)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCheck:
    """What is known of one invoice now. `share_bps` is what is taken of it."""

    label: str
    standing: InvoiceStanding
    reserved_bps: int
    financed_bps: int
    warnings: frozenset[LienWarning]

    @property
    def share_bps(self) -> int:
        """Basis points that are taken."""
        return min(WHOLE, self.reserved_bps + self.financed_bps)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedPledge:
    """One of a bank's own pledges with its softer fingerprints. `label` is None for one that only fills up a batch."""

    label: str | None
    pledge: Pledge
    parties: bytes
    digits: bytes
    lien: LienId

    @property
    def reference(self) -> LienReference:
        """The lien that comes of it."""
        return LienReference(fingerprint=self.pledge.fingerprint, lien=self.lien)


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeGroup:
    """Pledges committed to together, kept by their bank before anything is sent. `salt` is secret until opened."""

    commitment: bytes
    salt: bytes
    pledges: tuple[DraftedPledge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLien:
    """A lien in a bank's own book. `label` is None for a filler; `refusal` is NONE for one that was reserved."""

    label: str | None
    reference: LienReference
    share_bps: int
    refusal: Refusal
