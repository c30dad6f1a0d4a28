"""Bins and weights of evidence from summed counts, in integers.

Grid cells are grouped to at most `max_bins` bins of about equal counts, small bins are merged, then neighbours are
pooled until the default rate moves in one direction only (pool adjacent violators, Ayer et al. 1955).
Missing values and the categories of a categorical feature have bins of their own; rare categories share one.
WoE = ln(share of good rows / share of bad rows) of a bin, smoothed by rows of the average class mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding.fixed_point import Int64s, divide_rounded
from trustspace.learning.integer_math import ln_ratio

if TYPE_CHECKING:
    from trustspace.learning.plan import PlannedFeature, ScorecardPlan

WOE_BITS = 10
MAX_WOE = 8 << WOE_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class BinnedFeature:
    """Bin b holds cuts[b-1] <= value < cuts[b]. woe: WOE_BITS fraction bits; variance of the WoE: 2 * WOE_BITS."""

    cuts: tuple[int, ...]
    woe: tuple[int, ...]
    variance: int


def bin_feature(plan: ScorecardPlan, feature: PlannedFeature, good: Int64s, bad: Int64s) -> BinnedFeature:
    """Bins of one feature from its cells' counts of good and bad rows, each shape (cells,); both sums positive."""
    total_good, total_bad = int(good.sum()), int(bad.sum())
    needed = (total_good + total_bad) * plan.min_bin_share_bps
    first = int(feature.takes_missing)
    lacking = [CellGroup(int(good[0]), int(bad[0]), 0)] if first else []
    if feature.categorical:
        present = _categories(good, bad, first, needed)
        last_cells = list(range(first, good.size))
    else:
        present = _ranges(plan, good[first:], bad[first:], needed)
        last_cells = [group.last_cell + first for group in present]
    bins = lacking + present
    woe = [_woe(group, total_good, total_bad, plan.woe_prior_rows) for group in bins]
    cuts = tuple(feature.borders[cell] for cell in [*range(first), *last_cells][:-1])
    rows = [group.rows for group in lacking]
    rows += [int(count) for count in (good + bad)[first:]] if feature.categorical else [b.rows for b in present]
    return BinnedFeature(cuts=cuts, woe=tuple(woe), variance=_variance(rows, woe))


def _ranges(plan: ScorecardPlan, good: Int64s, bad: Int64s, needed: int) -> list[CellGroup]:
    """Bins of present numbers, at least one."""
    bins = equal_frequency(good, bad, plan.max_bins) if (good + bad).any() else [CellGroup(0, 0, good.size - 1)]
    _merge_small(bins, needed)
    _make_monotone(bins)
    return bins


def _categories(good: Int64s, bad: Int64s, first: int, needed: int) -> list[CellGroup]:
    """For each category the rows that decide its WoE: its own, or those of all rare ones together."""
    rare = (good + bad) * 10_000 < needed
    rare[:first] = False
    pooled = CellGroup(int(good[rare].sum()), int(bad[rare].sum()), 0)
    return [
        pooled if rare[cell] else CellGroup(int(good[cell]), int(bad[cell]), cell) for cell in range(first, good.size)
    ]


def _woe(group: CellGroup, total_good: int, total_bad: int, prior: int) -> int:
    rows = total_good + total_bad
    top = (group.good * rows + prior * total_good) * total_bad
    bottom = (group.bad * rows + prior * total_bad) * total_good
    return max(-MAX_WOE, min(MAX_WOE, ln_ratio(top, bottom, WOE_BITS)))


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


def _make_monotone(bins: list[CellGroup]) -> None:
    """Pool neighbours that break the trend; its direction is the sign of the Mann-Whitney statistic."""
    trend, good_before, bad_before = 0, 0, 0
    for group in bins:
        trend += good_before * group.bad - bad_before * group.good
        good_before, bad_before = good_before + group.good, bad_before + group.bad
    sign = 1 if trend >= 0 else -1
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
