"""Bytes of the two small messages in a round of the secure sum. Integers are big endian.

Offer: a party's public round key, and hashes of what it shared out. The sealed shares travel beside it.

    "TSO2" | run 32 | round 4 | participant 2 | round key 32 | SHA-256 of the seed 32
    rows 4 | root of their commitments 32 | holders 2
    then for each holder, ascending: id 2 | SHA-256 of the share of the seed 32 | SHA-256 of the share of the key 32

Answer: one share for each peer, of the seed of a survivor or of the key of one that left.

    "TSA1" | run 32 | round 4 | participant 2 | survivors 32 (bitmap, as on chain) | shares 2
    then for each dealer, ascending: id 2 | kind 1 (1 seed, 2 key) | share 33

A round's roster is SHA-256 over the SHA-256 of all offers, ascending by participant.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from trustspace.domain.sums import NOTHING_STATED, DataStatement
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OFFER = struct.Struct(">4s32sIH32s32sI32sH")
_HOLDER = struct.Struct(">H32s32s")
_ANSWER = struct.Struct(">4s32sIH32sH")
_SHARE = struct.Struct(">HB33s")
_WORDS = {_OFFER: b"TSO2", _ANSWER: b"TSA1"}


class ShareKind(IntEnum):
    """Which of a dealer's two secrets a share belongs to."""

    SEED = 1
    KEY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`holders`: id -> hashes of its shares of seed and key. `data`: the same in every round of a run."""

    run: bytes
    round: int
    participant: int
    key: bytes
    seed_hash: bytes
    holders: Mapping[int, tuple[bytes, bytes]]
    data: DataStatement = NOTHING_STATED

    def to_bytes(self) -> bytes:
        """The layout above."""
        owner = (self.run, self.round, self.participant, self.key, self.seed_hash)
        head = _OFFER.pack(b"TSO2", *owner, self.data.rows, self.data.root, len(self.holders))
        return head + b"".join(_HOLDER.pack(holder, *self.holders[holder]) for holder in sorted(self.holders))

    @classmethod
    def from_bytes(cls, raw: bytes, *, where: str) -> Offer:
        """Inverse of `to_bytes`. Raises OutOfRange for bytes of another layout."""
        run, number, participant, key, seed_hash, data_rows, root, count = _head(_OFFER, raw, where)
        rows = _rows(_OFFER, _HOLDER, raw, count, where)
        holders = {holder: (of_seed, of_key) for holder, of_seed, of_key in rows}
        return cls(
            run=run,
            round=number,
            participant=participant,
            key=key,
            seed_hash=seed_hash,
            holders=holders,
            data=DataStatement(rows=data_rows, root=root),
        )

    def fits(self, holder: int, kind: ShareKind, share: bytes) -> bool:
        """Whether this is the share that the offer's hash announced."""
        return holder in self.holders and self.holders[holder][kind - 1] == sha256(share).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`shares`: dealer -> kind and share. `survivors`: the bitmap that the party read on the ledger."""

    run: bytes
    round: int
    participant: int
    survivors: int
    shares: Mapping[int, tuple[ShareKind, bytes]] = field(repr=False)

    def to_bytes(self) -> bytes:
        """The layout above."""
        survivors = self.survivors.to_bytes(32, "big")
        head = _ANSWER.pack(b"TSA1", self.run, self.round, self.participant, survivors, len(self.shares))
        return head + b"".join(_SHARE.pack(dealer, *self.shares[dealer]) for dealer in sorted(self.shares))

    @classmethod
    def from_bytes(cls, raw: bytes, *, where: str) -> Answer:
        """Inverse of `to_bytes`. Raises OutOfRange for bytes of another layout."""
        run, number, participant, survivors, count = _head(_ANSWER, raw, where)
        shares = {}
        for dealer, kind, share in _rows(_ANSWER, _SHARE, raw, count, where):
            if kind not in (ShareKind.SEED, ShareKind.KEY):
                raise _wrong(where)
            shares[dealer] = (ShareKind(kind), share)
        return cls(
            run=run, round=number, participant=participant, survivors=int.from_bytes(survivors, "big"), shares=shares
        )


def roster_digest(offers: Iterable[bytes]) -> bytes:
    """Digest of all offers of a round, given ascending by participant."""
    return sha256(b"".join(sha256(offer).digest() for offer in offers)).digest()


def _head(layout: struct.Struct, raw: bytes, where: str) -> tuple[Any, ...]:
    try:
        magic, *found = layout.unpack_from(raw)
    except struct.error as error:
        raise _wrong(where) from error
    if magic != _WORDS[layout]:
        raise _wrong(where)
    return tuple(found)


def _rows(head: struct.Struct, row: struct.Struct, raw: bytes, count: int, where: str) -> list[tuple[Any, ...]]:
    rows = list(row.iter_unpack(raw[head.size :])) if len(raw) == head.size + count * row.size else None
    if rows is None or [item[0] for item in rows] != sorted({item[0] for item in rows}):
        raise _wrong(where)
    return rows


def _wrong(where: str) -> OutOfRange:
    return OutOfRange("cut or of another layout", where=where, remedy="ask for the message again")
