"""Invoices, and what a set of them holds once quirks are counted.

`Invoice` and `Record` are NamedTuples, not frozen dataclasses: exports have millions of rows, and a tuple is built five
times faster. They are built by adapters, which check every field; `check_invoice` is the same rule for other makers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import is_normalized

from trustspace.errors import InvalidInvoice

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_AMOUNT_FEN = 10**13 - 1
"""One hundred billion yuan less a fen: far above any invoice, far below what could overflow a sum."""
MAX_ID_BYTES = 64
MAX_NUMBER_LENGTH = 40
FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2149, 6, 6)  # the last day that a uint16 of days since 1970-01-01 can name
CURRENCY = "CNY"


class Direction(IntEnum):
    """Seen from the subject: it sold (output VAT) or it bought (input VAT)."""

    SALE = 0
    PURCHASE = 1


class InvoiceKind(IntEnum):
    """VAT invoice types that matter for credit; UNSTATED where the export does not say."""

    UNSTATED = 0
    ORDINARY = 1
    SPECIAL = 2


class BookStatus(IntEnum):
    """Status in the source's books when the export was made; what happens later stands on the ledger."""

    VALID = 0
    VOID = 1


class Invoice(NamedTuple):
    """One VAT invoice. Amounts are fen; a red-letter invoice (return, correction) has a negative total.

    The number need not be unique: short numbers repeat across issuers. net + tax need not equal the total either:
    exports hold such rows, they are counted, not mended.
    """

    seller: str
    buyer: str
    number: str
    issue_date: date
    amount_fen: int
    tax_fen: int
    total_fen: int
    kind: InvoiceKind = InvoiceKind.UNSTATED
    currency: str = CURRENCY
    status: BookStatus = BookStatus.VALID

    @property
    def is_void(self) -> bool:
        return self.status is BookStatus.VOID

    @property
    def is_red_letter(self) -> bool:
        return self.total_fen < 0


class Record(NamedTuple):
    """An invoice as it stands in the books of one of its two sides, the subject."""

    direction: Direction
    invoice: Invoice

    @property
    def subject(self) -> str:
        return self.invoice.buyer if self.direction else self.invoice.seller

    @property
    def counterparty(self) -> str:
        return self.invoice.seller if self.direction else self.invoice.buyer


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What was read, quirks counted over all rows read (duplicates included)."""

    read: int
    duplicates: int
    """Rows equal in every field to an earlier one: left out of the book."""
    repeated_numbers: int
    """Rows whose (subject, direction, number) came before, exact duplicates included."""
    void: int
    red_letter: int
    inconsistent: int
    """Rows whose net + tax misses the total by more than a fen."""

    @property
    def distinct(self) -> int:
        return self.read - self.duplicates

    def __add__(self, other: Census) -> Census:
        return Census(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceBook:
    """Distinct records in reading order, and the census of all that was read."""

    records: tuple[Record, ...]
    census: Census

    def by_subject(self) -> dict[str, list[Record]]:
        """Records of each subject, subjects in order of appearance."""
        groups: dict[str, list[Record]] = {}
        for record in self.records:
            group = groups.get(record.subject)
            if group is None:
                groups[record.subject] = [record]
            else:
                group.append(record)
        return groups


def collect(records: Iterable[Record]) -> InvoiceBook:
    """Keep the first of equal records and count quirks.

    An exact duplicate repeats its number, so only rows whose number came before are compared: one dict lookup per row.
    """
    kept: list[Record] = []
    seen: dict[tuple[str, bool], dict[str, Record | set[Record]]] = {}
    read = duplicates = repeated = void = red = inconsistent = 0
    for record in records:
        direction, invoice = record
        seller, buyer, number, _, amount, tax, total, _, _, status = invoice
        read += 1
        if status:
            void += 1
        if total < 0:
            red += 1
        if not -1 <= amount + tax - total <= 1:
            inconsistent += 1
        key = (buyer, True) if direction else (seller, False)
        numbers = seen.get(key)
        if numbers is None:
            numbers = seen[key] = {}
        first = numbers.get(number)
        if first is None:
            numbers[number] = record
        else:
            repeated += 1
            variants = first if isinstance(first, set) else {first}
            numbers[number] = variants
            if record in variants:
                duplicates += 1
                continue
            variants.add(record)
        kept.append(record)
    census = Census(
        read=read,
        duplicates=duplicates,
        repeated_numbers=repeated,
        void=void,
        red_letter=red,
        inconsistent=inconsistent,
    )
    return InvoiceBook(records=tuple(kept), census=census)


def id_problem(text: str) -> str:
    """Why `text` cannot be a party's id, or an empty string: printable, trimmed, NFC, 1 to 64 bytes of UTF-8."""
    if not text:
        return "is empty"
    if not text.isprintable() or text != text.strip():
        return f"holds blanks at an end or characters that cannot be printed: {text[:80]!r}"
    if not is_normalized("NFC", text):
        return f"is not in Unicode normal form C, so that it could be spelled in two ways: {text[:80]!r}"
    if len(text.encode(errors="replace")) > MAX_ID_BYTES:
        return f"is longer than {MAX_ID_BYTES} bytes: {text[:80]!r}"
    return ""


def number_problem(text: str) -> str:
    """Why `text` cannot be an invoice number, or an empty string: 1 to 40 ASCII letters, digits and hyphens."""
    if not text:
        return "is empty"
    if len(text) > MAX_NUMBER_LENGTH or not text.isascii() or not text.replace("-", "0").isalnum():
        return f"is not 1 to {MAX_NUMBER_LENGTH} letters, digits and hyphens: {text[:80]!r}"
    return ""


def check_invoice(invoice: Invoice, *, where: str = "") -> None:
    """Refuse what adapters would never make. Raises InvalidInvoice naming the field."""
    problems = [
        ("seller", id_problem(invoice.seller)),
        ("buyer", id_problem(invoice.buyer)),
        ("number", number_problem(invoice.number)),
        ("issue_date", "" if FIRST_DAY <= invoice.issue_date <= LAST_DAY else f"{invoice.issue_date} is out of range"),
        ("currency", "" if invoice.currency == CURRENCY else f"is {invoice.currency!r}, not {CURRENCY}"),
        ("kind", "" if invoice.kind in tuple(InvoiceKind) else f"{invoice.kind!r} is unknown"),
    ]
    for name in ("amount_fen", "tax_fen", "total_fen"):
        value = getattr(invoice, name)
        fits = isinstance(value, int) and -MAX_AMOUNT_FEN <= value <= MAX_AMOUNT_FEN
        problems.append((name, "" if fits else f"{value!r} is not an integer of fen within +-{MAX_AMOUNT_FEN}"))
    for name, problem in problems:
        if problem:
            raise InvalidInvoice(f"{name} {problem}", where=where, remedy="correct this invoice at its source")
