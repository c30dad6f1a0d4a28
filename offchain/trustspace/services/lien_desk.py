"""A bank's desk for liens: is this invoice free, reserve it, finance it, give it back, take it to the next epoch.

Calls go in batches of 1, 10 or 100. What is missing to the next size is filled with pledges of random fingerprints that
live and end like any other, so that nobody but the bank can tell how many invoices it finances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from trustspace.domain.liens import (
    BATCH_SIZES,
    WHOLE,
    DraftedPledge,
    InvoiceCheck,
    LienHint,
    LienState,
    OwnLien,
    Pledge,
    PledgeGroup,
    Refusal,
)
from trustspace.errors import UsageError
from trustspace.services.lien_check import LienReader, check_invoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from trustspace.domain.ids import LienId
    from trustspace.domain.liens import InvoicePrints, Lien, LienReference
    from trustspace.ports import Randomness

DIGEST = 32


class _Item(NamedTuple):
    label: str | None
    pledge: Pledge
    parties: bytes
    digits: bytes


class LienLedger(LienReader, Protocol):
    """What one bank does with liens, signed by its own account."""

    def identify(self, salt: bytes, pledges: Sequence[Pledge]) -> tuple[bytes, tuple[LienId, ...]]:
        """Return the commitment to these pledges and the ids of the liens they become."""
        ...

    def commit(self, commitment: bytes) -> None:
        """Commit; one that is pending is left as it is."""
        ...

    def reserve(self, salt: bytes, pledges: Sequence[Pledge]) -> tuple[Refusal, ...]:
        """Open a commitment in a later block."""
        ...

    def finance(self, liens: Sequence[LienReference]) -> tuple[Refusal, ...]:
        """Turn reservations into claims that last. Raises ContractRefused while a commit window is open."""
        ...

    def release(self, liens: Sequence[LienReference]) -> None:
        """Give liens up."""
        ...

    def migrate(self, items: Sequence[tuple[LienReference, bytes]]) -> tuple[Refusal, ...]:
        """Make a further fingerprint of the invoice behind each lien known."""
        ...

    def hint(self, hints: Sequence[LienHint]) -> None:
        """Post softer fingerprints."""
        ...


class LienBook(Protocol):
    """A bank's own record of its liens; it outlives the process."""

    def add(self, group: PledgeGroup) -> None:
        """Keep a group before anything of it is sent."""
        ...

    def unopened(self) -> tuple[PledgeGroup, ...]:
        """Return groups that were kept and not noted as opened, the oldest first."""
        ...

    def opened(self, commitment: bytes, refusals: Sequence[Refusal]) -> None:
        """Note what became of a group's pledges."""
        ...

    def liens(self) -> tuple[OwnLien, ...]:
        """Return every lien of the groups that were opened, in order."""
        ...


