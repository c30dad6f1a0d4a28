"""Many products on BN254 at once: every point times a scalar of its own, and sums of products.

Scalars are halved by the curve's endomorphism (Gallant, Lambert and Vanstone, CRYPTO 2001): (x, y) -> (beta * x, y) is
the product with lambda, so k * P = k1 * P + k2 * (lambda * P) with k1, k2 of half the length. Sums of products go by
buckets (Pippenger). Not constant in time.
"""

from __future__ import annotations

from functools import cache
from math import isqrt
from typing import TYPE_CHECKING

from trustspace.encoding.bn254 import BN254
from trustspace.encoding.weierstrass import IDENTITY, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

_BITS = 4
_HALF, _RADIX = 1 << (_BITS - 1), 1 << _BITS
_WINDOWS = 33
"""Signed digits of four bits for numbers below 2^130."""
BETA = 2203960485148121921418603742825762020974279258880205651966
LAMBDA = 4407920970296243842393367215006156084916469457145843978461
COEFFICIENT_BITS = 128
_MOST_BUCKET_BITS = 10


def multiply_pairwise(scalars: Sequence[int], points: Sequence[Point]) -> list[Point]:
    """Every scalar, modulo the order, times its own point; no point is the identity."""
    p = BN254.modulus
    tables = _small_multiples(points)
    lanes = []
    for half, beta in ((0, 1), (1, BETA)):
        digits = [signed_digits(split(scalar)[half]) for scalar in scalars]
        lanes.append((digits, [[(x * beta % p, y) for x, y in table] for table in tables] if half else tables))
    totals = [IDENTITY] * len(points)
    for window in reversed(range(_WINDOWS)):
        for _ in range(_BITS):
            totals = BN254.double_each(totals)
        for digits, multiples in lanes:
            busy = [index for index, row in enumerate(digits) if row[window]]
            pairs = [(totals[index], _pick(multiples[index], digits[index][window])) for index in busy]
            for index, total in zip(busy, BN254.add_pairs(pairs), strict=True):
                totals[index] = total
    return totals


def split(scalar: int) -> tuple[int, int]:
    """k1, k2 of about 127 bits and any sign with k1 + k2 * LAMBDA = scalar modulo the order."""
    (a1, b1), (a2, b2) = _short_vectors()
    order = BN254.order
    k = scalar % order
    c1, c2 = (2 * b2 * k + order) // (2 * order), (-2 * b1 * k + order) // (2 * order)
    return k - c1 * a1 - c2 * a2, -c1 * b1 - c2 * b2


def signed_digits(value: int) -> list[int]:
    """Digits from -8 to 7, lowest first, that make up the value."""
    digits = []
    for _ in range(_WINDOWS):
        digit = ((value + _HALF) & (_RADIX - 1)) - _HALF
        digits.append(digit)
        value = (value - digit) >> _BITS
    return digits


def combine(coefficients: Sequence[int], points: Sequence[Point]) -> Point:
    """Sum of the points times their coefficients, which are below 2^128; no point is the identity."""
    bits = min(_MOST_BUCKET_BITS, max(2, len(points).bit_length() - 4))
    mask = (1 << bits) - 1
    windows = -(-COEFFICIENT_BITS // bits)
    buckets: list[list[list[Point]]] = [[[] for _ in range(mask + 1)] for _ in range(windows)]
    for coefficient, point in zip(coefficients, points, strict=True):
        for column in buckets:
            column[coefficient & mask].append(point)
            coefficient >>= bits
    filled = [bucket for column in buckets for bucket in column[1:]]
    _empty_into_sums(filled)
    running, sums = [IDENTITY] * windows, [IDENTITY] * windows
    for digit in range(mask, 0, -1):
        tops = [column[digit][0] if column[digit] else IDENTITY for column in buckets]
        running = BN254.add_pairs(list(zip(running, tops, strict=True)))
        sums = BN254.add_pairs(list(zip(sums, running, strict=True)))
    total = IDENTITY
    for partial in reversed(sums):
        for _ in range(bits):
            total = BN254.add(total, total)
        total = BN254.add(total, partial)
    return total


def _empty_into_sums(buckets: Sequence[list[Point]]) -> None:
    """Leave in every bucket the sum of its points or nothing: pairs of all buckets together, until none is left."""
    busy = [bucket for bucket in buckets if len(bucket) > 1]
    while busy:
        pairs = [(bucket[at], bucket[at + 1]) for bucket in busy for at in range(0, len(bucket) - 1, 2)]
        sums = iter(BN254.add_pairs(pairs))
        for bucket in busy:
            odd = bucket[-1:] if len(bucket) % 2 else []
            added = [next(sums) for _ in range(len(bucket) // 2)]
            bucket[:] = [total for total in added if total != IDENTITY] + odd
        busy = [bucket for bucket in busy if len(bucket) > 1]


def _small_multiples(points: Sequence[Point]) -> list[list[Point]]:
    """For every point P, in turn P, 2P, ... 8P."""
    columns = [list(points), BN254.double_each(points)]
    while len(columns) < _HALF:
        columns.append(BN254.add_pairs(list(zip(columns[-1], points, strict=True))))
    return [list(row) for row in zip(*columns, strict=True)]


def _pick(multiples: Sequence[Point], digit: int) -> Point:
    return multiples[digit - 1] if digit > 0 else BN254.negate(multiples[-digit - 1])


@cache
def _short_vectors() -> tuple[tuple[int, int], tuple[int, int]]:
    """Two short (a, b) with a + b * LAMBDA = 0 modulo the order: Euclid's algorithm, stopped half-way."""
    before, now = (BN254.order, 0), (LAMBDA, 1)
    while now[0] > isqrt(BN254.order):
        quotient = before[0] // now[0]
        before, now = now, (before[0] - quotient * now[0], before[1] - quotient * now[1])
    quotient = before[0] // now[0]
    after = (before[0] - quotient * now[0], before[1] - quotient * now[1])
    shorter = min(before, after, key=lambda vector: vector[0] ** 2 + vector[1] ** 2)
    return (now[0], -now[1]), (shorter[0], -shorter[1])
