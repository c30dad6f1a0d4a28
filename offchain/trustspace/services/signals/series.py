"""Gaps in a seller's own numbers, judged by how many numbers are left out around them.

Numbers are taken from the books of the seller alone: a buyer sees a few of its supplier's numbers. A seller's numbers
are cut into books of forms where they jump by more than BOOK. Inside a book a step of k skips k - 1 numbers. If
numbers were left out independently with the share q of this book (estimated without its largest gap, with half a
number added so that q is never 0), a step of at least k has the chance q^(k - 1): the geometric tail. All steps of all
books with at least FEWEST numbers are tested together (Benjamini-Hochberg).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.services.signals.findings import Finding, Signal, strongest_first
from trustspace.services.signals.significance import benjamini_hochberg
from trustspace.services.signals.table import starts

if TYPE_CHECKING:
    from trustspace.services.signals.settings import SignalSettings
    from trustspace.services.signals.table import Bools, Floats, Ints, InvoiceTable

BOOK = 1_000
FEWEST = 30  # steps of a book, below which q is a guess


def gap_signal(table: InvoiceTable, settings: SignalSettings) -> Signal:
    """Numbers missing in a row from a book of forms in which hardly one is left out."""
    order, step = _steps(table)
    q, tested = _left_out(step)
    places = np.flatnonzero(tested)
    tail = np.power(q[places], step[places] - 1)
    adjusted = benjamini_hochberg(tail)
    findings = [
        Finding(
            party=table.parties[table.seller[order[places[found]]]],
            why=f"{step[places[found]] - 1:,} numbers missing in a row; otherwise {q[places[found]]:.2%} are",
            rows=(int(order[places[found] - 1]), int(order[places[found]])),
            p=float(tail[found]),
            adjusted=float(adjusted[found]),
        )
        for found in np.flatnonzero(adjusted <= settings.q).tolist()
    ]
    return Signal(
        name="number_gap",
        unit="steps between numbers",
        examined=len(places),
        means="A run of numbers is missing from a book of forms in which hardly any other number is.",
        does_not_mean="That invoices were hidden: a new roll of forms or another branch skips numbers too.",
        findings=strongest_first(findings),
        set_aside={
            "jump to another book of forms": int((step > BOOK).sum()),
            f"in a book of fewer than {FEWEST} numbers": int(((step > 0) & (step <= BOOK)).sum()) - len(places),
        },
        not_applied="" if len(places) else f"no seller with {FEWEST} numbers of one book in its own records",
    )


def _steps(table: InvoiceTable) -> tuple[Ints, Ints]:
    """Rows of sales by (seller, number), one per number, and the step from the row before; 0 at a seller's first."""
    rows = np.flatnonzero(~table.purchase & (table.number >= 0))
    order = rows[np.lexsort((rows, table.number[rows], table.seller[rows]))]
    order = order[starts(table.seller[order], table.number[order])]
    step = np.zeros(len(order), dtype=np.int64)
    step[1:] = np.diff(table.number[order])
    step[starts(table.seller[order])] = 0
    return order, step


def _left_out(step: Ints) -> tuple[Floats, Bools]:
    """For each step the share of numbers left out in its book, the largest gap apart; and which steps are tested."""
    inside = (step > 0) & (step <= BOOK)
    book = np.cumsum(~inside)
    skipped = np.where(inside, step - 1, 0)
    largest = np.zeros(book[-1] + 1 if len(book) else 0, dtype=np.int64)
    np.maximum.at(largest, book, skipped)
    present = np.bincount(book, inside, len(largest))
    missing = np.bincount(book, skipped, len(largest)) - largest + 0.5
    q = missing / (missing + present + 0.5)
    return q[book], inside & (present[book] >= FEWEST)
