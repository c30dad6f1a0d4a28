"""Honest p-values: correction for many tests, and goodness of fit that does not lean on large samples.

References: Benjamini & Hochberg 1995 (false discovery rate under positive dependence); Phipson & Smyth 2010 (a Monte
Carlo p-value is never zero); Cochran 1954 (chi-square needs expected counts of at least 5).

SciPy belongs to the extra `signals`, so it is imported where it is used: the package is whole without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from trustspace.services.signals.table import Floats, Ints

LEAST_EXPECTED = 5.0
DRAWS = 9_999
SEED = 20_260_930  # draws decide nothing secret; the same data give the same report


def benjamini_hochberg(p: Floats) -> Floats:
    """Adjusted p-values: rejecting those <= q keeps the expected share of false rejections at most q."""
    count = len(p)
    order = np.argsort(p, kind="stable")
    ranked = p[order] * count / np.arange(1, count + 1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return adjusted


def student_tail(x: Floats, degrees: Floats) -> Floats:
    """Chance of more than x under Student's t."""
    from scipy import stats

    tail: Floats = stats.t.sf(x, degrees)
    return tail


def normal_tail(x: Floats) -> Floats:
    """Chance of more than x under the standard normal law."""
    from scipy import stats

    tail: Floats = stats.norm.sf(x)
    return tail


def overlap_tail(both: Ints, size: Ints, one: Ints, other: Ints) -> Floats:
    """Chance that two blind choices of `one` and `other` out of `size` share at least `both`: Fisher, one-sided."""
    from scipy import stats

    tail: Floats = np.clip(stats.hypergeom.sf(both - 1, size, one, other), 0.0, 1.0)
    return tail


def goodness_of_fit(observed: Ints, expected_shares: Floats) -> tuple[float, str]:
    """(p, method) of counts against shares: chi-square, or Monte Carlo where an expected count is below 5."""
    count = int(observed.sum())
    expected = count * expected_shares
    statistic = float((np.square(observed - expected) / expected).sum())
    if expected.min() >= LEAST_EXPECTED:
        from scipy import stats

        return float(stats.chi2.sf(statistic, len(expected_shares) - 1)), "chi-square"
    rng = np.random.Generator(np.random.PCG64(SEED))
    drawn = rng.multinomial(count, expected_shares, size=DRAWS)
    as_extreme = (np.square(drawn - expected) / expected).sum(axis=1) >= statistic * (1 - 1e-12)
    return (1 + int(as_extreme.sum())) / (1 + DRAWS), "Monte Carlo"
