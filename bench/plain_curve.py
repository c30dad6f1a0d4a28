"""The baseline of `./run bench fingerprints`: the same protocol with nothing but Python's integers.

Jacobian coordinates on secp256k1, double and add; nothing precomputed, nothing constant in time.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from trustspace.crypto.oprf.hash_to_curve import FIELD, hash_to_curve
from trustspace.crypto.oprf.replicated import weights
from trustspace.crypto.oprf.secp256k1 import ORDER
from trustspace.crypto.oprf.suite import SECP256K1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.crypto.oprf.hash_to_curve import Affine

Jacobian = tuple[int, int, int]
INFINITY: Jacobian = (1, 1, 0)
GENERATOR: Affine = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,  # not-a-key
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,  # not-a-key
)


def double(point: Jacobian) -> Jacobian:
    """2 * point (a = 0)."""
    x, y, z = point
    square = y * y % FIELD
    s = 4 * x * square % FIELD
    m = 3 * x * x % FIELD
    x3 = (m * m - 2 * s) % FIELD
    return x3, (m * (s - x3) - 8 * square * square) % FIELD, 2 * y * z % FIELD


def add(first: Jacobian, second: Jacobian) -> Jacobian:
    """Sum of two points."""
    if not first[2] or not second[2]:
        return second if not first[2] else first
    (x1, y1, z1), (x2, y2, z2) = first, second
    zz1, zz2 = z1 * z1 % FIELD, z2 * z2 % FIELD
    u1, u2 = x1 * zz2 % FIELD, x2 * zz1 % FIELD
    s1, s2 = y1 * zz2 * z2 % FIELD, y2 * zz1 * z1 % FIELD
    if u1 == u2:
        return double(first) if s1 == s2 else INFINITY
    h, r = (u2 - u1) % FIELD, (s2 - s1) % FIELD
    h2 = h * h % FIELD
    h3, v = h * h2 % FIELD, u1 * h2 % FIELD
    x3 = (r * r - h3 - 2 * v) % FIELD
    return x3, (r * (v - x3) - s1 * h3) % FIELD, h * z1 * z2 % FIELD


def combined(*terms: tuple[int, Affine]) -> Affine:
    """Sum of scalar * point."""
    total = INFINITY
    for scalar, (x, y) in terms:
        product = INFINITY
        for bit in f"{scalar % ORDER:b}":
            product = double(product)
            if bit == "1":
                product = add(product, (x, y, 1))
        total = add(total, product)
    x, y, z = total
    inverse = pow(z, -1, FIELD)
    return x * inverse * inverse % FIELD, y * inverse * inverse * inverse % FIELD


def compressed(point: Affine) -> bytes:
    """33 bytes."""
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32, "big")


def fingerprint(message: bytes, shares: Mapping[int, int]) -> bytes:
    """Blind, evaluate with a proof at every node, verify each, combine, unblind: one input."""
    factor = secrets.randbelow(ORDER - 1) + 1
    blinded = combined((factor, hash_to_curve(message, SECP256K1.group_dst)))
    answers = [_verified(blinded, *_evaluated(blinded, key)) for _, key in sorted(shares.items())]
    nodes = tuple(sorted(shares))
    whole = combined(*zip(weights(nodes), answers, strict=True))
    return SECP256K1.finalize(message, compressed(combined((pow(factor, -1, ORDER), whole))))


def _evaluated(blinded: Affine, key: int) -> tuple[Affine, Affine, int, int]:
    """Public key, answer, challenge and response."""
    public, answer = combined((key, GENERATOR)), combined((key, blinded))
    (weight,) = SECP256K1.composite_scalars(compressed(public), [compressed(blinded)], [compressed(answer)])
    m = combined((weight, blinded))
    nonce = secrets.randbelow(ORDER - 1) + 1
    points = (m, combined((key, m)), combined((nonce, GENERATOR)), combined((nonce, m)))
    challenge = SECP256K1.challenge(compressed(public), *map(compressed, points))
    return public, answer, challenge, (nonce - challenge * key) % ORDER


def _verified(blinded: Affine, public: Affine, answer: Affine, challenge: int, response: int) -> Affine:
    (weight,) = SECP256K1.composite_scalars(compressed(public), [compressed(blinded)], [compressed(answer)])
    m, z = combined((weight, blinded)), combined((weight, answer))
    t2 = combined((response, GENERATOR), (challenge, public))
    t3 = combined((response, m), (challenge, z))
    assert SECP256K1.challenge(compressed(public), *map(compressed, (m, z, t2, t3))) == challenge
    return answer
