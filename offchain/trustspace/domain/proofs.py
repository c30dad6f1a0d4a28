"""Zero-knowledge proofs: which statement, under which set-up, with which public inputs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Circuit(StrEnum):
    """A statement that can be proven; the value is its folder's name under circuits/."""

    SCORE_CARD = "score_card"
    SCORE_TREES = "score_trees"
    INVOICE_RANGE = "invoice_range"
    TURNOVER_RANGE = "turnover_range"


class SetupMode(IntEnum):
    """Where the powers behind the keys come from. DEV's secret is public: only local chains take its verifiers."""

    DEV = 1
    CONSORTIUM = 2
    IGNITION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof as its verifier takes it. public_inputs: elements of the BN254 scalar field, in the circuit's order."""

    circuit: Circuit
    proof: bytes
    public_inputs: tuple[int, ...]
