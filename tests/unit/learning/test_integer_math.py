import math
import random
from fractions import Fraction

import numpy as np
import pytest

from trustspace.errors import ProtocolError
from trustspace.learning.integer_math import PROBABILITY_BITS, ln_ratio, minus_ln, sigmoid, solve_exactly, solve_rounded

BITS = 34


def test_ln_ratio__many_ratios__agrees_with_math_log() -> None:
    draw = random.Random(1)
    for _ in range(2000):
        top, bottom = draw.randrange(1, 10**12), draw.randrange(1, 10**12)
        assert ln_ratio(top, bottom, 40) / 2**40 == pytest.approx(math.log(top / bottom), abs=2e-12)


def test_ln_ratio__symmetric_and_exact_at_one() -> None:
    assert ln_ratio(7, 7, 40) == 0
    assert ln_ratio(3, 8, 40) == -ln_ratio(8, 3, 40)
    assert ln_ratio(2, 1, 10) == 710  # 0.693147 * 1024 = 709.78


def test_sigmoid__against_math_exp__within_2_to_minus_26() -> None:
    x = np.concatenate(
        [np.random.default_rng(0).integers(-30 << BITS, 30 << BITS, 20_000), np.arange(-(8 << 8), 8 << 8) << (BITS - 8)]
    )
    got = sigmoid(x, BITS) / 2**PROBABILITY_BITS
    expected = np.array([1 / (1 + math.exp(-v / 2**BITS)) for v in x.tolist()])
    assert np.abs(got - expected).max() < 2**-26


def test_sigmoid__zero_and_extremes__exact() -> None:
    one = 1 << PROBABILITY_BITS
    assert sigmoid(np.array([0]), BITS).tolist() == [one // 2]
    assert sigmoid(np.array([-(2**60), 2**60]), BITS).tolist() == [0, one]
    x = np.random.default_rng(1).integers(-(2**39), 2**39, 1000)
    assert (sigmoid(x, BITS) + sigmoid(-x, BITS) == one).all()


def system(seed: int, size: int) -> tuple[np.ndarray, list[int], list[int]]:
    rng = np.random.default_rng(seed)
    design = rng.integers(-8000, 8000, (200, size))
    matrix = (design * rng.integers(0, 2**14, 200)[:, None]).T @ design
    return matrix, [64] + [2**22] * (size - 1), [int(v) for v in rng.integers(-(2**50), 2**50, size)]


@pytest.mark.parametrize("seed", range(5))
def test_solve_rounded__against_rational_elimination__same_integers(seed: int) -> None:
    matrix, diagonal, right = system(seed, 12)
    rows = [[int(c) for c in row] for row in matrix]
    for index, extra in enumerate(diagonal):
        rows[index][index] += extra
    assert solve_rounded(matrix, diagonal, right, 24) == solve_exactly(rows, right, 24)


def test_solve_exactly__against_fractions__rounded_to_nearest() -> None:
    matrix, diagonal, right = system(9, 4)
    rows = [[int(c) + (diagonal[i] if i == j else 0) for j, c in enumerate(row)] for i, row in enumerate(matrix)]
    solution = solve_exactly(rows, right, 60)
    for row, target in zip(rows, right, strict=True):
        left = sum(Fraction(cell * x, 2**60) for cell, x in zip(row, solution, strict=True))
        assert abs(left - target) <= sum(abs(cell) for cell in row) * Fraction(1, 2**61)


def test_solve_rounded__ill_conditioned_and_tie__decided_exactly() -> None:
    nearly = np.array([[2**50, 2**50], [2**50, 2**50]], dtype=np.int64)
    assert solve_rounded(nearly, [1, 1], [1, -1], 24) == [1 << 24, -(1 << 24)]
    assert solve_rounded(np.array([[1]]), [1], [1], 0) == [1]  # one half: up


def test_solve_exactly__singular__names_the_step() -> None:
    with pytest.raises(ProtocolError, match="singular"):
        solve_exactly([[1, 1], [1, 1]], [1, 2], 24)


def test_minus_ln__against_math_log__within_2_to_minus_20() -> None:
    chance = np.concatenate([np.arange(1, 3000), np.random.default_rng(3).integers(1, 2**28 + 1, 20_000), [2**28]])
    expected = -np.log(chance / 2**28)
    assert np.abs(minus_ln(chance, 20) / 2**20 - expected).max() < 2**-20
    assert minus_ln(np.array([2**28]), 20).tolist() == [0]
    assert minus_ln(np.array([0]), 16).tolist() == minus_ln(np.array([1]), 16).tolist()
