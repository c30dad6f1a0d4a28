"""Points from log-odds: `base_points` at odds good:bad of `base_odds`, `double_points` more when the odds double."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.learning.integer_math import PROBABILITY_BITS, ln_ratio, sigmoid

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.plan import TrainingPlan

MARGIN_BITS = 16
_LN_BITS = 40
WIDEST = 64 << MARGIN_BITS  # +-64 in log-odds: 7 + 40 + 10 bits after multiplication stay within 63


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsScale:
    """A plan's scale. Margins are log-odds of *good* with MARGIN_BITS fraction bits."""

    base_points: int
    base_odds: int
    double_points: int

    @classmethod
    def of(cls, plan: TrainingPlan) -> PointsScale:
        """A plan's."""
        return cls(base_points=plan.base_points, base_odds=plan.base_odds, double_points=plan.double_points)

    def of_margins(self, margins: Int64s) -> Int64s:
        """Points rounded to nearest (halves up), any shape; margins beyond +-64 count as +-64."""
        above = np.clip(margins, -WIDEST, WIDEST) << (_LN_BITS - MARGIN_BITS)
        shifted = (above - ln_ratio(self.base_odds, 1, _LN_BITS)) * self.double_points
        ln2 = ln_ratio(2, 1, _LN_BITS)
        points: Int64s = self.base_points + (2 * shifted + ln2) // (2 * ln2)
        return points

    def of_margin(self, margin: int) -> int:
        """Points of one margin."""
        return int(self.of_margins(np.array([margin], dtype=np.int64))[0])

    def least_margin(self, points: int) -> int:
        """Least margin from -WIDEST to WIDEST that gives so many points; WIDEST + 1 where none does."""
        low, high = -WIDEST, WIDEST + 1
        while low < high:
            middle = (low + high) // 2
            if self.of_margin(middle) >= points:
                high = middle
            else:
                low = middle + 1
        return low

    def of_step(self, step: int) -> int:
        """Points that a difference of two margins makes."""
        return self.of_margin(step) - self.of_margin(0)


def default_chances(plan: TrainingPlan) -> Int64s:
    """Chance of default that 0, 1, ..., max_points points stand for, PROBABILITY_BITS fraction bits.

    Where the plan weighs the classes, the odds are turned back to those of unweighted rows.
    """
    good, default = plan.class_weights_bps
    base = ln_ratio(plan.base_odds * default, good, PROBABILITY_BITS)
    step, above = ln_ratio(2, 1, _LN_BITS), np.arange(plan.max_points + 1, dtype=np.int64) - plan.base_points
    margins = ((above * step // plan.double_points) >> (_LN_BITS - PROBABILITY_BITS)) + base
    return sigmoid(-margins, PROBABILITY_BITS)
