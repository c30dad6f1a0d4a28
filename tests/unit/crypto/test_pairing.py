"""Vectors: the suite of Ethereum's precompiles at 0x07 (EIP-196, `chfast1`) and 0x08 (EIP-197, `jeff1`); not-a-key."""

from __future__ import annotations

import sys

import pytest

from trustspace.crypto import pairing
from trustspace.crypto.pairing import multiply_twist, pairings_cancel, require_in_twist_group
from trustspace.encoding.bn254 import BN254, TWIST_GENERATOR, TwistPoint, encode_point, read_points
from trustspace.encoding.weierstrass import IDENTITY, Point
from trustspace.errors import InvalidElement, ToolMissing

JEFF1 = bytes.fromhex(
    "1c76476f4def4bb94541d57ebba1193381ffa7aa76ada664dd31c16024c43f593034dd2920f673e204fee2811c678745fc819b55d3e9d294e45c9b03a76aef41"
    "209dd15ebff5d46c4bd888e51a93cf99a7329636c63514396b4a452003a35bf704bf11ca01483bfa8b34b43561848d28905960114c8ac04049af4b6315a41678"
    "2bb8324af6cfc93537a2ad1a445cfd0ca2a71acd7ac41fadbf933c2a51be344d120a2a4cf30c1bf9845f20c6fe39e07ea2cce61f0c9bb048165fe5e4de877550"
    "111e129f1cf1097710d41c4ac70fcdfa5ba2023c6ff1cbeac322de49d1b6df7c2032c61a830e3c17286de9462bf242fca2883585b93870a73853face6a6bf411"
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"
)
CHFAST1 = (
    "2bd3e6d0f3b142924f5ca7b49ce5b9d54c4703d7ae5648e61d02268b1a0a9fb721611ce0a6af85915e2f1d70300909ce2e49dfad4a4619c8390cae66cefdb204",
    0x11138CE750FA15C2,
    "070a8d6a982153cae4be29d434e8faef8a47b274a053f5a4ee2a6c9c13c31e5c031b8ce914eba3a9ffb989f9cdd5b0f01943074bf4f0f315690ec3cec6981afc",
)
OFF_GROUP: TwistPoint = (  # on the twist, of another order: the first x = 1, 2, ... with a root
    1,
    0,
    18278151005453108793778860132295291098363647455926340152056652516292830556603,
    5912654199736721486680175016176231956195085055698687135131307249486702594212,
)


def pairs_of(words: bytes) -> list[tuple[Point, TwistPoint]]:
    """As EIP-197 writes them: c1 before c0."""
    numbers = [int.from_bytes(words[at : at + 32], "big") for at in range(0, len(words), 32)]
    return [((x, y), (a, b, c, d)) for x, y, b, a, d, c in zip(*[iter(numbers)] * 6, strict=True)]


def test_multiply__published_vector__same_point() -> None:
    point, scalar, product = CHFAST1
    assert encode_point(BN254.multiply(scalar, read_points(bytes.fromhex(point))[0])).hex() == product


def test_pairings_cancel__published_vector__true_and_false_when_changed() -> None:
    (first, one), (second, two) = pairs_of(JEFF1)
    for twist_point in (one, two):
        require_in_twist_group(twist_point)
    assert pairings_cancel([(first, one), (second, two)])
    assert not pairings_cancel([(first, two), (second, one)])
    assert not pairings_cancel([(BN254.negate(first), one), (second, two)])


def test_pairings_cancel__scalars_on_either_side__move_across() -> None:
    left = BN254.multiply(5, BN254.generator)
    right = BN254.negate(BN254.generator)
    assert pairings_cancel([(left, TWIST_GENERATOR), (right, multiply_twist(5))])
    assert not pairings_cancel([(left, TWIST_GENERATOR), (right, multiply_twist(6))])
    assert pairings_cancel([(IDENTITY, TWIST_GENERATOR)])


def test_multiply_twist__order_minus_one__the_opposite() -> None:
    x0, x1, y0, y1 = TWIST_GENERATOR
    p = BN254.modulus
    assert multiply_twist(BN254.order - 1) == (x0, x1, p - y0, p - y1)


def test_multiply_twist__by_zero__refused() -> None:
    with pytest.raises(InvalidElement, match="the product is the identity"):
        multiply_twist(BN254.order)


@pytest.mark.parametrize(
    ("point", "fault"),
    [
        ((0, 0, 0, 0), "is the identity"),
        ((TWIST_GENERATOR[0] + BN254.modulus, *TWIST_GENERATOR[1:]), "not reduced"),
        ((*TWIST_GENERATOR[:3], 1), "not on the twist"),
        (OFF_GROUP, "not in the group of prime order"),
    ],
)
def test_require_in_twist_group__bad_point__says_why(point: TwistPoint, fault: str) -> None:
    with pytest.raises(InvalidElement, match=fault):
        require_in_twist_group(point)


def test_pairings__without_the_extra__say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py_ecc.optimized_bn128", None)
    pairing._curve.cache_clear()
    with pytest.raises(ToolMissing, match=r"trustspace\[proving\]"):
        multiply_twist(2)
    pairing._curve.cache_clear()
