from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.crypto.oprf.published import P256, P256_SUITE, compressed, multiply, number, published
from trustspace.crypto.oprf.hash_to_curve import FIELD, ISOGENOUS, hash_to_curve, isogeny
from trustspace.crypto.oprf.hash_to_field import hash_to_field
from trustspace.errors import OutOfRange


@pytest.mark.parametrize("place", range(5))
def test_hash_to_curve__published_vectors__equal(place: int) -> None:
    suite = published()["hash_to_curve"]
    vector, dst = suite["vectors"][place], suite["dst"].encode()
    message = vector["msg"].encode()
    fields = hash_to_field(message, dst, 2, FIELD)
    assert fields == tuple(map(number, vector["u"]))
    for name, u in zip(("Q0", "Q1"), fields, strict=True):
        assert isogeny(ISOGENOUS.map_to_curve(u)) == (number(vector[name]["x"]), number(vector[name]["y"]))
    assert hash_to_curve(message, dst) == (number(vector["P"]["x"]), number(vector["P"]["y"]))


@pytest.mark.parametrize("place", [0, 1])
def test_map__on_p256__blinded_elements_of_the_rfc(place: int) -> None:
    """The same map on another curve, without isogeny: HashToGroup of RFC 9497 times the RFC's blind."""
    vector = published()["voprf_p256"]["vectors"][place]
    first, second = hash_to_field(bytes.fromhex(vector["Input"]), P256_SUITE.group_dst, 2, P256.p)
    point = P256.add(P256.map_to_curve(first), P256.map_to_curve(second))
    assert compressed(multiply(P256, number(vector["Blind"]), point)).hex() == vector["BlindedElement"]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, FIELD - 1))
def test_map__any_field_element__is_on_the_curve(u: int) -> None:
    x, y = ISOGENOUS.map_to_curve(u)
    assert (y * y - x**3 - ISOGENOUS.a * x - ISOGENOUS.b) % FIELD == 0
    assert y % 2 == u % 2
    x, y = isogeny((x, y))
    assert (y * y - x**3 - 7) % FIELD == 0


def test_map__the_exceptional_element__is_on_the_curve() -> None:
    x, y = ISOGENOUS.map_to_curve(0)
    assert (y * y - x**3 - ISOGENOUS.a * x - ISOGENOUS.b) % FIELD == 0


def test_add__same_point_doubles_and_opposite_points__refused() -> None:
    point = ISOGENOUS.map_to_curve(5)
    double = ISOGENOUS.add(point, point)
    assert ISOGENOUS.add(double, (point[0], FIELD - point[1])) == point
    with pytest.raises(OutOfRange, match="infinity"):
        ISOGENOUS.add(point, (point[0], FIELD - point[1]))
