"""`expand_message_xmd` with SHA-256 and `hash_to_field` of RFC 9380, sections 5.2 and 5.3."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from hashlib import _Hash

ELEMENT_BYTES = 48
"""L = ceil((256 + 128) / 8): what a number below a 256-bit prime is reduced from."""
_DIGEST = 32
_BLOCK = 64
_MOST_DST = 255
_PADDED = sha256(bytes(_BLOCK))


def expand_message(message: bytes, dst: bytes, length: int) -> bytes:
    """`length` uniform bytes from `message`, apart for every `dst`. Raises OutOfRange beyond 255 blocks."""
    blocks = -(-length // _DIGEST)
    if blocks > 255:
        raise OutOfRange(f"{length} bytes cannot be expanded", remedy="ask for at most 8160")
    suffix = _dst_prime(dst)
    first = _PADDED.copy()
    first.update(message + length.to_bytes(2, "big") + b"\0" + suffix)
    seed = first.digest()
    block = _next(seed, 1, suffix)
    uniform = [block]
    for number in range(2, blocks + 1):
        mixed = int.from_bytes(seed, "big") ^ int.from_bytes(block, "big")
        block = _next(mixed.to_bytes(_DIGEST, "big"), number, suffix)
        uniform.append(block)
    return b"".join(uniform)[:length]


def hash_to_field(message: bytes, dst: bytes, count: int, modulus: int) -> tuple[int, ...]:
    """`count` numbers below a prime of 256 bits, each within 2^-128 of uniform."""
    uniform = expand_message(message, dst, count * ELEMENT_BYTES)
    return tuple(
        int.from_bytes(uniform[start : start + ELEMENT_BYTES], "big") % modulus
        for start in range(0, len(uniform), ELEMENT_BYTES)
    )


@lru_cache(maxsize=64)
def _dst_prime(dst: bytes) -> bytes:
    if len(dst) > _MOST_DST:
        dst = sha256(b"H2C-OVERSIZE-DST-" + dst).digest()
    return dst + bytes([len(dst)])


def _next(block: bytes, number: int, suffix: bytes) -> bytes:
    state: _Hash = sha256(block)
    state.update(bytes([number]) + suffix)
    return state.digest()
