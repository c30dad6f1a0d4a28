import math

import numpy as np

from trustspace.learning.points import MARGIN_BITS, PointsScale

SCALE = PointsScale(base_points=600, base_odds=10, double_points=40)


def test_of_margins__odds__doubling_adds_double_points() -> None:
    odds = np.array([1, 5, 10, 20, 1000])
    margins = np.array([round(math.log(o) * 2**MARGIN_BITS) for o in odds])
    assert SCALE.of_margins(margins).tolist() == [round(600 + 40 * math.log2(o / 10)) for o in odds]
    assert SCALE.of_margin(int(margins[3])) == 640


def test_of_margins__enormous__held_without_overflow() -> None:
    steepest = PointsScale(base_points=0, base_odds=10_000, double_points=1_000)
    low, high = (steepest.of_margin(sign << 40) for sign in (-1, 1))
    assert low == steepest.of_margin(-64 << MARGIN_BITS) < 0 < high == steepest.of_margin(64 << MARGIN_BITS)


def test_of_step__difference_of_margins__in_points() -> None:
    step = round(math.log(2) * 2**MARGIN_BITS)
    assert (SCALE.of_step(step), SCALE.of_step(-step), SCALE.of_step(0)) == (40, -40, 0)
