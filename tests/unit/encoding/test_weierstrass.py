import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.encoding.grumpkin import GRUMPKIN, draw_points
from trustspace.encoding.weierstrass import IDENTITY, Bases, Point
from trustspace.errors import OutOfRange

POINTS = draw_points("trustspace/test", 5)
SCALARS = st.integers(0, GRUMPKIN.order - 1)
BASES = Bases(GRUMPKIN, POINTS)


def slowly(scalars: list[int]) -> Point:
    total = IDENTITY
    for scalar, point in zip(scalars, POINTS, strict=True):
        total = GRUMPKIN.add(total, GRUMPKIN.multiply(scalar, point))
    return total


@pytest.mark.parametrize(
    "point", [IDENTITY, (1, 1), (GRUMPKIN.generator[0] + GRUMPKIN.modulus, GRUMPKIN.generator[1]), (-1, 3)]
)
def test_contains__other_pairs__not_on_it(point: Point) -> None:
    assert not GRUMPKIN.contains(point)


@settings(max_examples=20, deadline=None)
@given(SCALARS, SCALARS)
def test_multiply__sum_of_scalars__sum_of_points(a: int, b: int) -> None:
    one, two = GRUMPKIN.multiply(a, GRUMPKIN.generator), GRUMPKIN.multiply(b, GRUMPKIN.generator)
    assert GRUMPKIN.add(one, two) == GRUMPKIN.multiply(a + b, GRUMPKIN.generator)


@pytest.mark.parametrize(
    "points",
    [
        (),
        POINTS[:1],
        POINTS,
        (POINTS[0], POINTS[0], POINTS[1]),
        (POINTS[0], GRUMPKIN.negate(POINTS[0])),
        (POINTS[0], GRUMPKIN.negate(POINTS[0]), POINTS[2]),
    ],
)
def test_sum__any_points__as_one_by_one(points: tuple[Point, ...]) -> None:
    expected = IDENTITY
    for point in points:
        expected = GRUMPKIN.add(expected, point)
    assert GRUMPKIN.sum(points) == expected


def test_add_pairs__with_doubles_opposites_and_the_identity__each_right() -> None:
    one, two = POINTS[:2]
    pairs = [(one, two), (one, one), (IDENTITY, two), (one, IDENTITY), (one, GRUMPKIN.negate(one)), (two, one)]
    assert GRUMPKIN.add_pairs(pairs) == [GRUMPKIN.add(*pair) for pair in pairs]


@settings(max_examples=10, deadline=None)
@given(st.lists(SCALARS, min_size=5, max_size=5))
def test_commit__any_scalars__as_by_doubling(scalars: list[int]) -> None:
    assert BASES.commit(scalars) == slowly(scalars)


@pytest.mark.parametrize("scalars", [[0] * 5, [GRUMPKIN.order - 1] * 5, [1, 0, 0, 0, GRUMPKIN.order - 1]])
def test_commit__extremes__as_by_doubling(scalars: list[int]) -> None:
    assert BASES.commit(scalars) == slowly(scalars)


def test_commit__repeated_base__added_right() -> None:
    twice = Bases(GRUMPKIN, [GRUMPKIN.generator] * 2)
    assert twice.commit([3, 3]) == GRUMPKIN.multiply(6, GRUMPKIN.generator)


@pytest.mark.parametrize("scalars", [[0] * 4, [0] * 6, [GRUMPKIN.order, 0, 0, 0, 0], [0, -1, 0, 0, 0]])
def test_commit__what_does_not_fit__refused(scalars: list[int]) -> None:
    with pytest.raises(OutOfRange):
        BASES.commit(scalars)


def test_multiply_each__any_scalars__as_by_doubling() -> None:
    scalars = [0, 1, 2, 127, 128, 129, GRUMPKIN.order - 1, GRUMPKIN.order, 2**255, 12345678901234567890]
    expected = [GRUMPKIN.multiply(scalar, POINTS[0]) for scalar in scalars]
    assert Bases(GRUMPKIN, POINTS[:1], window_bits=8).multiply_each(scalars) == expected
