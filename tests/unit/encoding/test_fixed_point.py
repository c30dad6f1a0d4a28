import numpy as np
import pytest

from trustspace.encoding.fixed_point import (
    MAX_CELL,
    divide_rounded,
    from_ring,
    pack_words,
    require_bounds,
    require_headroom,
    to_ring,
    unpack_words,
)
from trustspace.errors import OutOfRange


def cell(index: int) -> str:
    return f"feature sales_12m, cell {index}"


def test_ring__signed_extremes__round_trip_and_wrap() -> None:
    values = np.array([0, 1, -1, MAX_CELL, -(2**63)], dtype=np.int64)
    assert (from_ring(to_ring(values)) == values).all()
    assert from_ring(to_ring(np.array([-5])) + to_ring(np.array([3])))[0] == -2


def test_pack_words__layout__little_endian_and_inverse() -> None:
    words = np.array([1, 2**64 - 1], dtype=np.uint64)
    raw = pack_words(words)
    assert raw == b"\x01" + bytes(7) + b"\xff" * 8
    assert (unpack_words(raw) == words).all()
    with pytest.raises(OutOfRange, match=r"party 3.*15 bytes"):
        unpack_words(raw[:-1], where="party 3")


def test_require_bounds__outside__names_feature_and_party() -> None:
    low, high = np.array([0, 0]), np.array([10, 10])
    require_bounds(np.array([0, 10]), low, high, name=cell, where="party 3")
    for bad in ([0, 11], [0, -1]):
        with pytest.raises(OutOfRange, match=r"party 3: feature sales_12m, cell 1: (11|-1) is outside \[0, 10\]"):
            require_bounds(np.array(bad), low, high, name=cell, where="party 3")
    with pytest.raises(OutOfRange, match="expected 2 cells, got 1"):
        require_bounds(np.array([0]), low, high, name=cell, where="party 3")


def test_require_headroom__sum_could_overflow__names_feature() -> None:
    bounds = np.array([5, MAX_CELL // 4])
    require_headroom(bounds, 4, name=cell)
    with pytest.raises(OutOfRange, match=r"feature sales_12m, cell 1.*5 parties"):
        require_headroom(bounds, 5, name=cell)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (10, 3, 3), (11, 3, 4), (-1, 3, 0), (0, 9, 0)],
)
def test_divide_rounded__half__to_even(numerator: int, denominator: int, rounded: int) -> None:
    assert divide_rounded(numerator, denominator) == rounded
