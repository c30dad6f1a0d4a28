from itertools import pairwise

import pytest

from trustspace.learning.grid import borders_for, signed_log_borders


def test_signed_log_borders__powers_of_ten__exact_and_mirrored() -> None:
    borders = signed_log_borders(1000, per_decade=2)
    assert borders == (-999, -315, -99, -30, -9, -2, 0, 1, 3, 10, 31, 100, 316, 1000)


@pytest.mark.parametrize(
    ("low", "high"), [(0, 24), (-10_000, 10_000), (0, 10_000), (0, 10**12), (-(10**20), 10**20), (5, 5)]
)
def test_borders_for__any_range__ascending_64_bits_within(low: int, high: int) -> None:
    borders = borders_for(low, high)
    assert all(a < b for a, b in pairwise(borders))
    assert all(-(2**63) <= border < 2**63 for border in borders)
    assert len(borders) < 400


def test_borders_for__small_counts__one_cell_per_integer() -> None:
    assert borders_for(0, 24) == tuple(range(1, 25))


def test_borders_for__more_steps_a_decade__finer_and_within_the_coarse_ones() -> None:
    assert set(borders_for(0, 10**9)) < set(borders_for(0, 10**9, 32))


def test_borders_for__shares__steps_of_a_hundredth_besides_the_logarithm() -> None:
    borders = borders_for(0, 10_000)
    assert set(range(100, 10_000, 100)) <= set(borders)
    assert {1, 10} <= set(borders)
