"""The Grumpkin curve y^2 = x^3 - 17 over the BN254 scalar field, and Pedersen vector commitments on it.

A proof over BN254 adds and multiplies Grumpkin points cheaply, so commitments of several sources can be added up inside
a proof. `(x, y)` is a point, `IDENTITY` the neutral element; scalars are integers modulo `ORDER`, a prime.

    commitment = scalar 0 * G_0 + scalar 1 * G_1 + ... + blinding * H

hides its scalars perfectly and binds to them as long as nobody knows a relation between the bases. The bases are drawn
from a text by hashing until x is on the curve, so nobody can.

Not constant in time: whoever commits does so in a process of its own.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[int, int]
IDENTITY: Point = (0, 0)
"""No point of the curve: -17 is no square."""
ORDER = 21888242871839275222246405745257275088696311157297823662689037894645226208583
_B = -17
_WINDOW_BITS = 7
_DIGITS = (1 << _WINDOW_BITS) - 1
_WINDOWS = -(-ORDER.bit_length() // _WINDOW_BITS)
_TWO_ADICITY = 28


def is_on_curve(point: Point) -> bool:
    """Whether both coordinates are reduced and satisfy the equation; the identity does not."""
    x, y = point
    return 0 <= x < FIELD_MODULUS and 0 <= y < FIELD_MODULUS and (y * y - x * x * x - _B) % FIELD_MODULUS == 0


def add(left: Point, right: Point) -> Point:
    """Sum of two points, in every case."""
    if left == IDENTITY:
        return right
    if right == IDENTITY:
        return left
    if left[0] != right[0]:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, FIELD_MODULUS)
    elif left == right:
        slope = 3 * left[0] * left[0] * pow(2 * left[1], -1, FIELD_MODULUS)
    else:
        return IDENTITY
    x = (slope * slope - left[0] - right[0]) % FIELD_MODULUS
    return x, (slope * (left[0] - x) - left[1]) % FIELD_MODULUS


def multiply(scalar: int, point: Point) -> Point:
    """Scalar * point, scalar taken modulo ORDER: double and add."""
    total = IDENTITY
    for bit in format(scalar % ORDER, "b"):
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def draw_points(text: str, count: int) -> tuple[Point, ...]:
    """`count` points of which nobody knows a relation.

    Point i is the first of its tries whose x is on the curve, with the even y:
    x = SHA-256(text || "/" || i || "/" || try) in decimal and ASCII, read big endian, the highest two bits cleared, and
    thrown away when it is not below the field modulus.
    """
    return tuple(_draw_point(f"{text}/{index}") for index in range(count))


def _draw_point(text: str) -> Point:
    attempt = 0
    while True:
        digest = sha256(f"{text}/{attempt}".encode("ascii")).digest()
        x = int.from_bytes(digest, "big") & ((1 << 254) - 1)
        y = _square_root((x * x * x + _B) % FIELD_MODULUS) if x < FIELD_MODULUS else None
        if y is not None:
            return x, y if y % 2 == 0 else FIELD_MODULUS - y
        attempt += 1


def _square_root(value: int) -> int | None:
    """A root modulo the field modulus, or None: Tonelli and Shanks, 5 being no square of this field."""
    if pow(value, (FIELD_MODULUS - 1) // 2, FIELD_MODULUS) != 1:
        return None
    odd = (FIELD_MODULUS - 1) >> _TWO_ADICITY
    root, rest = pow(value, (odd + 1) // 2, FIELD_MODULUS), pow(value, odd, FIELD_MODULUS)
    twist, size = pow(5, odd, FIELD_MODULUS), _TWO_ADICITY
    while rest != 1:
        power, square = 0, rest
        while square != 1:
            square = square * square % FIELD_MODULUS
            power += 1
        factor = pow(twist, 1 << (size - power - 1), FIELD_MODULUS)
        root, twist, size = root * factor % FIELD_MODULUS, factor * factor % FIELD_MODULUS, power
        rest = rest * twist % FIELD_MODULUS
    return root


def sum_points(points: Iterable[Point]) -> Point:
    """Sum of points other than the identity, pairs by pairs with one inversion for each halving."""
    left = list(points)
    while len(left) > 1:
        pairs = list(zip(left[0::2], left[1::2], strict=False))
        odd = left[-1:] if len(left) % 2 else []
        if any(a[0] == b[0] for a, b in pairs):
            left = [total for a, b in pairs if (total := add(a, b)) != IDENTITY] + odd
        else:
            left = _add_pairs(pairs) + odd
    return left[0] if left else IDENTITY


def _add_pairs(pairs: Sequence[tuple[Point, Point]]) -> list[Point]:
    """Sums of pairs whose x differ: Montgomery's trick shares the inversion."""
    p = FIELD_MODULUS
    products, product = [], 1
    for (x1, _), (x2, _) in pairs:
        products.append(product)
        product = product * (x2 - x1) % p
    inverse = pow(product, -1, p)
    sums: list[Point] = []
    for ((x1, y1), (x2, y2)), before in zip(reversed(pairs), reversed(products), strict=True):
        slope = (y2 - y1) * (inverse * before % p) % p
        inverse = inverse * (x2 - x1) % p
        x = (slope * slope - x1 - x2) % p
        sums.append((x, (slope * (x1 - x) - y1) % p))
    sums.reverse()
    return sums


class Bases:
    """Fixed bases with tables of their multiples: what makes many commitments quick."""

    def __init__(self, points: Sequence[Point]) -> None:
        """Tables are made at the first commitment."""
        self.points = tuple(points)
        self._tables: list[list[list[Point]]] = []

    def commit(self, scalars: Sequence[int]) -> Point:
        """Sum of scalars times bases. Raises OutOfRange for a wrong number of scalars or one not in [0, ORDER)."""
        if len(scalars) != len(self.points):
            raise OutOfRange(f"{len(scalars)} scalars for {len(self.points)} bases", remedy="pass one for each base")
        if not self._tables:
            self._tables = _multiples(self.points)
        terms: list[Point] = []
        for position, (scalar, windows) in enumerate(zip(scalars, self._tables, strict=True)):
            if not 0 <= scalar < ORDER:
                raise OutOfRange("not in [0, curve order)", where=f"scalar {position}", remedy="reduce it first")
            rest = scalar
            for table in windows:
                digit = rest & _DIGITS
                if digit:
                    terms.append(table[digit - 1])
                rest >>= _WINDOW_BITS
        return sum_points(terms)


def _multiples(points: Sequence[Point]) -> list[list[list[Point]]]:
    """[base][window][digit - 1] = digit * 2^(bits * window) * base."""
    roots: list[Point] = []
    for point in points:
        for _ in range(_WINDOWS):
            roots.append(point)
            for _ in range(_WINDOW_BITS):
                point = add(point, point)
    columns = [roots, [add(root, root) for root in roots]]
    while len(columns) < _DIGITS:
        columns.append(_add_pairs(list(zip(columns[-1], roots, strict=True))))
    tables = [list(table) for table in zip(*columns, strict=True)]
    return [tables[at : at + _WINDOWS] for at in range(0, len(tables), _WINDOWS)]


@cache
def pedersen_bases(text: str, count: int) -> Bases:
    """`count` bases for scalars and a last one, H, for the blinding, all drawn from the text."""
    return Bases(draw_points(text, count + 1))
