"""What the coordinator of a training run asks a party, and what the party answers: ids, signed and sealed bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from trustspace.domain.ids import ModelId, ParticipantId, RunId
from trustspace.domain.sums import SignedMessage


class Act(IntEnum):
    """What is asked for. Each may be asked again: the party gives the same answer."""

    JOIN = 1
    POSITION = 2
    OFFER = 3
    COMMIT = 4
    ANSWER = 5
    ACCEPT = 6
    CONFIRM = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRequest:
    """One question to one party. What is not needed for an act is left empty.

    COMMIT: `signed` all offers, `sealed` the shares meant for this party. ANSWER: `bodies` the survivors' masked
    messages. ACCEPT: `signed` all answers, `aggregate` the sum.
    """

    act: Act
    run: RunId
    round: int = 0
    signed: Mapping[ParticipantId, SignedMessage] = field(default_factory=dict)
    sealed: Mapping[ParticipantId, bytes] = field(default_factory=dict)
    bodies: Mapping[ParticipantId, bytes] = field(default_factory=dict, repr=False)
    aggregate: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyReply:
    """What an act gives back, the rest left empty.

    POSITION: `round` the party stands at. OFFER: `message` and `sealed`. COMMIT, ANSWER: `message`. CONFIRM: `model`.
    """

    round: int = 0
    message: SignedMessage | None = None
    sealed: Mapping[ParticipantId, bytes] = field(default_factory=dict, repr=False)
    model: ModelId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRefusal:
    """Why a party did not do it: an error's name and words."""

    error: str
    message: str
    where: str
    remedy: str
