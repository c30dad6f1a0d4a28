"""Text files in blocks of whole lines: decoded strictly, any size, every fault an InvalidTable."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from trustspace.errors import InvalidTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK_BYTES = 1 << 19
MAX_LINE_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BINARY = {b"PK\x03\x04": "an Excel or ZIP file", b"\xd0\xcf\x11\xe0": "an old Excel file", b"%PDF": "a PDF file"}


class Block(NamedTuple):
    """Whole lines, each ended by a newline; `line` is the number of the first."""

    line: int
    text: str


def read_blocks(path: Path) -> Iterator[Block]:
    """Blocks of a UTF-8 file (a byte order mark is skipped; `.gz` is unpacked while reading).

    Raises InvalidTable for a file that cannot be opened or unpacked, is empty, is not UTF-8 (GB18030 and UTF-16 are
    named), or holds a line of more than 64 KiB.
    """
    try:
        with _open(path) as stream:
            yield from _decoded(stream, path.name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidTable(
            f"cannot be unpacked: {error}", file=path.name, remedy="copy the file again; it is damaged or cut short"
        ) from error
    except OSError as error:
        raise InvalidTable(
            f"cannot be read: {error.strerror or error}", file=str(path), remedy="check path and permissions"
        ) from error


def _open(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _decoded(stream: BinaryIO, name: str) -> Iterator[Block]:
    line, rest = 1, b""
    start = stream.read(len(_BOM) + 1)
    _refuse_other_formats(start, name)
    pending = start.removeprefix(_BOM)
    if not pending:
        raise InvalidTable("is empty", file=name, remedy="export it again with its header line")
    while pending:
        cut = pending.rfind(b"\n") + 1
        whole, rest = rest + pending[:cut] if cut else b"", pending[cut:] if cut else rest + pending
        if len(rest) > MAX_LINE_BYTES:
            raise InvalidTable(
                f"a line is longer than {MAX_LINE_BYTES} bytes",
                file=name,
                line=line + whole.count(b"\n"),
                remedy="end each row with a newline; check for a file of another kind",
            )
        if whole:
            yield Block(line, _decode(whole, name, line))
            line += whole.count(b"\n")
        pending = stream.read(BLOCK_BYTES)
    if rest:
        yield Block(line, _decode(rest, name, line) + "\n")


def _refuse_other_formats(start: bytes, name: str) -> None:
    for signature, what in _BINARY.items():
        if start.startswith(signature):
            raise InvalidTable(f"is {what}, not text", file=name, remedy="save it as CSV, UTF-8")
    if start.startswith(_UTF_16):
        raise InvalidTable(
            "is UTF-16, not UTF-8", file=name, line=1, remedy='save it as "CSV UTF-8", not as "Unicode text"'
        )


def _decode(raw: bytes, name: str, line: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        at = line + raw.count(b"\n", 0, error.start)
        where = f"byte 0x{raw[error.start]:02x}"
        try:
            raw.decode("gb18030")
        except UnicodeDecodeError:
            raise InvalidTable(
                f"is not UTF-8 ({where})", file=name, line=at, remedy="export it again as UTF-8; it may be damaged"
            ) from error
        raise InvalidTable(
            f"looks like GBK/GB18030, not UTF-8 ({where})",
            file=name,
            line=at,
            remedy="export as UTF-8, or convert: iconv -f GB18030 -t UTF-8 IN > OUT",
        ) from error
