from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.crypto.point_batches import BETA, LAMBDA, combine, multiply_pairwise, signed_digits, split
from trustspace.crypto.powers_of_tau import powers_of
from trustspace.encoding.bn254 import BN254
from trustspace.encoding.weierstrass import IDENTITY, Point

POINTS = powers_of(987654321, 0, 8)
EDGES = [0, 1, 2, BN254.order - 1, BN254.order, LAMBDA, BN254.order - LAMBDA, (BN254.order + 1) // 2]
SCALARS = st.one_of(st.sampled_from(EDGES), st.integers(0, BN254.order - 1))
COEFFICIENTS = st.one_of(st.sampled_from([0, 1, 255, 256, (1 << 128) - 1]), st.integers(0, (1 << 128) - 1))


def slowly(scalars: list[int], points: list[Point]) -> list[Point]:
    return [BN254.multiply(scalar, point) for scalar, point in zip(scalars, points, strict=True)]


def test_endomorphism__is_the_product_with_lambda() -> None:
    x, y = POINTS[3]
    assert BN254.multiply(LAMBDA, POINTS[3]) == (x * BETA % BN254.modulus, y)


@given(SCALARS)
def test_split__any_scalar__two_halves_that_make_it_up(scalar: int) -> None:
    one, two = split(scalar)
    assert (one + two * LAMBDA - scalar) % BN254.order == 0
    assert max(abs(one), abs(two)) < 1 << 128


@given(st.integers(-(1 << 128), 1 << 128))
def test_signed_digits__any_number__make_it_up(value: int) -> None:
    digits = signed_digits(value)
    assert sum(digit << 4 * place for place, digit in enumerate(digits)) == value
    assert all(-8 <= digit <= 7 for digit in digits)


@settings(max_examples=15, deadline=None)
@given(st.lists(SCALARS, min_size=1, max_size=len(POINTS)))
def test_multiply_pairwise__any_scalars__as_one_by_one(scalars: list[int]) -> None:
    points = POINTS[: len(scalars)]
    assert multiply_pairwise(scalars, points) == slowly(scalars, points)


@settings(max_examples=15, deadline=None)
@given(st.lists(COEFFICIENTS, max_size=len(POINTS)), st.booleans())
def test_combine__any_coefficients__as_one_by_one(coefficients: list[int], same: bool) -> None:
    points = [POINTS[1] if same else point for point in POINTS[: len(coefficients)]]
    total = IDENTITY
    for product in slowly(coefficients, points):
        total = BN254.add(total, product)
    assert combine(coefficients, points) == total


def test_combine__opposite_points__the_identity() -> None:
    assert combine([7, 7], [POINTS[2], BN254.negate(POINTS[2])]) == IDENTITY


def test_double_each__with_the_identity__as_one_by_one() -> None:
    points = [POINTS[0], IDENTITY, POINTS[5]]
    assert BN254.double_each(points) == [BN254.add(point, point) for point in points]
