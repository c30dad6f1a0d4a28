from fractions import Fraction

import numpy as np
import pytest

from trustspace.learning.trees.bins import FeatureBins
from trustspace.learning.trees.histogram import LEAF_BITS, STATISTIC_BITS, CodeLayout
from trustspace.learning.trees.plan import TreesPlan, trees_plan_for
from trustspace.learning.trees.splits import MAX_WEIGHT, Candidate, Split, SplitFinder

ONE = 1 << STATISTIC_BITS


def bins(values: int, *, missing: bool = False, groups: tuple[tuple[int, ...], ...] = ()) -> FeatureBins:
    cuts = () if groups else tuple(range(1, values))
    return FeatureBins(
        values=values, missing=missing, cuts=cuts, groups=groups, code_of_cell=np.arange(values, dtype=np.uint8)
    )


def finder(features: list[FeatureBins], trends: tuple[int, ...] = (), **settings: int) -> tuple[SplitFinder, TreesPlan]:
    names = [f"f{index}" for index in range(len(features))]
    plan = trees_plan_for(
        "s",
        dict.fromkeys(names, (0, 9)),
        trends=dict(zip(names, trends, strict=False)),
        **({"min_child_milli": 0} | settings),
    )
    return SplitFinder(plan, features, CodeLayout.of(features)), plan


def best(
    found: SplitFinder, features: list[FeatureBins], sums: list, orders: list | None = None, **node: int
) -> Split | None:
    order = found.order(orders or [range(own.values) for own in features])
    return found.find(np.array([sums]), [order], [Candidate(**node)])[0]


def slow_best(features: list[FeatureBins], orders: list, sums: np.ndarray, penalty: int, least: int) -> tuple | None:
    """Every cut of every feature by exact fractions: (gain, feature, codes that go left)."""
    winner, offset = None, 0
    for number, own in enumerate(features):
        cells = [(int(g), int(h)) for g, h in sums[:, offset : offset + own.width].T]
        offset += own.width
        total = tuple(sum(column) for column in zip(*cells, strict=True))
        for cut in range(own.values):
            for with_missing in (True, False)[: 2 if own.missing else 1]:
                if cut == own.values - 1 and (with_missing or not own.missing):
                    continue
                left_codes = set(orders[number][: cut + 1]) | ({own.values} if with_missing and own.missing else set())
                left = tuple(sum(cells[code][kind] for code in left_codes) for kind in (0, 1))
                right = (total[0] - left[0], total[1] - left[1])
                if min(left[1], right[1]) < least:
                    continue
                gain = sum(sign * Fraction(g * g, h + penalty) for sign, (g, h) in ((1, left), (1, right), (-1, total)))
                if winner is None or gain > winner[0]:
                    winner = (gain, number, left_codes)
    return winner if winner and winner[0] > Fraction(1, 64) else None


