"""Records as columns: what every signal reads, made once.

Ids are numbered in order of appearance. `number` is the number's digits as an integer (-1 where it has none, or more
than 18 digits), `digits` numbers the digits-only spelling (leading zeros dropped), `spelling` the number as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from trustspace.domain.invoices import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from trustspace.domain.invoices import Record

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Key = TypeVar("Key", bound="Hashable")

LONGEST_NUMBER = 18  # digits that fit 64 bits with a sign


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceTable:
    """Columns of equal length, one row per record, in the records' order."""

    records: Sequence[Record]
    parties: tuple[str, ...]
    seller: Ints
    buyer: Ints
    spelling: Ints
    digits: Ints
    number: Ints
    day: Ints  # days since 1970-01-01
    net: Ints  # fen
    tax: Ints
    total: Ints
    void: Bools
    purchase: Bools

    @classmethod
    def of(cls, records: Sequence[Record]) -> InvoiceTable:
        """Columns of distinct records, as `InvoiceBook` holds them."""
        invoices = [invoice for _, invoice in records]
        numbers = [invoice.number for invoice in invoices]
        names, who = _numbered([i.seller for i in invoices] + [i.buyer for i in invoices])
        spellings, spelling = _numbered(numbers)
        plain = {text: _digits_only(text) for text in spellings}
        _, digits = _numbered([plain[text] for text in numbers])
        values = np.array([_value(plain[text]) for text in spellings] or [0], dtype=np.int64)
        amounts = np.array([(i.amount_fen, i.tax_fen, i.total_fen) for i in invoices], dtype=np.int64).reshape(-1, 3)
        days = {day: day.toordinal() - FIRST_DAY.toordinal() for day in {i.issue_date for i in invoices}}
        return cls(
            records=records,
            parties=tuple(names),
            seller=who[: len(invoices)],
            buyer=who[len(invoices) :],
            spelling=spelling,
            digits=digits,
            number=values[spelling],
            day=np.array([days[i.issue_date] for i in invoices], dtype=np.int64),
            net=amounts[:, 0],
            tax=amounts[:, 1],
            total=amounts[:, 2],
            void=np.array([i.is_void for i in invoices], dtype=np.bool_),
            purchase=np.array([bool(direction) for direction, _ in records], dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.records)

    @property
    def subject(self) -> Ints:
        """In whose books each row stands."""
        return np.where(self.purchase, self.buyer, self.seller)

    @property
    def red(self) -> Bools:
        """Rows that take something back."""
        return self.total < 0

    @property
    def live(self) -> Bools:
        """Rows that claim money: neither void nor red-letter nor empty."""
        return ~self.void & (self.total > 0)

    def one_side(self, rows: Ints) -> Ints:
        """`rows` without the second record of an invoice that stands in both sides' books: the sale is kept."""
        columns = [self.seller, self.buyer, self.spelling, self.day, self.net, self.tax, self.total]
        order = rows[np.lexsort((rows, self.purchase[rows], *(column[rows] for column in reversed(columns))))]
        return np.sort(order[starts(*(column[order] for column in columns))])


def starts(*sorted_columns: npt.NDArray[np.generic]) -> Bools:
    """Where a new group begins in rows that are sorted by these columns."""
    size = len(sorted_columns[0])
    new = np.zeros(size, dtype=np.bool_)
    new[:1] = True
    for column in sorted_columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def group_sizes(new: Bools) -> Ints:
    """For each row the size of its group, from `starts`."""
    if not len(new):
        return np.zeros(0, dtype=np.int64)
    group = np.cumsum(new) - 1
    sizes: Ints = np.bincount(group)[group]
    return sizes


def _numbered(items: Sequence[Key]) -> tuple[list[Key], Ints]:
    """The distinct items in order of appearance, and the place of each item among them."""
    places = {item: place for place, item in enumerate(dict.fromkeys(items))}
    return list(places), np.fromiter(map(places.__getitem__, items), dtype=np.int64, count=len(items))


def _digits_only(number: str) -> str:
    """Digits without leading zeros; a number without digits stays what it is, in lower case."""
    kept = "".join(_digits_of(number))
    return (kept.lstrip("0") or "0") if kept else number.lower()


def _digits_of(number: str) -> Iterable[str]:
    return number if number.isdigit() else filter(str.isdigit, number)


def _value(digits: str) -> int:
    return int(digits) if digits.isdigit() and len(digits) <= LONGEST_NUMBER else -1
