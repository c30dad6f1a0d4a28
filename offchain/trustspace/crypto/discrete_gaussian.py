"""Exact samples of the discrete Gaussian: P(x) proportional to exp(-x^2 / (2 sigma^2)) over the integers.

Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for Differential Privacy", algorithms 1 to 3: every decision is
a comparison of a uniform integer with a rational bound, so no floating-point number shapes the distribution (Mironov
2012 shows what rounding can give away). Drawn for many cells at once: all that wait for the same coin toss it together.
The time taken depends on the samples; it must not be measurable by others, as in the rest of a party's local work.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.encoding.fixed_point import Int64s

    Bytes = Callable[[int], bytes]

MAX_SIGMA = 1 << 24
"""Squares of 180 sigma stay below 2^63; a larger sample has a chance of less than e^-180."""
_BATCH = 1 << 16


def discrete_gaussian(sigma: int, count: int, *, random: Bytes = secrets.token_bytes) -> Int64s:
    """`count` independent samples of N_Z(0, sigma^2), shape (count,). Raises OutOfRange for sigma not in 1 .. 2^24.

    `random(n)` gives n unpredictable bytes: the operating system's unless a test passes its own.
    """
    if not 1 <= sigma <= MAX_SIGMA:
        raise OutOfRange(f"no samples for a sigma of {sigma}", where="noise", remedy=f"use 1 to {MAX_SIGMA}")
    parts: list[Int64s] = []
    missing = count
    while missing > 0:
        tried = _laplace(sigma, min(_BATCH, missing + missing // 2 + 8), random)
        off = np.abs(tried) - sigma
        kept = tried[_bernoulli_exp(off * off, 2 * sigma * sigma, random)][:missing]
        parts.append(kept)
        missing -= kept.size
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _laplace(scale: int, count: int, random: Bytes) -> Int64s:
    """At most `count` samples of the discrete Laplace distribution with P(x) proportional to exp(-|x| / scale)."""
    low = _below(scale, 2 * count, random)
    low = low[_bernoulli_exp(low, scale, random)][:count]
    high = np.zeros(low.size, dtype=np.int64)
    going = np.arange(low.size)
    while going.size:
        going = going[_bernoulli_exp(np.ones(going.size, dtype=np.int64), 1, random)]
        high[going] += 1
    size = low + scale * high
    negative = _below(2, low.size, random).astype(bool)
    signed: Int64s = np.where(negative, -size, size)[~(negative & (size == 0))]
    return signed


def _bernoulli_exp(numerators: Int64s, denominator: int, random: Bytes) -> npt.NDArray[np.bool_]:
    """True with chance exp(-numerator / denominator), numerators >= 0."""
    whole = numerators // denominator
    heads = _bernoulli_exp_fraction(numerators - whole * denominator, denominator, random)
    tossed = 0
    while (going := np.flatnonzero(heads & (whole > tossed))).size:
        heads[going] = _bernoulli_exp_fraction(np.ones(going.size, dtype=np.int64), 1, random)
        tossed += 1
    return heads


def _bernoulli_exp_fraction(numerators: Int64s, denominator: int, random: Bytes) -> npt.NDArray[np.bool_]:
    """As `_bernoulli_exp` for numerators <= denominator: toss coins of chance gamma / k until one fails; k odd wins."""
    heads = np.zeros(numerators.size, dtype=bool)
    going = np.arange(numerators.size)
    k = 1
    while going.size:
        won = _below(denominator * k, going.size, random) < numerators[going]
        heads[going[~won]] = k % 2 == 1
        going = going[won]
        k += 1
    return heads


def _below(limit: int, count: int, random: Bytes) -> Int64s:
    """Uniform integers 0 <= x < limit <= 2^63: as many bits as limit - 1 has, drawn again when they reach limit."""
    bits = (limit - 1).bit_length()
    width = next(size for size in (1, 2, 4, 8) if 8 * size >= bits)
    found = np.zeros(count, dtype=np.int64)
    going = np.arange(count)
    while going.size:
        words = np.frombuffer(random(width * going.size), dtype=f"<u{width}")
        drawn = (words & words.dtype.type((1 << bits) - 1)).astype(np.int64)
        found[going] = drawn
        going = going[drawn >= limit]
    return found
