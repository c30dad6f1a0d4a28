"""What is claimed of invoices: a question that needs no signer and shows nothing to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from trustspace.domain.batches import InvoiceStatus
from trustspace.domain.liens import InvoiceCheck, InvoicePrints, InvoiceStanding, LienWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.fingerprints import FingerprintQuery
    from trustspace.domain.ids import BatchId
    from trustspace.domain.liens import Exposure, Lien, LienReference
    from trustspace.ports import FingerprintOracle


class LienReader(Protocol):
    """What anybody can read of liens."""

    def exposures(self, fingerprints: Sequence[bytes]) -> tuple[Exposure, ...]:
        """Return what is claimed of the invoice with each fingerprint."""
        ...

    def liens(self, references: Sequence[LienReference]) -> tuple[Lien, ...]:
        """Return liens in order; state NONE where there is none such."""
        ...

    def hinted(self, *, parties: bytes | None = None, digits: bytes | None = None) -> tuple[LienReference, ...]:
        """Return liens whose banks posted this softer fingerprint."""
        ...

    def invoice_statuses(self, batch: BatchId, index: int) -> frozenset[InvoiceStatus]:
        """Return what its source or buyer made of an anchored invoice."""
        ...


class LienView:
    """Liens for whoever only reads."""

    def __init__(self, ledger: LienReader) -> None:
        """Nothing is asked yet."""
        self._ledger = ledger

    def check(self, invoices: Sequence[InvoicePrints]) -> tuple[InvoiceCheck, ...]:
        """What is claimed of each invoice anywhere, and what looks odd."""
        return check_invoices(self._ledger, invoices)

    def ask(self, query: FingerprintQuery, oracle: FingerprintOracle) -> tuple[InvoiceCheck, ...]:
        """The same from what stands on the invoices, which neither the oracle's keyholders nor the chain get to see.

        Raises what `FingerprintOracle.fingerprints` raises.
        """
        return self.check(prints_of(query, oracle))


def prints_of(query: FingerprintQuery, oracle: FingerprintOracle) -> tuple[InvoicePrints, ...]:
    """Fingerprints of the query's invoices, each labelled with its number."""
    found = oracle.fingerprints(query)
    return tuple(
        InvoicePrints(label=facts.number, epochs=epochs) for facts, epochs in zip(query.invoices, found, strict=True)
    )


def check_invoices(ledger: LienReader, invoices: Sequence[InvoicePrints]) -> tuple[InvoiceCheck, ...]:
    """`LienDesk.check` for whoever only reads."""
    asked = [of_epoch.strict for prints in invoices for of_epoch in prints.epochs]
    answers = iter(ledger.exposures(asked))
    return tuple(_check(ledger, prints, [next(answers) for _ in prints.epochs]) for prints in invoices)


def _check(ledger: LienReader, prints: InvoicePrints, found: Sequence[Exposure]) -> InvoiceCheck:
    families = {item.family: item for item in found if item.family is not None}
    live = [item for item in families.values() if item.live]
    statuses = frozenset().union(*(item.invoice_status for item in live))
    if prints.anchored is not None:
        statuses |= ledger.invoice_statuses(*prints.anchored)
    warnings = set()
    if len(live) > 1:
        warnings.add(LienWarning.LINK_CONFLICT)
    if InvoiceStatus.DISPUTED in statuses or any(item.disputed for item in live):
        warnings.add(LienWarning.DISPUTED)
    if InvoiceStatus.PAID in statuses:
        warnings.add(LienWarning.PAID)
    if _has_altered_copy(ledger, prints, set(families)):
        warnings.add(LienWarning.ALTERED_COPY)
    reserved, financed = sum(item.reserved_bps for item in live), sum(item.financed_bps for item in live)
    return InvoiceCheck(
        label=prints.label,
        standing=_standing(statuses, reserved, financed, warned=bool(warnings)),
        reserved_bps=reserved,
        financed_bps=financed,
        warnings=frozenset(warnings),
    )


def _standing(statuses: frozenset[InvoiceStatus], reserved: int, financed: int, *, warned: bool) -> InvoiceStanding:
    if InvoiceStatus.VOIDED in statuses:
        return InvoiceStanding.VOIDED
    if financed:
        return InvoiceStanding.FINANCED
    if reserved:
        return InvoiceStanding.RESERVED
    return InvoiceStanding.WARNED if warned else InvoiceStanding.FREE


def _has_altered_copy(ledger: LienReader, prints: InvoicePrints, families: set[bytes]) -> bool:
    """Whether a lien lives on another invoice that shares a softer fingerprint."""
    hinted: dict[LienReference, None] = {}
    for of_epoch in prints.epochs:
        hinted |= dict.fromkeys(ledger.hinted(parties=of_epoch.parties))
        if of_epoch.digits is not None:
            hinted |= dict.fromkeys(ledger.hinted(digits=of_epoch.digits))
    others = [item for item in hinted if item.fingerprint not in families]
    return any(lien.is_live for lien in ledger.liens(others))
