import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from trustspace.learning.binning import WOE_BITS, BinnedFeature
from trustspace.learning.integer_math import PROBABILITY_BITS, sigmoid
from trustspace.learning.logistic import (
    COEFFICIENT_BITS,
    LOG_ODDS_BITS,
    LinearModel,
    bin_codes,
    design,
    held_back,
    newton_bounds,
    newton_cells,
    newton_step,
    newton_sums,
    penalised_step,
    start,
)

FEATURES = (
    BinnedFeature(cuts=(10, 20, 30), woe=(-900, -200, 300, 1100), variance=500_000),
    BinnedFeature(cuts=(5,), woe=(700, -650), variance=455_000),
    BinnedFeature(cuts=(), woe=(0,), variance=0),
)


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    values = np.column_stack([rng.integers(0, 40, 9000), rng.integers(0, 10, 9000), np.full(9000, 4)])
    matrix = design(FEATURES, bin_codes(FEATURES, values)) / 2**WOE_BITS
    chance = 1 / (1 + np.exp(-(0.8 + matrix[:, 1] * 0.9 + matrix[:, 2] * 0.5)))
    return values, rng.random(9000) < chance


def test_bin_codes__value_on_a_cut__belongs_to_the_bin_above() -> None:
    assert bin_codes(FEATURES[:1], np.array([[9], [10], [29], [30]])).ravel().tolist() == [0, 1, 2, 3]


def test_newton_sums__against_a_plain_loop__same_integers(data: tuple[np.ndarray, np.ndarray]) -> None:
    values, good = data[0][:200], data[1][:200]
    model = LinearModel(features=FEATURES, intercept=3 << 22, coefficients=(1 << 24, -(5 << 20), 77))
    matrix = design(FEATURES, bin_codes(FEATURES, values))
    one, beta = 1 << PROBABILITY_BITS, [model.intercept, *model.coefficients]
    gradient, hessian = [0] * 4, [[0] * 4 for _ in range(4)]
    for row, is_good in zip(matrix.tolist(), good.tolist(), strict=True):
        odds = sum(x * b for x, b in zip(row, beta, strict=True))
        chance = int(sigmoid(np.array([odds]), LOG_ODDS_BITS)[0])
        weight = (chance * (one - chance)) >> 40
        for j in range(4):
            gradient[j] += row[j] * (is_good * one - chance)
            for k in range(j, 4):
                hessian[j][k] += row[j] * row[k] * weight
    upper = [hessian[j][k] for j in range(4) for k in range(j, 4)]
    assert newton_sums(model, matrix, good).tolist() == gradient + upper


def test_newton_sums__any_split_or_order__adds_up_exactly(data: tuple[np.ndarray, np.ndarray]) -> None:
    values, good = data
    model = start(FEATURES, int(good.sum()), int((~good).sum()))
    matrix = design(FEATURES, bin_codes(FEATURES, values))
    whole = newton_sums(model, matrix, good)
    shuffled = np.random.default_rng(0).permutation(len(good))
    parts = [newton_sums(model, matrix[part], good[part]) for part in np.array_split(shuffled, 7)]
    assert (sum(parts[1:], parts[0]) == whole).all()
    assert (np.abs(whole) <= np.array(newton_bounds(4, len(good)))).all()
    assert whole.size == newton_cells(4)


def test_newton_step__to_convergence__equals_scikit_learn(data: tuple[np.ndarray, np.ndarray]) -> None:
    values, good = data
    features = FEATURES[:2]
    matrix = design(features, bin_codes(features, values[:, :2]))
    model = start(features, int(good.sum()), int((~good).sum()))
    for _ in range(7):
        model = newton_step(model, newton_sums(model, matrix, good), 10_000)
    # scikit-learn's penalty is |w|^2 / 2C on the given columns: scale them so that it equals ours.
    spread = np.sqrt([10 * feature.variance / 2 ** (2 * WOE_BITS) for feature in features])
    scaled = matrix[:, 1:] / 2**WOE_BITS / spread
    oracle = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=100).fit(scaled, good)
    got = np.array([model.intercept, *model.coefficients]) / 2**COEFFICIENT_BITS
    assert got == pytest.approx([oracle.intercept_[0], *(oracle.coef_[0] / spread)], abs=1e-6)


