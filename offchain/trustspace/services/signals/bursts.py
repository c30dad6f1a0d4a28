"""Weeks in which a firm issued far more invoices than in its other weeks.

Test: the prediction interval of a new observation from a normal sample. The logarithm of a week's count (plus one) is
compared with mean and deviation of the firm's weeks within half a year, that week and its neighbours left out; (x -
mean) / (s sqrt(1 + 1/n)) follows Student's t with n - 1 degrees of freedom, n being a quarter of the weeks. Counts of
small firms are heavier than Poisson, which would call every season a burst. Weeks before the first and after the last
invoice are not weeks of business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.services.signals.findings import Finding, Signal, strongest_first
from trustspace.services.signals.significance import benjamini_hochberg, student_tail

if TYPE_CHECKING:
    from trustspace.services.signals.settings import SignalSettings
    from trustspace.services.signals.table import Floats, Ints, InvoiceTable

FEWEST_WEEKS = 26
NEAR_WEEKS = 26  # on either side: a firm that grows is compared with what it was then
FEWEST_INVOICES = 10  # in the week: below it a burst would matter to nobody
WEEKS_TOGETHER = 4  # weeks of one month rise and fall together: so many count as one observation
LEAST_SPREAD = 0.5  # of the logarithm: a firm with constant, or mostly empty, weeks proves little about the next one


def burst_signal(table: InvoiceTable, settings: SignalSettings) -> Signal:
    """Weeks with improbably many sales."""
    rows = np.flatnonzero(~table.purchase & ~table.void)
    found: list[tuple[int, int, int, float]] = []  # party, week, count, p
    weeks_seen = 0
    for party, weeks in _weeks_by_seller(table, rows):
        if len(weeks) >= FEWEST_WEEKS:
            first = int(weeks[0][0])
            counts = np.array([count for _, count in weeks], dtype=np.int64)
            weeks_seen += len(counts)
            p = burst_p_values(counts)
            found += [
                (party, first + index, int(counts[index]), float(p[index]))
                for index in range(len(counts))
                if counts[index] >= FEWEST_INVOICES
            ]
    adjusted = benjamini_hochberg(np.array([p for *_, p in found]))
    findings = []
    for (party, week, count, tail), corrected in zip(found, adjusted.tolist(), strict=True):
        if corrected <= settings.q:
            own = rows[(table.seller[rows] == party) & (_week(table.day[rows]) == week)]
            findings.append(
                Finding(
                    party=table.parties[party],
                    why=f"{count:,} invoices in one week",
                    rows=tuple(own.tolist()),
                    p=tail,
                    adjusted=corrected,
                    weight_fen=int(table.total[own].sum()),
                )
            )
    return Signal(
        name="burst",
        unit="weeks",
        examined=weeks_seen,
        means="In this week the firm issued far more invoices than its other weeks lead one to expect.",
        does_not_mean="That the sales are invented: harvest, a festival or one order with many parts look the same.",
        findings=strongest_first(findings),
        set_aside={f"fewer than {FEWEST_INVOICES} invoices in the week": weeks_seen - len(found)},
        not_applied="" if weeks_seen else f"no firm with {FEWEST_WEEKS} weeks of sales",
    )


def burst_p_values(counts: Ints) -> Floats:
    """Upper tail for each week of one firm against the weeks around it. Shape (weeks,)."""
    x = np.log1p(counts.astype(np.float64))
    n, total, squares = (_around(values) for values in (np.ones(len(x)), x, np.square(x)))
    mean = total / n
    spread = np.sqrt(np.maximum((squares - n * np.square(mean)) / (n - 1), LEAST_SPREAD**2))
    independent = np.maximum(n / WEEKS_TOGETHER, 2)
    return student_tail((x - mean) / (spread * np.sqrt(1 + 1 / independent)), independent - 1)


def _around(values: Floats) -> Floats:
    """Sums over the weeks within NEAR_WEEKS, the week itself and its two neighbours left out."""
    padded = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(len(values))

    def within(reach: int) -> Floats:
        last = np.minimum(place + reach + 1, len(values))
        sums: Floats = padded[last] - padded[np.maximum(place - reach, 0)]
        return sums

    return within(NEAR_WEEKS) - within(1)


def _week(day: Ints) -> Ints:
    return (day + 3) // 7  # Monday to Sunday: 1970-01-01 was a Thursday


def _weeks_by_seller(table: InvoiceTable, rows: Ints) -> list[tuple[int, list[tuple[int, int]]]]:
    """Per seller every week from its first to its last, with the number of invoices."""
    if not len(rows):
        return []
    seller, week = table.seller[rows], _week(table.day[rows])
    order = np.argsort(seller, kind="stable")
    cuts = np.flatnonzero(np.diff(seller[order])) + 1
    answer = []
    for part in np.split(order, cuts):
        first = int(week[part].min())
        counts = np.bincount(week[part] - first)
        answer.append((int(seller[part[0]]), [(first + k, count) for k, count in enumerate(counts.tolist())]))
    return answer
