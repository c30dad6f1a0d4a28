"""Mask streams in Z_2^64: X25519 (RFC 7748) -> HKDF-SHA256 (RFC 5869) -> ChaCha20 (RFC 8439).

Two kinds, kept apart by the HKDF info:

- pairwise: every pair of parties shares a stream; the lower id adds it and the higher subtracts it, so that the
  masks of a complete set of parties cancel in the sum (Bonawitz et al. 2017, section 4);
- receiver: a source and the receiver of a total share a stream; the source adds it, only the receiver can take it off.

HKDF info, each item behind its length (uint32, big endian):

    "trustspace.mask.v1" | kind | run | round (uint32) | tensor (UTF-8) | id (uint16) | id (uint16) | key | key

ids and public keys in the order (lower, higher) for pairwise streams and (source, receiver) for receiver streams.
A derived key is used for one stream only, hence counter and nonce zero.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from trustspace.encoding.fixed_point import UInt64s
from trustspace.errors import InputError, InvalidKey, MaskReuse, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

PROTOCOL = b"trustspace.mask.v1"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskContext:
    """What one mask stream is for. `run` is a training run's id or a digest of all that fixes an aggregation."""

    run: bytes
    round: int
    tensor: str

    def __post_init__(self) -> None:
        if not 0 <= self.round < 2**32:
            raise OutOfRange(f"round {self.round} is not a uint32", where=self.tensor, remedy="count rounds from 1")

    def __str__(self) -> str:
        return f"run {self.run.hex()[:16]}, round {self.round}, tensor {self.tensor}"


