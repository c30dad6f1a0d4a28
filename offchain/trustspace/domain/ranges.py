"""Ranges that a firm shows to be true of one of its invoices, or of its turnover."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustspace.domain.ids import AsOfDay, ParticipantId, StatementId, SubjectId, VerifierNumber
    from trustspace.domain.proofs import Circuit


class RangeReason(IntEnum):
    """Why a shown range holds or not. Zero is UNKNOWN, so that an empty answer can never be read as valid."""

    UNKNOWN = 0
    OK = 1
    PAUSED = 2
    EXPIRED = 3
    PROOF_WITHDRAWN = 4
    POSSIBLY_VOIDED = 5
    COLLATERAL_VOIDED = 6

    @property
    def label(self) -> str:
        """Name as written in the contract, e.g. ``PossiblyVoided``."""
        return "".join(part.capitalize() for part in self.name.split("_"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRange:
    """Some invoice of a batch has an amount from `low` to `high` fen, and was not shown under `scope` before.

    source, subject, count, root: the batch as anchored, `root` (Poseidon2, 32 bytes) being its nonce. scope, nullifier:
    field elements. receiver: to whom, None for everybody. not_after: UTC seconds.
    """

    source: ParticipantId
    subject: SubjectId
    count: int
    root: bytes
    low: int
    high: int
    scope: int
    nullifier: int
    receiver: ParticipantId | None
    not_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnoverRange:
    """A firm's net sales over whole months, 0 the latest before `as_of_day`, lie from `low` to `high` fen.

    By the statistics that all sources committed to for that day. receiver: to whom, None for everybody.
    """

    subject: SubjectId
    as_of_day: AsOfDay
    latest_month: int
    earliest_month: int
    low: int
    high: int
    receiver: ParticipantId | None
    not_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRange:
    """A range as it stands on the chain. about: an invoice's batch, or a turnover's subject and day (32 bytes)."""

    statement: StatementId
    circuit: Circuit
    verifier: VerifierNumber
    shown_block: int
    not_after: int
    about: bytes
