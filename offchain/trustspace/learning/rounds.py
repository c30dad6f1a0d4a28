"""What a round adds up: name, cells and their bounds. Every kind of run begins with counts and ends with the
shapes of `evaluation_rounds`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from trustspace.encoding.fixed_point import MAX_CELL, Int64s, require_bounds, require_headroom
from trustspace.errors import OutOfRange
from trustspace.learning.logistic import newton_bounds, newton_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.learning.plan import TrainingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundShape(ABC):
    """The one tensor of a round, flattened."""

    tensor: ClassVar[str]
    """Name of the tensor, part of the mask context."""

    plan: TrainingPlan
    round: int

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of cells."""

    @abstractmethod
    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:
        """Lowest and highest value of each cell over `rows` rows. Raises OutOfRange when 64 bits do not suffice."""

    @abstractmethod
    def cell_name(self, cell: int) -> str:
        """Cell in words, with the feature's name."""

    def require_headroom(self, parties: int) -> None:
        """Prove before the round that the parties' sum cannot overflow. Raises OutOfRange naming the feature."""
        low, high = self.bounds(self.plan.max_rows)
        require_headroom(np.maximum(high, -low), parties, name=self.cell_name, where=f"round {self.round}")

    def check(self, values: Int64s, rows: int, where: str) -> None:
        """Check a contribution or a sum against the bounds of `rows` rows. Raises OutOfRange naming the feature."""
        low, high = self.bounds(rows)
        require_bounds(values, low, high, name=self.cell_name, where=f"{where}, round {self.round}")

    def fit(self, bounds: Sequence[int], rows: int) -> Int64s:
        """Bounds as an array. Raises OutOfRange naming the first cell whose bound needs more than 64 bits."""
        for cell, bound in enumerate(bounds):
            if bound > MAX_CELL:
                raise OutOfRange(
                    f"{self.cell_name(cell)}: {rows} rows do not fit into 64 bits",
                    where=f"round {self.round}",
                    remedy="lower max_rows in the plan",
                )
        return np.array(bounds, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsShape(RoundShape):
    """Rows by [fold][good, bad][feature][grid cell]."""

    tensor = "counts"

    @property
    def size(self) -> int:
        return self.plan.folds * 2 * grid_cells(self.plan)

    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:
        return np.zeros(self.size, dtype=np.int64), np.full(self.size, rows, dtype=np.int64)

    def cell_name(self, cell: int) -> str:
        offsets = feature_offsets(self.plan)
        place = cell % grid_cells(self.plan)
        feature = int(np.searchsorted(offsets, place, side="right")) - 1
        return f"feature {self.plan.names[feature]}, grid cell {place - int(offsets[feature])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewtonShape(RoundShape):
    """Of [full model, fold models ...]: [gradient, upper triangle of the Hessian]."""

    tensor = "newton"

    @property
    def size(self) -> int:
        return (self.plan.folds + 1) * newton_cells(len(self.plan.features) + 1)

    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:
        single = newton_bounds(len(self.plan.features) + 1, rows)
        high = np.tile(self.fit(single, rows), self.plan.folds + 1)
        return -high, high

    def cell_name(self, cell: int) -> str:
        columns = ("constant", *(f"feature {name}" for name in self.plan.names))
        place = cell % newton_cells(len(columns))
        if place < len(columns):
            return f"{columns[place]}, gradient"
        j, k = (int(index[place - len(columns)]) for index in np.triu_indices(len(columns)))
        return f"{columns[k]}, Hessian with {columns[j]}"


def grid_cells(plan: TrainingPlan) -> int:
    """Cells of all features' grids together."""
    return sum(feature.cell_count for feature in plan.features)


def feature_offsets(plan: TrainingPlan) -> Int64s:
    """First cell of each feature among `grid_cells`, shape (features,)."""
    sizes = [feature.cell_count for feature in plan.features]
    return np.cumsum([0, *sizes[:-1]]).astype(np.int64)
