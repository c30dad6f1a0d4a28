"""A scorecard run as a pure function of plan and sums: everybody who replays it gets the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.errors import InvalidPlan, ProtocolError, RoundOutOfOrder
from trustspace.learning import metrics
from trustspace.learning.binning import bin_feature
from trustspace.learning.local import LocalWork
from trustspace.learning.logistic import COEFFICIENT_BITS, LinearModel, newton_step, start
from trustspace.learning.metrics import MILLION, GradeRow, Metrics
from trustspace.learning.plan import GRADES
from trustspace.learning.rounds import COUNTS, NEWTON, RoundShape, feature_offsets, grid_cells
from trustspace.learning.scorecard import Scorecard, scorecard

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.table import LabelledRows


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """What a finished run leaves."""

    scorecard: Scorecard
    metrics: Metrics


class ScorecardTraining:
    """Public state of a run: the models after the rounds absorbed so far. Sees sums only."""

    def __init__(self, plan: TrainingPlan) -> None:
        self.plan = plan
        self.round = 1
        self.models: tuple[LinearModel, ...] = ()
        """The full model, then one per fold that never sees the fold's rows; empty before round 1 is absorbed."""
        self.result: TrainedModel | None = None
        self._rows = 0
        self._defaults = 0
        self._last_step = 0

    @property
    def shape(self) -> RoundShape:
        """Tensor that the present round adds up. Raises RoundOutOfOrder when the run has ended."""
        if self.result is not None:
            raise RoundOutOfOrder("the run has ended", where=f"round {self.round}", remedy="open a new run")
        return self.shape_of(self.round)

    def shape_of(self, round_number: int) -> RoundShape:
        """Tensor of any round."""
        return RoundShape(plan=self.plan, round=round_number)

    def absorb(self, sums: Int64s) -> None:
        """Take the present round's sum, shape (shape.size,), and move on to the next round.

        Raises InvalidPlan when the data cannot carry the plan (a fold without defaults, ...), ProtocolError when the
        sum contradicts itself.
        """
        tensor = self.shape.tensor
        if tensor == COUNTS:
            self._absorb_counts(sums)
        elif tensor == NEWTON:
            self._absorb_newton(sums)
        else:
            self._absorb_evaluation(sums)
        self.round += 1

    def _absorb_counts(self, sums: Int64s) -> None:
        plan, offsets = self.plan, feature_offsets(self.plan)
        counts = sums.reshape(plan.folds, 2, grid_cells(plan))
        per_feature = np.add.reduceat(counts, offsets, axis=2)  # fold, class, feature
        uneven = np.flatnonzero((per_feature != per_feature[:, :, :1]).any(axis=(0, 1)))
        if uneven.size:
            raise ProtocolError(
                f"feature {plan.names[int(uneven[0])]} counts other rows than feature {plan.names[0]}",
                where="round 1, sum",
                remedy="some party contributed inconsistent counts: audit the parties' tables",
            )
        total = counts.sum(axis=0)
        self.models = tuple(self._start_model(total - (counts[k] if k >= 0 else 0), k) for k in range(-1, plan.folds))
        self._rows, self._defaults = int(per_feature[:, :, 0].sum()), int(per_feature[:, 1, 0].sum())

    def _start_model(self, counts: Int64s, fold: int) -> LinearModel:
        plan, offsets = self.plan, feature_offsets(self.plan)
        ends = [*offsets[1:], counts.shape[1]]
        good, bad = (int(counts[label, : ends[0]].sum()) for label in (0, 1))
        if not good or not bad:
            raise InvalidPlan(
                f"{good} good and {bad} defaulted rows are left to learn from",
                where="round 1" if fold < 0 else f"round 1, outside fold {fold}",
                remedy="bring more rows of both kinds, or plan fewer folds",
            )
        features = [
            bin_feature(plan, feature, counts[0, begin:end], counts[1, begin:end])
            for feature, begin, end in zip(plan.features, offsets, ends, strict=True)
        ]
        return start(features, good, bad)

    def _absorb_newton(self, sums: Int64s) -> None:
        parts = sums.reshape(len(self.models), -1)
        moved = tuple(
            newton_step(model, part, self.plan.l2_milli) for model, part in zip(self.models, parts, strict=True)
        )
        self._last_step = max(
            abs(new - old)
            for before, after in zip(self.models, moved, strict=True)
            for old, new in zip(_coefficients(before), _coefficients(after), strict=True)
        )
        self.models = moved

    def _absorb_evaluation(self, sums: Int64s) -> None:
        plan = self.plan
        good, bad, scores = sums.reshape(3, plan.max_points + 1)
        if (int(good.sum() + bad.sum()), int(bad.sum()), int(scores.sum())) != (self._rows, self._defaults, self._rows):
            raise ProtocolError(
                "the score histograms count other rows than round 1",
                where=f"round {self.round}, sum",
                remedy="some party changed its rows during the run: audit the parties' tables",
            )
        cuts = metrics.cut_offs(scores, plan.grade_shares_bps)
        grade = np.searchsorted(np.array(cuts), np.arange(plan.max_points + 1), side="right")
        rows = tuple(
            GradeRow(
                grade=name,
                rows=int((good + bad)[grade == len(cuts) - index].sum()),
                defaults=int(bad[grade == len(cuts) - index].sum()),
            )
            for index, name in enumerate(GRADES)
        )
        figures = Metrics(
            rows=self._rows,
            defaults=self._defaults,
            auc_micro=metrics.auc_micro(good, bad),
            ks_micro=metrics.ks_micro(good, bad),
            grades=rows,
            last_step_micro=(self._last_step * MILLION) >> COEFFICIENT_BITS,
        )
        self.result = TrainedModel(scorecard=scorecard(plan, self.models[0], cuts), metrics=figures)


def centralised(plan: TrainingPlan, tables: list[LabelledRows]) -> TrainedModel:
    """Train on all rows in one place: the same code with plain sums. The reference for federated == centralised."""
    training = ScorecardTraining(plan)
    work = [LocalWork(plan, table) for table in tables]
    rows = max(1, sum(len(table) for table in tables))
    while training.result is None:
        shape = training.shape
        total = np.zeros(shape.size, dtype=np.int64)
        shape.bounds(rows)
        for part in work:
            total += part.contribution(shape, training.models)
        shape.check(total, rows, "all rows")
        training.absorb(total)
    return training.result


def _coefficients(model: LinearModel) -> tuple[int, ...]:
    return (model.intercept, *model.coefficients)
