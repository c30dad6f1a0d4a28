"""One-sided invoices: where the books of both sides are in the data, a sale should stand in both.

Two records are the same invoice when seller, buyer and digits-only number agree. A record is compared only where the
other side's book of that direction was open on that day, and not in its last weeks, where invoices may still come in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.services.signals.findings import Finding, Signal, strongest_first
from trustspace.services.signals.table import starts

if TYPE_CHECKING:
    from trustspace.services.signals.settings import SignalSettings
    from trustspace.services.signals.table import Bools, Ints, InvoiceTable

LEAST_MATCHED = 0.5


def side_signals(table: InvoiceTable, settings: SignalSettings) -> tuple[Signal, ...]:
    """Sales without a purchase, purchases without a sale, and both sides present but not agreeing."""
    key = _keys(table)
    sales = _comparable(table, of_purchases=False, settings=settings)
    bought = _comparable(table, of_purchases=True, settings=settings)
    rows = {False: sales[0], True: bought[0]}
    matched = {side: np.isin(key[rows[side]], key[table.purchase != side]) for side in (False, True)}
    compared = len(rows[False]) + len(rows[True])
    agreeing = int(matched[False].sum() + matched[True].sum())
    reason = _why_not(compared, agreeing)
    early = {"other side's books still open": sales[1] + bought[1]}
    missing = [
        _missing(table, rows[side][~matched[side]], examined=len(rows[side]), early=early, reason=reason, purchase=side)
        for side in (False, True)
    ]
    return (*missing, _differing(table, rows[False][matched[False]], key, reason))


def _why_not(compared: int, agreeing: int) -> str:
    if not compared:
        return "no invoice between two parties whose books are both in the data"
    if agreeing < LEAST_MATCHED * compared:
        return f"only {agreeing:,} of {compared:,} invoices stand in both books: these are not two sides of one trade"
    return ""


def _keys(table: InvoiceTable) -> Ints:
    """One number per (seller, buyer, digits-only number)."""
    order = np.lexsort((table.digits, table.buyer, table.seller))
    key = np.empty(len(table), dtype=np.int64)
    key[order] = np.cumsum(starts(table.seller[order], table.buyer[order], table.digits[order])) - 1
    return key


def _comparable(table: InvoiceTable, *, of_purchases: bool, settings: SignalSettings) -> tuple[Ints, int]:
    """Live rows of one direction whose other side kept a book on that day; and how many came too late to tell."""
    first = np.full(len(table.parties), np.iinfo(np.int64).max)
    last = np.full(len(table.parties), -1)
    others = table.purchase != of_purchases
    np.minimum.at(first, table.subject[others], table.day[others])
    np.maximum.at(last, table.subject[others], table.day[others])
    rows = np.flatnonzero((table.purchase == of_purchases) & table.live & (table.seller != table.buyer))
    other = table.seller[rows] if of_purchases else table.buyer[rows]
    day = table.day[rows]
    open_then = (first[other] <= day) & (day <= last[other])
    settled = day <= last[other] - settings.booking_days
    return rows[open_then & settled], int((open_then & ~settled).sum())


def _missing(
    table: InvoiceTable, rows: Ints, *, examined: int, early: dict[str, int], reason: str, purchase: bool
) -> Signal:
    here, there = ("purchase", "seller") if purchase else ("sale", "buyer")
    other = table.seller if purchase else table.buyer
    findings = [
        Finding(
            party=table.parties[table.subject[row]],
            why=f"not in the books of the {there}, {table.parties[other[row]]}",
            rows=(row,),
            weight_fen=int(table.total[row]),
        )
        for row in rows.tolist()
    ]
    return Signal(
        name=f"one_sided_{here}",
        unit=f"{here}s whose {there} keeps books here",
        examined=examined,
        means=f"This {here} stands in one firm's books only, although the {there}'s books of that day are in the data.",
        does_not_mean=f"That the {here} was invented: the {there} may have booked it elsewhere, or left it out.",
        findings=() if reason else strongest_first(findings),
        set_aside=early,
        not_applied=reason,
    )


def _differing(table: InvoiceTable, sales: Ints, key: Ints, reason: str) -> Signal:
    """Sales whose purchases under the same key have another total, or are void while the sale is not."""
    purchases = np.flatnonzero(table.purchase)
    by_key = purchases[np.argsort(key[purchases], kind="stable")]
    from_, to = (np.searchsorted(key[by_key], key[sales], side=side) for side in ("left", "right"))
    findings = []
    for sale, low, high in zip(sales.tolist(), from_.tolist(), to.tolist(), strict=True):
        mirror = by_key[low:high]
        why = _difference(table, sale, mirror)
        if why:
            findings.append(
                Finding(
                    party=table.parties[table.seller[sale]],
                    why=why,
                    rows=(sale, *mirror.tolist()),
                    weight_fen=int(table.total[sale]),
                )
            )
    return Signal(
        name="sides_differ",
        unit="sales that stand in both books",
        examined=len(sales),
        means="Seller and buyer both hold this invoice, but with another total, or void on the buyer's side alone.",
        does_not_mean="Who is right: only the source's original shows that.",
        findings=() if reason else strongest_first(findings),
        not_applied=reason,
    )


def _difference(table: InvoiceTable, sale: int, mirror: Ints) -> str:
    same: Bools = table.total[mirror] == table.total[sale]
    if not same.any():
        return f"the buyer's books say {int(table.total[mirror[0]]) / 100:,.2f}"
    return "void in the buyer's books" if bool(table.void[mirror[same]].all()) else ""
