"""Reader of comma-separated invoice tables: a fast path for clean blocks, a careful one that explains the rest.

A block of lines that all match the layout's pattern is turned into records in one go; any other block is read line by
line with the careful parser, which accepts every row that the fast path accepts (and quotes, blank lines, amounts
without decimals besides) and names file, line, field and remedy of the first row that breaks the layout.
"""

from __future__ import annotations

import csv
import gc
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from trustspace.adapters.invoices.fields import Place, parse_date, parse_party
from trustspace.adapters.invoices.text import Block, read_blocks
from trustspace.domain.invoices import collect
from trustspace.errors import InvalidTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from trustspace.domain.invoices import InvoiceBook, Record

# Pieces of the fast patterns. They accept less than the careful parser, never more.
PARTY = r'([^,"\r\n]{1,64})'
NUMBER = r"([0-9A-Za-z-]{1,40})"
DATE = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
AMOUNT = r"(-?[0-9]{1,11}\.[0-9]{2})"


class Layout(ABC):
    """Columns of a table and how one row becomes a record. Holds caches: use one instance per file."""

    header: tuple[str, ...]
    pattern: re.Pattern[str]
    reference: str

    def __init__(self, file: str) -> None:
        self.file = file
        self._parties: dict[str, str] = {}
        self._dates: dict[str, date] = {}

    @abstractmethod
    def fast_rows(self, rows: list[tuple[str, ...]], first_line: int) -> Iterator[Record]:
        """Records of rows that matched the pattern, standing on consecutive lines."""

    @abstractmethod
    def careful_row(self, fields: Sequence[str], place: Place) -> Record:
        """Record of one row with the right number of fields. Raises InvalidTable."""

    def new_party(self, text: str, line: int, field: str) -> str:
        """Check and remember an id met for the first time."""
        party = self._parties[text] = parse_party(text, Place(self.file, line), field)
        return party

    def new_date(self, text: str, line: int, field: str) -> date:
        """Check and remember a date met for the first time."""
        day = self._dates[text] = parse_date(text, Place(self.file, line), field)
        return day


def line_pattern(*pieces: str) -> re.Pattern[str]:
    """Pattern of one whole row, for `findall` over a block."""
    return re.compile("^" + ",".join(pieces) + r"\r?$", re.MULTILINE)


def read_table(path: Path, layout: Layout) -> Iterator[Record]:
    """Records in file order, without holding the file. Raises InvalidTable at the first row that breaks the layout."""
    rows_seen = False
    blocks = read_blocks(path)
    for block in _without_header(blocks, layout):
        rows = layout.pattern.findall(block.text)
        if len(rows) == block.text.count("\n"):
            rows_seen = rows_seen or bool(rows)
            yield from layout.fast_rows(rows, block.line)
            continue
        for record in _careful(block, layout):
            rows_seen = True
            yield record
    if not rows_seen:
        raise InvalidTable("has a header but no rows", file=layout.file, remedy="leave files without invoices out")


def read_book(records: Iterator[Record]) -> InvoiceBook:
    """Read to the end and collect, without looking for reference cycles meanwhile.

    Records hold strings and numbers only; searching a growing million of them for cycles costs a third of the time.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        return collect(records)
    finally:
        if searching:
            gc.enable()


def _without_header(blocks: Iterator[Block], layout: Layout) -> Iterator[Block]:
    first = next(blocks)
    head, _, body = first.text.partition("\n")
    place = Place(layout.file, first.line)
    _check_header([name.strip() for name in split_row(head, place)], place, layout)
    if body:
        yield Block(first.line + 1, body)
    yield from blocks


def _check_header(names: list[str], place: Place, layout: Layout) -> None:
    if tuple(names) == layout.header:
        return
    missing = [name for name in layout.header if name not in names]
    extra = [name for name in names if name not in layout.header]
    if missing or extra:
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"unexpected {', '.join(map(repr, extra))[:200]}"] if extra else []
        message = f"wrong columns: {'; '.join(parts)}"
    else:
        message = "columns are repeated or in another order"
    raise place.error("header", message, f"the first line must be {','.join(layout.header)} (see {layout.reference})")


def _careful(block: Block, layout: Layout) -> Iterator[Record]:
    for line, text in enumerate(block.text.split("\n")[:-1], block.line):
        place = Place(layout.file, line)
        fields = split_row(text, place)
        if not fields:
            continue
        if len(fields) != len(layout.header):
            raise place.error(
                "",
                f"{len(fields)} fields, expected {len(layout.header)}",
                "quote fields that hold a comma; remove totals and notes below the table",
            )
        yield layout.careful_row(fields, place)


def read_rows(path: Path, header: Sequence[str]) -> Iterator[tuple[Place, list[str]]]:
    """Rows of a small table, each with its place. Raises InvalidTable for wrong columns or a wrong number of fields."""
    header_seen = False
    for block in read_blocks(path):
        for line, text in enumerate(block.text.split("\n")[:-1], block.line):
            place = Place(path.name, line)
            fields = split_row(text, place)
            if not header_seen:
                if fields != list(header):
                    raise place.error("header", "wrong columns", f"the first line must be {','.join(header)}")
                header_seen = True
            elif fields:
                if len(fields) != len(header):
                    raise place.error(
                        "", f"{len(fields)} fields, expected {len(header)}", "quote fields that hold a comma"
                    )
                yield place, fields


def split_row(text: str, place: Place) -> list[str]:
    """Fields of one line (RFC 4180 quoting, no line breaks inside fields); none for a blank line."""
    try:
        rows = list(csv.reader([text.removesuffix("\r")], strict=True))
    except csv.Error as error:
        raise place.error(
            "", f"broken quoting or line ending: {error}", "close each quoted field on its own line"
        ) from error
    return rows[0] if rows else []
