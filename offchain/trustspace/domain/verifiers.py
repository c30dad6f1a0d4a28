"""Contracts that check proofs, and what certificates of a model need of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustspace.domain.ids import Address, ModelId, VerifierNumber
    from trustspace.domain.proofs import Circuit, SetupMode


class VerifierState(IntEnum):
    """What the regulator did with a verifier."""

    NONE = 0
    LIVE = 1
    WITHDRAWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierCard:
    """What the regulator registers: a deployed verifier and, as SHA-256, what it was generated from.

    gas_limit: most gas that a verification may use. setup_hash: of a consortium's ceremony its transcript.
    """

    verifier: Address
    circuit: Circuit
    setup_mode: SetupMode
    gas_limit: int
    circuit_hash: bytes
    key_hash: bytes
    setup_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierRecord:
    """A registered verifier. code_hash: Keccak-256 of its code when it was registered."""

    number: VerifierNumber
    state: VerifierState
    registered_block: int
    code_hash: bytes
    card: VerifierCard


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPolicy:
    """What certificates of a model need: None where nothing is proven; `demanded` where nothing else is accepted.

    quorum: endorsements of a proven certificate, its sender's among them. max_age: days that features may be old when
    it is issued, 0 for any number.
    """

    model: ModelId
    verifier: VerifierNumber | None
    quorum: int
    demanded: bool
    max_age: int = 0
