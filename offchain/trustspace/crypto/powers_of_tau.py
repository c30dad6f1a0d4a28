"""Powers of tau: the points tau^0 * G, tau^1 * G, ... that a set-up of KZG commitments consists of, beside tau in G2.

Work is cut into slices, so that several processes share it; `PointEngine` is whoever does that.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha512
from typing import TYPE_CHECKING, Protocol

from trustspace.crypto.pairing import pairings_cancel
from trustspace.crypto.point_batches import COEFFICIENT_BITS
from trustspace.encoding.bn254 import BN254, TWIST_GENERATOR, TwistPoint
from trustspace.encoding.weierstrass import Bases, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Draw = Callable[[int], bytes]


DEV_TEXT = "trustspace/set-up/dev/1: everybody knows this tau, so everybody forges proofs under it"
_WINDOW_BITS = 12


class PointEngine(Protocol):
    """Does the heavy work on points, in as many processes as it likes."""

    def powers(self, tau: int, count: int) -> list[Point]:
        """tau^i * G for i below `count`."""
        ...

    def scale(self, step: int, points: Sequence[Point]) -> list[Point]:
        """step^i times point i, for all points."""
        ...

    def combine_neighbours(self, coefficients: Sequence[int], points: Sequence[Point]) -> tuple[Point, Point]:
        """Sums of coefficient i times point i, and of coefficient i times point i + 1: one more point than these."""
        ...


def same_ratio(points: Sequence[Point], tau_twist: TwistPoint, engine: PointEngine, draw: Draw) -> bool:
    """Whether every point is the one before times the tau of `tau_twist`, but for a chance of 2^-128.

    The points are on the curve and `tau_twist` is in its group. With random coefficients r,
    e(sum r_i * P_i+1, G2) = e(sum r_i * P_i, tau * G2) holds for all of them together or fails.
    """
    size = COEFFICIENT_BITS // 8
    coefficients = [int.from_bytes(draw(size), "big") for _ in range(len(points) - 1)]
    lower, upper = engine.combine_neighbours(coefficients, points)
    return pairings_cancel([(upper, TWIST_GENERATOR), (BN254.negate(lower), tau_twist)])


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
