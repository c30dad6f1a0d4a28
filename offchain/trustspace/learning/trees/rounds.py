"""What a round of growth adds up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from trustspace.learning.rounds import RoundShape
from trustspace.learning.trees.histogram import MAX_GRADIENT, MAX_HESSIAN, MAX_LOSS

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.trees.histogram import CodeLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthShape(RoundShape):
    """Of all models: [validation loss of each fold's model, once per tree][node][gradient, Hessian][feature, code].

    losses: loss cells; nodes: histograms.
    """

    tensor = "growth"

    layout: CodeLayout
    losses: int
    nodes: int

    @property
    def size(self) -> int:
        return self.losses + self.nodes * 2 * self.layout.cells

    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:
        loss, gradient, hessian = self.fit([rows * MAX_LOSS, rows * MAX_GRADIENT, rows * MAX_HESSIAN], rows).tolist()
        return _bounds((self.losses, self.layout.cells, self.nodes), loss, gradient, hessian)

    def cell_name(self, cell: int) -> str:
        if cell < self.losses:
            return f"validation loss of fold model {cell}"
        kind, place = divmod(cell - self.losses, self.layout.cells)
        feature = int(np.searchsorted(self.layout.offsets, place, side="right")) - 1
        code = place - self.layout.offsets[feature]
        return f"feature {self.plan.names[feature]}, {('gradient', 'Hessian')[kind % 2]} of bin {code}"


@lru_cache(maxsize=64)
def _bounds(counts: tuple[int, int, int], loss: int, gradient: int, hessian: int) -> tuple[Int64s, Int64s]:
    """Bounds of (losses, cells of a node, nodes), not to be written to: every round asks for them many times."""
    losses, cells, nodes = counts
    high = np.array([loss] * losses + ([gradient] * cells + [hessian] * cells) * nodes, dtype=np.int64)
    low = np.array([0] * losses + ([-gradient] * cells + [0] * cells) * nodes, dtype=np.int64)
    for edge in (low, high):
        edge.flags.writeable = False
    return low, high
