"""Points from log-odds: `base_points` at odds good:bad of `base_odds`, `double_points` more when the odds double."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.learning.integer_math import ln_ratio

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s

MARGIN_BITS = 16
_LN_BITS = 40
_WIDEST = 64 << MARGIN_BITS  # +-64 in log-odds: 7 + 40 + 10 bits after multiplication stay within 63


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsScale:
    """A plan's scale. Margins are log-odds of *good* with MARGIN_BITS fraction bits."""

    base_points: int
    base_odds: int
    double_points: int

    def of_margins(self, margins: Int64s) -> Int64s:
        """Points rounded to nearest (halves up), any shape; margins beyond +-64 count as +-64."""
        above = np.clip(margins, -_WIDEST, _WIDEST) << (_LN_BITS - MARGIN_BITS)
        shifted = (above - ln_ratio(self.base_odds, 1, _LN_BITS)) * self.double_points
        ln2 = ln_ratio(2, 1, _LN_BITS)
        points: Int64s = self.base_points + (2 * shifted + ln2) // (2 * ln2)
        return points

    def of_margin(self, margin: int) -> int:
        """Points of one margin."""
        return int(self.of_margins(np.array([margin], dtype=np.int64))[0])

    def of_step(self, step: int) -> int:
        """Points that a difference of two margins makes."""
        return self.of_margin(step) - self.of_margin(0)
