import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

from trustspace.learning.feature import MISSING
from trustspace.learning.logistic import LOG_ODDS_BITS
from trustspace.learning.plan import plan_for
from trustspace.learning.points import MARGIN_BITS
from trustspace.learning.prediction import Figures, chances, default_log_odds
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised
from trustspace.learning.trees.plan import trees_plan_for


def gappy(rows: int = 600):
    rng = np.random.default_rng(3)
    columns = {"sales": rng.integers(0, 10**6, rows), "sector": rng.integers(0, 6, rows)}
    columns["sales"][rng.random(rows) < 0.2] = MISSING
    columns["sector"][rng.random(rows) < 0.1] = MISSING
    labels = rng.random(rows) < np.where(columns["sector"] > 3, 0.6, 0.2)
    return columns, labels


SETTINGS = {"categorical": {"sector"}, "missing": {"sales", "sector"}, "folds": 3}
RANGES_GAPPY = {"sales": (0, 10**6), "sector": (0, 7)}


def test_default_log_odds__scorecard__the_linear_models_and_ordered_as_the_points(loan_book) -> None:
    model = centralised(loan_book.plan, [loan_book.rows()]).model
    found = default_log_odds(model, loan_book.rows().values)
    for row in (0, 7, 99):
        values = {name: int(column[row]) for name, column in loan_book.columns.items()}
        total = model.intercept << 10
        for feature in model.features:
            code = sum(values[feature.name] >= cut for cut in feature.cuts)
            total += feature.coefficient * feature.woe[code]
        assert found[row] == -total / 2**LOG_ODDS_BITS
    points = np.array(
        [model.score({n: int(c[row]) for n, c in loan_book.columns.items()}).points for row in range(100)]
    )
    assert np.corrcoef(points, -found[:100])[0, 1] > 0.999


def test_default_log_odds__trees_with_gaps_and_categories__those_of_the_scored_row() -> None:
    plan = trees_plan_for("s", RANGES_GAPPY, trees=8, depth=3, **SETTINGS)
    columns, labels = gappy()
    rows = LabelledRows.from_columns(plan, [str(i) for i in range(600)], columns, labels, party="1")
    model = centralised(plan, [rows]).model
    values = rows.values.copy()
    values[5, 1] = 7  # no training row had it
    found = default_log_odds(model, values)
    for row in range(40):
        margin = model.margin({"sales": int(values[row, 0]), "sector": int(values[row, 1])})
        assert found[row] == -margin / 2**MARGIN_BITS


def test_default_log_odds__scorecard_with_gaps_and_categories__ranks() -> None:
    plan = plan_for("s", RANGES_GAPPY, **SETTINGS)
    columns, labels = gappy()
    rows = LabelledRows.from_columns(plan, [str(i) for i in range(600)], columns, labels, party="1")
    found = Figures.of(default_log_odds(centralised(plan, [rows]).model, rows.values), labels)
    assert found.auc is not None
    assert found.auc > 0.65


def test_figures__with_ties__those_of_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    scores = rng.integers(-8, 9, 400) / 4
    bad = rng.random(400) < chances(scores)
    found = Figures.of(scores, bad)
    false, true, _ = roc_curve(bad, scores)
    assert found.auc == pytest.approx(roc_auc_score(bad, scores), abs=1e-12)
    assert found.ks == pytest.approx((true - false).max(), abs=1e-12)
    assert found.brier == pytest.approx(brier_score_loss(bad, chances(scores)), abs=1e-12)
    assert found.log_loss == pytest.approx(log_loss(bad, chances(scores)), abs=1e-9)


def test_figures__one_class_or_no_row__no_ranking() -> None:
    one = Figures.of(np.array([0.5, 1.0]), np.array([True, True]))
    assert (one.auc, one.ks) == (None, None)
    assert one.brier is not None
    assert Figures.of(np.zeros(0), np.zeros(0, dtype=bool)) == Figures(
        rows=0, auc=None, ks=None, brier=None, log_loss=None
    )
