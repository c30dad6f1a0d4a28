"""The best split of each node from its summed histogram.

Sums are int64 and exact. Gains are float64, computed cell by cell: each addition, product and quotient is one IEEE 754
operation, rounded the same way everywhere, so the choice among gains does not depend on the machine. Ties go to the
lowest feature, then the lowest cut, then to missing values on the left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.encoding.fixed_point import Int64s, divide_rounded
from trustspace.learning.plan import BPS
from trustspace.learning.trees.histogram import LEAF_BITS, STATISTIC_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.learning.trees.bins import FeatureBins
    from trustspace.learning.trees.histogram import CodeLayout
    from trustspace.learning.trees.plan import TreesPlan

Floats = npt.NDArray[np.float64]

MAX_WEIGHT = 8 << LEAF_BITS
"""A leaf's step in log-odds, before the learning rate, is held to +-8."""
_NOISE = 2.0**-6  # a millionth of a row's gain: below it a gain may be nothing but rounding
_MILLI = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A node to split. low and high bound its leaves' weights (LEAF_BITS), as monotone splits above it ask."""

    low: int = -MAX_WEIGHT
    high: int = MAX_WEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """left: the codes that go left. Sums of gradient and Hessian of the two children."""

    feature: int
    left: tuple[bool, ...]
    left_sums: tuple[int, int]
    right_sums: tuple[int, int]


