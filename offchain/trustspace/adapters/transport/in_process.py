"""The default engine: all parties in this process, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.errors import PartyUnreachable
from trustspace.services.party_desk import by_participant, do

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.domain.ids import Address, ParticipantId
    from trustspace.domain.run_calls import PartyReply, PartyRequest
    from trustspace.ports import TrainingPeer


class InProcess:
    """`ports.Transport` over objects. Nothing is copied; what a party raises goes through as it is."""

    def __init__(self, peers: Sequence[TrainingPeer]) -> None:
        """Raises InputError when two of them act for one participant."""
        self._peers = by_participant((peer.participant, peer) for peer in peers)

    @property
    def parties(self) -> Mapping[ParticipantId, Address]:
        """The parties in the order given."""
        return {party: peer.address for party, peer in self._peers.items()}

    def exchange(
        self, requests: Mapping[ParticipantId, PartyRequest]
    ) -> Mapping[ParticipantId, PartyReply | PartyUnreachable]:
        """Ask each in turn."""
        return {party: self._ask(party, request) for party, request in requests.items()}

    def _ask(self, party: ParticipantId, request: PartyRequest) -> PartyReply | PartyUnreachable:
        try:
            return do(self._peers[party], request)
        except PartyUnreachable as error:
            return error
