"""A bank's worker: answers the coordinator's questions about the one run it was started for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.run_calls import PartyRefusal
from trustspace.encoding.run_calls import pack_reply, unpack_request
from trustspace.errors import OutOfRange, TrustspaceError
from trustspace.services.party_desk import refusal_of, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.domain.ids import RunId
    from trustspace.domain.run_calls import PartyReply
    from trustspace.services.training import TrainingParty


class Worker:
    """Takes up its run at the first question after a start, whichever that is."""

    def __init__(self, party: TrainingParty, is_run: Callable[[RunId], bool]) -> None:
        """`is_run`: whether an id is that of the run this bank agreed to."""
        self._party = party
        self._is_run = is_run
        self._joined = False

    def answer(self, raw: bytes) -> bytes:
        """Bytes of the reply or of the refusal."""
        return pack_reply(self._answer(raw))

    def _answer(self, raw: bytes) -> PartyReply | PartyRefusal:
        where = f"party {self._party.participant}"
        try:
            request = unpack_request(raw, where=where)
            if not self._joined:
                if not self._is_run(request.run):
                    raise OutOfRange(
                        f"was asked about run {request.run.hex()[:16]}, which is not the one it was started for",
                        where=where,
                        remedy="the worker's file names its run, and the aggregator opens it by that name",
                    )
                self._party.join(request.run)
                self._joined = True
        except TrustspaceError as error:
            return refusal_of(error)
        return serve(self._party, request)
