"""What each round of a scorecard run adds up: name, cells and their bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding.fixed_point import MAX_CELL, Int64s, require_bounds, require_headroom
from trustspace.errors import OutOfRange
from trustspace.learning.logistic import newton_bounds, newton_cells

if TYPE_CHECKING:
    from trustspace.learning.plan import TrainingPlan

COUNTS, NEWTON, EVALUATION = "counts", "newton", "evaluation"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundShape:
    """The one tensor of a round, flattened.

    counts:     [fold][good, bad][feature][cell]
    newton:     [full model, fold models ...][gradient, upper triangle of the Hessian]
    evaluation: [out-of-fold good, out-of-fold bad, full model][score 0 .. max_points]
    """

    plan: TrainingPlan
    round: int

    @property
    def tensor(self) -> str:
        """Name of the tensor, part of the mask context."""
        if self.round == 1:
            return COUNTS
        return EVALUATION if self.round == self.plan.rounds else NEWTON

    @property
    def size(self) -> int:
        """Number of cells."""
        plan = self.plan
        if self.tensor == COUNTS:
            return plan.folds * 2 * grid_cells(plan)
        if self.tensor == EVALUATION:
            return 3 * (plan.max_points + 1)
        return (plan.folds + 1) * newton_cells(len(plan.features) + 1)

    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:
        """Lowest and highest value of each cell over `rows` rows. Raises OutOfRange when 64 bits do not suffice."""
        if self.tensor != NEWTON:
            return np.zeros(self.size, dtype=np.int64), np.full(self.size, rows, dtype=np.int64)
        single = newton_bounds(len(self.plan.features) + 1, rows)
        for cell, bound in enumerate(single):
            if bound > MAX_CELL:
                raise OutOfRange(
                    f"{self.cell_name(cell)}: {rows} rows do not fit into 64 bits",
                    where=f"round {self.round}",
                    remedy="lower max_rows in the plan",
                )
        high = np.tile(np.array(single, dtype=np.int64), self.plan.folds + 1)
        return -high, high

    def require_headroom(self, parties: int) -> None:
        """Prove before the round that the parties' sum cannot overflow. Raises OutOfRange naming the feature."""
        _, high = self.bounds(self.plan.max_rows)
        require_headroom(high, parties, name=self.cell_name, where=f"round {self.round}")

    def check(self, values: Int64s, rows: int, where: str) -> None:
        """Check a contribution or a sum against the bounds of `rows` rows. Raises OutOfRange naming the feature."""
        low, high = self.bounds(rows)
        require_bounds(values, low, high, name=self.cell_name, where=f"{where}, round {self.round}")

    def cell_name(self, cell: int) -> str:
        """Cell in words, with the feature's name."""
        plan = self.plan
        if self.tensor == EVALUATION:
            return f"histogram of score {cell % (plan.max_points + 1)}"
        if self.tensor == COUNTS:
            offsets = feature_offsets(plan)
            place = cell % grid_cells(plan)
            feature = int(np.searchsorted(offsets, place, side="right")) - 1
            return f"feature {plan.names[feature]}, grid cell {place - int(offsets[feature])}"
        columns = ("constant", *(f"feature {name}" for name in plan.names))
        place = cell % newton_cells(len(columns))
        if place < len(columns):
            return f"{columns[place]}, gradient"
        j, k = (int(index[place - len(columns)]) for index in np.triu_indices(len(columns)))
        return f"{columns[k]}, Hessian with {columns[j]}"


def grid_cells(plan: TrainingPlan) -> int:
    """Cells of all features' grids together."""
    return sum(len(feature.borders) + 1 for feature in plan.features)


def feature_offsets(plan: TrainingPlan) -> Int64s:
    """First cell of each feature among `grid_cells`, shape (features,)."""
    sizes = [len(feature.borders) + 1 for feature in plan.features]
    return np.cumsum([0, *sizes[:-1]]).astype(np.int64)
