"""The first round of every run: rows by fold, class, feature and grid cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.errors import InvalidPlan, ProtocolError
from trustspace.learning.rounds import feature_offsets, grid_cells

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.table import LabelledRows


def count_cells(plan: TrainingPlan, rows: LabelledRows, folds: Int64s) -> Int64s:
    """One party's counts, flattened [fold][good, bad][feature][cell]; folds: shape (rows,)."""
    cells = grid_cells(plan)
    block = (folds * 2 + rows.labels) * cells
    total = np.zeros(plan.folds * 2 * cells, dtype=np.int64)
    for index, offset in enumerate(feature_offsets(plan)):
        cell = block + offset + plan.features[index].cells(rows.values[:, index])
        total += np.bincount(cell, minlength=total.size)
    return total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SummedCounts:
    """Counts of all parties. cells: (folds, 2, grid cells); rows: (folds, 2), class 1 = defaulted."""

    plan: TrainingPlan
    cells: Int64s
    rows: Int64s

    @classmethod
    def of(cls, plan: TrainingPlan, sums: Int64s) -> SummedCounts:
        """Check a round's sum. Raises ProtocolError naming a feature that counts other rows than the first one."""
        cells = sums.reshape(plan.folds, 2, grid_cells(plan))
        per_feature = np.add.reduceat(cells, feature_offsets(plan), axis=2)  # fold, class, feature
        uneven = np.flatnonzero((per_feature != per_feature[:, :, :1]).any(axis=(0, 1)))
        if uneven.size:
            raise ProtocolError(
                f"feature {plan.names[int(uneven[0])]} counts other rows than feature {plan.names[0]}",
                where="round 1, sum",
                remedy="some party contributed inconsistent counts: audit the parties' tables",
            )
        return cls(plan=plan, cells=cells, rows=per_feature[:, :, 0])

    def outside(self, fold: int) -> tuple[int, int]:
        """Good and defaulted rows outside a fold; -1: all rows. Raises InvalidPlan when one kind is missing."""
        good, bad = (int(count) for count in self.rows.sum(axis=0) - (self.rows[fold] if fold >= 0 else 0))
        if not good or not bad:
            raise InvalidPlan(
                f"{good} good and {bad} defaulted rows are left to learn from",
                where="round 1" if fold < 0 else f"round 1, outside fold {fold}",
                remedy="bring more rows of both kinds, or plan fewer folds",
            )
        return good, bad

    def by_feature(self, fold: int) -> list[Int64s]:
        """Each feature's counts outside a fold (-1: of all rows), shape (2, its cells)."""
        total = self.cells.sum(axis=0) - (self.cells[fold] if fold >= 0 else 0)
        return np.split(total, feature_offsets(self.plan)[1:], axis=1)
