"""Groups of rows that a plan agrees on: periods for stability, and sizes, regions or sectors for fairness.

A group's cells are never opened below the plan's `min_cell_rows`: values with fewer rows are summed together, and with
them the next larger ones until the remainder is large enough too, so that no difference of totals shows a small one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.errors import InvalidTable
from trustspace.learning.feature import invalid_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from trustspace.encoding.fixed_point import Int64s

PERIOD, FAIRNESS = "period", "fairness"
OTHER = "other"
"""Stands for all values that the plan does not list."""
MAX_GROUPS = 16
MAX_VALUES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGroup:
    """A column that splits rows, with the values that are told apart. Periods are in order of time, the first is the
    reference.
    """

    name: str
    kind: str
    values: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """One for each code."""
        return (*self.values, OTHER)

    def codes(self, column: npt.ArrayLike, count: int, *, file: str) -> Int64s:
        """Code of each row's value, compared as text; shape (count,). Raises InvalidTable for another length."""
        cells = np.asarray(column)
        if cells.shape != (count,):
            raise InvalidTable(f"expected {count} values, got shape {cells.shape}", file=file, field=self.name)
        known = {value: code for code, value in enumerate(self.values)}
        return np.fromiter((known.get(str(cell), len(known)) for cell in cells), dtype=np.int64, count=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCells:
    """How a group's codes are summed: the cell of each code, and the values that each cell holds."""

    group: PlannedGroup
    cell: tuple[int, ...]
    values: tuple[tuple[str, ...], ...]


def group_cells(group: PlannedGroup, rows: Sequence[int], least: int) -> GroupCells:
    """Cells of at least `least` rows each (as far as there are so many), from the summed rows of each code."""
    small = {code for code, count in enumerate(rows) if count < least}
    hidden = sum(rows[code] for code in small)
    for code in sorted(range(len(rows)), key=lambda code: (rows[code], code)):
        if not 0 < hidden < least:
            break
        if code not in small:
            small.add(code)
            hidden += rows[code]
    alone = [code for code in range(len(rows)) if code not in small]
    together = tuple(group.labels[code] for code in sorted(small) if rows[code])
    return GroupCells(
        group=group,
        cell=tuple(alone.index(code) if code not in small else len(alone) for code in range(len(rows))),
        values=(*((group.labels[code],) for code in alone), *([together] if together else [])),
    )


def check_groups(groups: Sequence[PlannedGroup]) -> None:
    """Raise InvalidPlan naming a group that breaks a rule."""
    names = [group.name for group in groups]
    if len(names) > MAX_GROUPS or len(set(names)) != len(names) or not all(names):
        raise invalid_field("groups", f"at most {MAX_GROUPS} columns with distinct names")
    if [group.kind for group in groups].count(PERIOD) > 1:
        raise invalid_field("groups", "one column of periods at most")
    for group in groups:
        values = group.values
        if group.kind not in (PERIOD, FAIRNESS):
            raise invalid_field(f"groups, {group.name}", f"kind {PERIOD} or {FAIRNESS}, not {group.kind!r}")
        if not 1 <= len(values) <= MAX_VALUES or len({*values, OTHER}) != len(values) + 1:
            raise invalid_field(f"groups, {group.name}", f"1 to {MAX_VALUES} distinct values besides {OTHER!r}")
        if not all(type(value) is str and value for value in values):
            raise invalid_field(f"groups, {group.name}", "values that are texts")
