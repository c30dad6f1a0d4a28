"""NVFlare's messaging core (CellNet), as far as it is used: cells that reach each other over mutual TLS.

The coordinator is NVFlare's root cell `server`; each worker is a client cell named by its account, as its certificate
is. Workers connect to the coordinator, never the other way, and connect again by themselves.

    coordinator -> worker   topic "ask":   number 8 | request (`encoding.run_calls`)
    worker -> coordinator   topic "reply": number 8 | reply
    worker -> coordinator   topic "ready": one byte; at every new connection, and while nothing is asked: what was sent
                            before may have been lost
    coordinator -> worker   topic "end":   one byte; the run is over
"""

from __future__ import annotations

import importlib
import logging
import socket
from typing import TYPE_CHECKING, Any

from trustspace.errors import ToolMissing, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHANNEL, ASK, REPLY, READY, END = "trustspace", "ask", "reply", "ready", "end"
COORDINATOR = "server"
NOTHING = b"\x00"
NUMBER_BYTES = 8
_ORIGIN = "cn__origin"


def nvflare_module(name: str) -> Any:
    """A module of NVFlare. Raises ToolMissing naming the extra."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ToolMissing(
            f"NVFlare cannot be loaded: {error}", where=name, remedy="pip install 'trustspace[nvflare]'"
        ) from error


def parse_address(text: str, *, where: str) -> tuple[str, int]:
    """Host and port of "host:port". Raises UsageError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise UsageError(f"{text!r} is no host:port", where=where, remedy='for example "127.0.0.1:8002"')
    return host, int(port)


def require_free(address: tuple[str, int]) -> None:
    """Raise UsageError when nothing can listen there: NVFlare would try again in silence."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        raise UsageError(
            f"cannot listen: {error.strerror}", where=f"{address[0]}:{address[1]}", remedy="choose another port"
        ) from error


class Line:
    """One cell: sends bytes to named peers, hands what comes in to callbacks."""

    def __init__(self, name: str, address: tuple[str, int], credentials: Mapping[str, str]) -> None:
        """`address`: where the coordinator listens. Nothing is opened before `start`."""
        core = nvflare_module("nvflare.fuel.f3.cellnet.core_cell")
        logging.getLogger("nvflare").setLevel(logging.CRITICAL)  # what matters is raised here by name
        self._message = nvflare_module("nvflare.fuel.f3.message").Message
        url = f"stcp://{address[0]}:{address[1]}"
        self._cell = core.CoreCell(name, url, secure=True, credentials=dict(credentials))

    def on(self, topic: str, take: Callable[[str, bytes], None]) -> None:
        """Hand over (sender, bytes) of a topic; whatever is no bytes is dropped."""

        def received(message: Any) -> None:
            payload, origin = message.payload, message.get_header(_ORIGIN)
            if isinstance(payload, bytes | bytearray | memoryview) and isinstance(origin, str):
                take(origin, bytes(payload))

        self._cell.register_request_cb(CHANNEL, topic, received)

    def on_change(self, changed: Callable[[], None]) -> None:
        """Say when a peer comes or goes."""
        self._cell.set_cell_connected_cb(lambda _agent: changed())
        self._cell.set_cell_disconnected_cb(lambda _agent: changed())

    def start(self) -> None:
        """Listen, or begin to connect."""
        self._cell.start()

    def connected(self, name: str) -> bool:
        """Whether there is a connection to a peer at present."""
        return name in self._cell.agents

    def send(self, name: str, topic: str, content: bytes) -> None:
        """Send without waiting. A peer that is not there misses it; an empty message comes in as none."""
        self._cell.fire_and_forget(CHANNEL, topic, name, self._message(None, content), optional=True)

    def close(self) -> None:
        """Say goodbye to the peers and close."""
        self._cell.stop()
