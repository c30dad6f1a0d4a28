import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

from trustspace.learning.integer_math import PROBABILITY_BITS
from trustspace.learning.metrics import (
    MILLION,
    auc_micro,
    band_borders,
    brier_micro,
    cut_offs,
    ks_micro,
    log_loss_micro,
    psi_micro,
    rounding_bounds,
    sums_by_band,
)
from trustspace.learning.plan import plan_for
from trustspace.learning.points import PointsScale, default_chances
from trustspace.learning.trees.plan import trees_plan_for

PLAN = plan_for("s", {"sales": (0, 100)})


@pytest.fixture(scope="module")
def scores() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.integers(20, 80, 3000), rng.integers(0, 60, 700)


def histogram(values: np.ndarray) -> np.ndarray:
    return np.bincount(values, minlength=100)


def test_auc_and_ks__against_scikit_learn(scores: tuple[np.ndarray, np.ndarray]) -> None:
    good, bad = scores
    labels = np.concatenate([np.ones(good.size), np.zeros(bad.size)])
    values = np.concatenate(scores)
    assert auc_micro(histogram(good), histogram(bad)) == pytest.approx(MILLION * roc_auc_score(labels, values), abs=1)
    false, true, _ = roc_curve(labels, values)
    assert ks_micro(histogram(good), histogram(bad)) == pytest.approx(MILLION * np.abs(true - false).max(), abs=1)


def test_auc__all_tied__one_half() -> None:
    assert auc_micro(np.array([0, 9]), np.array([0, 4])) == MILLION // 2


def test_figures__of_points_and_of_log_odds__against_scikit_learn_within_the_bounds() -> None:
    rng = np.random.default_rng(8)
    margins = (rng.normal(1.2, 1.5, 5000) * 2**16).astype(np.int64)
    defaulted = rng.random(5000) < 1 / (1 + np.exp(0.8 * margins / 2**16))
    points = PointsScale.of(PLAN).of_margins(margins)
    assert 0 < points.min() <= points.max() < PLAN.max_points
    good, bad = (np.bincount(points[kind], minlength=1001) for kind in (~defaulted, defaulted))
    chances = default_chances(PLAN)
    of_points = chances[points] / 2**PROBABILITY_BITS
    assert brier_micro(good, bad, chances) == pytest.approx(MILLION * brier_score_loss(defaulted, of_points), abs=1)
    assert log_loss_micro(good, bad, chances) == pytest.approx(MILLION * log_loss(defaulted, of_points), abs=2)
    exact, bounds = 1 / (1 + np.exp(margins / 2**16)), rounding_bounds(good, bad, PLAN.double_points)
    false, true, _ = roc_curve(defaulted, exact)
    for figure, of_rows, bound in (
        (auc_micro(good, bad), roc_auc_score(defaulted, exact), bounds.auc_micro),
        (ks_micro(good, bad), np.abs(true - false).max(), bounds.ks_micro),
        (brier_micro(good, bad, chances), brier_score_loss(defaulted, exact), bounds.brier_micro),
        (log_loss_micro(good, bad, chances), log_loss(defaulted, exact), bounds.log_loss_micro),
    ):
        assert abs(figure - MILLION * of_rows) <= bound + 2
        assert bound < 12_000


def test_default_chances__against_math_exp() -> None:
    chances = default_chances(PLAN) / 2**PROBABILITY_BITS
    for points in (0, 1, 559, 560, 600, 601, 999, 1000):
        odds = 10 * 2 ** ((points - 600) / 40)
        assert chances[points] == pytest.approx(1 / (1 + odds), abs=2**-25)


def test_default_chances__weighted_classes__odds_of_unweighted_rows() -> None:
    plan = trees_plan_for("s", {"sales": (0, 100)}, good_weight_bps=2_500)
    assert default_chances(plan)[600] / 2**PROBABILITY_BITS == pytest.approx(1 / (1 + 10 * 4), abs=2**-25)


def test_psi__of_shares__as_the_formula() -> None:
    first, second = [100, 200, 300, 0], [150, 150, 250, 20]
    a, b = ((np.array(rows) + 0.5) / (sum(rows) + 2) for rows in (first, second))
    expected = float(((b - a) * np.log(b / a)).sum())
    assert psi_micro(first, second) == pytest.approx(MILLION * expected, abs=1)
    assert psi_micro(second, first) == pytest.approx(MILLION * expected, abs=1)
    assert psi_micro(first, first) == 0
    assert math.isfinite(psi_micro([10, 0], [0, 10]))


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=60).filter(any),
    st.integers(1, 50),
    st.integers(1, 30),
)
def test_band_borders__any_histogram__bands_large_enough(cells: list[int], bands: int, least: int) -> None:
    scores = np.array(cells, dtype=np.int64)
    borders = band_borders(scores, bands, least)
    sums = sums_by_band(scores, borders)
    assert list(borders) == sorted(set(borders))
    assert len(sums) <= bands
    assert sums.sum() == scores.sum()
    assert len(sums) == 1 or sums.min() >= least


def test_band_borders__even_scores__bands_of_equal_counts() -> None:
    assert band_borders(np.full(100, 7), 10, 10) == tuple(range(10, 100, 10))


def test_cut_offs__shares__each_grade_gets_at_least_its_share_from_above(scores: tuple[np.ndarray, np.ndarray]) -> None:
    rows = histogram(scores[0])
    cuts = cut_offs(rows, (1_500, 2_500, 2_500, 2_000, 1_500))
    assert list(cuts) == sorted(set(cuts))
    for cut, share in zip(reversed(cuts), (0.15, 0.40, 0.65, 0.85), strict=True):
        assert rows[cut:].sum() >= share * 3000 > rows[cut + 1 :].sum()


def test_cut_offs__one_score_for_all__still_distinct() -> None:
    rows = np.zeros(100, dtype=np.int64)
    rows[50] = 8
    assert cut_offs(rows, (1_500, 2_500, 2_500, 2_000, 1_500)) == (47, 48, 49, 50)
