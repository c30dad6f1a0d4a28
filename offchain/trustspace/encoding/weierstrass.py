"""Curves y^2 = x^3 + b over a prime field with prime order, in affine coordinates, many additions at a time.

`(x, y)` is a point, `IDENTITY` the neutral element; scalars are integers modulo the order. One modular inversion is
shared by all additions of a batch (Montgomery's trick), which makes a batch several times quicker than one by one. Not
constant in time: for commitments made in the process of whoever knows the values, and for public points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[int, int]
IDENTITY: Point = (0, 0)
"""On no curve with b != 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """y^2 = x^3 + b modulo `modulus`, of prime `order`; `generator` is one of its points."""

    modulus: int
    b: int
    order: int
    generator: Point

    def contains(self, point: Point) -> bool:
        """Whether both coordinates are reduced and satisfy the equation; the identity does not."""
        x, y = point
        return 0 <= x < self.modulus and 0 <= y < self.modulus and (y * y - x * x * x - self.b) % self.modulus == 0

    def negate(self, point: Point) -> Point:
        """The point that adds up with this one to the identity."""
        return point[0], -point[1] % self.modulus

    def add(self, left: Point, right: Point) -> Point:
        """Sum of two points, in every case."""
        if left == IDENTITY:
            return right
        if right == IDENTITY:
            return left
        if left[0] != right[0]:
            slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, self.modulus)
        elif left == right:
            slope = 3 * left[0] * left[0] * pow(2 * left[1], -1, self.modulus)
        else:
            return IDENTITY
        x = (slope * slope - left[0] - right[0]) % self.modulus
        return x, (slope * (left[0] - x) - left[1]) % self.modulus

    def multiply(self, scalar: int, point: Point) -> Point:
        """The point added up `scalar` times, the scalar taken modulo the order: double and add."""
        total = IDENTITY
        for bit in format(scalar % self.order, "b"):
            total = self.add(total, total)
            if bit == "1":
                total = self.add(total, point)
        return total

    def sum(self, points: Iterable[Point]) -> Point:
        """Sum of points other than the identity: pair by pair, one inversion for each halving."""
        left = list(points)
        while len(left) > 1:
            pairs = list(zip(left[0::2], left[1::2], strict=False))
            odd = left[-1:] if len(left) % 2 else []
            left = [total for total in self.add_pairs(pairs) if total != IDENTITY] + odd
        return left[0] if left else IDENTITY

    def add_pairs(self, pairs: Sequence[tuple[Point, Point]]) -> list[Point]:
        """Sum of every pair, in every case; one inversion for all whose x differ and that lack the identity."""
        odd = {at for at, (a, b) in enumerate(pairs) if a[0] == b[0] or a == IDENTITY or b == IDENTITY}
        quick = self._add_different([pair for at, pair in enumerate(pairs) if at not in odd] if odd else pairs)
        if not odd:
            return quick
        rest = iter(quick)
        return [self.add(*pair) if at in odd else next(rest) for at, pair in enumerate(pairs)]

    def double_each(self, points: Sequence[Point]) -> list[Point]:
        """Every point added to itself; one inversion for all. The identity stays."""
        p = self.modulus
        products, product = [], 1
        for _, y in points:
            products.append(product)
            product = product * (2 * y or 1) % p
        inverse = pow(product, -1, p)
        doubles: list[Point] = []
        for (x1, y1), before in zip(reversed(points), reversed(products), strict=True):
            slope = 3 * x1 * x1 * (inverse * before % p) % p
            inverse = inverse * (2 * y1 or 1) % p
            x = (slope * slope - 2 * x1) % p
            doubles.append((x, (slope * (x1 - x) - y1) % p))
        doubles.reverse()
        return doubles

    def _add_different(self, pairs: Sequence[tuple[Point, Point]]) -> list[Point]:
        p = self.modulus
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
    """Fixed points of a curve with tables of their multiples: what makes many products quick."""

    def __init__(self, curve: Curve, points: Sequence[Point], *, window_bits: int = 7) -> None:
        """Tables are made at the first use: (2^bits - 1) * ceil(order bits / bits) points for each base."""
        self.curve = curve
        self.points = tuple(points)
        self._bits = window_bits
        self._digits = (1 << window_bits) - 1
        self._tables: list[list[list[Point]]] = []

    def commit(self, scalars: Sequence[int]) -> Point:
        """Sum of scalars times bases. Raises OutOfRange for a wrong number of scalars or one not in [0, order)."""
        if len(scalars) != len(self.points):
            raise OutOfRange(f"{len(scalars)} scalars for {len(self.points)} bases", remedy="pass one for each base")
        terms: list[Point] = []
        for position, (scalar, windows) in enumerate(zip(scalars, self._multiples(), strict=True)):
            if not 0 <= scalar < self.curve.order:
                raise OutOfRange("not in [0, curve order)", where=f"scalar {position}", remedy="reduce it first")
            rest = scalar
            for table in windows:
                digit = rest & self._digits
                if digit:
                    terms.append(table[digit - 1])
                rest >>= self._bits
        return self.curve.sum(terms)

    def multiply_each(self, scalars: Sequence[int]) -> list[Point]:
        """Every scalar, taken modulo the order, times the first base."""
        totals = [IDENTITY] * len(scalars)
        rests = [scalar % self.curve.order for scalar in scalars]
        for table in self._multiples()[0]:
            busy = [index for index, rest in enumerate(rests) if rest & self._digits]
            sums = self.curve.add_pairs([(totals[index], table[(rests[index] & self._digits) - 1]) for index in busy])
            for index, total in zip(busy, sums, strict=True):
                totals[index] = total
            rests = [rest >> self._bits for rest in rests]
        return totals

    def _multiples(self) -> list[list[list[Point]]]:
        """[base][window][digit - 1] = digit * 2^(bits * window) * base."""
        if not self._tables:
            windows = -(-self.curve.order.bit_length() // self._bits)
            roots: list[Point] = []
            for point in self.points:
                for _ in range(windows):
                    roots.append(point)
                    for _ in range(self._bits):
                        point = self.curve.add(point, point)
            columns = [roots, [self.curve.add(root, root) for root in roots]]
            while len(columns) < self._digits:
                columns.append(self.curve.add_pairs(list(zip(columns[-1], roots, strict=True))))
            tables = [list(table) for table in zip(*columns, strict=True)]
            self._tables = [tables[at : at + windows] for at in range(0, len(tables), windows)]
        return self._tables
