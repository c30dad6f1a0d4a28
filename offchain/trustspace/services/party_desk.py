"""A party's end of a call: what it is asked, done by the party itself, and its errors put into words that travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from trustspace import errors
from trustspace.domain.run_calls import Act, PartyRefusal, PartyReply, PartyRequest
from trustspace.errors import ChainUnreachable, InputError, PartyUnreachable, ProtocolError, TrustspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustspace.domain.ids import ParticipantId
    from trustspace.ports import TrainingPeer

Item = TypeVar("Item")
PASSING = (PartyUnreachable, ChainUnreachable)
"""Errors after which a party counts as one that left; any other stops the run by its name."""


def do(peer: TrainingPeer, request: PartyRequest) -> PartyReply:
    """What is asked, done in this process. Raises what the party raises."""
    number = request.round
    match request.act:
        case Act.JOIN:
            peer.join(request.run)
        case Act.POSITION:
            return PartyReply(round=peer.position(request.run))
        case Act.OFFER:
            offer = peer.offer(number)
            return PartyReply(round=number, message=offer.signed, sealed=offer.sealed)
        case Act.COMMIT:
            return PartyReply(round=number, message=peer.commit(number, request.signed, request.sealed))
        case Act.ANSWER:
            return PartyReply(round=number, message=peer.answer(number, request.bodies))
        case Act.ACCEPT:
            peer.accept(number, request.signed, request.aggregate)
        case Act.CONFIRM:
            return PartyReply(model=peer.confirm())
    return PartyReply(round=number)


def serve(peer: TrainingPeer, request: PartyRequest) -> PartyReply | PartyRefusal:
    """The same for a coordinator in another process."""
    try:
        return do(peer, request)
    except TrustspaceError as error:
        return refusal_of(error)


def refusal_of(error: TrustspaceError) -> PartyRefusal:
    """An error in words."""
    return PartyRefusal(error=type(error).__name__, message=error.message, where=error.where, remedy=error.remedy)


def accepted(reply: PartyReply | PartyRefusal, where: str) -> PartyReply | PartyUnreachable:
    """The reply; PartyUnreachable when the party says it cannot go on. Raises its refusal by name."""
    if isinstance(reply, PartyReply):
        return reply
    kind = getattr(errors, reply.error, None)
    if isinstance(kind, type) and issubclass(kind, PASSING):
        return PartyUnreachable(f"{reply.error}: {reply.message}", where=reply.where or where, remedy=reply.remedy)
    if (
        isinstance(kind, type)
        and issubclass(kind, errors.InputError | ProtocolError)
        and kind is not errors.InvalidTable
    ):
        raise kind(reply.message, where=reply.where or where, remedy=reply.remedy)
    raise ProtocolError(f"{reply.error}: {reply.message}", where=f"{where}, {reply.where}", remedy=reply.remedy)


def by_participant(parties: Iterable[tuple[ParticipantId, Item]]) -> dict[ParticipantId, Item]:
    """Parties of an engine in their order. Raises InputError for a participant that comes twice."""
    found: dict[ParticipantId, Item] = {}
    for participant, item in parties:
        if participant in found:
            raise InputError(
                "is to take part twice", where=f"party {participant}", remedy="one account for each participant"
            )
        found[participant] = item
    return found
