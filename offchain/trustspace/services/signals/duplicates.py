"""Altered copies: two live invoices of one seller and one buyer that look like one invoice changed on the way.

Each kind sorts once and compares neighbours: n log n, whatever the data. Exact copies are the census's business
(`domain.invoices.collect`); an invoice in the books of both sides counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.services.signals.cancellations import taken_back
from trustspace.services.signals.findings import Finding, Signal, strongest_first
from trustspace.services.signals.table import group_sizes, starts

if TYPE_CHECKING:
    from trustspace.services.signals.settings import SignalSettings
    from trustspace.services.signals.table import Bools, Ints, InvoiceTable

ROUND_FEN = 10_000
NO_PROOF = "That one was copied from the other: only the seller's original and the delivery show that."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """Neighbouring rows of one group, earlier row first by the sort."""

    first: Ints
    second: Ints
    group: Ints  # size of the group they stand in

    def where(self, kept: Bools) -> _Pairs:
        return _Pairs(first=self.first[kept], second=self.second[kept], group=self.group[kept])

    def both(self, column: Ints) -> tuple[Ints, Ints]:
        return column[self.first], column[self.second]


def duplicate_signals(table: InvoiceTable, settings: SignalSettings) -> tuple[Signal, ...]:
    """The five kinds: respelled, redated, changed amount under one number; renumbered and repeated under two."""
    rows = table.one_side(np.flatnonzero(table.live))
    return (*_same_number(table, rows, settings), *_same_content(table, rows, settings), _near(table, rows, settings))


def _same_number(table: InvoiceTable, rows: Ints, settings: SignalSettings) -> tuple[Signal, ...]:
    pairs = _neighbours(rows, (table.seller, table.buyer, table.digits), (table.day, table.spelling))
    day, later = pairs.both(table.day)
    spelled = np.equal(*pairs.both(table.spelling))
    close = _close(*pairs.both(table.total), settings)
    same_total, same_day = np.equal(*pairs.both(table.total)), day == later
    reused = {"number used again for quite another amount": int((~close).sum())}
    kinds = {
        "respelled": (~spelled & close, "one number in two spellings"),
        "redated": (spelled & same_total & ~same_day, "one number and total on two days"),
        "reamounted": (spelled & close & ~(same_total & ~same_day), "one number with amounts that almost agree"),
    }
    means = "The same seller and buyer, the same number once letters, hyphens and leading zeros are dropped, and {}."
    what = {
        "respelled": "totals equal or nearly so, but the number is written in another way",
        "redated": "the same total, but another date",
        "reamounted": "totals that differ by almost nothing, or the same total split otherwise between net and tax",
    }
    return tuple(
        Signal(
            name=name,
            unit="invoices",
            examined=len(rows),
            means=means.format(what[name]),
            does_not_mean=f"{NO_PROOF} Where exports drop the invoice code, two books of forms share numbers.",
            findings=_findings(table, pairs.where(kept), why),
            set_aside=reused,
        )
        for name, (kept, why) in kinds.items()
    )


def _same_content(table: InvoiceTable, rows: Ints, settings: SignalSettings) -> tuple[Signal, ...]:
    pairs = _neighbours(rows, (table.seller, table.buyer, table.total), (table.day, table.number, table.spelling))
    pairs = pairs.where(np.not_equal(*pairs.both(table.digits)))
    apart = np.subtract(*reversed(pairs.both(table.day)))
    same_split = np.equal(*pairs.both(table.net))
    ordinary = _ordinary(table, pairs, settings)
    total = table.total[pairs.first]
    return (
        _content_signal(
            table,
            pairs,
            (apart == 0) & same_split,
            ordinary,
            name="renumbered",
            why="same parties, day and amounts, other number",
            means="Same seller, buyer, day, net and tax under two numbers that were not issued in one sitting.",
            examined=len(rows),
        ),
        _content_signal(
            table,
            pairs,
            (apart > 0) & (apart <= settings.repeat_days) & same_split,
            {**ordinary, "round amount": total % ROUND_FEN == 0},
            name="repeated",
            why="same parties and amounts within weeks, other number",
            means=f"Same seller, buyer, net and tax within {settings.repeat_days} days under two numbers, "
            "by a pair that repeats no amount otherwise.",
            examined=len(rows),
        ),
    )


def _content_signal(
    table: InvoiceTable,
    pairs: _Pairs,
    candidates: Bools,
    ordinary: dict[str, Bools],
    *,
    name: str,
    why: str,
    means: str,
    examined: int,
) -> Signal:
    """Candidates without an ordinary explanation; the first explanation that holds is counted."""
    set_aside: dict[str, int] = {}
    for reason, holds in ordinary.items():
        set_aside[reason] = int((candidates & holds).sum())
        candidates = candidates & ~holds
    return Signal(
        name=name,
        unit="invoices",
        examined=examined,
        means=means,
        does_not_mean=f"{NO_PROOF} Two equal orders give two equal invoices.",
        findings=_findings(table, pairs.where(candidates), why),
        set_aside=set_aside,
    )


def _near(table: InvoiceTable, rows: Ints, settings: SignalSettings) -> Signal:
    pairs = _neighbours(rows, (table.seller, table.buyer, table.day), (table.total, table.spelling))
    total, larger = pairs.both(table.total)
    differs = np.not_equal(*pairs.both(table.digits))
    candidates = (larger > total) & _close(total, larger, settings) & differs
    ordinary = {
        "busy day of this pair": pairs.group >= settings.habit,
        "numbers of one sitting": _one_sitting(table, pairs, settings),
    }
    return _content_signal(
        table,
        pairs,
        candidates,
        ordinary,
        name="near_total",
        why="same parties and day, totals that almost agree, other number",
        means=f"Same seller, buyer and day; totals within {settings.near:.1%} or {settings.near_fen / 100:.0f} yuan.",
        examined=len(rows),
    )


def _ordinary(table: InvoiceTable, pairs: _Pairs, settings: SignalSettings) -> dict[str, Bools]:
    """Why an equal pair may be nothing: habit, one sitting, or a first copy that was voided or taken back."""
    return {
        "the pair repeats this amount": pairs.group >= settings.habit,
        "numbers of one sitting": _one_sitting(table, pairs, settings),
        "one was voided or taken back": taken_back(table)[pairs.first],
    }


def _one_sitting(table: InvoiceTable, pairs: _Pairs, settings: SignalSettings) -> Bools:
    number, other = pairs.both(table.number)
    together: Bools = (number >= 0) & (other >= 0) & (np.abs(number - other) <= settings.same_sitting)
    return together


def _close(total: Ints, other: Ints, settings: SignalSettings) -> Bools:
    difference, larger = np.abs(total - other), np.maximum(total, other)
    close: Bools = difference <= np.maximum(settings.near * larger, settings.near_fen)
    return close


def _neighbours(rows: Ints, keys: tuple[Ints, ...], within: tuple[Ints, ...]) -> _Pairs:
    """Rows with equal keys that stand side by side once each group is sorted by `within`."""
    order = rows[np.lexsort((rows, *(column[rows] for column in reversed((*keys, *within)))))]
    new = starts(*(column[order] for column in keys))
    sizes = group_sizes(new)
    joined = np.flatnonzero(~new)
    return _Pairs(first=order[joined - 1], second=order[joined], group=sizes[joined])


def _findings(table: InvoiceTable, pairs: _Pairs, why: str) -> tuple[Finding, ...]:
    rows = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    return strongest_first(
        [
            Finding(party=table.parties[table.seller[a]], why=why, rows=(a, b), weight_fen=int(table.total[b]))
            for a, b in rows
        ]
    )
