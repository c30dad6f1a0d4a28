"""A scorecard run: counts, Newton steps of the full model and of every fold's model, evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trustspace.learning.binning import bin_feature
from trustspace.learning.counts import SummedCounts
from trustspace.learning.evaluation import Evaluation
from trustspace.learning.evaluation_rounds import EvaluationShape
from trustspace.learning.figures import FeatureRow
from trustspace.learning.logistic import COEFFICIENT_BITS, LinearModel, newton_step, start
from trustspace.learning.metrics import MILLION
from trustspace.learning.rounds import CountsShape, NewtonShape, RoundShape
from trustspace.learning.run import TrainedModel, Training
from trustspace.learning.scorecard import scorecard
from trustspace.learning.scorecard_local import ScorecardWork

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.plan import ScorecardPlan
    from trustspace.learning.table import LabelledRows


class ScorecardTraining(Training):
    """Public state of a scorecard run: the models after the rounds absorbed so far."""

    plan: ScorecardPlan

    def __init__(self, plan: ScorecardPlan) -> None:
        super().__init__(plan)
        self.models: tuple[LinearModel, ...] = ()
        """The full model, then one per fold that never sees the fold's rows; empty before round 1 is absorbed."""
        self._counts: SummedCounts | None = None
        self._last_step = 0
        self._evaluation: Evaluation | None = None

    def require_headroom(self, parties: int) -> None:
        for round_number, kind in ((1, CountsShape), (2, NewtonShape), (2 + self.plan.newton_rounds, EvaluationShape)):
            kind(plan=self.plan, round=round_number).require_headroom(parties)

    def work(self, rows: LabelledRows, seat: int = 0) -> ScorecardWork:  # noqa: ARG002 - of no matter here
        return ScorecardWork(self, rows)

    @property
    def class_counts(self) -> tuple[int, int]:
        """Good and defaulted rows of all parties; none before round 1 is absorbed."""
        if self._counts is None:
            return 0, 0
        good, bad = self._counts.rows.sum(axis=0)
        return int(good), int(bad)

    def _shape(self) -> RoundShape:
        if self._counts is None:
            return CountsShape(plan=self.plan, round=self.round)
        return self._evaluation.shape(self.round) if self._evaluation else NewtonShape(plan=self.plan, round=self.round)

    def _absorb(self, shape: RoundShape, sums: Int64s) -> None:
        if self._counts is None:
            self._counts = SummedCounts.of(self.plan, sums)
            self.counted_rows = int(self._counts.rows.sum())
            self.models = tuple(self._start_model(self._counts, fold) for fold in range(-1, self.plan.folds))
        elif self._evaluation is None:
            self._absorb_newton(sums)
            if self.round == 1 + self.plan.newton_rounds:
                held_out = self._counts.rows.sum(axis=0)
                self._evaluation = Evaluation(self.plan, rows=int(held_out.sum()), held_out=held_out)
        else:
            self._evaluation.absorb(shape, sums)
            if self._evaluation.done:
                self._finish(self._evaluation)

    def _start_model(self, counts: SummedCounts, fold: int) -> LinearModel:
        good, bad = counts.outside(fold)
        features = [
            bin_feature(self.plan, feature, cells[0], cells[1])
            for feature, cells in zip(self.plan.features, counts.by_feature(fold), strict=True)
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

    def _finish(self, evaluation: Evaluation) -> None:
        last_step = (self._last_step * MILLION) >> COEFFICIENT_BITS
        self.result = TrainedModel(
            model=scorecard(self.plan, self.models[0], evaluation.cut_offs),
            metrics=replace(evaluation.figures(), features=self._information(), last_step_micro=last_step),
        )

    def _information(self) -> tuple[FeatureRow, ...]:
        return tuple(
            FeatureRow(name=name, bins=len(feature.woe), information_micro=feature.information_micro)
            for name, feature in zip(self.plan.names, self.models[0].features, strict=True)
        )


def _coefficients(model: LinearModel) -> tuple[int, ...]:
    return (model.intercept, *model.coefficients)
