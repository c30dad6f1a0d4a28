"""Integers in the ring Z_2^64 or Z_2^32: how a signed vector is carried, bounded and summed without overflow.

Layout of a vector (used for every masked tensor and every aggregate):

    0        8        16
    +--------+--------+---  ---+
    | cell 0 | cell 1 |  ....  |      each cell: uint64, little endian, two's complement
    +--------+--------+---  ---+

A vector whose *sum* provably fits 32 bits travels as uint32 in the same order: half the bytes, half the masking.

A sum of n parties' cells is exact when n * bound <= 2^63 - 1; `require_headroom` proves that before any round starts,
`require_bounds` checks it on every party's values and again on the opened sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Words = UInt32s | UInt64s

MAX_CELL = 2**63 - 1
WORD_BYTES = 8
WIDTHS = (4, 8)


def to_ring(values: Int64s) -> UInt64s:
    """Signed integers as elements of Z_2^64 (same shape, a new array)."""
    return np.ascontiguousarray(values, dtype=np.int64).astype(np.uint64)


def to_words(values: Int64s, width: int) -> Words:
    """Signed integers as elements of Z_2^(8 * width), width 4 or 8 (same shape, a new array)."""
    return values.astype(np.uint32) if width == WIDTHS[0] else to_ring(values)


def from_ring(words: Words) -> Int64s:
    """Elements of the ring as signed integers: [-2^31, 2^31) or [-2^63, 2^63) (same shape, a new array)."""
    if words.dtype.itemsize == WIDTHS[0]:
        return words.view(np.int32).astype(np.int64)
    return np.ascontiguousarray(words, dtype=np.uint64).astype(np.int64)


def width_for(bounds: Int64s, parties: int) -> int:
    """Bytes per cell that carry the sum of `parties` vectors of magnitude <= bounds: 4 or 8."""
    largest = int(bounds.max()) if bounds.size else 0
    return WIDTHS[0] if largest * parties < 2**31 else WIDTHS[1]


def pack_words(words: Words) -> bytes:
    """Layout above, on any host byte order."""
    return np.ascontiguousarray(words, dtype=f"<u{words.dtype.itemsize}").tobytes()


def unpack_words(raw: bytes | memoryview, *, width: int = WORD_BYTES, where: str = "") -> Words:
    """Inverse of `pack_words`. Raises OutOfRange when the length is no multiple of `width`."""
    if len(raw) % width:
        raise OutOfRange(
            f"a vector of {8 * width}-bit words cannot have {len(raw)} bytes",
            where=where,
            remedy="ask the sender for the message again; it was cut or padded",
        )
    return np.frombuffer(raw, dtype=f"<u{width}").astype(f"u{width}")


def require_headroom(bounds: Int64s, parties: int, *, name: Callable[[int], str], where: str = "") -> None:
    """Prove that `parties` summands of magnitude <= bounds[i] >= 0 cannot leave the signed 64-bit range.

    bounds: shape (cells,). Raises OutOfRange naming the first cell that could overflow by `name(cell)`.
    """
    too_large = np.flatnonzero(bounds > MAX_CELL // max(parties, 1))
    if too_large.size:
        cell = int(too_large[0])
        raise OutOfRange(
            f"{name(cell)}: a bound of {int(bounds[cell])} per party could overflow the sum of {parties} parties",
            where=where,
            remedy="lower max_rows in the plan",
        )


def require_bounds(values: Int64s, low: Int64s, high: Int64s, *, name: Callable[[int], str], where: str) -> None:
    """Check low[i] <= values[i] <= high[i] for every cell (all of shape (cells,)).

    Raises OutOfRange naming the cell by `name(cell)` and the party or round by `where`.
    """
    if values.shape != high.shape:
        raise OutOfRange(
            f"expected {high.size} cells, got {values.size}",
            where=where,
            remedy="use the plan that all parties hashed",
        )
    outside = np.flatnonzero((values > high) | (values < low))
    if outside.size:
        cell = int(outside[0])
        raise OutOfRange(
            f"{name(cell)}: {int(values[cell])} is outside [{int(low[cell])}, {int(high[cell])}]",
            where=where,
            remedy="check this feature's values and max_rows in the plan",
        )


def divide_rounded(numerator: int, denominator: int) -> int:
    """Exact quotient rounded to nearest, ties to even (Python integers of any size; denominator > 0)."""
    quotient, remainder = divmod(numerator, denominator)
    doubled = 2 * remainder
    if doubled > denominator or (doubled == denominator and quotient & 1):
        quotient += 1
    return quotient