def test_newton_step__constant_column__keeps_coefficient_zero(data: tuple[np.ndarray, np.ndarray]) -> None:
    values, good = data
    model = start(FEATURES, int(good.sum()), int((~good).sum()))
    model = newton_step(model, newton_sums(model, design(FEATURES, bin_codes(FEATURES, values)), good), 10_000)
    assert model.coefficients[2] == 0
    assert model.coefficients[0] > 0


def test_newton_sums__no_rows__zeros() -> None:
    model = start(FEATURES, 1, 1)
    empty = design(FEATURES, bin_codes(FEATURES, np.empty((0, 3), dtype=np.int64)))
    assert not newton_sums(model, empty, np.empty(0, dtype=bool)).any()


def test_newton__trend_and_correlated_feature__coefficient_at_zero_and_the_rest_optimal() -> None:
    rng = np.random.default_rng(4)
    codes = np.stack([rng.integers(0, 4, 3000), rng.integers(0, 3, 3000)], axis=1)
    codes[:, 1] = np.where(rng.random(3000) < 0.7, np.minimum(codes[:, 0], 2), codes[:, 1])
    woe = [(-900, -200, 300, 1100), (-700, 0, 700)]
    chance = 1 / (1 + np.exp(-(1.5 * np.array(woe[0])[codes[:, 0]] - 0.6 * np.array(woe[1])[codes[:, 1]]) / 1024))
    good = rng.random(3000) < chance

    def fit(trend: int, columns: int) -> LinearModel:
        features = [BinnedFeature(cuts=(), woe=own, variance=400_000, trend=trend) for own in woe[:columns]]
        model = start(features, int(good.sum()), int((~good).sum()))
        for _ in range(8):
            model = newton_step(model, newton_sums(model, design(features, codes[:, :columns]), good), 1000)
        return model

    assert fit(0, 2).coefficients[1] < 0
    held = fit(1, 2)
    assert held.coefficients[1] == 0
    alone = fit(1, 1)
    assert (held.intercept, held.coefficients[0]) == (alone.intercept, alone.coefficients[0])


def test_step__many_features_and_few_defaults__held_back_so_that_the_loss_falls() -> None:
    draw = np.random.default_rng(11)
    rows, columns = 700, 40
    good = draw.random(rows) > 0.04
    shared = draw.normal(size=(rows, 1)) + np.where(good, 0, 2.0)[:, None]
    woe = np.clip(400 * (shared + 0.2 * draw.normal(size=(rows, columns))), -4000, 4000).astype(np.int16)
    matrix = np.hstack([np.full((rows, 1), 1 << WOE_BITS, dtype=np.int16), woe])
    beta = [int(3.2 * 2**COEFFICIENT_BITS)] + [0] * columns
    losses = []
    for _ in range(6):
        model = LinearModel(features=(), intercept=beta[0], coefficients=tuple(beta[1:]))
        sums = newton_sums(model, matrix, good)
        moved = held_back(
            beta, penalised_step(beta, [0] * len(beta), [64] * len(beta), [False] * len(beta), sums), sums
        )
        change = matrix @ (np.array(moved) - np.array(beta)) / 2 ** (WOE_BITS + COEFFICIENT_BITS)
        chance = sigmoid((matrix @ np.array(beta)), LOG_ODDS_BITS) / 2**PROBABILITY_BITS
        weight = chance * (1 - chance)
        assert np.sqrt((weight * change**2).sum() / weight.sum()) <= 1.01
        losses.append(float(-np.log(np.clip(np.where(good, chance, 1 - chance), 1e-9, 1)).mean()))
        beta = moved
    assert losses == sorted(losses, reverse=True)


def test_step__short__left_as_it_is() -> None:
    sums = np.array([0, 0, 1 << 40, 0, 1 << 40], dtype=np.int64)
    assert held_back([0, 0], [1 << 20, -5], sums) == [1 << 20, -5]
