"""Bins and weights of evidence from summed counts, in integers.

Cells of a missing or special value are a bin each. The others, or those of categories in the order of their default
rates, are grouped to at most `max_bins` bins of about equal counts, small bins are merged, then neighbours are pooled
until the default rate moves in one direction only: that of the feature's trend where it has one (pool adjacent
violators, Ayer et al. 1955).
WoE = ln(share of good rows / share of bad rows) of a bin, smoothed by rows of the average class mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.encoding.fixed_point import Int64s, divide_rounded
from trustspace.learning.feature import MAX_CATEGORY, MISSING
from trustspace.learning.integer_math import ln_ratio

if TYPE_CHECKING:
    from trustspace.learning.feature import PlannedFeature
    from trustspace.learning.plan import ScorecardPlan

WOE_BITS = 10
MAX_WOE = 8 << WOE_BITS
CATEGORY_PRIOR_ROWS = 10
"""Rows of the average class mix added to each category before ordering: one with few rows must not stand at an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinnedFeature:
    """Bins of values, then one for each of `specials` (MISSING among them). woe: of each bin, WOE_BITS fraction bits.

    Numeric: bin b holds cuts[b-1] <= value < cuts[b]. Categorical: bin b holds groups[b]; any other code is as good as
    missing. variance of the WoE: 2 * WOE_BITS; information: value of Kullback's divergence, in millionths;
    trend: of the feature.
    """

    cuts: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...] = ()
    specials: tuple[int, ...] = ()
    woe: tuple[int, ...]
    variance: int
    information_micro: int = 0
    trend: int = 0

    def codes(self, values: Int64s) -> npt.NDArray[np.uint8]:
        """Bin of each value, same shape."""
        if self.groups:
            table = np.full(MAX_CATEGORY + 1, len(self.groups), dtype=np.uint8)
            for code, group in enumerate(self.groups):
                table[list(group)] = code
            known = (values >= 0) & (values <= MAX_CATEGORY)
            return np.where(known, table[np.where(known, values, 0)], len(self.groups)).astype(np.uint8)
        codes = np.searchsorted(np.array(self.cuts, dtype=np.int64), values, side="right").astype(np.uint8)
        for code, special in enumerate(self.specials, start=len(self.cuts) + 1):
            codes[values == special] = code
        return codes


def bin_feature(plan: ScorecardPlan, feature: PlannedFeature, good: Int64s, bad: Int64s) -> BinnedFeature:
    """Bins of one feature from its cells' counts of good and bad rows, each shape (cells,); both sums positive."""
    first = int(feature.takes_missing)
    last = len(feature.borders) + 1
    order = list(range(first, last))
    if feature.categorical:
        order = [cell for cell in _by_default_rate(good, bad, order) if good[cell] + bad[cell]]
    total_good, total_bad = int(good.sum()), int(bad.sum())
    bins = equal_frequency(good[order], bad[order], plan.max_bins) if (good + bad)[order].any() else []
    _merge_small(bins, (total_good + total_bad) * plan.min_bin_share_bps)
    _make_monotone(bins, feature.trend)
    ends = [group.last_cell for group in bins[:-1]]
    groups: tuple[tuple[int, ...], ...] = ()
    if feature.categorical and bins:
        starts = [0, *(end + 1 for end in ends)]
        stops = [*(end + 1 for end in ends), len(order)]
        groups = tuple(
            tuple(sorted(feature.categories[cell - first] for cell in order[start:stop]))
            for start, stop in zip(starts, stops, strict=True)
        )
    apart = [(MISSING, 0)] * first + list(zip(feature.specials, range(last, good.size), strict=True))
    if feature.categorical and not apart:
        apart = [(MISSING, -1)]  # what no row held so far
    counts = [(group.good, group.bad) for group in bins] or [(0, 0)]
    counts += [(int(good[cell]), int(bad[cell])) if cell >= 0 else (0, 0) for _, cell in apart]
    woe = [_woe(plan, own, (total_good, total_bad)) for own in counts]
    return BinnedFeature(
        cuts=() if feature.categorical else tuple(feature.borders[order[end]] for end in ends),
        groups=groups,
        specials=tuple(value for value, _ in apart),
        woe=tuple(woe),
        variance=_variance([g + b for g, b in counts], woe),
        information_micro=_information(counts, woe),
        trend=feature.trend,
    )


