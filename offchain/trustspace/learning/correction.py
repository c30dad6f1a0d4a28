"""A bank's own correction on top of the common model: fitted to its own rows, used by it alone, never sent anywhere.

Log-odds of *good* = intercept + slope x the model's + the bank's own weights of evidence x coefficients, fitted by
penalised logistic regression that is drawn to "intercept 0, slope 1, coefficients 0", the model as it is. How strongly
is chosen by cross-validation on the bank's rows; where no correction predicts better, there is none. Integers
throughout: the same rows and model give the same correction on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding.fixed_point import divide_rounded
from trustspace.learning.binning import MAX_WOE, WOE_BITS, bin_feature
from trustspace.learning.integer_math import PROBABILITY_BITS, minus_ln, sigmoid
from trustspace.learning.logistic import (
    COEFFICIENT_BITS,
    INTERCEPT_PENALTY,
    LOG_ODDS_BITS,
    LinearModel,
    bin_codes,
    design,
    newton_sums,
    penalised_step,
    penalty_of,
)
from trustspace.learning.plan import ScorecardPlan
from trustspace.learning.prediction import Floats, default_log_odds

if TYPE_CHECKING:
    import numpy.typing as npt

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.binning import BinnedFeature
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.score import CreditModel
    from trustspace.learning.table import LabelledRows

PENALTIES = (10_000, 1_000, 300, 100, 30, 10, 3, 1)
"""Strengths to choose from, in rows per standardised column, the strongest first."""
_MAX_BINS, _MIN_BIN_SHARE_BPS = 8, 300
_LEAST_OF_A_KIND = 10
_LOSS_BITS = 16
_STEPS = 12
_SMALL_STEP = 1 << (COEFFICIENT_BITS - 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCorrection:
    """A finished correction. intercept, slope and coefficients: COEFFICIENT_BITS; `penalty`: the chosen strength."""

    features: tuple[BinnedFeature, ...]
    intercept: int
    slope: int
    coefficients: tuple[int, ...]
    penalty: int

    def default_log_odds(self, model: CreditModel, values: Int64s) -> Floats:
        """Corrected log-odds of default of each row; values: (rows, features) in the model's order."""
        matrix = _matrix(self.features, _margins(model, values), values).astype(np.int64)
        beta = np.array([self.intercept, self.slope, *self.coefficients], dtype=np.int64)
        return -(matrix @ beta).astype(np.float64) / (1 << LOG_ODDS_BITS)


def fit_correction(plan: TrainingPlan, model: CreditModel, rows: LabelledRows) -> LocalCorrection | None:
    """The correction that a bank's rows ask for; None when the model as it is predicts them better, or with few rows.

    Rows should be those that the bank trained on or newer ones; the model has seen the former, so that the gain looks a
    little larger to the choice of strength than it is.
    """
    bads = int(rows.labels.sum())
    if min(bads, len(rows) - bads) < _LEAST_OF_A_KIND:
        return None
    own = ScorecardPlan(
        schema=plan.schema,
        features=plan.features,
        max_rows=plan.max_rows,
        max_bins=_MAX_BINS,
        min_bin_share_bps=_MIN_BIN_SHARE_BPS,
    )
    margins, folds = _margins(model, rows.values), rows.folds(plan)
    losses = dict.fromkeys(PENALTIES, 0)
    as_it_is = 0
    for fold in range(plan.folds):
        learnt, tried = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if not 0 < int(rows.labels[learnt].sum()) < learnt.size:
            return None
        task = _Task.of(own, margins[learnt], rows.values[learnt], rows.labels[learnt])
        matrix = _matrix(task.features, margins[tried], rows.values[tried])
        good = ~rows.labels[tried]
        as_it_is += _loss(matrix, good, task.centre)
        beta = task.centre
        for penalty in PENALTIES:
            beta = task.fit(beta, penalty)
            losses[penalty] += _loss(matrix, good, beta)
    best = min(PENALTIES, key=lambda penalty: losses[penalty])
    if losses[best] >= as_it_is:
        return None
    task = _Task.of(own, margins, rows.values, rows.labels)
    intercept, slope, *coefficients = task.fit(task.centre, best)
    return LocalCorrection(
        features=task.features, intercept=intercept, slope=slope, coefficients=tuple(coefficients), penalty=best
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Task:
    """Rows to fit to, binned by themselves. variances: of slope and WoE columns."""

    features: tuple[BinnedFeature, ...]
    matrix: npt.NDArray[np.int16]
    good: npt.NDArray[np.bool_]
    variances: tuple[int, ...]

    @classmethod
    def of(cls, plan: ScorecardPlan, margins: Int64s, values: Int64s, labels: npt.NDArray[np.bool_]) -> _Task:
        features = []
        for index, feature in enumerate(plan.features):
            cells = feature.cells(values[:, index])
            good, bad = (np.bincount(cells[kind], minlength=feature.cell_count) for kind in (~labels, labels))
            features.append(bin_feature(plan, feature, good, bad))
        count, first, second = margins.size, int(margins.sum()), int((margins * margins).sum())
        spread = divide_rounded(count * second - first * first, count * count)
        return cls(
            features=tuple(features),
            matrix=_matrix(features, margins, values),
            good=~labels,
            variances=(spread, *(feature.variance for feature in features)),
        )

    @property
    def centre(self) -> list[int]:
        """The model as it is."""
        return [0, 1 << COEFFICIENT_BITS, *(0 for _ in self.features)]

    def fit(self, beta: list[int], penalty: int) -> list[int]:
        """Coefficients under a penalty, from those of a stronger one; agreed trends are kept."""
        penalties = [INTERCEPT_PENALTY, *(penalty_of(variance, 1_000 * penalty) for variance in self.variances)]
        bounded = [False, True, *(feature.trend != 0 for feature in self.features)]
        for _ in range(_STEPS):
            model = LinearModel(features=(), intercept=beta[0], coefficients=tuple(beta[1:]))
            moved = penalised_step(beta, self.centre, penalties, bounded, newton_sums(model, self.matrix, self.good))
            largest = max(abs(new - old) for new, old in zip(moved, beta, strict=True))
            beta = moved
            if largest < _SMALL_STEP:
                break
        return beta


def _margins(model: CreditModel, values: Int64s) -> Int64s:
    """The model's log-odds of *good*, WOE_BITS fraction bits, held to +-8."""
    scaled = np.rint(-default_log_odds(model, values) * (1 << WOE_BITS)).astype(np.int64)
    held: Int64s = np.clip(scaled, -MAX_WOE, MAX_WOE)
    return held


def _matrix(
    features: tuple[BinnedFeature, ...] | list[BinnedFeature], margins: Int64s, values: Int64s
) -> npt.NDArray[np.int16]:
    """Constant, the model's log-odds, own weights of evidence; shape (rows, features + 2)."""
    own = design(features, bin_codes(features, values))
    return np.column_stack([own[:, :1], margins.astype(np.int16), own[:, 1:]])


def _loss(matrix: npt.NDArray[np.int16], good: npt.NDArray[np.bool_], beta: list[int]) -> int:
    odds = matrix.astype(np.int64) @ np.array(beta, dtype=np.int64)
    chance = sigmoid(np.where(good, odds, -odds), LOG_ODDS_BITS)
    return int(minus_ln(np.minimum(chance, 1 << PROBABILITY_BITS), _LOSS_BITS).sum())
