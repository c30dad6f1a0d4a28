"""A bank whose line is cut in the middle of a round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.errors import PartyUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.ids import Address, ModelId, ParticipantId, RunId
    from trustspace.domain.sums import OfferMessage, SignedMessage
    from trustspace.ports import TrainingPeer


class VanishingBank:
    """`ports.TrainingPeer`: makes its offer in a round, and is not heard of again."""

    def __init__(self, peer: TrainingPeer, *, after: int) -> None:
        """`after`: the round it still makes an offer in."""
        self._peer = peer
        self._after = after

    @property
    def participant(self) -> ParticipantId:
        """The bank behind it."""
        return self._peer.participant

    @property
    def address(self) -> Address:
        """Account that signs for it."""
        return self._peer.address

    def join(self, run: RunId) -> None:
        """As the bank does."""
        self._peer.join(run)

    def position(self, run: RunId) -> int:
        """As the bank does."""
        return self._peer.position(run)

    def offer(self, round_number: int) -> OfferMessage:
        """As the bank does, while it is there."""
        self._require_there(round_number)
        return self._peer.offer(round_number)

    def commit(
        self, round_number: int, offers: Mapping[ParticipantId, SignedMessage], sealed: Mapping[ParticipantId, bytes]
    ) -> SignedMessage:
        """As the bank does, one round less."""
        self._require_there(round_number + 1)
        return self._peer.commit(round_number, offers, sealed)

    def answer(self, round_number: int, contributions: Mapping[ParticipantId, bytes]) -> SignedMessage:
        """As the bank does, one round less."""
        self._require_there(round_number + 1)
        return self._peer.answer(round_number, contributions)

    def accept(self, round_number: int, answers: Mapping[ParticipantId, SignedMessage], aggregate: bytes) -> None:
        """As the bank does, one round less."""
        self._require_there(round_number + 1)
        self._peer.accept(round_number, answers, aggregate)

    def confirm(self) -> ModelId:
        """Never."""
        raise self._silence()

    def _require_there(self, round_number: int) -> None:
        if round_number > self._after:
            raise self._silence()

    def _silence(self) -> PartyUnreachable:
        return PartyUnreachable(
            "does not answer any more", where=f"party {self.participant}", remedy="the others go on without it"
        )
