"""A table of any origin as text columns: CSV, CSV packed with gzip, or Parquet (extra `parquet`)."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from trustspace.errors import InvalidTable, ToolMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PARQUET = (".parquet", ".pq")
MAX_BYTES = 2**32
"""Most that a packed table may unfold to: what looks small may not fill the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """Columns of one length; an empty text is a missing value. file: name for error messages."""

    file: str
    columns: Mapping[str, Sequence[str]]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()), ()))


def read_table(path: Path) -> TextTable:
    """Read a table with a header. Cells are stripped of blanks around them.

    Raises InvalidTable naming file, line and field for what is no table; ToolMissing for Parquet without its extra.
    """
    try:
        if path.suffix.lower() in PARQUET:
            return _parquet(path)
        with path.open("rb") as stream:
            packed = path.suffix.lower() == ".gz"
            raw = cast("io.BufferedIOBase", gzip.GzipFile(fileobj=stream)) if packed else stream
            content = raw.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise InvalidTable(f"holds more than {MAX_BYTES} bytes", file=path.name, remedy="split it")
        return _csv(io.StringIO(content.decode("utf-8-sig"), newline=""), path.name)
    except UnicodeDecodeError as error:
        raise InvalidTable("is not UTF-8", file=path.name, remedy="save it as UTF-8") from error
    except csv.Error as error:
        raise InvalidTable(f"is no CSV: {error}", file=path.name, remedy="quote fields that hold commas") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidTable(f"is no gzip file: {error}", file=path.name, remedy="pack it again") from error
    except OSError as error:
        raise InvalidTable(f"cannot be read: {error.strerror}", file=str(path), remedy="check the path") from error


def _csv(stream: io.StringIO, file: str) -> TextTable:
    rows = csv.reader(stream, strict=True)
    header = [name.strip() for name in next(rows, [])]
    if not header:
        raise InvalidTable("is empty", file=file, remedy="the first line names the columns")
    _require_names(header, file)
    body = list(_body(rows, len(header), file))
    columns = list(zip(*body, strict=True)) if body else [()] * len(header)
    return TextTable(
        file=file,
        columns={name: [cell.strip() for cell in column] for name, column in zip(header, columns, strict=True)},
    )


def _body(rows: Iterator[list[str]], width: int, file: str) -> Iterator[list[str]]:
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) != width:
            raise InvalidTable(f"{len(row)} fields, the header has {width}", file=file, line=line)
        yield row


def _parquet(path: Path) -> TextTable:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise ToolMissing(
            "Parquet files need pyarrow", where=path.name, remedy="pip install 'trustspace[parquet]'"
        ) from error
    try:
        table = parquet.read_table(path)
        _require_names(table.column_names, path.name)
        columns = {name: table.column(name).cast(pa.string()) for name in table.column_names}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidTable(f"is no flat Parquet table: {error}", file=path.name, remedy="numbers and texts") from error
    return TextTable(
        file=path.name,
        columns={name: ["" if cell is None else cell.strip() for cell in column.to_pylist()]
                 for name, column in columns.items()},
    )  # fmt: skip


def _require_names(header: Sequence[str], file: str) -> None:
    for place, name in enumerate(header, start=1):
        if not name or header.count(name) > 1:
            problem = f"is named {name!r} like another" if name else "has no name"
            raise InvalidTable(f"column {place} {problem}", file=file, line=1, remedy="name every column once")
