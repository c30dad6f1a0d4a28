"""A keyholder behind HTTP/1.1 over mutual TLS: `POST /evaluate`, and nothing else.

Every connection has its own thread; the handshake and each read have a time limit, bodies a size limit, connections a
number limit. The certificate says which bank is connected.
"""

from __future__ import annotations

import logging
import socket
import ssl
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any

from trustspace.adapters.keyholders.wire_errors import refusal
from trustspace.encoding.fingerprint_wire import MAX_MESSAGE_BYTES, read_request, write_answer
from trustspace.errors import InvalidMessage, StrangerRefused, TrustspaceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.ids import ParticipantId
    from trustspace.services.keyholder import Keyholder

PATH = "/evaluate"
IDLE_SECONDS = 30.0
HANDSHAKE_SECONDS = 5.0  # strangers hold a place no longer
MOST_CONNECTIONS = 64
_LOG = logging.getLogger("trustspace.keyholder")


class KeyholderServer(ThreadingHTTPServer):
    """Serves one keyholder. `banks`: participants by the SHA-256 of their certificates."""

    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        keyholder: Keyholder,
        banks: Mapping[bytes, ParticipantId],
        *,
        idle: float = IDLE_SECONDS,
    ) -> None:
        """Listen at once; `serve_forever` answers."""
        self.keyholder = keyholder
        self.banks = banks
        self.idle = idle
        self._context = context
        self._places = BoundedSemaphore(MOST_CONNECTIONS)
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(address, _Handler)

    @property
    def port(self) -> int:
        """Where it listens; chosen by the system when 0 was asked for."""
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Refuse more connections than threads are meant for."""
        if not self._places.acquire(blocking=False):
            _LOG.warning("connection refused: %d are open", MOST_CONNECTIONS)
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """The handshake happens in the connection's own thread, so that a slow one holds up nobody."""
        try:
            request.settimeout(min(HANDSHAKE_SECONDS, self.idle))
            request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                secured = self._context.wrap_socket(request, server_side=True)
            except (OSError, ssl.SSLError) as error:
                _LOG.warning("handshake with %s failed: %s", client_address[0], error)
                self.shutdown_request(request)
                return
            secured.settimeout(self.idle)
            with self._lock:
                self._open.add(secured)
            try:
                super().process_request_thread(secured, client_address)
            finally:
                with self._lock:
                    self._open.discard(secured)
        finally:
            self._places.release()

    def server_close(self) -> None:
        """Stop listening, and end the connections that are open."""
        super().server_close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class names them
        """A connection that breaks is the client's matter; anything else is shown with its trace."""
        _LOG.exception("connection with %s ended", client_address[0])


class _Handler(BaseHTTPRequestHandler):
    server: KeyholderServer
    protocol_version = "HTTP/1.1"
    server_version = "trustspace"
    sys_version = ""

    def do_POST(self) -> None:
        """Evaluate a batch."""
        try:
            client = self._client()
            answer = self.server.keyholder.evaluate(read_request(self._body()), client)
        except TrustspaceError as error:
            _LOG.info("refused %s: %s", type(error).__name__, error)
            self._send(*refusal(error))
            return
        _LOG.info("evaluated %d elements for participant %d", len(answer.evaluated), client)
        self._send(200, write_answer(answer))

    def handle(self) -> None:
        """Answer until the client leaves, falls silent or breaks off."""
        try:
            super().handle()
        except OSError as error:
            _LOG.info("connection with %s broke: %s", self.client_address[0], error)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """The base class writes to stderr; what matters is logged above."""

    def _client(self) -> ParticipantId:
        certificate = self.connection.getpeercert(binary_form=True)
        client = self.server.banks.get(sha256(certificate or b"").digest())
        if client is None:
            self.close_connection = True
            raise StrangerRefused(
                "this certificate belongs to no bank known here", remedy="give the keyholder your certificate"
            )
        return client

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        fits = length.isascii() and length.isdigit() and len(length) < 8 and int(length) <= MAX_MESSAGE_BYTES
        if self.path != PATH or not fits or self.headers.get("Transfer-Encoding") is not None:
            self.close_connection = True  # the rest of it is not read
            raise InvalidMessage(
                f"only POST {PATH} with at most {MAX_MESSAGE_BYTES} bytes is answered", remedy="state the length"
            )
        return self.rfile.read(int(length))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
