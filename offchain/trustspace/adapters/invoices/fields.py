"""One cell of an invoice table each: what is accepted, and what is said about the rest."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from trustspace.domain.invoices import FIRST_DAY, LAST_DAY, MAX_AMOUNT_FEN, id_problem, number_problem
from trustspace.errors import InvalidTable

if TYPE_CHECKING:
    from collections.abc import Mapping

Word = TypeVar("Word")

_AMOUNT = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,2}))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SCIENTIFIC = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+")


class Place:
    """Where a row stands: makes the errors of its cells."""

    __slots__ = ("file", "line")

    def __init__(self, file: str, line: int) -> None:
        self.file = file
        self.line = line

    def error(self, field: str, message: str, remedy: str) -> InvalidTable:
        return InvalidTable(message, file=self.file, line=self.line, field=field, remedy=remedy)


def parse_amount(text: str, place: Place, field: str) -> int:
    """Fen of an amount in yuan: digits, optionally a leading minus, optionally one or two decimals after a point."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise place.error(field, f"{text[:80]!r} is not an amount", _amount_remedy(text))
    sign, yuan, decimals = found.groups()
    fen = int(yuan) * 100 + int((decimals or "").ljust(2, "0"))
    if fen > MAX_AMOUNT_FEN:
        raise place.error(
            field,
            f"{text[:80]} yuan is more than any invoice can hold ({MAX_AMOUNT_FEN // 100} yuan)",
            "check the unit: amounts are yuan, not fen",
        )
    return -fen if sign else fen


def _amount_remedy(text: str) -> str:
    if not text.strip():
        return "fill it in; write 0.00 for no amount"
    if _SCIENTIFIC.fullmatch(text):
        return "a spreadsheet rounded this number; export it as text with two decimals"
    if "," in text:
        return "leave out thousands separators: 1234.56"
    if text.startswith("("):
        return "write negative amounts with a minus: -1234.56"
    return "write yuan with at most two decimals, as 1234.56 or -1234.56"


def parse_date(text: str, place: Place, field: str) -> date:
    """Date of the form YYYY-MM-DD between 1970-01-01 and 2149-06-06."""
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        day = date.fromisoformat(text)
    except ValueError:
        raise place.error(field, f"{text[:80]!r} is not a date", "write dates as 2020-02-29") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise place.error(field, f"{text} is out of range", f"dates lie between {FIRST_DAY} and {LAST_DAY}")
    return day


def parse_party(text: str, place: Place, field: str) -> str:
    """Id of a firm: printable, no blanks at the ends, at most 64 bytes."""
    problem = id_problem(text)
    if problem:
        raise place.error(
            field, f"the id {problem}", "give the taxpayer number, or one fixed key for a person without one"
        )
    return text


def parse_number(text: str, place: Place, field: str) -> str:
    """Invoice number: letters, digits and hyphens."""
    problem = number_problem(text)
    if problem:
        remedy = "export the number as text (code and number joined by a hyphen), without blanks or apostrophes"
        raise place.error(field, f"the number {problem}", remedy)
    return text


def parse_word(text: str, words: Mapping[str, Word], place: Place, field: str) -> Word:
    """One of the listed words."""
    value = words.get(text)
    if value is None:
        raise place.error(field, f"{text[:80]!r} is unknown", f"write one of: {', '.join(words)}")
    return value
