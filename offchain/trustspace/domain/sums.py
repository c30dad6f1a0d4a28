"""Messages of the secure sum, as parties, aggregator and transcripts pass them on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from trustspace.domain.ids import ParticipantId, RunId


class SumPhase(IntEnum):
    """Phases of a secure sum's round in which a party sends a signed message."""

    OFFER = 1
    CONTRIBUTION = 2
    ANSWER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SumStatement:
    """What a party signs about a message of a secure sum: where it belongs, and its SHA-256.

    `tensor`: SHA-256 of the tensor's name, zero where none is named yet. `sequence` grows by one with every message of
    a party in a run.
    """

    run: RunId
    round: int
    phase: SumPhase
    tensor: bytes
    content: bytes

    @property
    def sequence(self) -> int:
        """Place among the party's messages of the run, from 0."""
        return (self.round - 1) * len(SumPhase) + self.phase - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStatement:
    """What a party says of its data before the first sum: number of rows, Merkle root of their salted commitments."""

    rows: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredRound:
    """What a round writes on the ledger before it is opened. The signed messages themselves are not part of it.

    `previous`: hash of the sum of the round before, None in round 1. `survivors`: bitmap over the run's parties.
    `tensor`: SHA-256 of its name. `contributions`: hash of each survivor's masked message with the signature of the
    message, in the order of the run's parties.
    """

    round: int
    previous: bytes | None
    survivors: int
    tensor: bytes
    contributions: tuple[tuple[bytes, bytes], ...]


NOTHING_STATED = DataStatement(rows=0, root=bytes(32))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMessage:
    """Bytes of a message and its party's EIP-712 signature (65 bytes)."""

    body: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMessage:
    """A signed offer, and what goes with it to each holder under seal. Only the offer is public."""

    signed: SignedMessage
    sealed: Mapping[ParticipantId, bytes] = field(repr=False)
