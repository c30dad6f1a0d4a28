from __future__ import annotations

from hashlib import sha512

from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.crypto.powers_of_tau import DEV_TEXT, dev_tau, powers_of
from trustspace.encoding.bn254 import BN254
from trustspace.encoding.weierstrass import Point


def slowly(tau: int, start: int, count: int) -> list[Point]:
    return [BN254.multiply(pow(tau, i, BN254.order), BN254.generator) for i in range(start, start + count)]


def test_dev_tau__is_the_hash_of_the_public_text() -> None:
    assert dev_tau() == int(sha512(DEV_TEXT.encode()).hexdigest(), 16) % BN254.order


@settings(max_examples=10, deadline=None)
@given(st.integers(1, BN254.order - 1), st.integers(0, 1 << 20), st.integers(0, 3))
def test_powers_of__any_slice__as_one_by_one(tau: int, start: int, count: int) -> None:
    assert powers_of(tau, start, count) == slowly(tau, start, count)


def test_powers_of__from_zero__begins_with_the_generator() -> None:
    assert powers_of(dev_tau(), 0, 2)[0] == BN254.generator
