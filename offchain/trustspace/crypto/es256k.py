"""ES256K: ECDSA over secp256k1 with SHA-256, as JOSE writes it (RFC 8812, section 3.2).

A signature is 64 bytes r | s (RFC 7518, section 3.4). Stricter than the standard in one thing: s must be in the lower
half, so that nobody makes a second signature of a first. What is signed begins in base64url text and is hashed by
SHA-256; transactions and typed messages are hashed by Keccak-256 after bytes that no text has: no signature of one
kind can serve as another.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from coincurve import PublicKey
from coincurve.ecdsa import cdata_to_der, deserialize_compact

if TYPE_CHECKING:
    from trustspace.crypto.signing import SigningKey

SIGNATURE_BYTES = 64
PUBLIC_BYTES = 64
_UNCOMPRESSED = b"\x04"


def sign(key: SigningKey, content: bytes) -> bytes:
    """The 64-byte signature of `content`."""
    return key.sign(sha256(content).digest())[:SIGNATURE_BYTES]


def is_signed(content: bytes, signature: bytes, public: bytes) -> bool:
    """Whether `signature` of `content` is that of the key x | y. False for a point off the curve and for a high s."""
    if len(signature) != SIGNATURE_BYTES or len(public) != PUBLIC_BYTES:
        return False
    try:
        key = PublicKey(_UNCOMPRESSED + public)
        return key.verify(cdata_to_der(deserialize_compact(signature)), content)
    except ValueError:  # no point of the curve, or r or s not below its order
        return False
