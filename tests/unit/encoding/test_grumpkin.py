import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.encoding.grumpkin import (
    IDENTITY,
    ORDER,
    Bases,
    Point,
    add,
    draw_points,
    is_on_curve,
    multiply,
    pedersen_bases,
    sum_points,
)
from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.errors import OutOfRange

GENERATOR = (1, 17631683881184975370165255887551781615748388533673675138860)
"""As Noir's standard library and Barretenberg have it: y = sqrt(-16)."""
POINTS = draw_points("trustspace/test", 5)
SCALARS = st.integers(0, ORDER - 1)


def test_curve__generator__of_prime_order() -> None:
    assert is_on_curve(GENERATOR)
    assert multiply(ORDER, GENERATOR) == IDENTITY
    assert multiply(ORDER - 1, GENERATOR) == (1, FIELD_MODULUS - GENERATOR[1])


@pytest.mark.parametrize("point", [IDENTITY, (1, 1), (GENERATOR[0] + FIELD_MODULUS, GENERATOR[1]), (-1, 3)])
def test_curve__other_pairs__not_on_it(point: Point) -> None:
    assert not is_on_curve(point)


@settings(max_examples=20, deadline=None)
@given(SCALARS, SCALARS)
def test_multiply__sum_of_scalars__sum_of_points(a: int, b: int) -> None:
    assert add(multiply(a, GENERATOR), multiply(b, GENERATOR)) == multiply(a + b, GENERATOR)


def test_draw__same_text__same_points_all_different() -> None:
    assert draw_points("trustspace/test", 5) == POINTS
    assert len(set(POINTS) | set(draw_points("trustspace/other", 5))) == 10
    assert all(is_on_curve(point) and point[1] % 2 == 0 for point in POINTS)


def test_draw__more_points__begin_with_the_same() -> None:
    assert draw_points("trustspace/test", 2) == POINTS[:2]


@pytest.mark.parametrize(
    "points",
    [
        (),
        POINTS[:1],
        POINTS,
        (POINTS[0], POINTS[0], POINTS[1]),
        (POINTS[0], (POINTS[0][0], FIELD_MODULUS - POINTS[0][1])),
        (POINTS[0], (POINTS[0][0], FIELD_MODULUS - POINTS[0][1]), POINTS[2]),
    ],
)
def test_sum__any_points__as_one_by_one(points: tuple[Point, ...]) -> None:
    expected = IDENTITY
    for point in points:
        expected = add(expected, point)
    assert sum_points(points) == expected


@settings(max_examples=10, deadline=None)
@given(st.lists(SCALARS, min_size=5, max_size=5))
def test_commit__any_scalars__as_by_doubling(scalars: list[int]) -> None:
    expected = IDENTITY
    for scalar, point in zip(scalars, POINTS, strict=True):
        expected = add(expected, multiply(scalar, point))
    assert pedersen_bases("trustspace/test", 4).commit(scalars) == expected


@pytest.mark.parametrize("scalars", [[0] * 5, [ORDER - 1] * 5, [1, 0, 0, 0, ORDER - 1]])
def test_commit__extremes__as_by_doubling(scalars: list[int]) -> None:
    expected = IDENTITY
    for scalar, point in zip(scalars, POINTS, strict=True):
        expected = add(expected, multiply(scalar, point))
    assert pedersen_bases("trustspace/test", 4).commit(scalars) == expected


def test_commit__repeated_base__added_right() -> None:
    assert Bases([GENERATOR, GENERATOR]).commit([3, 3]) == multiply(6, GENERATOR)


@pytest.mark.parametrize("scalars", [[0] * 4, [0] * 6, [ORDER, 0, 0, 0, 0], [0, -1, 0, 0, 0]])
def test_commit__what_does_not_fit__refused(scalars: list[int]) -> None:
    with pytest.raises(OutOfRange):
        pedersen_bases("trustspace/test", 4).commit(scalars)
