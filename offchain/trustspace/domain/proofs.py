"""Zero-knowledge proofs: which statement, under which set-up, with which public inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from trustspace.errors import WrongChain

LOCAL_CHAINS = frozenset({1337, 31337})
"""Chain ids of chains on the developer's own machine; the contracts know the same."""


class Circuit(StrEnum):
    """A statement that can be proven; the value is its folder's name under circuits/."""

    SCORE_CARD = "score_card"
    SCORE_TREES = "score_trees"
    INVOICE_RANGE = "invoice_range"
    TURNOVER_RANGE = "turnover_range"

    @property
    def number(self) -> int:
        """As the contracts count circuits, from 1."""
        return list(Circuit).index(self) + 1

    @classmethod
    def numbered(cls, number: int) -> Circuit:
        """The circuit that the contracts give this number. Raises ValueError."""
        for circuit in cls:
            if circuit.number == number:
                return circuit
        raise ValueError(f"{number} is no circuit")


class SetupMode(IntEnum):
    """Where the powers behind the keys come from. DEV's secret is public: only local chains take its verifiers."""

    DEV = 1
    CONSORTIUM = 2
    IGNITION = 3


def require_local(mode: SetupMode, chain_id: int) -> None:
    """Raises WrongChain for a set-up for development on any but a local chain: everybody can forge proofs under it."""
    if mode is SetupMode.DEV and chain_id not in LOCAL_CHAINS:
        raise WrongChain(
            f"a set-up for development proves nothing on chain {chain_id}",
            where="set-up",
            remedy="take part in a ceremony (`trustspace ceremony`) or import public files",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof as its verifier takes it. public_inputs: elements of the BN254 scalar field, in the circuit's order."""

    circuit: Circuit
    proof: bytes
    public_inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What shall be proven. inputs: all of the circuit's, private ones among them, as Noir reads them: secret."""

    circuit: Circuit
    inputs: Mapping[str, object] = field(repr=False)
    public_inputs: tuple[int, ...]
