"""A worker's end of its line to the coordinator, on NVFlare."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING

from trustspace.adapters.transport.nvflare_core import ASK, COORDINATOR, END, NOTHING, NUMBER_BYTES, READY, REPLY, Line
from trustspace.adapters.transport.nvflare_kits import credentials
from trustspace.errors import PartyUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustspace.adapters.transport.patience import Patience
    from trustspace.domain.ids import Address

_GREETING_SECONDS = 2.0


class NvflareWorker:
    """Answers one question after the other until the coordinator says that the run is over."""

    def __init__(self, account: Address, kit: Path, coordinator: tuple[str, int], patience: Patience) -> None:
        """Raises InvalidKey for an incomplete kit, ToolMissing without NVFlare."""
        self._patience = patience
        self._inbox: queue.Queue[bytes | None] = queue.Queue()
        self._line = Line(account, coordinator, credentials(kit))

    def serve(self, answer: Callable[[bytes], bytes]) -> None:
        """Connect and answer. Raises PartyUnreachable after a long silence of the coordinator."""
        self._line.on(ASK, lambda sender, content: self._take(sender, content))
        self._line.on(END, lambda sender, _content: self._take(sender, None))
        self._line.on_change(self._greet)
        self._line.start()
        try:
            while (content := self._next()) is not None:
                reply = answer(content[NUMBER_BYTES:])
                self._line.send(COORDINATOR, REPLY, content[:NUMBER_BYTES] + reply)
        finally:
            self._line.close()

    def _next(self) -> bytes | None:
        """The next question; while there is none the worker says again that it is there.

        What either end sends before the other knows the connection is lost, its first greeting too.
        """
        waited_until = time.monotonic() + self._patience.silence
        while (left := waited_until - time.monotonic()) > 0:
            try:
                return self._inbox.get(timeout=min(left, _GREETING_SECONDS))
            except queue.Empty:
                self._greet()
        raise PartyUnreachable(
            f"was not heard of for {self._patience.silence:.0f} s (patience.silence)",
            where="coordinator",
            remedy="ask how the run stands; started again, this worker goes on where it stopped",
        )

    def _take(self, sender: str, content: bytes | None) -> None:
        if sender == COORDINATOR:
            self._inbox.put(content)

    def _greet(self) -> None:
        if self._line.connected(COORDINATOR):
            self._line.send(COORDINATOR, READY, NOTHING)
