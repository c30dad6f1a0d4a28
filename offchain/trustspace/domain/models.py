"""Training runs and the models they end in, as the registry knows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from trustspace.domain.ids import Address, ModelId, ParticipantId, RunId


class RunState(IntEnum):
    """Life of a training run."""

    NONE = 0
    JOINING = 1
    TRAINING = 2
    COMPLETED = 3
    ABANDONED = 4


class ModelState(IntEnum):
    """Life of a model."""

    NONE = 0
    PROPOSED = 1
    FINAL = 2
    WITHDRAWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """Hashes (32 bytes each) that name a model; its content stays off chain.

    commitment: an element of the BN254 scalar field, to the model as a circuit takes it; zero where none does.
    """

    model_hash: bytes
    schema_hash: bytes
    code_hash: bytes
    metrics_hash: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """A model as the registry knows it."""

    model: ModelId
    state: ModelState
    run: RunId
    confirmations: int
    card: ModelCard


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run as the registry knows it. `round` is the last closed one, 0 before the first."""

    run: RunId
    state: RunState
    aggregator: ParticipantId
    round: int
    parties: tuple[Address, ...]
    joined: int
    quorum: int
    plan_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRecord:
    """A party of a run. `mask_key` is its X25519 key, None before it joined; `round` the last one it committed to."""

    party: Address
    participant: ParticipantId
    round: int
    mask_key: bytes | None
