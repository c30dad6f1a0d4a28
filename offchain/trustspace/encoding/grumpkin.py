"""The Grumpkin curve y^2 = x^3 - 17 over the BN254 scalar field, and Pedersen vector commitments on it.

A proof over BN254 adds and multiplies Grumpkin points cheaply, so commitments of several sources can be added up inside
a proof.

    commitment = scalar 0 * G_0 + scalar 1 * G_1 + ... + blinding * H

hides its scalars perfectly and binds to them as long as nobody knows a relation between the bases. The bases are drawn
from a text by hashing until x is on the curve, so nobody can.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.encoding.weierstrass import Bases, Curve, Point

GRUMPKIN = Curve(
    modulus=FIELD_MODULUS,
    b=-17,
    order=21888242871839275222246405745257275088696311157297823662689037894645226208583,
    generator=(1, 17631683881184975370165255887551781615748388533673675138860),
)
_TWO_ADICITY = 28


def draw_points(text: str, count: int) -> tuple[Point, ...]:
    """`count` points of which nobody knows a relation.

    Point i is the first of its tries whose x is on the curve, with the even y:
    x = SHA-256(text || "/" || i || "/" || try) in decimal and ASCII, read big endian, the highest two bits cleared, and
    thrown away when it is not below the field modulus.
    """
    return tuple(_draw_point(f"{text}/{index}") for index in range(count))


def _draw_point(text: str) -> Point:
    attempt = 0
    while True:
        digest = sha256(f"{text}/{attempt}".encode("ascii")).digest()
        x = int.from_bytes(digest, "big") & ((1 << 254) - 1)
        y = _square_root((x * x * x + GRUMPKIN.b) % FIELD_MODULUS) if x < FIELD_MODULUS else None
        if y is not None:
            return x, y if y % 2 == 0 else FIELD_MODULUS - y
        attempt += 1


def _square_root(value: int) -> int | None:
    """A root modulo the field modulus, or None: Tonelli and Shanks, 5 being no square of this field."""
    if pow(value, (FIELD_MODULUS - 1) // 2, FIELD_MODULUS) != 1:
        return None
    odd = (FIELD_MODULUS - 1) >> _TWO_ADICITY
    root, rest = pow(value, (odd + 1) // 2, FIELD_MODULUS), pow(value, odd, FIELD_MODULUS)
    twist, size = pow(5, odd, FIELD_MODULUS), _TWO_ADICITY
    while rest != 1:
        power, square = 0, rest
        while square != 1:
            square = square * square % FIELD_MODULUS
            power += 1
        factor = pow(twist, 1 << (size - power - 1), FIELD_MODULUS)
        root, twist, size = root * factor % FIELD_MODULUS, factor * factor % FIELD_MODULUS, power
        rest = rest * twist % FIELD_MODULUS
    return root


@cache
def pedersen_bases(text: str, count: int) -> Bases:
    """`count` bases for scalars and a last one, H, for the blinding, all drawn from the text."""
    return Bases(GRUMPKIN, draw_points(text, count + 1))
