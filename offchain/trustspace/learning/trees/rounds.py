"""What a round of growth adds up."""

from __future__ import annotations

from dataclasses import dataclass
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
        kinds = self.fit([rows * MAX_LOSS, rows * MAX_GRADIENT, rows * MAX_HESSIAN], rows)
        loss, gradient, hessian = (np.full(count, kind) for count, kind in zip(self._counts, kinds, strict=True))
        nodes = np.concatenate([gradient, hessian])
        high = np.concatenate([loss, np.tile(nodes, self.nodes)])
        low = np.concatenate([0 * loss, np.tile(np.concatenate([-gradient, 0 * hessian]), self.nodes)])
        return low, high

    @property
    def _counts(self) -> tuple[int, int, int]:
        return self.losses, self.layout.cells, self.layout.cells

    def cell_name(self, cell: int) -> str:
        if cell < self.losses:
            return f"validation loss of fold model {cell}"
        kind, place = divmod(cell - self.losses, self.layout.cells)
        feature = int(np.searchsorted(self.layout.offsets, place, side="right")) - 1
        code = place - self.layout.offsets[feature]
        return f"feature {self.plan.names[feature]}, {('gradient', 'Hessian')[kind % 2]} of bin {code}"
