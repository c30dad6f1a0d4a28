"""Bins and weights of evidence from summed counts, in integers.

Grid cells are grouped to at most `max_bins` bins of about equal counts, small bins are merged, then neighbours are
pooled until the default rate moves in one direction only: that of the feature's trend where it has one (pool adjacent
violators, Ayer et al. 1955). Missing values, special values and the categories of a categorical feature have bins of
their own; rare categories share one.
WoE = ln(share of good rows / share of bad rows) of a bin, smoothed by rows of the average class mix.
"""

from __future__ import annotations

from dataclasses import dataclass
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
Codes = npt.NDArray[np.uint8]


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

    def codes(self, values: Int64s) -> Codes:
        """Bin of each value, same shape."""
        return bins_of(values, self.cuts, self.groups, self.specials)


def bins_of(
    values: Int64s, cuts: tuple[int, ...], groups: tuple[tuple[int, ...], ...], specials: tuple[int, ...]
) -> Codes:
    """Bin of each value, same shape; arguments as in `BinnedFeature`."""
    if groups:
        table = np.full(MAX_CATEGORY + 1, len(groups), dtype=np.uint8)
        for code, group in enumerate(groups):
            table[list(group)] = code
        known = (values >= 0) & (values <= MAX_CATEGORY)
        return np.where(known, table[np.where(known, values, 0)], len(groups)).astype(np.uint8)
    codes = np.searchsorted(np.array(cuts, dtype=np.int64), values, side="right").astype(np.uint8)
    for code, special in enumerate(specials, start=len(cuts) + 1):
        codes[values == special] = code
    return codes


def bin_feature(plan: ScorecardPlan, feature: PlannedFeature, good: Int64s, bad: Int64s) -> BinnedFeature:
    """Bins of one feature from its cells' counts of good and bad rows, each shape (cells,); both sums positive."""
    first, last = int(feature.takes_missing), len(feature.borders) + 1
    needed = int(good.sum() + bad.sum()) * plan.min_bin_share_bps
    groups: tuple[tuple[int, ...], ...] = ()
    cuts: tuple[int, ...] = ()
    if feature.categorical:
        cells = _categories((good + bad)[first:last], needed)
        groups = tuple(tuple(feature.categories[cell] for cell in own) for own in cells)
        counts = [(int(good[first:][own].sum()), int(bad[first:][own].sum())) for own in cells]
    else:
        bins = _ranges(plan, good[first:last], bad[first:last], needed, feature.trend)
        cuts = tuple(feature.borders[group.last_cell + first] for group in bins[:-1])
        counts = [(group.good, group.bad) for group in bins]
    apart = [(MISSING, 0)] * first + list(zip(feature.specials, range(last, good.size), strict=True))
    counts += [(int(good[cell]), int(bad[cell])) for _, cell in apart]
    if feature.categorical and not first:
        apart, counts = [(MISSING, -1)], [*counts, (0, 0)]  # codes that no plan lists
    total = int(good.sum()), int(bad.sum())
    woe = [_woe(plan, own, total) for own in counts]
    return BinnedFeature(
        cuts=cuts,
        groups=groups,
        specials=tuple(value for value, _ in apart),
        woe=tuple(woe),
        variance=_variance([g + b for g, b in counts], woe),
        information_micro=_information(counts, woe),
        trend=feature.trend,
    )


def _ranges(plan: ScorecardPlan, good: Int64s, bad: Int64s, needed: int, trend: int) -> list[CellGroup]:
    """Bins of present numbers, at least one."""
    bins = equal_frequency(good, bad, plan.max_bins) if (good + bad).any() else [CellGroup(0, 0, good.size - 1)]
    _merge_small(bins, needed)
    _make_monotone(bins, trend)
    return bins


def _categories(rows: Int64s, needed: int) -> list[list[int]]:
    """Cells of each bin: a category alone, or all rare ones together."""
    rare = np.flatnonzero(rows * 10_000 < needed).tolist()
    return [[cell] for cell in range(rows.size) if cell not in rare] + ([rare] if rare else [])


def _woe(plan: ScorecardPlan, own: tuple[int, int], total: tuple[int, int]) -> int:
    (good, bad), (total_good, total_bad) = own, total
    prior, rows = plan.woe_prior_rows, total_good + total_bad
    top = (good * rows + prior * total_good) * total_bad
    bottom = (bad * rows + prior * total_bad) * total_good
    return max(-MAX_WOE, min(MAX_WOE, ln_ratio(top, bottom, WOE_BITS)))


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
