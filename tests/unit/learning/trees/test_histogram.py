import math

import numpy as np
import pytest

from trustspace.learning.trees.histogram import (
    LEAF_BITS,
    LOSS_BITS,
    MAX_GRADIENT,
    MAX_HESSIAN,
    MAX_LOSS,
    STATISTIC_BITS,
    CodeLayout,
    node_histograms,
    row_losses,
    row_statistics,
)

ONE = 1 << STATISTIC_BITS
LAYOUT = CodeLayout(widths=(3, 2, 7), offsets=(0, 3, 5), cells=12)


def unpack(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    whole = packed.astype(np.int64)
    return whole >> 25, whole & (2**25 - 1)


def slow_histograms(codes, layout, nodes, packed) -> list:
    """The definition: row by row in Python integers."""
    result = []
    for node in nodes:
        cells = [[0] * layout.cells, [0] * layout.cells]
        for row in node:
            gradient, hessian = divmod(int(packed[row]), 2**25)
            for feature, offset in enumerate(layout.offsets):
                cells[0][offset + int(codes[feature, row])] += gradient
                cells[1][offset + int(codes[feature, row])] += hessian
        result.append(cells)
    return result


@pytest.mark.parametrize("rows", [0, 1, 500, 20_000])
@pytest.mark.parametrize("nodes", [1, 3])
def test_node_histograms__any_rows__same_integers_as_the_slow_reference(rows: int, nodes: int) -> None:
    draw = np.random.default_rng(rows + nodes)
    codes = np.array([draw.integers(0, width, rows) for width in LAYOUT.widths], dtype=np.uint8)
    margins = draw.integers(-(6 << LEAF_BITS), 6 << LEAF_BITS, rows)
    packed = row_statistics(margins, draw.random(rows) < 0.7, np.full(rows, ONE))
    owner = draw.integers(0, nodes + 1, rows)  # the last one's rows are in no node
    lists = [np.flatnonzero(owner == node) for node in range(nodes)]
    fast = node_histograms(codes, LAYOUT, lists, packed)
    assert fast.tolist() == slow_histograms(codes, LAYOUT, lists, packed)


def test_node_histograms__most_extreme_rows__exact_up_to_the_bound() -> None:
    rows = 3 * 8191 + 5
    codes = np.zeros((3, rows), dtype=np.uint8)
    for good, margin in ((True, -(60 << LEAF_BITS)), (False, 60 << LEAF_BITS), (True, 0)):
        packed = row_statistics(np.full(rows, margin), np.full(rows, good), np.full(rows, ONE))
        gradient, hessian = unpack(packed)
        sums = node_histograms(codes, LAYOUT, [np.arange(rows)], packed)[0]
        assert sums[:, 0].tolist() == [rows * int(gradient[0]), rows * int(hessian[0])]
        assert abs(int(gradient[0])) <= MAX_GRADIENT
        assert 0 <= int(hessian[0]) <= MAX_HESSIAN
    assert node_histograms(codes, LAYOUT, [], packed).shape == (0, 2, 12)


@pytest.mark.parametrize("weight", [0, 1, ONE // 3, ONE])
def test_row_statistics_and_losses__against_floats__within_the_last_place(weight: int) -> None:
    margins = np.arange(-(12 << LEAF_BITS), 12 << LEAF_BITS, 997)
    for good in (True, False):
        outcome, weights = np.full(margins.size, good), np.full(margins.size, weight)
        gradient, hessian = unpack(row_statistics(margins, outcome, weights))
        losses = row_losses(margins, outcome, weights)
        for index in range(0, margins.size, 41):
            log_odds, share = margins[index] / 2**LEAF_BITS, weight / ONE
            chance = 1 / (1 + math.exp(-log_odds))
            assert gradient[index] == pytest.approx((good - chance) * share * ONE, abs=0.51)
            assert hessian[index] == pytest.approx(chance * (1 - chance) * share * ONE, abs=1.01)
            loss = math.log1p(math.exp(-log_odds if good else log_odds)) * share
            assert losses[index] == pytest.approx(loss * 2**LOSS_BITS, abs=2 + 2**-10 * loss * 2**LOSS_BITS)


def test_row_losses__certain_and_wrong__finite_and_bounded() -> None:
    margins = np.array([-(2**40), 2**40])
    losses = row_losses(margins.clip(-(2**30), 2**30), np.array([True, False]), np.full(2, ONE))
    assert losses.min() > 0
    assert losses.max() <= MAX_LOSS
