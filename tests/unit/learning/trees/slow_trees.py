"""Boosted trees by their definition: row by row, node by node, cut by cut, nothing packed or subtracted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding.fixed_point import divide_rounded
from trustspace.learning.trees.histogram import LEAF_BITS, row_statistics
from trustspace.learning.trees.splits import MAX_WEIGHT, scaled

if TYPE_CHECKING:
    import numpy as np

    from trustspace.learning.trees.bins import FeatureBins
    from trustspace.learning.trees.plan import TreesPlan

Tree = list[tuple[int, int, tuple[bool, ...]]]
"""(value, feature, codes that go left) of each node, level by level."""


class SlowBooster:
    """codes: (features, rows) ; orders: scan order of each feature's codes."""

    def __init__(
        self,
        plan: TreesPlan,
        bins: tuple[FeatureBins, ...],
        codes: np.ndarray,
        good: np.ndarray,
        weights: np.ndarray,
        *,
        base: int,
        orders: list[list[int]],
    ) -> None:
        self.plan, self.bins, self.codes, self.good, self.weights = plan, bins, codes, good, weights
        self.orders = orders
        self.margins = [base] * good.size
        self.penalty = scaled(plan.l2_milli)

    def tree(self) -> Tree:
        import numpy as np

        packed = row_statistics(np.array(self.margins), self.good, self.weights)
        self.sums = [divmod(int(value), 2**25) for value in packed]
        tree: Tree = []
        rows = list(range(self.good.size))
        level = [(rows, self._weight(self._total(rows), (-MAX_WEIGHT, MAX_WEIGHT)), (-MAX_WEIGHT, MAX_WEIGHT))]
        for depth in range(self.plan.depth + 1):
            following = []
            for rows, weight, bounds in level:
                value = divide_rounded(weight * self.plan.learning_rate_bps, 10_000)
                split = self._best(rows, bounds) if depth < self.plan.depth else None
                if split is None:
                    tree.append((value, 0, ()))
                    for row in rows:
                        self.margins[row] += value
                    continue
                feature, left = split
                tree.append((value, feature, left))
                sides = [[row for row in rows if left[self.codes[feature, row]] is side] for side in (True, False)]
                following += self._children(feature, sides, bounds)
            level = following
        return tree

    def _children(self, feature: int, sides: list[list[int]], bounds: tuple[int, int]) -> list:
        totals = [self._total(side) for side in sides]
        trend = self.plan.features[feature].trend
        edges = [bounds, bounds]
        if trend:
            middle = sum(self._weight(total, bounds) for total in totals) // 2
            edges = [(bounds[0], middle), (middle, bounds[1])][::trend]
        return [(side, self._weight(total, edge), edge) for side, total, edge in zip(sides, totals, edges, strict=True)]

    def _total(self, rows: list[int]) -> tuple[int, int]:
        return sum(self.sums[row][0] for row in rows), sum(self.sums[row][1] for row in rows)

    def _weight(self, total: tuple[int, int], bounds: tuple[int, int]) -> int:
        best = divide_rounded(total[0] << LEAF_BITS, total[1] + self.penalty)
        return max(bounds[0], min(bounds[1], best))

    def _gain(self, total: tuple[int, int], bounds: tuple[int, int]) -> tuple[float, float]:
        gradient, curvature = float(total[0]), float(total[1] + self.penalty)
        low, high = (edge / 2**LEAF_BITS for edge in bounds)
        weight = min(max(gradient / curvature, low), high)
        return weight, weight * (2.0 * gradient - curvature * weight)

    def _best(self, rows: list[int], bounds: tuple[int, int]) -> tuple[int, tuple[bool, ...]] | None:
        total = self._total(rows)
        winner: tuple[float, int, tuple[bool, ...]] = (2.0**-6, 0, ())
        for feature, own in enumerate(self.bins):
            lost = self._total([row for row in rows if self.codes[feature, row] == own.values])
            for cut in range(own.values):
                for missing_left in (True, False) if own.missing else (False,):
                    if cut == own.values - 1 and (missing_left or not own.missing):
                        continue
                    chosen = set(self.orders[feature][: cut + 1])
                    left = self._total([row for row in rows if int(self.codes[feature, row]) in chosen])
                    if missing_left:
                        left = (left[0] + lost[0], left[1] + lost[1])
                    right = (total[0] - left[0], total[1] - left[1])
                    if min(left[1], right[1]) < scaled(self.plan.min_child_milli):
                        continue
                    (left_weight, left_gain), (right_weight, right_gain) = (
                        self._gain(side, bounds) for side in (left, right)
                    )
                    if self.plan.features[feature].trend * (right_weight - left_weight) < 0:
                        continue
                    gain = left_gain + right_gain - self._gain(total, bounds)[1]
                    if gain > winner[0]:
                        missing = left[1] >= right[1] if lost == (0, 0) else missing_left
                        codes = tuple(code in chosen for code in range(own.values))
                        winner = (gain, feature, codes + ((missing,) if own.missing else ()))
        return winner[1:] if winner[2] else None
