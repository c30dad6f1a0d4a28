"""A run over worker processes on NVFlare: `ports.Transport` at the coordinator.

A question is put again when a worker's line broke and came back; parties give the same answer. Who stays away longer
than patience allows counts as gone. What comes in is judged by the coordinator's desk, not here.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.transport.nvflare_core import (
    ASK,
    COORDINATOR,
    END,
    NOTHING,
    NUMBER_BYTES,
    READY,
    REPLY,
    Line,
    require_free,
)
from trustspace.adapters.transport.nvflare_kits import credentials
from trustspace.encoding.run_calls import pack_request, unpack_reply
from trustspace.errors import OutOfRange, PartyUnreachable
from trustspace.services.party_desk import accepted

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from trustspace.adapters.transport.patience import Patience
    from trustspace.domain.ids import Address, ParticipantId
    from trustspace.domain.run_calls import PartyReply, PartyRequest

_LOOK = 0.2  # seconds between two looks at who is connected


@dataclass(slots=True)
class _Asked:
    """A question under way. `line`: the connection it went out on, 0 none; `since`: when that began."""

    number: bytes
    content: bytes
    since: float
    line: int = 0
    reply: bytes | None = None


class NvflareCoordinator:
    """The coordinator's end of all lines; a context manager that tells the workers when the run is over."""

    def __init__(
        self, parties: Mapping[ParticipantId, Address], kit: Path, listen: tuple[str, int], patience: Patience
    ) -> None:
        """Raises InvalidKey for an incomplete kit, ToolMissing without NVFlare."""
        self._parties = dict(parties)
        self._patience = patience
        self._listen = listen
        self._line = Line(COORDINATOR, listen, credentials(kit))
        self._changed = threading.Condition()
        self._asked: dict[str, _Asked] = {}
        self._lines: dict[str, int] = {}
        self._number = 0

    @property
    def parties(self) -> Mapping[ParticipantId, Address]:
        """Who is to take part."""
        return self._parties

    def __enter__(self) -> NvflareCoordinator:
        require_free(self._listen)
        self._line.on(REPLY, self._replied)
        self._line.on(READY, self._ready)
        self._line.on_change(self._wake)
        self._line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for account in self._parties.values():
                self._line.send(account, END, NOTHING)
        self._line.close()

    def exchange(
        self, requests: Mapping[ParticipantId, PartyRequest]
    ) -> Mapping[ParticipantId, PartyReply | PartyUnreachable]:
        """Ask all at once; returns when each has answered or is given up."""
        for party, request in requests.items():
            self._number += 1
            number = self._number.to_bytes(NUMBER_BYTES, "big")
            with self._changed:
                self._asked[self._parties[party]] = _Asked(number, pack_request(request), time.monotonic())
        found: dict[ParticipantId, bytes | PartyUnreachable] = {}
        while len(found) < len(requests):
            for party in requests.keys() - found.keys():
                answer = self._look(party)
                if answer is not None:
                    found[party] = answer
            with self._changed:
                if len(found) < len(requests) and not any(self._asked[it].reply for it in self._open(requests, found)):
                    self._changed.wait(_LOOK)
        with self._changed:
            self._asked.clear()
        return {party: self._judged(party, found[party]) for party in requests}

    def _open(self, requests: Iterable[ParticipantId], found: Container[ParticipantId]) -> list[str]:
        return [self._parties[party] for party in requests if party not in found]

    def _look(self, party: ParticipantId) -> bytes | PartyUnreachable | None:
        """The reply, or why there will be none, or None to wait on; asks again on a new line."""
        account, now = self._parties[party], time.monotonic()
        with self._changed:
            asked, line = self._asked[account], self._lines.get(account, 0)
            if asked.reply is not None:
                return asked.reply
            here = line > 0 and self._line.connected(account)
            if here != (asked.line > 0) or (here and line != asked.line):
                asked.line, asked.since, send = line if here else 0, now, here
            else:
                send = False
            waited = now - asked.since
        if send:
            self._line.send(account, ASK, asked.number + asked.content)
            return None
        name = "answer" if here else "away" if line else "gather"
        if waited <= getattr(self._patience, name):
            return None
        words = {"answer": "gave no answer", "away": "went away", "gather": "did not connect"}[name]
        return PartyUnreachable(
            f"{words} within {waited:.0f} s (patience.{name})",
            where=f"party {party} ({account})",
            remedy="the others go on without it",
        )

    def _judged(self, party: ParticipantId, found: bytes | PartyUnreachable) -> PartyReply | PartyUnreachable:
        where = f"party {party} ({self._parties[party]})"
        if isinstance(found, PartyUnreachable):
            return found
        try:
            reply = unpack_reply(found, where=where)
        except OutOfRange as error:
            return PartyUnreachable(f"sent what is no answer: {error.message}", where=where, remedy=error.remedy)
        return accepted(reply, where)

    def _replied(self, sender: str, content: bytes) -> None:
        with self._changed:
            asked = self._asked.get(sender)
            if asked is not None and content[:NUMBER_BYTES] == asked.number:
                asked.reply = content[NUMBER_BYTES:]
                self._changed.notify_all()

    def _ready(self, sender: str, _content: bytes) -> None:
        with self._changed:
            self._lines[sender] = self._lines.get(sender, 0) + 1
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
