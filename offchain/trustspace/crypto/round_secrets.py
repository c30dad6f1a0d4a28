"""What a party keeps secret for one round: an X25519 round key and the seed of its own mask, both fresh.

Their shares travel sealed: ChaCha20-Poly1305 (RFC 8439) under a key from the run-long X25519 agreement of the two ends.
The HKDF info holds the sender's round key too, which is drawn afresh for every offer: no key ever seals twice, hence
nonce 0. Associated data: run, round, sender, receiver.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from trustspace.crypto.masks import KEY_BYTES, MaskKey, derive_key
from trustspace.crypto.shamir import SHARE_BYTES, split
from trustspace.errors import CommitmentMismatch

if TYPE_CHECKING:
    from collections.abc import Sequence

_NONCE = bytes(12)
_SEAL = b"trustspace.share.v1"
_HEAD = 2 * KEY_BYTES + 2
_ROW = 2 + 2 * SHARE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePair:
    """A holder's two shares of one dealer's secrets, 33 bytes each; it gives away one of them at most."""

    seed: bytes = field(repr=False)
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSecrets:
    """Fresh for every offer, forgotten when the round is over.

    Bytes, for the party's own memory: private round key 32 | seed 32 | holders 2 | (holder 2 | shares 33 + 33) each.
    """

    key: MaskKey
    seed: bytes = field(repr=False)
    shares: dict[int, SharePair] = field(repr=False)

    @classmethod
    def draw(cls, holders: Sequence[int], threshold: int) -> RoundSecrets:
        """Draw from the operating system's generator and share among `holders` (the party itself included)."""
        private, seed = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
        of_key, of_seed = split(private, threshold, holders), split(seed, threshold, holders)
        pairs = {holder: SharePair(seed=of_seed[holder], key=of_key[holder]) for holder in holders}
        return cls(key=MaskKey(private), seed=seed, shares=pairs)

    def to_bytes(self) -> bytes:
        """The layout above."""
        shares = b"".join(
            holder.to_bytes(2, "big") + pair.seed + pair.key for holder, pair in sorted(self.shares.items())
        )
        return self.key.private + self.seed + len(self.shares).to_bytes(2, "big") + shares

    @classmethod
    def from_bytes(cls, raw: bytes) -> tuple[RoundSecrets, bytes]:
        """Inverse of `to_bytes`, and what follows it."""
        count = int.from_bytes(raw[2 * KEY_BYTES : _HEAD], "big")
        rows = [raw[at : at + _ROW] for at in range(_HEAD, _HEAD + count * _ROW, _ROW)]
        pairs = {
            int.from_bytes(row[:2], "big"): SharePair(seed=row[2 : 2 + SHARE_BYTES], key=row[2 + SHARE_BYTES :])
            for row in rows
        }
        key = MaskKey(raw[:KEY_BYTES])
        return cls(key=key, seed=raw[KEY_BYTES : 2 * KEY_BYTES], shares=pairs), raw[_HEAD + count * _ROW :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Between whom and for which round a pair of shares is sealed. `sender_key`: the sender's public round key."""

    run: bytes
    round: int
    sender: int
    receiver: int
    sender_key: bytes

    @property
    def bound(self) -> bytes:
        """Associated data."""
        ids = self.sender.to_bytes(2, "big") + self.receiver.to_bytes(2, "big")
        return self.run + self.round.to_bytes(4, "big") + ids

    def seal(self, own: MaskKey, peer_public: bytes, pair: SharePair) -> bytes:
        """Encrypt for the receiver with the run-long keys."""
        return self._cipher(own, peer_public, self.receiver).encrypt(_NONCE, pair.seed + pair.key, self.bound)

    def open(self, own: MaskKey, peer_public: bytes, sealed: bytes) -> SharePair:
        """Decrypt as the receiver. Raises CommitmentMismatch naming the sender."""
        try:
            raw = self._cipher(own, peer_public, self.sender).decrypt(_NONCE, sealed, self.bound)
        except InvalidTag as error:
            raise CommitmentMismatch(
                "sealed shares cannot be opened",
                where=f"party {self.sender}, round {self.round}",
                remedy="they were altered, or sealed for another party, round or run",
            ) from error
        return SharePair(seed=raw[:SHARE_BYTES], key=raw[SHARE_BYTES:])

    def _cipher(self, own: MaskKey, peer_public: bytes, peer: int) -> ChaCha20Poly1305:
        shared = own.shared_with(peer_public, peer=peer)
        return ChaCha20Poly1305(derive_key(shared, _SEAL + self.bound + self.sender_key))