class LienDesk:
    """A bank's side: signed, and kept in its book."""

    def __init__(self, ledger: LienLedger, book: LienBook, randomness: Randomness) -> None:
        """Nothing is asked or sent yet."""
        self._ledger = ledger
        self._book = book
        self._randomness = randomness

    def check(self, invoices: Sequence[InvoicePrints]) -> tuple[InvoiceCheck, ...]:
        """What is claimed of each invoice anywhere, and what looks odd; shows nothing to anybody."""
        return check_invoices(self._ledger, invoices)

    def reserve(self, wanted: Sequence[tuple[InvoicePrints, int]], *, size: int = 10) -> dict[str, Refusal]:
        """Reserve a share in basis points of each invoice; by label, NONE for those that are reserved now.

        `size`: 1, 10 or 100, as many as one commitment shows. Groups left over by a crash are opened first. Raises
        UsageError for a share or size that cannot be, and for an invoice named twice.
        """
        _require(wanted, size)
        self.resume()
        outcome: dict[str, Refusal] = {}
        for start in range(0, len(wanted), size):
            some = wanted[start : start + size]
            group = self._draft(some, size)
            self._book.add(group)
            outcome |= self._open(group)
        return outcome

    def resume(self) -> dict[str, Refusal]:
        """Commit to and open what a crash left over."""
        outcome: dict[str, Refusal] = {}
        for group in self._book.unopened():
            outcome |= self._open(group)
        return outcome

    def finance(self, labels: Iterable[str]) -> dict[str, Refusal]:
        """Finance what is reserved of these invoices, once nobody's earlier commitment can be opened any more."""
        return self._each(labels, LienState.RESERVED, self._ledger.finance)

    def release(self, labels: Iterable[str]) -> dict[str, Refusal]:
        """Give the liens on these invoices up: repaid, or not financed after all."""

        def give_up(liens: Sequence[LienReference]) -> tuple[Refusal, ...]:
            self._ledger.release(liens)
            return (Refusal.NONE,) * len(liens)

        chosen = list(labels)
        outcome = self._each(chosen, LienState.FINANCED, give_up)
        left = [label for label in chosen if outcome[label] is not Refusal.NONE]
        return outcome | self._each(left, LienState.RESERVED, give_up)

    def migrate(self, invoices: Sequence[InvoicePrints]) -> dict[str, Refusal]:
        """Make the newest fingerprints known for own live liens, so that they are found in the next epoch.

        Fillers move to fingerprints of their own, in the same calls.
        """
        newest = {prints.label: prints.newest.strict for prints in invoices}

        def move(liens: Sequence[LienReference]) -> tuple[Refusal, ...]:
            names = {own.reference: own.label for own in self._book.liens()}
            return self._ledger.migrate(
                [(item, newest.get(names[item] or "") or self._randomness.bytes(DIGEST)) for item in liens]
            )

        outcome = self._each(newest, LienState.FINANCED, move)
        left = [label for label in newest if outcome[label] is not Refusal.NONE]
        return outcome | self._each(left, LienState.RESERVED, move)

    def own(self) -> tuple[tuple[OwnLien, Lien], ...]:
        """Every lien of the bank's book that names an invoice, as the ledger has it now."""
        named = [own for own in self._book.liens() if own.label is not None]
        return tuple(zip(named, self._ledger.liens([own.reference for own in named]), strict=True))

    # --- inside ------------------------------------------------------------------------------------------------

    def _draft(self, wanted: Sequence[tuple[InvoicePrints, int]], size: int) -> PledgeGroup:
        random = self._randomness.bytes
        items = [
            _Item(prints.label, prints.pledge(share), prints.newest.parties, prints.newest.digits or random(DIGEST))
            for prints, share in wanted
        ]
        for position in range(size - len(items)):
            model = items[position % len(wanted)].pledge
            older = random(DIGEST) if model.older is not None else None
            pledge = Pledge(fingerprint=random(DIGEST), older=older, share_bps=model.share_bps)
            items.append(_Item(None, pledge, random(DIGEST), random(DIGEST)))
        items.sort(key=lambda _: random(8))  # a random order: positions tell nothing
        salt = random(DIGEST)
        commitment, liens = self._ledger.identify(salt, [item.pledge for item in items])
        drafted = (
            DraftedPledge(label=item.label, pledge=item.pledge, parties=item.parties, digits=item.digits, lien=lien)
            for item, lien in zip(items, liens, strict=True)
        )
        return PledgeGroup(commitment=commitment, salt=salt, pledges=tuple(drafted))

    def _open(self, group: PledgeGroup) -> dict[str, Refusal]:
        self._ledger.commit(group.commitment)
        refusals = self._ledger.reserve(group.salt, [drafted.pledge for drafted in group.pledges])
        self._ledger.hint(
            [
                LienHint(reference=drafted.reference, parties=drafted.parties, digits=drafted.digits)
                for drafted in group.pledges
            ]
        )
        self._book.opened(group.commitment, refusals)
        return {
            drafted.label: refusal
            for drafted, refusal in zip(group.pledges, refusals, strict=True)
            if drafted.label is not None
        }

    def _each(
        self,
        labels: Iterable[str],
        state: LienState,
        act: Callable[[Sequence[LienReference]], tuple[Refusal, ...]],
    ) -> dict[str, Refusal]:
        """Act on the own liens of these invoices that are in a state, filled up to full calls."""
        wanted = dict.fromkeys(labels)
        kept = self._book.liens()
        unknown = wanted.keys() - {own.label for own in kept}
        if unknown:
            raise UsageError(f"no lien on {', '.join(sorted(unknown))} is in the book", remedy="check the label")
        known = [own for own in kept if own.refusal is Refusal.NONE and (own.label is None or own.label in wanted)]
        now = self._ledger.liens([own.reference for own in known])
        fit = [own for own, lien in zip(known, now, strict=True) if lien.state is state]
        chosen = [own for own in fit if own.label is not None]
        fillers = [own for own in fit if own.label is None]
        outcome = dict.fromkeys(wanted, Refusal.GONE)
        for call in _calls(chosen, fillers):
            call.sort(key=lambda _: self._randomness.bytes(8))
            refusals = act([own.reference for own in call])
            for own, refusal in zip(call, refusals, strict=True):
                if own.label is not None:
                    outcome[own.label] = refusal
        return outcome


def _require(wanted: Sequence[tuple[InvoicePrints, int]], size: int) -> None:
    if size not in BATCH_SIZES:
        raise UsageError(f"a batch of {size}", remedy=f"choose one of {', '.join(map(str, BATCH_SIZES))}")
    labels = [prints.label for prints, _ in wanted]
    if not labels or len(set(labels)) != len(labels):
        raise UsageError("no invoice, or one named twice", remedy="name each invoice once")
    if len({len(prints.epochs) for prints, _ in wanted}) != 1:
        raise UsageError("fingerprints of different epochs", remedy="ask the service again for all of them")
    for prints, share in wanted:
        if not 1 <= share <= WHOLE:
            raise UsageError(f"a share of {share} basis points of {prints.label}", remedy=f"1 to {WHOLE}")


def _calls(chosen: Sequence[OwnLien], fillers: Sequence[OwnLien]) -> list[list[OwnLien]]:
    """Full calls of the largest size that fillers suffice for; what remains goes one by one."""
    left, spare, calls = list(chosen), list(fillers), []
    while left:
        fits = (size for size in BATCH_SIZES[1:] if len(left) <= size <= len(left) + len(spare))
        size = next(fits, max(size for size in BATCH_SIZES if size <= len(left)))
        take = min(size, len(left))
        calls.append(left[:take] + spare[: size - take])
        left, spare = left[take:], spare[size - take :]
    return calls
