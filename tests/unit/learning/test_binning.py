import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from trustspace.learning.binning import MAX_WOE, WOE_BITS, bin_feature
from trustspace.learning.feature import MISSING, PlannedFeature
from trustspace.learning.plan import plan_for

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


CELLS = [MISSING, *range(0, 100, 10), -7]  # a value in each cell of GAPPY


def test_bin_feature__missing_and_special_values__bins_of_their_own() -> None:
    gappy = PlannedFeature(name="sales", borders=(MISSING + 1, *range(10, 100, 10)), reason="", specials=(-7,))
    assert gappy.cells(np.array(CELLS)).tolist() == list(range(12))
    good = np.array([5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 300])
    bad = np.array([55, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 30])
    binned = bin_feature(plan(), gappy, good, bad)
    assert (binned.cuts, binned.specials) == ((20, 40, 60, 80), (MISSING, -7))
    assert len(binned.woe) == 7
    assert binned.codes(np.array([MISSING, -7, -8, 19, 20, 99])).tolist() == [5, 6, 0, 0, 1, 4]
    goods, bads = good.sum(), bad.sum()
    for code, cell in ((5, 0), (6, 11)):
        prior = 4 / (goods + bads)
        expected = math.log((good[cell] + prior * goods) / (bad[cell] + prior * bads) * bads / goods)
        assert binned.woe[code] / 2**WOE_BITS == pytest.approx(expected, abs=0.6 / 2**WOE_BITS)


def test_bin_feature__categories__own_woe_each_and_the_rare_share_one() -> None:
    kind = PlannedFeature(name="sector", borders=(1, 2, 3, 4), reason="", categorical=True)
    good, bad = np.array([0, 90, 10, 3, 1]), np.array([0, 10, 90, 1, 3])
    binned = bin_feature(plan(min_bin_share_bps=500), kind, good, bad)
    assert (binned.groups, binned.specials) == (((1,), (2,), (0, 3, 4)), (MISSING,))
    assert binned.woe[0] > 0 > binned.woe[1]
    assert binned.woe[2] == binned.woe[3] == 0  # 4 good and 4 bad rows together, as in all rows; nothing of gaps
    assert binned.codes(np.array([0, 1, 2, 3, 4, MISSING, 700, -1])).tolist() == [2, 0, 1, 2, 2, 3, 3, 3]
    rows = (100, 100, 8, 0)
    spread = np.average(np.square(binned.woe), weights=rows)
    assert binned.variance == pytest.approx(spread - np.average(binned.woe, weights=rows) ** 2, abs=1)


def test_bin_feature__trend_against_the_data__one_bin() -> None:
    good = np.arange(10, 110, 10)
    rising = replace(FEATURE, trend=1)
    assert len(bin_feature(plan(), rising, good, 110 - good).woe) == 5
    against = bin_feature(plan(), replace(FEATURE, trend=-1), good, 110 - good)
    assert (against.cuts, against.woe) == ((), (0,))


def test_bin_feature__information_value__as_the_formula() -> None:
    good = np.array([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    binned = bin_feature(plan(woe_prior_rows=1), FEATURE, good, 110 - good)
    g, b = (cells.reshape(5, 2).sum(axis=1) / cells.sum() for cells in (good, 110 - good))
    assert binned.information_micro == pytest.approx(1e6 * ((g - b) * np.log(g / b)).sum(), rel=0.01)


def test_bin_feature__only_missing_values__no_weight() -> None:
    gappy = PlannedFeature(name="sales", borders=(MISSING + 1, 10), reason="")
    binned = bin_feature(plan(), gappy, np.array([40, 0, 0]), np.array([10, 0, 0]))
    assert (binned.woe, binned.variance, binned.information_micro) == ((0, 0), 0, 0)
