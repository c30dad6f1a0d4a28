"""What one party computes on its own rows in each round of a scorecard run: plain integers, to be masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.learning.counts import count_cells
from trustspace.learning.evaluation_rounds import HeldOutRows, evaluation_sums
from trustspace.learning.logistic import bin_codes, design, newton_sums
from trustspace.learning.rounds import CountsShape, NewtonShape
from trustspace.learning.scorecard import points_table
from trustspace.learning.table import require_known_categories

if TYPE_CHECKING:
    import numpy.typing as npt

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.logistic import LinearModel
    from trustspace.learning.scorecard_training import ScorecardTraining
    from trustspace.learning.table import LabelledRows


class ScorecardWork:
    """A party's rows with what was computed from them once (folds, design matrices)."""

    def __init__(self, training: ScorecardTraining, rows: LabelledRows) -> None:
        """Raises InvalidTable for a category that the plan does not list."""
        require_known_categories(training.plan.features, rows)
        self._training = training
        self._rows = rows
        self._folds = rows.folds(training.plan)
        self._designs: list[npt.NDArray[np.int16]] = []

    def contribution(self) -> Int64s:
        """Summed over this party's rows, shape (shape.size,)."""
        shape = self._training.shape
        if isinstance(shape, CountsShape):
            return count_cells(shape.plan, self._rows, self._folds)
        return self._newton() if isinstance(shape, NewtonShape) else evaluation_sums(shape, *self._scores())

    def _newton(self) -> Int64s:
        models = self._training.models
        if not self._designs:  # bins and folds stay the same in all Newton rounds
            for fold, model in enumerate(models, start=-1):
                learnt = self._folds != fold
                self._designs.append(design(model.features, bin_codes(model.features, self._rows.values[learnt])))
        parts = []
        for fold, (model, matrix) in enumerate(zip(models, self._designs, strict=True), start=-1):
            good = ~self._rows.labels[self._folds != fold]
            parts.append(newton_sums(model, matrix, good))
        return np.concatenate(parts)

    def _scores(self) -> tuple[HeldOutRows, Int64s]:
        """Rows as the fold models see them, and points by the full model."""
        models, rows = self._training.models, self._rows
        points = np.zeros(len(rows), dtype=np.int64)
        for fold, model in enumerate(models[1:]):
            left_out = self._folds == fold
            points[left_out] = self._points(model, rows.values[left_out])
        held_out = HeldOutRows(points=points, defaulted=rows.labels, groups=rows.groups)
        return held_out, self._points(models[0], rows.values)

    def _points(self, model: LinearModel, values: Int64s) -> Int64s:
        return points_table(self._training.plan, model).of_rows(bin_codes(model.features, values))
