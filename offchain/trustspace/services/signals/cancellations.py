"""Void and red-letter invoices that stand out: taken back without a sale, too many voids, cancelled after the books
closed.

Tests: the log odds of a void at this firm against those of all firms (normal, centre and spread by median and median
absolute deviation, the firm's own sampling error added); and whether cancelled sales crowd in the last days of months
more than the firm's own sales do, by the hypergeometric tail (Fisher's exact test, one-sided): given the firm's
calendar, cancellations should fall on it blindly. What one buyer was invoiced on one day counts once, since such
invoices are cancelled together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.services.signals.findings import Finding, Signal, strongest_first
from trustspace.services.signals.significance import benjamini_hochberg, normal_tail, overlap_tail
from trustspace.services.signals.table import starts

if TYPE_CHECKING:
    from trustspace.services.signals.settings import SignalSettings
    from trustspace.services.signals.table import Bools, Floats, Ints, InvoiceTable

FEWEST_SALES = 50
FEWEST_FIRMS = 10
RUN_IN_DAYS = 180
LAST_DAYS = 3
EXAMPLES = 5


def cancellation_signals(table: InvoiceTable, settings: SignalSettings) -> tuple[Signal, ...]:
    """Red letters without a sale, shares of voids, cancellations at the ends of months."""
    return _red_without_sale(table), _void_share(table, settings), _month_end(table, settings)


def taken_back(table: InvoiceTable) -> Bools:
    """Rows whose seller, buyer and total also stand on a void or, negative, on a red-letter invoice."""
    size = np.abs(table.total)
    order = np.lexsort((size, table.buyer, table.seller))
    group = np.empty(len(table), dtype=np.int64)
    group[order] = np.cumsum(starts(table.seller[order], table.buyer[order], size[order])) - 1
    return np.isin(group, np.unique(group[table.void | table.red]))


def _red_without_sale(table: InvoiceTable) -> Signal:
    """Pairs of parties that take back more than was ever sold between them."""
    rows = table.one_side(np.flatnonzero(~table.void))
    red = table.red[rows].astype(np.int64)
    order = rows[np.lexsort((red, table.day[rows], table.buyer[rows], table.seller[rows]))]
    new = starts(table.seller[order], table.buyer[order])
    running = np.cumsum(table.total[order])
    first = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    balance = running - (running[first] - table.total[order][first])
    under = table.red[order] & (balance < 0)
    opened = np.full(len(table.parties), np.iinfo(np.int64).max)
    np.minimum.at(opened, table.subject, table.day)
    early = table.day[order] - opened[table.subject[order]] < RUN_IN_DAYS
    pair: Ints = np.cumsum(new, dtype=np.int64)
    findings = []
    for places in _grouped(np.flatnonzero(under & ~early), pair):
        owed = int(-balance[places].min())
        seller, buyer = (table.parties[column[order[places[0]]]] for column in (table.seller, table.buyer))
        findings.append(
            Finding(
                party=seller,
                why=f"taken back {owed / 100:,.2f} more than these books sell to {buyer}",
                rows=tuple(order[places][:EXAMPLES].tolist()),
                weight_fen=owed,
            )
        )
    return Signal(
        name="red_without_sale",
        unit="red-letter invoices",
        examined=int(red.sum()),
        means="Red letters take back more than this seller had sold to this buyer up to that day.",
        does_not_mean="That nothing was sold: sales before the export begins are not in it.",
        findings=strongest_first(findings),
        set_aside={f"within {RUN_IN_DAYS} days of the books' first day": int((under & early).sum())},
    )


def _grouped(places: Ints, group: Ints) -> list[Ints]:
    """Ascending places, cut wherever the group changes."""
    return np.split(places, np.flatnonzero(np.diff(group[places])) + 1) if len(places) else []


def _void_share(table: InvoiceTable, settings: SignalSettings) -> Signal:
    sales = ~table.purchase
    issued = np.bincount(table.seller[sales], minlength=len(table.parties))
    void = np.bincount(table.seller[sales & table.void], minlength=len(table.parties))
    firms = np.flatnonzero(issued >= FEWEST_SALES)
    enough = len(firms) >= FEWEST_FIRMS
    p = void_tails(void[firms], issued[firms]) if enough else np.zeros(0)
    findings = []
    for firm, tail, corrected in zip(firms.tolist(), p.tolist(), benjamini_hochberg(p).tolist(), strict=False):
        if corrected <= settings.q:
            rows = np.flatnonzero(sales & table.void & (table.seller == firm))
            findings.append(
                Finding(
                    party=table.parties[firm],
                    why=f"{void[firm]:,} of {issued[firm]:,} sales are void",
                    rows=tuple(rows[:EXAMPLES].tolist()),
                    p=tail,
                    adjusted=corrected,
                    weight_fen=int(np.abs(table.total[rows]).sum()),
                )
            )
    return Signal(
        name="void_share",
        unit="firms",
        examined=len(firms),
        means="This firm voids a larger share of its sales than the spread among the other firms explains.",
        does_not_mean="That the sales were invented: a clumsy clerk or a trade with many cancellations voids as often.",
        findings=strongest_first(findings),
        not_applied="" if enough else f"fewer than {FEWEST_FIRMS} firms with {FEWEST_SALES} sales",
    )


def void_tails(void: Ints, issued: Ints) -> Floats:
    """Upper tail of each firm's log odds of a void, in the spread of the firms and of its own count (delta method).

    Centre and spread are the median and the scaled median absolute deviation: firms that void without end do not hide
    each other.
    """
    odds = np.log((void + 0.5) / (issued - void + 0.5))
    centre = np.median(odds)
    spread = 1.4826 * np.median(np.abs(odds - centre))
    own = 1 / (void + 0.5) + 1 / (issued - void + 0.5)
    return normal_tail((odds - centre) / np.sqrt(np.square(spread) + own))


def _month_end(table: InvoiceTable, settings: SignalSettings) -> Signal:
    sales = np.flatnonzero(~table.purchase & (table.total > 0))
    gone = (table.void | taken_back(table))[sales]
    errand, seller, late = _errands(table, sales)  # one errand: what a buyer was invoiced on one day
    cancelled = np.bincount(errand, gone) > 0
    counts = [
        np.bincount(seller[kept], minlength=len(table.parties))
        for kept in (slice(None), late, cancelled, cancelled & late)
    ]
    firms = np.flatnonzero((counts[0] >= FEWEST_SALES) & (counts[2] > 0))
    issued, at_end, undone, both = (count[firms] for count in counts)
    p = overlap_tail(both, issued, at_end, undone)
    findings = []
    for place, corrected in enumerate(benjamini_hochberg(p).tolist()):
        if corrected <= settings.q:
            rows = sales[gone & late[errand] & (table.seller[sales] == firms[place])]
            findings.append(
                Finding(
                    party=table.parties[firms[place]],
                    why=f"{both[place]:,} of {undone[place]:,} cancelled days are a month's last {LAST_DAYS}; "
                    f"of all days with a sale {at_end[place] / issued[place]:.0%}",
                    rows=tuple(rows[:EXAMPLES].tolist()),
                    p=float(p[place]),
                    adjusted=corrected,
                    weight_fen=int(table.total[rows].sum()),
                )
            )
    return Signal(
        name="month_end_cancellations",
        unit="firms",
        examined=len(firms),
        means="Sales made in the last days of months are cancelled more often than this firm's other sales.",
        does_not_mean="That turnover was dressed up: what is written in haste at the month's end holds mistakes.",
        findings=strongest_first(findings),
        not_applied="" if len(firms) else f"no firm with {FEWEST_SALES} sales and a cancelled one",
    )


def _errands(table: InvoiceTable, sales: Ints) -> tuple[Ints, Ints, Bools]:
    """For each sale its (seller, buyer, day); for each of these its seller, and whether it ends a month."""
    order = np.lexsort((table.day[sales], table.buyer[sales], table.seller[sales]))
    new = starts(*(column[sales][order] for column in (table.seller, table.buyer, table.day)))
    errand = np.empty(len(sales), dtype=np.int64)
    errand[order] = np.cumsum(new) - 1
    first = sales[order[new]]
    return errand, table.seller[first], _last_days(table.day[first])


def _last_days(day: Ints) -> Bools:
    dates = day.astype("datetime64[D]")
    ends = (dates.astype("datetime64[M]") + 1).astype("datetime64[D]")
    late: Bools = (ends - dates).astype(np.int64) <= LAST_DAYS
    return late
