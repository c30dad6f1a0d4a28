from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustspace.learning.counts import SummedCounts, count_cells
from trustspace.learning.logistic import newton_cells
from trustspace.learning.privacy.consistent import (
    _positive_definite,
    consistent_counts,
    consistent_histogram,
    damped_newton,
)


@given(st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=60), st.integers(0, 5_000))
def test_histogram__any_noise__no_negative_cell_and_the_right_total(cells: list[int], total: int) -> None:
    found = consistent_histogram(np.array(cells, dtype=np.int64), total)
    assert (found >= 0).all()
    assert int(found.sum()) == total


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=60))
def test_histogram__no_noise__unchanged(cells: list[int]) -> None:
    assert consistent_histogram(np.array(cells, dtype=np.int64), sum(cells)).tolist() == cells


def test_histogram__many_empty_cells__rows_do_not_pile_up_in_them() -> None:
    rng = np.random.default_rng(1)
    true = np.zeros(1_000, dtype=np.int64)
    true[900:] = 50
    found = consistent_histogram(true + np.rint(rng.normal(0, 10, 1_000)).astype(np.int64), 5_000)
    assert found[:900].sum() < 600  # clipping each cell at zero would leave about 3,600 there


def test_counts__with_noise__every_feature_counts_the_same_rows(loan_book) -> None:
    plan, rows = loan_book.plan, loan_book.rows()
    exact = count_cells(plan, rows, rows.folds(plan))
    noisy = exact + np.random.default_rng(2).integers(-9, 10, exact.size)
    counts = SummedCounts.of(plan, consistent_counts(plan, noisy))
    assert abs(int(counts.rows.sum()) - len(rows)) < 200
    assert consistent_counts(plan, exact).tolist() == exact.tolist()


@pytest.mark.parametrize("sigma", [1, 10**9])
def test_newton__noise_beyond_the_hessian__positive_definite_and_gradients_kept(loan_book, sigma: int) -> None:
    plan = replace(loan_book.plan, folds=2)
    columns = len(plan.features) + 1
    cells = newton_cells(columns)
    noisy = np.rint(np.random.default_rng(4).normal(0, 10**9, 3 * cells)).astype(np.int64)
    fixed = damped_newton(plan, noisy, sigma).reshape(3, cells)
    assert (fixed[:, :columns] == noisy.reshape(3, cells)[:, :columns]).all()
    upper = np.triu_indices(columns)
    for part in fixed:
        full = np.zeros((columns, columns))
        full[upper] = part[columns:]
        assert (np.linalg.eigvalsh(full + np.triu(full, 1).T) > 0).all()


def test_positive_definite__against_eigenvalues__agrees() -> None:
    rng = np.random.default_rng(5)
    upper = np.triu_indices(4)
    seen = set()
    for _ in range(200):
        half = rng.integers(-9, 10, (4, 4))
        full = half @ half.T - rng.integers(0, 60) * np.eye(4, dtype=np.int64)
        smallest = np.linalg.eigvalsh(full).min()
        if abs(smallest) > 1e-6:
            verdict = _positive_definite(full[upper].astype(np.int64), upper, 4)
            assert verdict == (smallest > 0)
            seen.add(verdict)
    assert seen == {True, False}
