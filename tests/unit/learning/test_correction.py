from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from trustspace.learning.correction import PENALTIES, _matrix, _Task, fit_correction
from trustspace.learning.logistic import COEFFICIENT_BITS
from trustspace.learning.plan import ScorecardPlan, plan_for
from trustspace.learning.prediction import default_log_odds
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised
from trustspace.learning.trees.plan import trees_plan_for

RANGES = {"sales": (0, 1_000), "months": (0, 60), "sector": (0, 3)}
TREND = {"sales": 1}


def bank(plan, seed: int, slope: float, rows: int = 1_500) -> LabelledRows:
    """Firms of one bank; `slope`: what a month more means there."""
    rng = np.random.default_rng(seed)
    columns = {
        "sales": rng.integers(0, 1_001, rows),
        "months": rng.integers(0, 61, rows),
        "sector": rng.integers(0, 4, rows),
    }
    good = columns["sales"] / 400 - 1 + slope * (columns["months"] - 30) / 15
    labels = (rng.random(rows) > 1 / (1 + np.exp(-good))).astype(np.int64)
    return LabelledRows.from_columns(plan, [f"{seed}-{n}" for n in range(rows)], columns, labels, party=str(seed))


@pytest.fixture(scope="module", params=["scorecard", "trees"])
def plan(request):
    if request.param == "scorecard":
        return plan_for("banks", RANGES, categorical=["sector"], trends=TREND, folds=5, max_rows=10_000)
    return trees_plan_for("banks", RANGES, categorical=["sector"], trends=TREND, folds=5, fold_models=1, trees=20)


@pytest.fixture(scope="module")
def model(plan):
    return centralised(plan, [bank(plan, 1, 1.0), bank(plan, 2, 1.0), bank(plan, 3, -1.0)]).model


def auc(log_odds, rows: LabelledRows) -> float:
    return roc_auc_score(rows.labels, log_odds)


def test_fit_correction__bank_unlike_the_others__ranks_its_own_firms_better(plan, model) -> None:
    correction = fit_correction(plan, model, bank(plan, 3, -1.0))
    assert correction is not None
    fresh = bank(plan, 30, -1.0)
    before = auc(default_log_odds(model, fresh.values), fresh)
    assert auc(correction.default_log_odds(model, fresh.values), fresh) > before + 0.05


def test_fit_correction__bank_like_all__hardly_anything_changes(plan) -> None:
    together = centralised(plan, [bank(plan, seed, 1.0) for seed in (1, 2, 4)]).model
    fresh = bank(plan, 40, 1.0)
    correction = fit_correction(plan, together, bank(plan, 4, 1.0, rows=300))
    before = auc(default_log_odds(together, fresh.values), fresh)
    after = before if correction is None else auc(correction.default_log_odds(together, fresh.values), fresh)
    assert after > before - 0.01


def test_fit_correction__same_rows_in_any_order__same_correction(plan, model) -> None:
    rows = bank(plan, 3, -1.0)
    back = np.arange(len(rows))[::-1]
    turned = replace(
        rows,
        ids=rows.ids[::-1],
        values=rows.values[back],
        labels=rows.labels[back],
        groups=rows.groups[back],
    )
    assert fit_correction(plan, model, turned) == fit_correction(plan, model, rows)


def test_fit_correction__few_rows_or_one_class__none(plan, model) -> None:
    rows = bank(plan, 3, -1.0)
    good = np.flatnonzero(~rows.labels)
    for chosen in (good, np.concatenate([good, np.flatnonzero(rows.labels)[:9]])):
        few = replace(
            rows,
            ids=tuple(rows.ids[row] for row in chosen),
            values=rows.values[chosen],
            labels=rows.labels[chosen],
            groups=rows.groups[chosen],
        )
        assert fit_correction(plan, model, few) is None


def test_fit_correction__agreed_trend__kept(plan, model) -> None:
    rng = np.random.default_rng(9)
    rows = bank(plan, 5, 1.0)
    against = replace(rows, labels=rng.random(len(rows)) < rows.values[:, 0] / 1_000)  # more sales, more defaults
    correction = fit_correction(plan, model, against)
    assert correction is not None
    sales = np.arange(0, 1_001, 50)
    values = np.column_stack([sales, np.full(sales.size, 30), np.full(sales.size, 1)])
    assert (np.diff(correction.default_log_odds(model, values)) <= 1e-9).all()


@pytest.mark.parametrize("penalty", [PENALTIES[0], PENALTIES[-1]])
def test_task__fit__no_nudge_lowers_the_penalised_loss(plan, model, penalty: int) -> None:
    rows = bank(plan, 3, -1.0)
    own = ScorecardPlan(schema="own", features=tuple(replace(f, trend=0) for f in plan.features))
    margins = np.rint(-default_log_odds(model, rows.values) * 1024).astype(np.int64)
    task = _Task.of(own, margins, rows.values, rows.labels)
    matrix = _matrix(task.features, margins, rows.values) / 1024
    centre = np.array(task.centre) / 2**COEFFICIENT_BITS
    spread = np.maximum(np.array([0, *task.variances]) / 2**20, 1 / 400)
    spread[0] = 0

    def loss(coefficients: np.ndarray) -> float:
        odds = matrix @ coefficients
        ridge = penalty * (spread * (coefficients - centre) ** 2).sum() / 2
        return np.logaddexp(0, np.where(rows.labels, odds, -odds)).sum() + ridge

    beta = np.array(task.fit(task.centre, penalty)) / 2**COEFFICIENT_BITS
    lowest = loss(beta)
    for column in range(beta.size):
        for nudge in (-0.01, 0.01):
            moved = beta.copy()
            moved[column] += nudge
            assert loss(moved) >= lowest - 1e-4
