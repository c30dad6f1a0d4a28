import math
from itertools import pairwise

import numpy as np
import pytest

from trustspace.learning.binning import MAX_WOE, WOE_BITS, bin_feature
from trustspace.learning.plan import MISSING, PlannedFeature, plan_for

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


def test_bin_feature__missing_values__a_bin_of_their_own_that_no_trend_binds() -> None:
    feature = PlannedFeature(name="sales", borders=(MISSING + 1, *range(10, 100, 10)), reason="")
    good = np.array([5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    bad = np.array([95, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10])
    binned = bin_feature(plan(), feature, good, bad)
    assert binned.cuts[0] == MISSING + 1
    assert len(binned.woe) == len(binned.cuts) + 1
    assert binned.woe[0] < min(binned.woe[1:])
    assert all(a < b for a, b in pairwise(binned.woe[1:]))
    without = bin_feature(plan(), feature, np.array([0, *good[1:]]), np.array([0, *bad[1:]]))
    assert without.woe[0] == 0  # nothing learnt about gaps: they neither help nor harm


def test_bin_feature__only_missing_values__no_cut_among_the_rest() -> None:
    feature = PlannedFeature(name="sales", borders=(MISSING + 1, 10, 20), reason="")
    binned = bin_feature(plan(), feature, np.array([7, 0, 0, 0]), np.array([3, 0, 0, 0]))
    assert binned.cuts == (MISSING + 1,)
    assert binned.woe == (0, 0)


def test_bin_feature__categories__own_woe_each_and_the_rare_share_one() -> None:
    feature = PlannedFeature(name="sector", borders=(1, 2, 3, 4), reason="", categorical=True)
    good, bad = np.array([0, 90, 10, 3, 1]), np.array([0, 10, 90, 1, 3])
    binned = bin_feature(plan(min_bin_share_bps=500), feature, good, bad)
    assert binned.cuts == (1, 2, 3, 4)
    assert binned.woe[1] > 0 > binned.woe[2]
    assert binned.woe[0] == binned.woe[3] == binned.woe[4] == 0  # 4 good and 4 bad rows together, as in all rows
    spread = np.average(np.square(binned.woe), weights=good + bad)
    assert binned.variance == pytest.approx(spread - np.average(binned.woe, weights=good + bad) ** 2, abs=1)
