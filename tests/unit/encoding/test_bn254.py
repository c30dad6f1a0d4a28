from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustspace.encoding.bn254 import (
    BN254,
    TWIST_GENERATOR,
    encode_points,
    encode_twist_point,
    read_points,
    read_twist_point,
    require_on_curve,
)
from trustspace.encoding.weierstrass import IDENTITY, Point
from trustspace.errors import InvalidElement

ONE = BN254.generator
TWO = BN254.add(ONE, ONE)
NUMBERS = st.integers(0, (1 << 256) - 1)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=5))
def test_points__written_and_read__same(points: list[Point]) -> None:
    assert read_points(encode_points(points)) == points


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_twist_point__written_and_read__same(point: tuple[int, int, int, int]) -> None:
    assert read_twist_point(encode_twist_point(point)) == point


def test_encode_twist_point__generator__real_part_before_imaginary_part() -> None:
    # EIP-197 gives the generator's imaginary part of x as 0x198e9393...; not-a-key
    assert encode_twist_point(TWIST_GENERATOR)[32:36].hex() == "198e9393"


def test_read_points__cut_off__refused() -> None:
    with pytest.raises(InvalidElement, match="127 bytes are no whole number of points"):
        read_points(encode_points([ONE, TWO])[:-1])


def test_read_twist_point__cut_off__refused() -> None:
    with pytest.raises(InvalidElement, match="a point of G2 has 128 bytes, not 127"):
        read_twist_point(encode_twist_point(TWIST_GENERATOR)[:-1])


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (IDENTITY, "point 1: is the identity"),
        ((1, 3), "point 1: is not on the curve"),
        ((1 + BN254.modulus, 2), "point 1: is not on the curve"),
    ],
)
def test_require_on_curve__one_bad_point__named(bad: Point, fault: str) -> None:
    require_on_curve([ONE, TWO])
    with pytest.raises(InvalidElement, match=fault):
        require_on_curve([ONE, bad, TWO])
