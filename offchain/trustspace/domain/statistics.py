"""Additive statistics of a subject's invoices: a vector of integers that several sources can add up.

Months count back from the as-of day: month k holds the days after (e - (k + 1) months) up to and with (e - k months),
where e is the as-of day; when e ends a calendar month, these are calendar months. Month 0 is the latest of 24.
Amounts are net of tax, in fen, of valid invoices with red-letter ones subtracted. Every counterparty is kept by one
source (`partition.source_of`), so counts of counterparties, their positive totals and squares of totals add up too.
A sum of squares can exceed 64 bits: it is split into three limbs of 40 bits, which add up cell by cell.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from trustspace.domain.invoices import FIRST_DAY, LAST_DAY, Direction
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trustspace.domain.ids import AsOfDay
    from trustspace.domain.invoices import Record

SCHEMA = "statistics-1"
MONTHS = 24
YEAR = 12
LIMB_BITS = 40
LIMBS = 3
SIDES = ("sales", "purchases")
MAX_SUM_FEN = 10**16
"""Bound of a sum: a hundred trillion yuan, the country's yearly product. 24 months of 32 sources fit 64 bits."""
MAX_COUNT = 2**31 - 1
MAX_LIMB = 2**LIMB_BITS - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the vector. |value| <= bound at every source; `signed` cells may be negative."""

    name: str
    unit: str
    bound: int
    signed: bool


def _cells_of(side: str) -> list[Cell]:
    def money(name: str, *, signed: bool) -> Cell:
        return Cell(name=f"{side}_{name}", unit="fen", bound=MAX_SUM_FEN, signed=signed)

    def count(name: str) -> Cell:
        return Cell(name=f"{side}_{name}", unit="count", bound=MAX_COUNT, signed=False)

    return [
        *(money(f"net_m{month:02}", signed=True) for month in range(MONTHS)),
        *(count(f"count_m{month:02}") for month in range(MONTHS)),
        count("void_count"),
        count("red_count"),
        money("red_net", signed=False),
        money("tax", signed=True),
        count("parties_24m"),
        count("parties_12m"),
        count("parties_kept"),
        money("positive_net", signed=False),
        *(Cell(name=f"{side}_square_limb{limb}", unit="fen^2", bound=MAX_LIMB, signed=False) for limb in range(LIMBS)),
    ]


CELLS: tuple[Cell, ...] = tuple(cell for side in SIDES for cell in _cells_of(side))
SIDE_CELLS = len(CELLS) // 2
CELL_INDEX: Mapping[str, int] = {cell.name: index for index, cell in enumerate(CELLS)}


def window_ends(as_of: AsOfDay) -> list[date]:
    """Last days of months 24 (the day before the window) to 0, ascending: 25 dates.

    Raises OutOfRange when the window leaves the days a uint16 can name.
    """
    earliest = FIRST_DAY.toordinal()
    if not 800 <= as_of <= LAST_DAY.toordinal() - earliest:
        raise OutOfRange(f"day {as_of} is no as-of day", remedy="count days since 1970-01-01")
    first_after = date.fromordinal(earliest + as_of) + timedelta(days=1)
    return [months_before(first_after, months) - timedelta(days=1) for months in range(MONTHS, -1, -1)]


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def statistics(records: Iterable[Record], as_of: AsOfDay) -> tuple[int, ...]:
    """Statistics of one subject's distinct records at one source, in the order of CELLS.

    Records outside the window are ignored. Raises OutOfRange naming the cell when a sum exceeds its bound.
    """
    ends = window_ends(as_of)
    sides = (_Side(), _Side())
    months: dict[date, int] = {}
    for direction, invoice in records:
        day = invoice.issue_date
        month = months.get(day)
        if month is None:
            month = months[day] = MONTHS - bisect_left(ends, day)  # ends[24 - k] closes month k
        if 0 <= month < MONTHS:
            party = invoice.seller if direction is Direction.PURCHASE else invoice.buyer
            sides[direction].add(month, party, invoice.amount_fen, invoice.tax_fen, invoice.total_fen, invoice.status)
    vector = tuple(value for side in sides for value in side.cells())
    check_cells(vector)
    return vector


def check_cells(vector: Sequence[int], *, sources: int = 1, where: str = "") -> None:
    """Raises OutOfRange naming the first cell beyond its bound (times the number of sources added up)."""
    if len(vector) != len(CELLS):
        raise OutOfRange(f"{len(vector)} cells, expected {len(CELLS)}", where=where, remedy=f"use schema {SCHEMA}")
    for cell, value in zip(CELLS, vector, strict=True):
        widest = cell.bound * sources
        if not (-widest if cell.signed else 0) <= value <= widest:
            raise OutOfRange(
                f"{cell.name} is beyond its bound of {widest} {cell.unit}",  # the value is a firm's own secret
                where=where,
                remedy="check the largest invoices of this subject; a sum of this size cannot be genuine",
            )


class _Side:
    """Sums of one direction while they are being made."""

    __slots__ = ("counts", "nets", "parties", "red_count", "red_net", "tax", "void_count")

    def __init__(self) -> None:
        self.nets = [0] * MONTHS
        self.counts = [0] * MONTHS
        self.void_count = self.red_count = self.red_net = self.tax = 0
        self.parties: dict[str, list[int]] = {}  # net total; invoices in the latest year; invoices in the year before

    def add(self, month: int, party: str, net: int, tax: int, total: int, void: int) -> None:
        if void:
            self.void_count += 1
            return
        self.nets[month] += net
        self.counts[month] += 1
        self.tax += tax
        if total < 0:
            self.red_count += 1
            self.red_net += abs(net)
        entry = self.parties.get(party)
        if entry is None:
            entry = self.parties[party] = [0, 0, 0]
        entry[0] += net
        entry[1 if month < YEAR else 2] += 1

    def cells(self) -> list[int]:
        entries = self.parties.values()
        positive = [entry[0] for entry in entries if entry[0] > 0]
        return [
            *self.nets,
            *self.counts,
            self.void_count,
            self.red_count,
            self.red_net,
            self.tax,
            len(entries),
            sum(1 for entry in entries if entry[1]),
            sum(1 for entry in entries if entry[1] and entry[2]),
            sum(positive),
            *split_limbs(sum(total * total for total in positive)),
        ]


def split_limbs(value: int) -> list[int]:
    """A non-negative integer below 2^120 as limbs of 40 bits, lowest first; the last limb keeps what is left over."""
    return [
        value & MAX_LIMB,
        value >> LIMB_BITS & MAX_LIMB,
        value >> 2 * LIMB_BITS,
    ]


def join_limbs(limbs: Sequence[int]) -> int:
    """Inverse of `split_limbs`, also for limbs that were added up over sources."""
    return sum(limb << LIMB_BITS * place for place, limb in enumerate(limbs))
