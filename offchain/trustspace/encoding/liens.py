"""Commitments and ids of liens: the bytes of ILienRegistry and LienWords.

    pledgesHash = keccak256(abi.encode(pledges))                        pledges: (fingerprint, older, share) as 3 words
    commitment  = keccak256(abi.encode(COMMITMENT_TYPEHASH, chainId, registry, bank, salt, pledgesHash))
    lien id     = bank (16 bits) | low 48 bits of keccak256(abi.encode(commitment, position))
    family      = low 252 bits of the fingerprint under which an invoice was pledged first

    word: state (4) | pointers (8) | count (8) | position (8) | unused (15) | disputed (1) | share (16) |
          committedAt (40) | until (32) | invoice index (32) | batch number (24) | lien id (64)

A salt is 32 bytes from a cryptographic generator: without it a commitment could be tried against known fingerprints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.domain.ids import LienId, ParticipantId
from trustspace.domain.liens import LienState
from trustspace.encoding.hashing import address_word, bytes32, keccak, uint_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.ids import Address
    from trustspace.domain.liens import Pledge

COMMITMENT_TYPEHASH = keccak(
    b"LienCommitment(uint256 chainId,address registry,uint16 bank,bytes32 salt,bytes32 pledgesHash)"
)
FAMILY_MASK = (1 << 252) - 1
NO_FINGERPRINT = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentHeader:
    """Whose commitment, on which chain and contract."""

    chain_id: int
    registry: Address
    bank: ParticipantId

    def commitment(self, salt: bytes, pledges: Sequence[Pledge]) -> bytes:
        """What the bank posts before it shows the pledges. Raises OutOfRange for what does not fit its type."""
        return keccak(
            COMMITMENT_TYPEHASH
            + uint_word(self.chain_id, where="chain_id")
            + address_word(self.registry, where="registry")
            + uint_word(self.bank, 16, where="bank")
            + bytes32(salt, where="salt")
            + keccak(uint_word(32) + uint_word(len(pledges)) + b"".join(map(_pledge, pledges)))
        )

    def lien_ids(self, salt: bytes, pledges: Sequence[Pledge]) -> tuple[LienId, ...]:
        """Ids of the liens that the pledges become, in order."""
        commitment = self.commitment(salt, pledges)
        return tuple(self._lien_id(commitment, position) for position in range(len(pledges)))

    def _lien_id(self, commitment: bytes, position: int) -> LienId:
        tag = int.from_bytes(keccak(commitment + uint_word(position))[-6:], "big")
        return LienId(self.bank << 48 | tag)


def _pledge(pledge: Pledge) -> bytes:
    older = NO_FINGERPRINT if pledge.older is None else pledge.older
    return (
        bytes32(pledge.fingerprint, where="fingerprint")
        + bytes32(older, where="older fingerprint")
        + uint_word(pledge.share_bps, 16, where="share")
    )


def family_key(fingerprint: bytes) -> bytes:
    """A fingerprint as the registry counts it: the four highest bits are zero."""
    number = int.from_bytes(bytes32(fingerprint, where="fingerprint"), "big")
    return (number & FAMILY_MASK).to_bytes(32, "big")


def bank_of(lien: LienId) -> ParticipantId:
    """The bank that a lien's id carries."""
    return ParticipantId(lien >> 48)


@dataclass(frozen=True, slots=True, kw_only=True)
class LienWord:
    """A lien as events tell it. `batch` is the number of an enrolled batch, 0 when none is linked."""

    state: LienState
    position: int
    disputed: bool
    share_bps: int
    committed_at: int
    until: int
    index: int
    batch: int
    lien: LienId


def parse_lien_word(word: int) -> LienWord:
    """Take a word apart. Raises ValueError for a state that no lien has."""
    return LienWord(
        state=LienState(word >> 252),
        position=word >> 228 & 0xFF,
        disputed=bool(word >> 208 & 1),
        share_bps=word >> 192 & 0xFFFF,
        committed_at=word >> 152 & (1 << 40) - 1,
        until=word >> 120 & 0xFFFF_FFFF,
        index=word >> 88 & 0xFFFF_FFFF,
        batch=word >> 64 & 0xFF_FFFF,
        lien=LienId(word & (1 << 64) - 1),
    )
