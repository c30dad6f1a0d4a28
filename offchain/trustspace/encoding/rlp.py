"""Recursive length prefix (Ethereum Yellow Paper, appendix B): one value, one byte string, both ways.

byte below 0x80                   itself
up to 55 bytes                    0x80 + length || bytes
more                              0xb7 + width of the length || length || bytes
list, items' encodings joined     the same with 0xc0 and 0xf7
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

Item: TypeAlias = "bytes | int | Sequence[Item]"
Decoded: TypeAlias = "bytes | list[Decoded]"

DEEPEST = 16  # lists within lists; headers and nodes of tries need four


def encode(item: Item) -> bytes:
    """Canonical bytes; integers big endian without leading zeros."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _prefix(len(item), 0x80) + item
    body = b"".join(encode(part) for part in item)
    return _prefix(len(body), 0xC0) + body


def decode(raw: bytes, *, where: str = "") -> Decoded:
    """Inverse of `encode`, integers as bytes. Raises OutOfRange for anything that `encode` does not write."""
    item, end = _item(raw, 0, len(raw), DEEPEST, where)
    if end != len(raw):
        raise _refusal(f"{len(raw) - end} bytes follow the value", where)
    return item


def decode_list(raw: bytes, *, where: str = "") -> list[Decoded]:
    """The same for a list."""
    item = decode(raw, where=where)
    if isinstance(item, bytes):
        raise _refusal("not a list", where)
    return item


def integer(item: Decoded, *, where: str = "") -> int:
    """The integer that a decoded item stands for. Raises OutOfRange for leading zeros and for lists."""
    if not isinstance(item, bytes) or item[:1] == b"\0":
        raise _refusal("not a canonical integer", where)
    return int.from_bytes(item, "big")


def fixed(item: Decoded, length: int, *, where: str = "") -> bytes:
    """A decoded item that must have so many bytes. Raises OutOfRange."""
    if not isinstance(item, bytes) or len(item) != length:
        raise _refusal(f"not {length} bytes", where)
    return item


def _prefix(length: int, base: int) -> bytes:
    if length < 56:
        return bytes([base + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(size)]) + size


def _item(raw: bytes, at: int, end: int, depth: int, where: str) -> tuple[Decoded, int]:
    """The item at `at`, which must end by `end`, and where it ends."""
    if at >= end:
        raise _refusal("it ends too early", where)
    head = raw[at]
    if head < 0x80:
        return raw[at : at + 1], at + 1
    start, stop = _span(raw, at, end, where)
    if head < 0xC0:
        if stop == start + 1 and raw[start] < 0x80:
            raise _refusal("a byte with a needless prefix", where)
        return raw[start:stop], stop
    if depth == 0:
        raise _refusal("lists are nested too deeply", where)
    items: list[Decoded] = []
    while start < stop:
        item, start = _item(raw, start, stop, depth - 1, where)
        items.append(item)
    return items, stop


def _span(raw: bytes, at: int, end: int, where: str) -> tuple[int, int]:
    """Where the payload of a prefixed item begins and ends."""
    size = (raw[at] - 0x80) & 0x3F  # both ranges of prefixes are 64 wide
    start = at + 1
    if size > 55:
        width = size - 55
        start += width
        size = int.from_bytes(raw[at + 1 : start], "big")
        if start > end or raw[at + 1] == 0 or size < 56:
            raise _refusal("a length that is cut off or not in its shortest form", where)
    if start + size > end:
        raise _refusal("it ends too early", where)
    return start, start + size


def _refusal(problem: str, where: str) -> OutOfRange:
    return OutOfRange(f"not canonical RLP: {problem}", where=where, remedy="use the bytes as they were written")
