"""The last rounds of every run: what a party adds up about the scores of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.learning.integer_math import PROBABILITY_BITS
from trustspace.learning.points import default_chances
from trustspace.learning.rounds import RoundShape

if TYPE_CHECKING:
    import numpy.typing as npt

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.groups import GroupCells
    from trustspace.learning.plan import TrainingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationShape(RoundShape):
    """Rows by [held-out good, held-out bad, full model][score 0 .. max_points]; held-out ones by [group][value]."""

    tensor = "evaluation"

    @property
    def size(self) -> int:
        return self.scores + sum(len(group.labels) for group in self.plan.groups)

    @property
    def scores(self) -> int:
        """Cells of the histograms."""
        return 3 * (self.plan.max_points + 1)

    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:
        return np.zeros(self.size, dtype=np.int64), np.full(self.size, rows, dtype=np.int64)

    def cell_name(self, cell: int) -> str:
        if cell < self.scores:
            return f"histogram of score {cell % (self.plan.max_points + 1)}"
        named = [f"rows of {group.name} {label}" for group in self.plan.groups for label in group.labels]
        return named[cell - self.scores]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsShape(RoundShape):
    """Held-out rows by [group][cell][good, bad][band of scores], then the chance of default given to [group][cell].

    borders: lowest score of each band but the first.
    """

    tensor = "groups"

    groups: tuple[GroupCells, ...]
    borders: tuple[int, ...]

    @property
    def bands(self) -> int:
        """Number of bands."""
        return len(self.borders) + 1

    @property
    def cells(self) -> int:
        """Cells of all groups together."""
        return sum(len(group.values) for group in self.groups)

    @property
    def size(self) -> int:
        return self.cells * (2 * self.bands + 1)

    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:
        chance = self.fit([rows << PROBABILITY_BITS], rows)
        high = np.concatenate([np.full(self.cells * 2 * self.bands, rows), np.repeat(chance, self.cells)])
        return np.zeros(self.size, dtype=np.int64), high.astype(np.int64)

    def cell_name(self, cell: int) -> str:
        counts = self.cells * 2 * self.bands
        place = cell // (2 * self.bands) if cell < counts else cell - counts
        named = [f"{own.group.name} {' + '.join(values)}" for own in self.groups for values in own.values]
        return f"scores of {named[place]}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOutRows:
    """One party's rows with the points of models that never saw them; groups: (rows, groups of the plan)."""

    points: Int64s
    defaulted: npt.NDArray[np.bool_]
    groups: Int64s


def evaluation_sums(shape: RoundShape, held_out: HeldOutRows, own: Int64s) -> Int64s:
    """One party's cells of an evaluation round; own: the full model's points of all its rows."""
    if isinstance(shape, GroupsShape):
        return _group_sums(shape, held_out)
    return _score_sums(shape.plan, held_out, own)


def _score_sums(plan: TrainingPlan, held_out: HeldOutRows, own: Int64s) -> Int64s:
    cells, top = plan.max_points + 1, plan.max_points
    by_class = np.bincount(np.clip(held_out.points, 0, top) + held_out.defaulted * cells, minlength=2 * cells)
    by_group = [
        np.bincount(codes, minlength=len(group.labels))
        for group, codes in zip(plan.groups, held_out.groups.T, strict=True)
    ]
    return np.concatenate([by_class, np.bincount(np.clip(own, 0, top), minlength=cells), *by_group])


def _group_sums(shape: GroupsShape, held_out: HeldOutRows) -> Int64s:
    points = np.clip(held_out.points, 0, shape.plan.max_points)
    chance = default_chances(shape.plan)[points]
    band = np.searchsorted(np.array(shape.borders, dtype=np.int64), points, side="right")
    counts, chances = [], []
    for group, codes in zip(shape.groups, held_out.groups.T, strict=True):
        cell = np.array(group.cell, dtype=np.int64)[codes]
        size = len(group.values)
        place = (cell * 2 + held_out.defaulted) * shape.bands + band
        counts.append(np.bincount(place, minlength=size * 2 * shape.bands))
        total = np.zeros(size, dtype=np.int64)
        np.add.at(total, cell, chance)
        chances.append(total)
    return np.concatenate([*counts, *chances])
