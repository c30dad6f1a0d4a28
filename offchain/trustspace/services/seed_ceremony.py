"""How keyholders come to their seeds without a dealer: two rounds of public, signed messages.

1. hello: every node draws an X25519 key for this ceremony alone and signs it.
2. offer: every node draws 32 bytes for every set it belongs to, publishes a commitment to each, and encrypts each for
   the other members of its set. The seed of a set is the hash of all its members' bytes: random as soon as one is.

Everybody checks every offer it can open against the commitments, and the transcript (a hash of all offers) is confirmed
on the ledger by all: nobody was told another story. The keys of the ceremony are deleted at its end, so that offers
that somebody kept open nothing once the seeds are gone.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from trustspace.crypto.masks import MaskKey, derive_key
from trustspace.crypto.oprf.replicated import SEED_BYTES, Members, Sharing
from trustspace.encoding.canonical_json import Json, digest
from trustspace.errors import CommitmentMismatch, MissingParty

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMITMENT = b"trustspace.fingerprint.contribution.v1"
_SEED = b"trustspace.fingerprint.seed.v1"
_BOX = b"trustspace.fingerprint.box.v1"
_NONCE = bytes(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """One proposal of an epoch: its identity on the ledger, its sharing, and the node that speaks here."""

    identity: bytes
    epoch: int
    sharing: Sharing
    node: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonySecrets:
    """What a node keeps between the rounds, and deletes at the end."""

    key: MaskKey
    contributions: Mapping[Members, bytes] = field(repr=False)

    @classmethod
    def draw(cls, ceremony: Ceremony) -> CeremonySecrets:
        """Fresh, from the operating system's generator."""
        return cls.draw_private(ceremony)[1]

    @classmethod
    def draw_private(cls, ceremony: Ceremony) -> tuple[bytes, CeremonySecrets]:
        """The same with the 32 private bytes of the key, for whoever keeps them on disk."""
        private, sets = secrets.token_bytes(SEED_BYTES), ceremony.sharing.sets_of(ceremony.node)
        drawn = {members: secrets.token_bytes(SEED_BYTES) for members in sets}
        return private, cls(key=MaskKey(private), contributions=drawn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A node's second message. Boxes (by receiver) hold its contributions to the sets both belong to, in order."""

    node: int
    commitments: Mapping[Members, bytes]
    boxes: Mapping[int, bytes]

    def content(self) -> bytes:
        """Hash over everything, as the node signs it."""
        commitments: dict[str, Json] = {_name(members): value.hex() for members, value in self.commitments.items()}
        boxes: dict[str, Json] = {str(node): box.hex() for node, box in self.boxes.items()}
        return digest({"node": self.node, "commitments": commitments, "boxes": boxes})


def make_offer(ceremony: Ceremony, own: CeremonySecrets, keys: Mapping[int, bytes]) -> Offer:
    """Commit to the own contributions and encrypt them for the peers, whose X25519 keys are given by node."""
    boxes = {}
    for peer in range(1, ceremony.sharing.nodes + 1):
        shared = _shared_sets(ceremony, peer)
        if peer != ceremony.node and shared:
            plain = b"".join(own.contributions[members] for members in shared)
            boxes[peer] = _box(ceremony, own.key, _key_of(keys, peer), ceremony.node, peer).encrypt(_NONCE, plain, b"")
    commitments = {
        members: _commitment(ceremony, ceremony.node, members, value) for members, value in own.contributions.items()
    }
    return Offer(node=ceremony.node, commitments=commitments, boxes=boxes)


def seeds_from(
    ceremony: Ceremony, own: CeremonySecrets, keys: Mapping[int, bytes], offers: Mapping[int, Offer]
) -> dict[Members, bytes]:
    """The seeds of all sets this node belongs to.

    Raises MissingParty for an offer that is not there, CommitmentMismatch naming the node whose offer does not fit.
    """
    heard = {ceremony.node: dict(own.contributions)}
    for peer in range(1, ceremony.sharing.nodes + 1):
        offer = offers.get(peer)
        if offer is None:
            raise MissingParty("its offer is missing", where=f"node {peer}", remedy="ask it for its offer")
        if set(offer.commitments) != set(ceremony.sharing.sets_of(peer)):
            raise _unfit(peer, "it commits to other sets than its own")
        if peer != ceremony.node:
            heard[peer] = _opened(ceremony, own, _key_of(keys, peer), offer)
        elif offer != make_offer(ceremony, own, keys):
            raise _unfit(peer, "it is not the one this node made")
    return {
        members: sha256(
            _SEED + ceremony.identity + _name(members).encode() + b"".join(heard[node][members] for node in members)
        ).digest()
        for members in ceremony.sharing.sets_of(ceremony.node)
    }


def transcript_of(ceremony: Ceremony, offers: Mapping[int, Offer]) -> bytes:
    """What all nodes confirm on the ledger."""
    listed: list[Json] = [offers[node].content().hex() for node in sorted(offers)]
    return digest({"ceremony": ceremony.identity.hex(), "offers": listed})


def _opened(ceremony: Ceremony, own: CeremonySecrets, key: bytes, offer: Offer) -> dict[Members, bytes]:
    shared = _shared_sets(ceremony, offer.node)
    if not shared:
        return {}
    try:
        box = _box(ceremony, own.key, key, offer.node, ceremony.node)
        plain = box.decrypt(_NONCE, offer.boxes.get(ceremony.node, b""), b"")
    except InvalidTag as error:
        raise _unfit(offer.node, f"its box for node {ceremony.node} cannot be opened") from error
    if len(plain) != SEED_BYTES * len(shared):
        raise _unfit(offer.node, f"its box for node {ceremony.node} has the wrong length")
    found = {members: plain[SEED_BYTES * at : SEED_BYTES * (at + 1)] for at, members in enumerate(shared)}
    for members, value in found.items():
        if not hmac.compare_digest(_commitment(ceremony, offer.node, members, value), offer.commitments[members]):
            raise _unfit(offer.node, f"its contribution to nodes {_name(members)} is not what it committed to")
    return found


def _box(ceremony: Ceremony, own: MaskKey, peer_key: bytes, sender: int, receiver: int) -> ChaCha20Poly1305:
    """Keys are fresh for every ceremony, and each direction has its own: one box, one key, nonce zero."""
    shared = own.shared_with(peer_key, peer=sender if receiver == ceremony.node else receiver)
    return ChaCha20Poly1305(derive_key(shared, _BOX + ceremony.identity + bytes([sender, receiver])))


def _shared_sets(ceremony: Ceremony, peer: int) -> tuple[Members, ...]:
    return tuple(members for members in ceremony.sharing.sets_of(ceremony.node) if peer in members)


def _commitment(ceremony: Ceremony, node: int, members: Members, value: bytes) -> bytes:
    return sha256(_COMMITMENT + ceremony.identity + bytes([node]) + _name(members).encode() + b":" + value).digest()


def _key_of(keys: Mapping[int, bytes], node: int) -> bytes:
    if node not in keys:
        raise MissingParty("its hello is missing", where=f"node {node}", remedy="ask it for its hello")
    return keys[node]


def _name(members: Members) -> str:
    return "-".join(map(str, members))


def _unfit(node: int, message: str) -> CommitmentMismatch:
    return CommitmentMismatch(
        message, where=f"offer of node {node}", remedy="propose the epoch again, without that node"
    )