class MaskKey:
    """A party's X25519 key for one run. `private` goes nowhere but into the party's own memory; `repr` hides it."""

    __slots__ = ("_private", "_shared", "public")

    def __init__(self, private: bytes) -> None:
        """Take the 32 private bytes. Raises InvalidKey for any other length."""
        if len(private) != KEY_BYTES:
            raise InvalidKey(f"an X25519 key has 32 bytes, not {len(private)}", remedy="use MaskKey.generate()")
        self._private = X25519PrivateKey.from_private_bytes(private)
        self._shared: dict[bytes, bytes] = {}
        self.public: bytes = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> MaskKey:
        """A fresh key from the operating system's generator."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @property
    def private(self) -> bytes:
        """The 32 private bytes."""
        return self._private.private_bytes_raw()

    def __repr__(self) -> str:
        return f"MaskKey(public={self.public.hex()})"

    def shared_with(self, peer_public: bytes, *, peer: int | str = "") -> bytes:
        """X25519 shared secret (32 bytes), cached. Raises InvalidKey for a short or low-order peer key."""
        known = self._shared.get(peer_public)
        if known is None:
            try:
                known = self._private.exchange(X25519PublicKey.from_public_bytes(peer_public))
            except ValueError as error:
                raise InvalidKey(
                    "not a usable X25519 public key (wrong length or of low order)",
                    where=f"party {peer}",
                    remedy="that party must register a fresh mask key",
                ) from error
            self._shared[peer_public] = known
        return known


def derive_key(shared: bytes, info: bytes, *, salt: bytes | None = None, length: int = KEY_BYTES) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(shared)


def key_stream(key: bytes, count: int) -> UInt64s:
    """ChaCha20 key stream (RFC 8439, nonce 0, counter 0) as `count` uint64 words, little endian."""
    cipher = Cipher(algorithms.ChaCha20(key, bytes(16)), mode=None).encryptor()
    return np.frombuffer(cipher.update(bytes(8 * count)), dtype="<u8").astype(np.uint64)


def pairwise_stream(
    own: MaskKey, own_id: int, peer_id: int, peer_public: bytes, context: MaskContext, count: int
) -> UInt64s:
    """The signed mask `own_id` adds against `peer_id`, shape (count,): the two parties' results sum to zero.

    Raises InvalidKey for an unusable peer key and OutOfRange when both ids are the same.
    """
    if own_id == peer_id:
        raise OutOfRange("a party cannot mask against itself", where=f"party {own_id}", remedy="give distinct ids")
    first, second = (own_id, own.public), (peer_id, peer_public)
    lower, higher = (first, second) if own_id < peer_id else (second, first)
    stream = key_stream(_stream_key(own, peer_id, peer_public, b"pairwise", context, lower, higher), count)
    return stream if own_id < peer_id else np.negative(stream)


def receiver_stream(
    own: MaskKey, peer_public: bytes, context: MaskContext, count: int, *, source_id: int, receiver_id: int, own_id: int
) -> UInt64s:
    """The stream shared by a source and the receiver, shape (count,): same result on both sides.

    The source adds it to what it sends; the receiver subtracts every source's stream from the total.
    `own_id` says which of the two ends is calling. Raises InvalidKey for an unusable peer key.
    """
    if own_id not in (source_id, receiver_id):
        raise OutOfRange(
            f"party {own_id} is neither source nor receiver", where=str(context), remedy="pass own_id of one end"
        )
    is_source = own_id == source_id
    own_end, peer_end = (own_id, own.public), (receiver_id if is_source else source_id, peer_public)
    source, receiver = (own_end, peer_end) if is_source else (peer_end, own_end)
    return key_stream(_stream_key(own, peer_end[0], peer_public, b"receiver", context, source, receiver), count)


def pairwise_mask(own: MaskKey, own_id: int, peers: Mapping[int, bytes], context: MaskContext, count: int) -> UInt64s:
    """Sum of the pairwise streams against all `peers` (id -> public key; the own id is skipped), shape (count,)."""
    total = np.zeros(count, dtype=np.uint64)
    for peer_id in sorted(peers):
        if peer_id != own_id:
            total += pairwise_stream(own, own_id, peer_id, peers[peer_id], context, count)
    return total


class MaskBook:
    """Remembers what each mask context covered, so that one stream can never cover two different vectors.

    Two ciphertexts under one stream would reveal the difference of the vectors. Tags are keyed, so that they cannot be
    used to guess the vectors.
    """

    __slots__ = ("_seen", "_tag_key")

    def __init__(self, *, seen: MutableMapping[bytes, bytes] | None = None, tag_key: bytes | None = None) -> None:
        """Start in memory, or with a persistent mapping (context -> tag) and the 32 bytes that key its tags.

        Raises InputError for one without the other: under another key every kept tag would look like other data.
        """
        if (seen is None) != (tag_key is None):
            raise InputError(
                "a kept mapping and its tag key belong together", where="mask book", remedy="pass both or none"
            )
        if tag_key is not None and len(tag_key) != KEY_BYTES:
            raise InvalidKey(
                f"a tag key has {KEY_BYTES} bytes, not {len(tag_key)}",
                where="mask book",
                remedy="keep the key that the mapping began with",
            )
        self._seen: MutableMapping[bytes, bytes] = {} if seen is None else seen
        self._tag_key = secrets.token_bytes(KEY_BYTES) if tag_key is None else tag_key

    def claim(self, context: MaskContext, payload: bytes, *, party: int | str = "") -> None:
        """Record that `context` covers `payload`; the same pair again is a no-op.

        Raises MaskReuse when the context already covered other data.
        """
        place = _prefixed(PROTOCOL, *_context_items(context))
        tag = hmac.digest(self._tag_key, _prefixed(place, payload), "sha256")
        if not hmac.compare_digest(self._seen.setdefault(place, tag), tag):
            raise MaskReuse(
                f"this mask already covered other data ({context})",
                where=f"party {party}",
                remedy="open a new run (or operation) instead of repeating this one with changed data",
            )


def _stream_key(
    own: MaskKey,
    peer_id: int,
    peer_public: bytes,
    kind: bytes,
    context: MaskContext,
    first: tuple[int, bytes],
    second: tuple[int, bytes],
) -> bytes:
    ids = (end[0].to_bytes(2, "big") for end in (first, second))
    info = _prefixed(PROTOCOL, kind, *_context_items(context), *ids, first[1], second[1])
    return derive_key(own.shared_with(peer_public, peer=peer_id), info)


def _context_items(context: MaskContext) -> tuple[bytes, bytes, bytes]:
    return context.run, context.round.to_bytes(4, "big"), context.tensor.encode()


def _prefixed(*items: bytes) -> bytes:
    return b"".join(len(item).to_bytes(4, "big") + item for item in items)
