"""Key streams of the secure sum: HKDF-SHA256 (RFC 5869) -> AES-128-CTR (NIST SP 800-38A), added in Z_2^32 or Z_2^64.

AES-128-CTR because a round of n parties needs n * (n + 1) streams and this one is twice as fast as ChaCha20 where the
processor has AES instructions; elsewhere OpenSSL's is constant-time too. Every key serves one stream, hence counter 0.

HKDF info, each item behind its length (uint32, big endian):

    "trustspace.sum.v2" | "pair" or "self" | run | round (uint32) | tensor (UTF-8) | id (uint16) | [id (uint16)] | keys

ids and public round keys in the order (lower, higher).
"""

from __future__ import annotations

from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trustspace.crypto.masks import MaskContext

Words = npt.NDArray[np.uint32] | npt.NDArray[np.uint64]

PROTOCOL = b"trustspace.sum.v2"
STREAM_KEY_BYTES = 16
TILE_BYTES = 1 << 16  # fits the second-level cache beside the key stream
_COUNTER = bytes(16)
_NO_SALT = bytes(sha256().digest_size)


def pair_key(shared: bytes, context: MaskContext, low: tuple[int, bytes], high: tuple[int, bytes]) -> bytes:
    """Stream key of two parties (id, public round key) with that X25519 secret in common."""
    ids = low[0].to_bytes(2, "big"), high[0].to_bytes(2, "big")
    return _derive(shared, b"pair", context, *ids, low[1], high[1])


def self_key(seed: bytes, context: MaskContext, party: int) -> bytes:
    """Stream key of a party's own mask."""
    return _derive(seed, b"self", context, party.to_bytes(2, "big"))


def add_streams(total: Words, plus: Iterable[bytes], minus: Iterable[bytes] = ()) -> None:
    """Add and subtract the streams of these keys, in place; `total` is uint32 or uint64 of shape (cells,).

    Goes tile by tile, so that the sum stays in the cache while all streams pass over it.
    """
    streams = [(_stream(key), np.add) for key in plus] + [(_stream(key), np.subtract) for key in minus]
    width = total.dtype.itemsize
    tile = min(TILE_BYTES // width, total.size)
    zeros, stream = memoryview(bytes(tile * width)), bytearray(tile * width + STREAM_KEY_BYTES)
    words = np.frombuffer(stream, dtype=total.dtype.newbyteorder("<"), count=tile)
    for start in range(0, total.size, tile or 1):
        part = total[start : start + tile]
        blank, mask = zeros[: part.nbytes], words[: part.size]
        for fill, operation in streams:
            fill(blank, stream)
            operation(part, mask, out=part)


def _stream(key: bytes) -> Callable[[memoryview, bytearray], int]:
    return Cipher(algorithms.AES(key), modes.CTR(_COUNTER)).encryptor().update_into


def _derive(secret: bytes, kind: bytes, context: MaskContext, *items: bytes) -> bytes:
    parts = (PROTOCOL, kind, context.run, context.round.to_bytes(4, "big"), context.tensor.encode(), *items)
    info = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return digest(digest(_NO_SALT, secret, "sha256"), info + b"\x01", "sha256")[:STREAM_KEY_BYTES]