class SplitFinder:
    """Finds splits under one plan and binning."""

    def __init__(self, plan: TreesPlan, bins: Sequence[FeatureBins], layout: CodeLayout) -> None:
        self._plan = plan
        self._bins = bins
        deepest = max(own.values for own in bins)
        self._values = np.array([own.values for own in bins])
        position = np.arange(deepest)
        inside = position < self._values[:, None]
        self._cell = np.where(inside, np.array(layout.offsets)[:, None] + position, layout.cells)  # features, codes
        missing = np.array([own.missing for own in bins])
        self._missing_cell = np.where(missing, np.array(layout.offsets) + self._values, layout.cells)
        # Direction 0: missing values go left, 1: right; then they may also stand alone.
        self._directions = (0, 1) if missing.any() else (0,)
        last = position == self._values[:, None] - 1
        self._open = np.stack([inside & ~last, inside & (~last | missing[:, None])][: len(self._directions)], axis=-1)
        self._trends = np.array([feature.trend for feature in plan.features])
        self.penalty = scaled(plan.l2_milli)
        self._least_child = scaled(plan.min_child_milli)
        self._least_gain = max(_NOISE, float(scaled(plan.min_gain_milli)))

    def order(self, category_orders: Sequence[Sequence[int]]) -> Int64s:
        """Cells of a node in scan order, shape (features, codes), for `find`."""
        cells = self._cell.copy()
        for index, order in enumerate(category_orders):
            cells[index, : len(order)] = self._cell[index][list(order)]
        return cells

    def find(self, sums: Int64s, orders: Sequence[Int64s], nodes: Sequence[Candidate]) -> list[Split | None]:
        """Best split of each node, None where nothing gains. sums: (nodes, 2, cells); orders: of `order`, per node."""
        count = len(nodes)
        padded = np.concatenate([sums, np.zeros((count, 2, 1), dtype=np.int64)], axis=2)
        scan = np.array(orders)[:, None, :, :]
        ordered = np.take_along_axis(padded, scan.reshape(count, 1, -1), axis=2).reshape(count, 2, *scan.shape[2:])
        lost = padded[:, :, self._missing_cell]  # nodes, 2, features
        below = ordered.cumsum(axis=3)
        both = [below + lost[:, :, :, None], below][: len(self._directions)]
        left = np.stack(both, axis=-1)  # nodes, 2, features, codes, directions
        total = (below[:, :, 0, -1] + lost[:, :, 0])[:, :, None, None, None]
        right = total - left
        gain = self._gains(left, right, total, nodes)
        best = gain.reshape(count, -1).argmax(axis=1)
        return [self._split(int(best[n]), gain[n], scan[n, 0], left[n], right[n], lost[n]) for n in range(count)]

    def _gains(self, left: Int64s, right: Int64s, total: Int64s, nodes: Sequence[Candidate]) -> Floats:
        allowed = self._open & (left[:, 1] >= self._least_child) & (right[:, 1] >= self._least_child)
        if not self._trends.any():
            gain = self._free(left) + self._free(right) - self._free(total)
        else:
            low, high = (np.array(edge)[:, None, None, None] / (1 << LEAF_BITS) for edge in _edges(nodes))
            left_weight, left_gain = self._bounded(left, low, high)
            right_weight, right_gain = self._bounded(right, low, high)
            gain = left_gain + right_gain - self._bounded(total, low, high)[1]
            allowed &= self._trends[:, None, None] * (right_weight - left_weight) >= 0
        return np.where(allowed, gain, -np.inf)

    def _free(self, sums: Int64s) -> Floats:
        """Gain of a node at its best weight; sums: (nodes, 2, ...)."""
        gradient = sums[:, 0].astype(np.float64)
        gain: Floats = gradient * gradient / (sums[:, 1] + self.penalty).astype(np.float64)
        return gain

    def _bounded(self, sums: Int64s, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Weight held to its bounds, and the gain there."""
        gradient, curvature = sums[:, 0].astype(np.float64), (sums[:, 1] + self.penalty).astype(np.float64)
        weight = np.minimum(np.maximum(gradient / curvature, low), high)
        gain: Floats = weight * (2.0 * gradient - curvature * weight)
        return weight, gain

    def _split(self, best: int, gain: Floats, scan: Int64s, left: Int64s, right: Int64s, lost: Int64s) -> Split | None:
        feature, cut, direction = (int(index) for index in np.unravel_index(best, gain.shape))
        if not gain[feature, cut, direction] > self._least_gain:
            return None
        left_sums = (int(left[0, feature, cut, direction]), int(left[1, feature, cut, direction]))
        right_sums = (int(right[0, feature, cut, direction]), int(right[1, feature, cut, direction]))
        own = self._bins[feature]
        chosen = np.zeros(own.width, dtype=bool)
        chosen[scan[feature, : cut + 1] - self._cell[feature, 0]] = True
        codes = chosen.tolist()
        if own.missing:
            absent = not lost[:, feature].any()  # then nothing is learnt: with the heavier child
            codes[-1] = left_sums[1] >= right_sums[1] if absent else direction == 0
        return Split(feature=feature, left=tuple(codes), left_sums=left_sums, right_sums=right_sums)

    def root_value(self, sums: Int64s) -> int:
        """Step of a whole tree's rows; sums: (2, cells) of its root."""
        first = self._bins[0].width  # every feature's cells hold the same rows
        whole = sums[:, :first].sum(axis=1)
        return self.leaf(self.weight((int(whole[0]), int(whole[1])), Candidate()))

    def weight(self, sums: tuple[int, int], node: Candidate) -> int:
        """Best step in log-odds of a node's rows within its bounds, LEAF_BITS fraction bits."""
        best = divide_rounded(sums[0] << LEAF_BITS, sums[1] + self.penalty)
        return max(node.low, min(node.high, best))

    def leaf(self, weight: int) -> int:
        """Step after the learning rate."""
        return divide_rounded(weight * self._plan.learning_rate_bps, BPS)

    def children(self, split: Split, node: Candidate) -> tuple[Candidate, Candidate]:
        """Bounds of the two children: below a monotone split neither side's leaves may pass the middle."""
        trend = int(self._trends[split.feature])
        if not trend:
            return node, node
        middle = (self.weight(split.left_sums, node) + self.weight(split.right_sums, node)) // 2
        lower = Candidate(low=node.low, high=middle)
        upper = Candidate(low=middle, high=node.high)
        return (lower, upper) if trend > 0 else (upper, lower)


def scaled(milli: int) -> int:
    """Thousandths as an integer of STATISTIC_BITS fraction bits."""
    return divide_rounded(milli << STATISTIC_BITS, _MILLI)


def _edges(nodes: Sequence[Candidate]) -> tuple[list[int], list[int]]:
    return [node.low for node in nodes], [node.high for node in nodes]
