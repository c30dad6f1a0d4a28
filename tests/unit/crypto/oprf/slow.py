"""A second implementation of the whole function in plain Python: affine points, no library, nothing constant in time.

It is the reference that the quick one must equal, and the baseline that the bench compares with.
"""

from __future__ import annotations

from hashlib import sha256

from tests.unit.crypto.oprf.published import compressed, multiply
from trustspace.crypto.oprf.hash_to_curve import FIELD, Weierstrass, hash_to_curve
from trustspace.crypto.oprf.secp256k1 import ORDER
from trustspace.crypto.oprf.suite import SECP256K1

CURVE = Weierstrass(p=FIELD, a=0, b=7, z=FIELD - 11)


def slow_output(key: int, message: bytes) -> bytes:
    """Finalize(message, key * H(message)), its bytes written out again."""
    point = compressed(multiply(CURVE, key % ORDER, hash_to_curve(message, SECP256K1.group_dst)))
    return sha256(len(message).to_bytes(2, "big") + message + b"\x00\x21" + point + b"Finalize").digest()
