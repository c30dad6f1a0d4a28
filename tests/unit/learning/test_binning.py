import math
from itertools import pairwise

import numpy as np
import pytest

from trustspace.learning.binning import MAX_WOE, WOE_BITS, bin_feature
from trustspace.learning.plan import PlannedFeature, plan_for

FEATURE = PlannedFeature(name="sales", borders=tuple(range(10, 100, 10)), reason="")


def plan(**settings: object):
    return plan_for("s", {"sales": (0, 100)}, **({"min_bin_share_bps": 1_000} | settings))


def test_bin_feature__even_cells__five_equal_bins_with_woe_of_the_formula() -> None:
    good = np.array([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    bad = 110 - good
    binned = bin_feature(plan(woe_prior_rows=4), FEATURE, good, bad)
    assert binned.cuts == (20, 40, 60, 80)
    goods, bads = good.sum(), bad.sum()
    for bin_number, woe in enumerate(binned.woe):
        g, b = good[2 * bin_number :][:2].sum(), bad[2 * bin_number :][:2].sum()
        prior = 4 / (goods + bads)
        expected = math.log((g + prior * goods) / (b + prior * bads) * bads / goods)
        assert woe / 2**WOE_BITS == pytest.approx(expected, abs=0.6 / 2**WOE_BITS)
    rows = np.full(5, 220)
    assert binned.variance == pytest.approx(
        np.average(np.square(binned.woe), weights=rows) - np.mean(binned.woe) ** 2, abs=1
    )


def test_bin_feature__rate_not_monotone__pooled_until_it_is() -> None:
    good = np.array([10, 10, 30, 30, 20, 20, 60, 60, 90, 90])
    binned = bin_feature(plan(), FEATURE, good, 100 - good)
    assert all(a < b for a, b in pairwise(binned.woe))
    assert binned.cuts == (20, 60, 80)
    falling = bin_feature(plan(), FEATURE, good[::-1], 100 - good[::-1])
    assert falling.woe == binned.woe[::-1]


def test_bin_feature__small_bin__joins_the_smaller_neighbour() -> None:
    good = np.array([50, 0, 0, 0, 5, 0, 0, 0, 0, 40])
    bad = np.array([10, 0, 0, 0, 1, 0, 0, 0, 0, 40])
    binned = bin_feature(plan(), FEATURE, good, bad)
    assert binned.cuts == (50,)


def test_bin_feature__constant_column__one_bin_of_no_weight() -> None:
    good, bad = np.zeros(10, dtype=np.int64), np.zeros(10, dtype=np.int64)
    good[3], bad[3] = 40, 10
    binned = bin_feature(plan(), FEATURE, good, bad)
    assert (binned.cuts, binned.woe, binned.variance) == ((), (0,), 0)


def test_bin_feature__pure_bins__finite_woe() -> None:
    good, bad = np.zeros(10, dtype=np.int64), np.zeros(10, dtype=np.int64)
    good[0], bad[9] = 10**6, 10**6
    binned = bin_feature(plan(woe_prior_rows=1), FEATURE, good, bad)
    assert binned.woe == (MAX_WOE, -MAX_WOE)
