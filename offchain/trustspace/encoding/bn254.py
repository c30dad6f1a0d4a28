"""The curve BN254 (alt_bn128) of proofs, and its points as files and contracts hold them.

A point of G1 is x || y, 32 bytes each, big endian; sixty-four zeros are the identity. A point of G2 lies on the twist
over the field of elements c0 + c1 * i and is x.c0 || x.c1 || y.c0 || y.c1: the order of Barretenberg's files. (EIP-197,
and so a Solidity verifier, has c1 before c0.) G1 is the whole curve, so a point on the curve is in the group; G2 is not
the whole twist: `trustspace.crypto.pairing` checks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.encoding.weierstrass import IDENTITY, Curve, Point
from trustspace.errors import InvalidElement

if TYPE_CHECKING:
    from collections.abc import Iterable

BN254 = Curve(
    modulus=21888242871839275222246405745257275088696311157297823662689037894645226208583,
    b=3,
    order=FIELD_MODULUS,
    generator=(1, 2),
)
COORDINATE_BYTES = 32
POINT_BYTES = 64
TWIST_POINT_BYTES = 128

TwistPoint = tuple[int, int, int, int]
"""x.c0, x.c1, y.c0, y.c1."""

TWIST_GENERATOR: TwistPoint = (
    10857046999023057135944570762232829481370756359578518086990519993285655852781,
    11559732032986387107991004021392285783925812861821192530917403151452391805634,
    8495653923123431417604973247489272438418190587263600148770280649306958101930,
    4082367875863433681332203403145435568316851327593401208105741076214120093531,
)

IGNITION_TAU: TwistPoint = (  # public constants, not-a-key: whole file
    0x0118C4D5B837BCC2BC89B5B398B5974E9F5944073B32078B7E231FEC938883B0,
    0x260E01B251F6F1C7E7FF4E580791DEE8EA51D87A358E038B4EFE30FAC09383C1,
    0x22FEBDA3C0C0632A56475B4214E5615E11E6DD3F96E6CEA2854A87D4DACC5E55,
    0x04FC6369F7110FE3D25156C1BB9A72859CF2A04641F99BA4EE413C80DA6A5FE4,
)
"""tau in G2 of Aztec's Ignition ceremony of 2019, as the verifiers that Barretenberg generates hold it."""


def encode_point(point: Point) -> bytes:
    """64 bytes of one point of G1."""
    return point[0].to_bytes(COORDINATE_BYTES, "big") + point[1].to_bytes(COORDINATE_BYTES, "big")


def encode_points(points: Iterable[Point]) -> bytes:
    """The points of G1 one after the other."""
    return b"".join(map(encode_point, points))


def read_points(raw: bytes) -> list[Point]:
    """Points of G1 as they stand: no check but of the length. Raises InvalidElement."""
    if len(raw) % POINT_BYTES:
        raise InvalidElement(f"{len(raw)} bytes are no whole number of points", remedy="get the cut off file again")
    numbers = _numbers(raw)
    return list(zip(numbers[0::2], numbers[1::2], strict=True))


def require_on_curve(points: Iterable[Point]) -> None:
    """Raises InvalidElement, naming the first point that is the identity or not on the curve."""
    contains = BN254.contains
    for position, point in enumerate(points):
        if not contains(point):
            fault = "is the identity" if point == IDENTITY else "is not on the curve BN254"
            raise InvalidElement(fault, where=f"point {position}", remedy="do not use these points")


def encode_twist_point(point: TwistPoint) -> bytes:
    """128 bytes of one point of G2."""
    return b"".join(coordinate.to_bytes(COORDINATE_BYTES, "big") for coordinate in point)


def read_twist_point(raw: bytes) -> TwistPoint:
    """A point of G2 as it stands. Raises InvalidElement for another length."""
    if len(raw) != TWIST_POINT_BYTES:
        raise InvalidElement(
            f"a point of G2 has {TWIST_POINT_BYTES} bytes, not {len(raw)}", remedy="get the file again"
        )
    x0, x1, y0, y1 = _numbers(raw)
    return x0, x1, y0, y1


def _numbers(raw: bytes) -> list[int]:
    return [int.from_bytes(raw[at : at + COORDINATE_BYTES], "big") for at in range(0, len(raw), COORDINATE_BYTES)]