@pytest.mark.parametrize("seed", range(40))
def test_find__random_nodes__same_split_as_the_slow_reference(seed: int) -> None:
    draw = np.random.default_rng(seed)
    features = [bins(4), bins(1), bins(6, missing=True), bins(3, missing=True, groups=((0,), (1,), (2,)))]
    orders = [range(4), range(1), range(6), [2, 0, 1]]
    found, _ = finder(features, l2_milli=1 + seed * 100, min_child_milli=seed * 20)
    hessian = draw.integers(0, ONE, 50) * (draw.random(50) < 0.8)
    gradient = draw.integers(-ONE, ONE, 50) * (hessian > 0)
    sums = np.zeros((2, 16), dtype=np.int64)
    offset = 0
    for own in features:
        for row in range(50):
            code = offset + int(draw.integers(0, own.width))
            sums[:, code] += (gradient[row], hessian[row])
        offset += own.width
    expected = slow_best(features, orders, sums, found.penalty, -(-seed * 20 * ONE // 1000))
    split = best(found, features, sums.tolist(), orders)
    assert (split is None) == (expected is None)
    if split is not None and expected is not None:
        assert (split.feature, {code for code, left in enumerate(split.left) if left}) == expected[1:]
        total = sums[:, :4].sum(axis=1)
        assert np.array(split.left_sums) + np.array(split.right_sums) == pytest.approx(total, abs=0)


def test_find__equal_features__lowest_feature_and_lowest_cut() -> None:
    features = [bins(4), bins(4)]
    found, _ = finder(features)
    node = [[-ONE * 9, 0, 0, ONE * 9] * 2, [ONE * 4, 0, 0, ONE * 4] * 2]  # cuts 0, 1 and 2 are alike
    split = best(found, features, node)
    assert split is not None
    assert (split.feature, split.left) == (0, (True, False, False, False))


@pytest.mark.parametrize(
    "node",
    [
        [[0, 0, 0], [ONE, ONE, ONE]],
        [[ONE, ONE, ONE], [ONE, ONE, ONE]],  # the same everywhere
        [[5, 0, 0], [0, 0, 0]],
    ],
)
def test_find__nothing_to_gain__none(node: list) -> None:
    features = [bins(3)]
    assert best(finder(features)[0], features, node) is None


def test_find__min_gain_and_min_child__refuse_what_is_below() -> None:
    features = [bins(2)]
    node = [[-4 * ONE, 4 * ONE], [3 * ONE, 3 * ONE]]
    assert best(finder(features, min_child_milli=3_000)[0], features, node) is not None
    assert best(finder(features, min_child_milli=3_001)[0], features, node) is None
    assert best(finder(features, min_gain_milli=7_999)[0], features, node) is not None  # 16 / 4 + 16 / 4 - 0 = 8
    assert best(finder(features, min_gain_milli=8_001)[0], features, node) is None


@pytest.mark.parametrize(("missing", "left"), [((-3, 1), True), ((3, 1), False), ((0, 0), True)])
def test_find__missing_values__go_where_they_gain_or_with_the_heavier_child(
    missing: tuple[int, int], left: bool
) -> None:
    features = [bins(2, missing=True)]
    node = [[-9 * ONE, 9 * ONE, missing[0] * ONE], [4 * ONE, 3 * ONE, missing[1] * ONE]]
    split = best(finder(features)[0], features, node)
    assert split is not None
    assert split.left == (True, False, left)
    lighter = [[-9 * ONE, 9 * ONE, 0], [3 * ONE, 4 * ONE, 0]]
    assert best(finder(features)[0], features, lighter).left == (True, False, False)


def test_find__missing_values_differ_alone__stand_alone() -> None:
    features = [bins(2, missing=True)]
    split = best(finder(features)[0], features, [[5 * ONE, 5 * ONE, -9 * ONE], [3 * ONE, 3 * ONE, 3 * ONE]])
    assert split is not None
    assert split.left == (True, True, False)


def test_find__against_the_trend__refused_and_bounds_kept() -> None:
    features = [bins(2)]
    rising = [[-9 * ONE, 9 * ONE], [4 * ONE, 4 * ONE]]
    for trend, allowed in ((1, True), (0, True), (-1, False)):
        found, _ = finder(features, (trend,))
        split = best(found, features, rising)
        assert (split is not None) == allowed
    found, _ = finder(features, (1,))
    split = best(found, features, rising)
    assert split is not None
    low, high = found.children(split, Candidate())
    assert (low.low, low.high) == (-MAX_WEIGHT, 0)
    assert (high.low, high.high) == (0, MAX_WEIGHT)
    down, up = finder(features, (-1,))[0].children(split, Candidate())
    assert (down, up) == (high, low)
    assert found.weight((-9 * ONE, 4 * ONE), high) == 0
    assert best(found, features, rising, low=0, high=0) is None  # held between equal bounds nothing gains


def test_weight_and_leaf__newton_step_times_learning_rate() -> None:
    found, _ = finder([bins(2)], l2_milli=1_000, learning_rate_bps=2_500)
    assert found.weight((3 * ONE, ONE), Candidate()) == (3 << LEAF_BITS) // 2
    assert found.leaf(3 << LEAF_BITS) == (3 << LEAF_BITS) // 4
    assert found.weight((10**9 * ONE, 0), Candidate()) == MAX_WEIGHT
    assert found.root_value(np.array([[ONE, 2 * ONE], [0, ONE]])) == found.leaf(
        found.weight((3 * ONE, ONE), Candidate())
    )
