"""One party's rows, checked. They never leave the object's owner; only sums over them do."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.errors import InvalidTable, OutOfRange
from trustspace.learning.feature import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.feature import PlannedFeature
    from trustspace.learning.plan import TrainingPlan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledRows:
    """Rows of one party. values: (rows, features) int64 in the plan's order; labels: (rows,) bool, true = default.

    groups: (rows, groups of the plan), the code of each row's value.
    """

    ids: tuple[str, ...]
    values: Int64s
    labels: npt.NDArray[np.bool_]
    groups: Int64s

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.ids)

    @classmethod
    def from_columns(
        cls,
        plan: TrainingPlan,
        ids: Sequence[str],
        columns: Mapping[str, npt.ArrayLike],
        labels: npt.ArrayLike,
        *,
        party: str,
    ) -> LabelledRows:
        """Check and order columns as the plan wants them (other columns are ignored).

        The plan's groups are columns of texts or numbers. Where the plan lets a feature be missing, NaN and MISSING
        stand for a missing value. Raises InvalidTable, naming party, feature and row (from 1), for a missing column,
        another length, NaN, infinite, fractional or non-numeric values, repeated ids, or labels other than 0 and 1;
        OutOfRange beyond 64 bits or `max_rows`.
        """
        count, file = len(ids), f"rows of party {party}"
        if count > plan.max_rows:
            raise OutOfRange(f"{count} rows, the plan allows {plan.max_rows}", where=file, remedy="raise max_rows")
        if len(set(ids)) != count:
            raise InvalidTable("row ids repeat", file=file, field="id", remedy="give each row its own id")
        values = np.empty((count, len(plan.names)), dtype=np.int64)
        for index, feature in enumerate(plan.features):
            if feature.name not in columns:
                raise InvalidTable("missing", file=file, field=feature.name, remedy="provide every feature of the plan")
            column = columns[feature.name]
            values[:, index] = _integers(column, count, file, feature.name, gaps=feature.takes_missing)
        groups = np.empty((count, len(plan.groups)), dtype=np.int64)
        for index, group in enumerate(plan.groups):
            if group.name not in columns:
                raise InvalidTable("missing", file=file, field=group.name, remedy="provide every group of the plan")
            groups[:, index] = group.codes(columns[group.name], count, file=file)
        outcome = _integers(labels, count, file, "label")
        wrong = np.flatnonzero((outcome != 0) & (outcome != 1))
        if wrong.size:
            raise InvalidTable(
                f"{outcome[wrong[0]]} is no label",
                file=file,
                line=int(wrong[0]) + 1,
                field="label",
                remedy="1 = default",
            )
        return cls(ids=tuple(ids), values=values, labels=outcome.astype(bool), groups=groups)

    def folds(self, plan: TrainingPlan) -> npt.NDArray[np.int64]:
        """Fold of each row, shape (rows,): SHA-256 of salt and id, so that no label or order can influence it."""
        prefix = plan.fold_salt.encode() + b":"
        drawn = (int.from_bytes(sha256(prefix + row.encode()).digest()[:8], "big") % plan.folds for row in self.ids)
        return np.fromiter(drawn, dtype=np.int64, count=len(self.ids))


def require_known_categories(features: Sequence[PlannedFeature], rows: LabelledRows) -> None:
    """Raise InvalidTable naming feature and row (from 1) for a category that the plan does not list."""
    for index, feature in enumerate(features):
        if feature.categorical:
            known = feature.categories
            column = rows.values[:, index]
            strange = (column < known[0]) | (column > known[-1])
            if feature.takes_missing:
                strange &= column != MISSING
            if strange.any():
                row = int(np.flatnonzero(strange)[0])
                raise InvalidTable(
                    f"{column[row]} is no category of the plan ({known[0]} to {known[-1]})",
                    line=row + 1,
                    field=feature.name,
                    remedy="agree on a plan with this category, or map it to one that the plan has",
                )


def _integers(column: npt.ArrayLike, count: int, file: str, field: str, *, gaps: bool = False) -> Int64s:
    cells = np.asarray(column)
    if cells.shape != (count,):
        raise InvalidTable(
            f"expected {count} values, got shape {cells.shape}", file=file, field=field, remedy="one value per row"
        )
    if cells.dtype.kind == "f":
        absent = (np.isnan(cells) | (cells == MISSING)) & gaps
        return np.where(absent, MISSING, _from_floats(np.where(absent, 0, cells), file, field))
    if cells.dtype.kind == "u" and count and int(cells.max()) >= 2**63:
        cells = cells.astype(object)
    if cells.dtype.kind in "biu":
        return cells.astype(np.int64)
    if cells.dtype.kind == "O" and all(type(cell) is int for cell in cells):
        raise OutOfRange("a value needs more than 64 bits", where=f"{file}, field {field}", remedy="use a larger unit")
    raise InvalidTable(
        f"values of type {cells.dtype} are no numbers", file=file, field=field, remedy="encode them as integers"
    )


def _from_floats(cells: npt.NDArray[np.floating], file: str, field: str) -> Int64s:
    bad = np.flatnonzero(~np.isfinite(cells))
    if bad.size:
        raise InvalidTable(
            f"{cells[bad[0]]} is no number",
            file=file,
            line=int(bad[0]) + 1,
            field=field,
            remedy="drop the row or fill the value",
        )
    if (np.abs(cells) >= 2.0**63).any():
        raise OutOfRange("a value needs more than 64 bits", where=f"{file}, field {field}", remedy="use a larger unit")
    fractions = np.flatnonzero(cells != np.rint(cells))
    if fractions.size:
        raise InvalidTable(
            f"{cells[fractions[0]]} is no integer",
            file=file,
            line=int(fractions[0]) + 1,
            field=field,
            remedy="scale to integers (fen, basis points), so that hashes agree",
        )
    return cells.astype(np.int64)
