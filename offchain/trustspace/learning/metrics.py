"""Figures and grade cut-offs from summed score histograms, in integers. Cell s of a histogram counts rows with score s.

Rates are in millionths. What rounding log-odds to points can change is bounded by `rounding_bounds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding.fixed_point import Int64s, divide_rounded
from trustspace.learning.integer_math import PROBABILITY_BITS, ln_ratio, minus_ln

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MILLION = 1_000_000
_LOSS_BITS = 20
_SHARE_BITS = 40
_ONE = 1 << PROBABILITY_BITS


def auc_micro(good: Int64s, bad: Int64s) -> int:
    """Chance that a good row scores above a bad one; ties count half (Mann-Whitney). Both kinds must have rows."""
    bad_below = np.concatenate([[0], np.cumsum(bad)[:-1]])
    twice = sum(int(g) * (2 * int(below) + int(b)) for g, below, b in zip(good, bad_below, bad, strict=True) if g)
    return divide_rounded(MILLION * twice, 2 * int(good.sum()) * int(bad.sum()))


def ks_micro(good: Int64s, bad: Int64s) -> int:
    """Largest distance of the two cumulative distributions."""
    goods, bads = int(good.sum()), int(bad.sum())
    widest = max(abs(int(b) * goods - int(g) * bads) for g, b in zip(np.cumsum(good), np.cumsum(bad), strict=True))
    return divide_rounded(MILLION * widest, goods * bads)


def brier_micro(good: Int64s, bad: Int64s, chances: Int64s) -> int:
    """Mean squared distance of the chance of default from the outcome (Brier 1950).

    chances: of each cell, PROBABILITY_BITS fraction bits.
    """
    total = sum(
        int(g) * int(p) ** 2 + int(b) * (_ONE - int(p)) ** 2 for g, b, p in zip(good, bad, chances, strict=True)
    )
    return divide_rounded(MILLION * total, int(good.sum() + bad.sum()) << 2 * PROBABILITY_BITS)


def log_loss_micro(good: Int64s, bad: Int64s, chances: Int64s) -> int:
    """Mean of -ln of the chance that was given to the outcome; arguments as `brier_micro`."""
    kept, lost = minus_ln(_ONE - chances, _LOSS_BITS), minus_ln(chances, _LOSS_BITS)
    total = sum(int(g) * int(k) + int(b) * int(d) for g, b, k, d in zip(good, bad, kept, lost, strict=True))
    return divide_rounded(MILLION * total, int(good.sum() + bad.sum()) << _LOSS_BITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingBounds:
    """How far the figures of unrounded log-odds can be from those of points, for points inside the scale."""

    auc_micro: int
    ks_micro: int
    brier_micro: int
    log_loss_micro: int


def rounding_bounds(good: Int64s, bad: Int64s, double_points: int) -> RoundingBounds:
    """Bounds for rounding to the nearest point, rounded up.

    Pairs with unequal points keep their order: the AUC moves by half of the tied pairs at most. Inside a cell the
    distance of the distributions moves by the cell's larger share at most. Half a point is ln 2 / (2 double_points) in
    log-odds; the log loss has slope |p - y| <= 1 there, the squared distance 2 |p - y| p (1 - p) <= 8 / 27.
    """
    goods, bads = int(good.sum()), int(bad.sum())
    tied = sum(int(g) * int(b) for g, b in zip(good, bad, strict=True))
    largest = max(max(int(g) * bads, int(b) * goods) for g, b in zip(good, bad, strict=True))
    half_point = MILLION * ln_ratio(2, 1, _SHARE_BITS)  # over 2 double_points
    return RoundingBounds(
        auc_micro=-(-MILLION * tied // (2 * goods * bads)),
        ks_micro=-(-MILLION * largest // (goods * bads)),
        brier_micro=-(-half_point * 8 // (27 * 2 * double_points << _SHARE_BITS)),
        log_loss_micro=-(-half_point // (2 * double_points << _SHARE_BITS)),
    )


def psi_micro(reference: Sequence[int], rows: Sequence[int]) -> int:
    """Population stability index of two distributions over the same bands: sum of (a - b) ln(a / b) of the shares.

    Half a row is added to each band, so that an empty one stays finite.
    """
    bands = len(reference)
    first, second = 2 * sum(reference) + bands, 2 * sum(rows) + bands
    total = 0
    for a, b in zip(reference, rows, strict=True):
        here, there = (2 * b + 1) * first, (2 * a + 1) * second
        total += (here - there) * ln_ratio(here, there, _SHARE_BITS)
    return divide_rounded(MILLION * total, first * second << _SHARE_BITS)


def band_borders(scores: Int64s, bands: int, least: int) -> tuple[int, ...]:
    """Lowest score of each band but the first: bands of about equal counts, at least `least` rows each.

    A score's rows stay together, so there may be fewer bands; with too few rows there is one.
    """
    rows = int(scores.sum())
    count = max(1, min(bands, rows // max(1, least)))
    borders: list[int] = []
    below, band_start = 0, 0
    for score in np.flatnonzero(scores):
        reached = below - band_start >= least and rows - below >= least
        if reached and below * count >= (len(borders) + 1) * rows:
            borders.append(int(score))
            band_start = below
        below += int(scores[score])
    return tuple(borders)


def sums_by_band(cells: Int64s, borders: Iterable[int]) -> Int64s:
    """Sums of cells between borders, shape (bands,)."""
    sums: Int64s = np.add.reduceat(cells, [0, *borders])
    return sums


def cut_offs(scores: Int64s, shares_bps: Sequence[int]) -> tuple[int, ...]:
    """Lowest score of each grade but the worst, ascending, so that at least the planned share reaches it or better.

    `shares_bps` runs from the best grade to the worst. Distinct even when scores tie: some may then lie below all.
    """
    rows = int(scores.sum())
    at_least = np.cumsum(scores[::-1])[::-1]  # at_least[s]: rows with a score of s or more
    found: list[int] = []
    share = 0
    for part in shares_bps[:-1]:
        share += part
        needed = -(-rows * share // 10_000)
        cut = int(np.flatnonzero(at_least >= needed)[-1])
        found.append(min(cut, found[-1] - 1) if found else cut)
    return tuple(reversed(found))
