import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from trustspace.services.signals.significance import benjamini_hochberg, goodness_of_fit


@given(st.lists(st.floats(0, 1), max_size=40))
def test_benjamini_hochberg__against_scipy__same(p: list[float]) -> None:
    adjusted = benjamini_hochberg(np.array(p))
    assert adjusted == pytest.approx(stats.false_discovery_control(p) if p else [])


def test_goodness_of_fit__many__scipys_chi_square() -> None:
    observed, shares = np.array([50, 30, 20]), np.array([0.4, 0.35, 0.25])
    p, method = goodness_of_fit(observed, shares)
    assert p == pytest.approx(stats.chisquare(observed, shares * 100).pvalue)
    assert method == "chi-square"


def test_goodness_of_fit__few__close_to_the_exact_multinomial_tail() -> None:
    observed, shares = np.array([5, 1, 2]), np.array([0.2, 0.3, 0.5])
    p, method = goodness_of_fit(observed, shares)

    def distance(counts: np.ndarray) -> float:
        return float((np.square(counts - 8 * shares) / (8 * shares)).sum())

    every = [np.array([a, b, 8 - a - b]) for a in range(9) for b in range(9 - a)]
    tail = [counts for counts in every if distance(counts) >= distance(observed) * (1 - 1e-12)]
    exact = sum(stats.multinomial.pmf(counts, 8, shares) for counts in tail)
    assert method == "Monte Carlo"
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact / 10_000))
    assert goodness_of_fit(observed, shares) == (p, method)


def test_goodness_of_fit__impossible_data__never_zero() -> None:
    p, _ = goodness_of_fit(np.array([0, 12]), np.array([0.999, 0.001]))
    assert p == 1 / 10_000