def _woe(plan: ScorecardPlan, own: tuple[int, int], total: tuple[int, int]) -> int:
    (good, bad), (total_good, total_bad) = own, total
    prior, rows = plan.woe_prior_rows, total_good + total_bad
    top = (good * rows + prior * total_good) * total_bad
    bottom = (bad * rows + prior * total_bad) * total_good
    return max(-MAX_WOE, min(MAX_WOE, ln_ratio(top, bottom, WOE_BITS)))


def _by_default_rate(good: Int64s, bad: Int64s, cells: list[int]) -> list[int]:
    """Cells by falling share of defaults, with CATEGORY_PRIOR_ROWS rows of the average mix added; ties by cell."""
    bads, rows = int(bad[cells].sum()), int((good + bad)[cells].sum())
    prior = CATEGORY_PRIOR_ROWS * Fraction(bads, max(1, rows))
    rates = {cell: (int(bad[cell]) + prior) / (int(good[cell] + bad[cell]) + CATEGORY_PRIOR_ROWS) for cell in cells}
    return sorted(cells, key=lambda cell: -rates[cell])


def _information(counts: list[tuple[int, int]], woe: list[int]) -> int:
    """Sum of (share of good - share of bad) x WoE."""
    goods, bads = sum(good for good, _ in counts), sum(bad for _, bad in counts)
    total = sum((good * bads - bad * goods) * own for (good, bad), own in zip(counts, woe, strict=True))
    return divide_rounded(1_000_000 * total, goods * bads << WOE_BITS)


@dataclass(slots=True)
class CellGroup:
    """Neighbouring grid cells and the rows in them."""

    good: int
    bad: int
    last_cell: int

    @property
    def rows(self) -> int:
        return self.good + self.bad

    def absorb(self, following: CellGroup) -> None:
        self.good += following.good
        self.bad += following.bad
        self.last_cell = following.last_cell


def equal_frequency(good: Int64s, bad: Int64s, max_bins: int) -> list[CellGroup]:
    """Each cell goes to the bin in which the middle of its rows falls; empty cells follow the one before them."""
    rows = good + bad
    after = np.cumsum(rows)
    slot = np.minimum((2 * after - rows) * max_bins // (2 * after[-1]), max_bins - 1)
    bins: list[CellGroup] = []
    current = -1
    for cell in np.flatnonzero(rows):
        group = CellGroup(int(good[cell]), int(bad[cell]), int(cell))
        if slot[cell] == current:
            bins[-1].absorb(group)
        else:
            bins.append(group)
            current = int(slot[cell])
    return bins


def _merge_small(bins: list[CellGroup], needed: int) -> None:
    """Merge bins with fewer rows than needed / 10,000 into the smaller neighbour (the lower one if equal)."""
    while len(bins) > 1:
        smallest = min(range(len(bins)), key=lambda index: bins[index].rows)
        if bins[smallest].rows * 10_000 >= needed:
            return
        left = smallest > 0 and (smallest + 1 == len(bins) or bins[smallest - 1].rows <= bins[smallest + 1].rows)
        _join(bins, smallest - 1 if left else smallest)


def _make_monotone(bins: list[CellGroup], wanted: int) -> None:
    """Pool neighbours that break the trend; where none is `wanted`, the sign of the Mann-Whitney statistic's."""
    trend, good_before, bad_before = 0, 0, 0
    for group in bins:
        trend += good_before * group.bad - bad_before * group.good
        good_before, bad_before = good_before + group.good, bad_before + group.bad
    sign = -wanted or (1 if trend >= 0 else -1)
    index = 0
    while index + 1 < len(bins):
        here, following = bins[index], bins[index + 1]
        if sign * (following.bad * here.rows - here.bad * following.rows) <= 0:
            _join(bins, index)
            index = max(index - 1, 0)
        else:
            index += 1


def _join(bins: list[CellGroup], index: int) -> None:
    bins[index].absorb(bins.pop(index + 1))


def _variance(rows: list[int], woe: list[int]) -> int:
    count = sum(rows)
    first = sum(n * w for n, w in zip(rows, woe, strict=True))
    second = sum(n * w * w for n, w in zip(rows, woe, strict=True))
    return divide_rounded(count * second - first * first, count * count)
