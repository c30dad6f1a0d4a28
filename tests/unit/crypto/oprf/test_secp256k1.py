from __future__ import annotations

import pytest
from coincurve import PublicKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.crypto.oprf.published import compressed, multiply
from tests.unit.crypto.oprf.slow import CURVE
from trustspace.crypto.oprf.secp256k1 import (
    ORDER,
    add_scaled,
    combine,
    from_affine,
    is_scalar,
    multiply_generator,
    multiply_public,
    multiply_secret,
    parse,
    parse_all,
    random_scalar,
    respond,
)
from trustspace.errors import InvalidElement

GENERATOR = PublicKey.from_secret(b"\1")
scalars = st.integers(1, ORDER - 1)


def raw(scalar: int) -> bytes:
    return scalar.to_bytes(32, "big")


@settings(max_examples=30, deadline=None)
@given(scalars, scalars)
def test_multiply_secret__any_scalars__equals_the_plain_ones(first: int, second: int) -> None:
    point = multiply_generator(raw(first))
    expected = multiply(CURVE, second, point.point())
    assert multiply_secret(point, raw(second)).format() == compressed(expected)
    assert multiply_public(point, second).format() == compressed(expected)


@pytest.mark.parametrize("scalar", [bytes(32), raw(ORDER), raw(2**256 - 1), b"\1", b"\0" * 33])
def test_multiply_secret__no_scalar__refused(scalar: bytes) -> None:
    assert not is_scalar(scalar)
    with pytest.raises(InvalidElement, match="not a scalar"):
        multiply_secret(GENERATOR, scalar)


@pytest.mark.parametrize(
    "wrong", [b"", b"\2", b"\0" * 33, b"\4" + bytes(64), b"\0", b"\5" + bytes(31) + b"\1", bytes(1)]
)
def test_parse__no_compressed_point_or_infinity__refused(wrong: bytes) -> None:
    with pytest.raises(InvalidElement, match="no compressed point"):
        parse(wrong)


def test_parse__not_on_the_curve_or_beyond_the_order__refused() -> None:
    with pytest.raises(InvalidElement, match="not on the curve"):
        parse(b"\2" + raw(5))  # 5^3 + 7 is no square
    with pytest.raises(InvalidElement, match="beyond the group's order"):
        parse(b"\2" + raw(ORDER))
    with pytest.raises(InvalidElement, match="batch, element 1"):
        parse_all([GENERATOR.format(), b""], where="batch")


def test_combine__opposite_points__infinity_refused() -> None:
    minus = multiply_public(GENERATOR, ORDER - 1)
    with pytest.raises(InvalidElement, match="infinity"):
        combine([GENERATOR, minus], [1, 1])
    with pytest.raises(InvalidElement, match="infinity"):
        combine([GENERATOR], [0])
    assert combine([GENERATOR, minus], [3, 1]).format() == multiply_public(GENERATOR, 2).format()


@given(scalars, scalars, scalars)
def test_scalar_arithmetic__any_scalars__mod_the_order(key: int, nonce: int, challenge: int) -> None:
    expected = (nonce - challenge * key) % ORDER
    assume(expected != 0 and (nonce + challenge * key) % ORDER != 0)
    assert respond(raw(nonce), raw(key), challenge) == raw(expected)
    assert add_scaled(raw(nonce), raw(key), challenge) == raw((nonce + challenge * key) % ORDER)
    assert add_scaled(None, raw(key), challenge) == raw(challenge * key % ORDER)


def test_add_scaled__to_zero__refused() -> None:
    with pytest.raises(InvalidElement, match="zero"):
        add_scaled(raw(5), raw(5), ORDER - 1)


def test_random_scalar__every_time__another() -> None:
    found = {random_scalar() for _ in range(20)}
    assert len(found) == 20
    assert all(map(is_scalar, found))


def test_from_affine__coordinates__same_point() -> None:
    assert from_affine(GENERATOR.point()).format() == GENERATOR.format()
