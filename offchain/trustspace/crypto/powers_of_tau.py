"""Powers of tau: the points tau^0 * G, tau^1 * G, ... that a set-up of KZG commitments consists of, beside tau in G2.

Work is cut into slices, so that several processes share it; `PointEngine` is whoever does that.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha512
from typing import TYPE_CHECKING, Protocol

from trustspace.encoding.bn254 import BN254
from trustspace.encoding.weierstrass import Bases, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

DEV_TEXT = "trustspace/set-up/dev/1: everybody knows this tau, so everybody forges proofs under it"
_WINDOW_BITS = 12


class PointEngine(Protocol):
    """Does the heavy work on points, in as many processes as it likes."""

    def powers(self, tau: int, count: int) -> list[Point]:
        """tau^i * G for i below `count`."""
        ...


def dev_tau() -> int:
    """The secret of set-ups for development, which is no secret: SHA-512 of a public text, modulo the order.

    The same on every machine, so that keys made under it are reproducible; it protects nothing.
    """
    return int.from_bytes(sha512(DEV_TEXT.encode("ascii")).digest(), "big") % BN254.order


def powers_of(tau: int, start: int, count: int) -> list[Point]:
    """tau^i * G for start <= i < start + count. `tau` is not zero modulo the order."""
    return _generator().multiply_each(scalars_of(tau, start, count))


def scalars_of(step: int, start: int, count: int) -> Sequence[int]:
    """step^i modulo the order for start <= i < start + count."""
    scalars, scalar = [], pow(step, start, BN254.order)
    for _ in range(count):
        scalars.append(scalar)
        scalar = scalar * step % BN254.order
    return scalars


@cache
def _generator() -> Bases:
    return Bases(BN254, [BN254.generator], window_bits=_WINDOW_BITS)
