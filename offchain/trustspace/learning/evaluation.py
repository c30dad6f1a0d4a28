"""What the last rounds' sums say: cut-offs of the grades and all figures of the model card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding.fixed_point import divide_rounded
from trustspace.errors import ProtocolError
from trustspace.learning import metrics
from trustspace.learning.evaluation_rounds import EvaluationShape, GroupsShape
from trustspace.learning.figures import BandRow, GradeRow, GroupRow, GroupTable, Metrics, PeriodRow
from trustspace.learning.groups import PERIOD, group_cells
from trustspace.learning.integer_math import PROBABILITY_BITS
from trustspace.learning.plan import GRADES
from trustspace.learning.points import default_chances

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.groups import GroupCells
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.rounds import RoundShape

ACCEPTED = 3
"""Grades that count as accepted in the table of groups, from the best: A, B and C."""
_CALIBRATION_BANDS, _DISTRIBUTION_BANDS = 10, 50


class Evaluation:
    """The rounds after training. `done` once the figures stand."""

    def __init__(self, plan: TrainingPlan, *, rows: int, held_out: Int64s) -> None:
        """rows: all rows; held_out: (good, defaulted) rows that are scored by a model that never saw them."""
        self.cut_offs: tuple[int, ...] = ()
        self.done = False
        self._plan = plan
        self._rows = rows
        self._held_out = tuple(int(count) for count in held_out)
        self._chances = default_chances(plan)
        self._good = self._bad = np.zeros(0, dtype=np.int64)
        self._groups: tuple[GroupCells, ...] = ()
        self._borders: tuple[int, ...] = ()
        self._periods: tuple[PeriodRow, ...] = ()
        self._tables: tuple[GroupTable, ...] = ()

    def shape(self, round_number: int) -> RoundShape:
        """Tensor of the present round."""
        if not self.cut_offs:
            return EvaluationShape(plan=self._plan, round=round_number)
        return GroupsShape(plan=self._plan, round=round_number, groups=self._groups, borders=self._borders)

    def absorb(self, shape: RoundShape, sums: Int64s) -> None:
        """Take a round's sum. Raises ProtocolError when it holds other rows than the rounds before."""
        if isinstance(shape, GroupsShape):
            self._absorb_groups(shape, sums)
        else:
            self._absorb_scores(sums)

    def _absorb_scores(self, sums: Int64s) -> None:
        plan = self._plan
        cells = plan.max_points + 1
        good, bad, scores = sums[: 3 * cells].reshape(3, cells)
        self._require_same_rows((int(good.sum()), int(bad.sum()), int(scores.sum())), (*self._held_out, self._rows))
        own, found = sums[3 * cells :], []
        for group in plan.groups:
            counts, own = own[: len(group.labels)], own[len(group.labels) :]
            self._require_same_rows((int(counts.sum()),), (sum(self._held_out),))
            found.append(group_cells(group, [int(count) for count in counts], plan.min_cell_rows))
        self._groups, self._good, self._bad = tuple(found), good, bad
        self.cut_offs = metrics.cut_offs(scores, plan.grade_shares_bps)
        inside = (cut for cut in self.cut_offs if 0 < cut <= plan.max_points)
        self._borders = tuple(sorted({*self._calibration_borders, *inside}))
        self.done = not plan.groups

    @property
    def _calibration_borders(self) -> tuple[int, ...]:
        return metrics.band_borders(self._good + self._bad, _CALIBRATION_BANDS, self._plan.min_cell_rows)

    def _absorb_groups(self, shape: GroupsShape, sums: Int64s) -> None:
        counts = sums[: shape.cells * 2 * shape.bands].reshape(shape.cells, 2, shape.bands)
        chances = [int(total) for total in sums[shape.cells * 2 * shape.bands :]]
        totals = np.array([metrics.sums_by_band(cells, shape.borders) for cells in (self._good, self._bad)])
        starts = np.cumsum([0, *(len(own.values) for own in shape.groups[:-1])])
        for part in np.add.reduceat(counts, starts, axis=0):
            self._require_same_rows(tuple(part.reshape(-1).tolist()), tuple(totals.reshape(-1).tolist()))
        first = 0
        for own in shape.groups:
            part = counts[first : first + len(own.values)]
            if own.group.kind == PERIOD:
                self._periods = self._period_rows(own, part)
            else:
                expected = chances[first : first + len(own.values)]
                self._tables = (*self._tables, self._group_table(own, part, expected))
            first += len(own.values)
        self.done = True

    def _require_same_rows(self, found: tuple[int, ...], expected: tuple[int, ...]) -> None:
        if found != expected:
            raise ProtocolError(
                "the score histograms count other rows than the rounds before",
                where="evaluation round, sum",
                remedy="some party changed its rows during the run: audit the parties' tables",
            )

    def figures(self) -> Metrics:
        """The figures that all kinds of model have, once `done`."""
        good, bad, plan = self._good, self._bad, self._plan
        return Metrics(
            rows=int(good.sum() + bad.sum()),
            defaults=int(bad.sum()),
            auc_micro=metrics.auc_micro(good, bad),
            ks_micro=metrics.ks_micro(good, bad),
            brier_micro=metrics.brier_micro(good, bad, self._chances),
            log_loss_micro=metrics.log_loss_micro(good, bad, self._chances),
            rounding=metrics.rounding_bounds(good, bad, plan.double_points),
            grades=self._grades(),
            calibration=self._bands(self._calibration_borders),
            distribution=self._bands(metrics.band_borders(good + bad, _DISTRIBUTION_BANDS, plan.min_cell_rows)),
            periods=self._periods,
            groups=self._tables,
        )

    def _grades(self) -> tuple[GradeRow, ...]:
        cuts = self.cut_offs
        grade = np.searchsorted(np.array(cuts), np.arange(self._plan.max_points + 1), side="right")
        rows = []
        for index, name in enumerate(GRADES):
            own = grade == len(cuts) - index
            rows.append(
                GradeRow(grade=name, rows=int((self._good + self._bad)[own].sum()), defaults=int(self._bad[own].sum()))
            )
        return tuple(rows)

    def _bands(self, borders: tuple[int, ...]) -> tuple[BandRow, ...]:
        rows = self._good + self._bad
        counts = metrics.sums_by_band(rows, borders)
        defaults = metrics.sums_by_band(self._bad, borders)
        chances = metrics.sums_by_band(rows * self._chances, borders)
        return tuple(
            BandRow(lowest=low, rows=int(n), defaults=int(d), expected_micro=_mean_chance(int(c), int(n)))
            for low, n, d, c in zip((0, *borders), counts, defaults, chances, strict=True)
        )

    def _period_rows(self, own: GroupCells, counts: Int64s) -> tuple[PeriodRow, ...]:
        """Rows in the order of the agreed values; counts: (cells, 2, bands)."""
        deciles = np.searchsorted(np.array(self._calibration_borders), (0, *self._borders), side="right")
        shares = [np.bincount(deciles, weights=row.sum(axis=0)).astype(np.int64).tolist() for row in counts]
        return tuple(
            PeriodRow(
                values=values,
                rows=int(row.sum()),
                defaults=int(row[1].sum()),
                auc_micro=_auc_of_bands(row),
                psi_micro=metrics.psi_micro(shares[0], share),
            )
            for values, row, share in zip(own.values, counts, shares, strict=True)
        )

    def _group_table(self, own: GroupCells, counts: Int64s, expected: list[int]) -> GroupTable:
        accepted = np.array((0, *self._borders)) >= self.cut_offs[-ACCEPTED]
        rows = (
            GroupRow(
                values=values,
                rows=int(row.sum()),
                defaults=int(row[1].sum()),
                expected_micro=_mean_chance(chance, int(row.sum())),
                accepted=int(row[:, accepted].sum()),
                accepted_good=int(row[0, accepted].sum()),
                auc_micro=_auc_of_bands(row),
            )
            for values, row, chance in zip(own.values, counts, expected, strict=True)
        )
        return GroupTable(column=own.group.name, rows=tuple(rows))


def _mean_chance(total: int, rows: int) -> int:
    return divide_rounded(metrics.MILLION * total, max(1, rows) << PROBABILITY_BITS)


def _auc_of_bands(counts: Int64s) -> int | None:
    good, bad = counts
    return metrics.auc_micro(good, bad) if good.any() and bad.any() else None
