"""What one party computes on its own rows in each round: plain integers, to be masked before they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.learning.logistic import bin_codes, design, newton_sums
from trustspace.learning.rounds import COUNTS, NEWTON, RoundShape, feature_offsets, grid_cells
from trustspace.learning.scorecard import points_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.logistic import LinearModel
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.table import LabelledRows


class LocalWork:
    """A party's rows with what was computed from them once (folds, design matrices)."""

    def __init__(self, plan: TrainingPlan, rows: LabelledRows) -> None:
        self._plan = plan
        self._rows = rows
        self._folds = rows.folds(plan)
        self._designs: list[npt.NDArray[np.int16]] = []

    def contribution(self, shape: RoundShape, models: Sequence[LinearModel]) -> Int64s:
        """Summed over this party's rows, shape (shape.size,)."""
        if shape.tensor == COUNTS:
            return self._counts()
        return self._newton(models) if shape.tensor == NEWTON else self._evaluation(models)

    def _counts(self) -> Int64s:
        plan, rows = self._plan, self._rows
        cells = grid_cells(plan)
        block = (self._folds * 2 + rows.labels) * cells
        total = np.zeros(plan.folds * 2 * cells, dtype=np.int64)
        for index, offset in enumerate(feature_offsets(plan)):
            borders = np.array(plan.features[index].borders, dtype=np.int64)
            cell = block + offset + np.searchsorted(borders, rows.values[:, index], side="right")
            total += np.bincount(cell, minlength=total.size)
        return total

    def _newton(self, models: Sequence[LinearModel]) -> Int64s:
        if not self._designs:  # bins and folds stay the same in all Newton rounds
            for fold, model in enumerate(models, start=-1):
                learnt = self._folds != fold
                self._designs.append(design(model.features, bin_codes(model.features, self._rows.values[learnt])))
        parts = []
        for fold, (model, matrix) in enumerate(zip(models, self._designs, strict=True), start=-1):
            good = ~self._rows.labels[self._folds != fold]
            parts.append(newton_sums(model, matrix, good))
        return np.concatenate(parts)

    def _evaluation(self, models: Sequence[LinearModel]) -> Int64s:
        plan, rows = self._plan, self._rows
        unseen = np.zeros(len(rows), dtype=np.int64)
        for fold, model in enumerate(models[1:]):
            left_out = self._folds == fold
            unseen[left_out] = self._points(model, rows.values[left_out])
        cells = plan.max_points + 1
        by_class = np.bincount(unseen + rows.labels * cells, minlength=2 * cells)
        return np.concatenate([by_class, np.bincount(self._points(models[0], rows.values), minlength=cells)])

    def _points(self, model: LinearModel, values: Int64s) -> Int64s:
        points = points_table(self._plan, model).of_rows(bin_codes(model.features, values))
        return np.clip(points, 0, self._plan.max_points)
