"""All signals over one set of records, as values and as a JSON document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustspace.services.signals.bursts import burst_signal
from trustspace.services.signals.cancellations import cancellation_signals
from trustspace.services.signals.circles import circle_signal
from trustspace.services.signals.digits import digit_signal
from trustspace.services.signals.duplicates import duplicate_signals
from trustspace.services.signals.series import gap_signal
from trustspace.services.signals.settings import SignalSettings
from trustspace.services.signals.sides import side_signals
from trustspace.services.signals.table import InvoiceTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.invoices import Record
    from trustspace.services.signals.findings import Finding, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReport:
    """What was found in `records`; rows of findings are places in them."""

    records: Sequence[Record]
    signals: tuple[Signal, ...]

    def signal(self, name: str) -> Signal:
        """One signal by its name."""
        return next(signal for signal in self.signals if signal.name == name)

    def as_document(self, limit: int) -> dict[str, Any]:
        """JSON-ready: every count, and at most `limit` examples of each signal."""
        return {"records": len(self.records), "signals": [self._signal(signal, limit) for signal in self.signals]}

    def _signal(self, signal: Signal, limit: int) -> dict[str, Any]:
        return {
            "name": signal.name,
            "count": signal.count,
            "examined": signal.examined,
            "unit": signal.unit,
            "by_chance": signal.by_chance,
            "means": signal.means,
            "does_not_mean": signal.does_not_mean,
            "not_applied": signal.not_applied or None,
            "set_aside": dict(signal.set_aside),
            "examples": [self._finding(finding) for finding in signal.findings[:limit]],
        }

    def _finding(self, finding: Finding) -> dict[str, Any]:
        return {
            "party": finding.party,
            "why": finding.why,
            "p": finding.p,
            "adjusted_p": finding.adjusted,
            "amount_fen": finding.weight_fen,
            "rows": [_row(self.records[row]) for row in finding.rows],
        }


def find_signals(records: Sequence[Record], settings: SignalSettings | None = None) -> SignalReport:
    """Every signal over distinct records (`InvoiceBook.records`). The same records give the same report."""
    chosen = settings or SignalSettings()
    table = InvoiceTable.of(records)
    signals = (
        *duplicate_signals(table, chosen),
        gap_signal(table, chosen),
        burst_signal(table, chosen),
        circle_signal(table, chosen),
        *side_signals(table, chosen),
        digit_signal(table, chosen),
        *cancellation_signals(table, chosen),
    )
    return SignalReport(records=records, signals=signals)


def _row(record: Record) -> dict[str, Any]:
    invoice = record.invoice
    return {
        "subject": record.subject,
        "direction": record.direction.name.lower(),
        "seller": invoice.seller,
        "buyer": invoice.buyer,
        "number": invoice.number,
        "issue_date": invoice.issue_date.isoformat(),
        "amount_fen": invoice.amount_fen,
        "tax_fen": invoice.tax_fen,
        "total_fen": invoice.total_fen,
        "status": invoice.status.name.lower(),
    }
