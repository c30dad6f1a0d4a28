"""A keyholder at a URL, over mutual TLS: `ports.KeyholderPeer`."""

from __future__ import annotations

import http.client
import socket
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trustspace.adapters.keyholders.server import PATH
from trustspace.adapters.keyholders.wire_errors import raised
from trustspace.encoding.fingerprint_messages import request_message
from trustspace.encoding.fingerprint_wire import MAX_MESSAGE_BYTES, read_answer, write_request
from trustspace.errors import InvalidSettings, PartyUnreachable

if TYPE_CHECKING:
    import ssl

    from trustspace.domain.fingerprints import EvaluationRequest, SignedAnswer
    from trustspace.domain.ids import Address, ParticipantId

TIMEOUT_SECONDS = 10.0


class HttpKeyholder:
    """Connections are kept open for the next request."""

    def __init__(
        self,
        participant: ParticipantId,
        url: str,
        context: ssl.SSLContext,
        *,
        registry: Address,
        chain_id: int,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """Nothing is opened yet. `registry`, `chain_id`: of FingerprintKeys. Raises InvalidSettings for a bad URL."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = None
        if parts.scheme != "https" or not parts.hostname or port is None or parts.path not in ("", "/"):
            raise InvalidSettings("not the URL of a keyholder", where=url, remedy="for example https://host:8443")
        self._participant = participant
        self._where = f"{parts.hostname}:{port}"
        self._address = parts.hostname, port
        self._context = context
        self._domain = registry, chain_id
        self._timeout = timeout
        self._idle: deque[http.client.HTTPSConnection] = deque()  # appending and popping are atomic

    @property
    def participant(self) -> ParticipantId:
        """The organisation."""
        return self._participant

    def evaluate(self, request: EvaluationRequest) -> SignedAnswer:
        """Its answer. Raises PartyUnreachable, InvalidMessage, or what it refused with."""
        status, body = self._post(write_request(request))
        if status != 200:
            raise raised(status, body, self._where)
        return read_answer(body, request, request_message(*self._domain, request).digest)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        """One attempt, and another on a fresh connection when a kept one turns out to be closed."""
        kept = self._kept()
        if kept is not None:
            try:
                return self._exchange(kept, body)
            except (http.client.RemoteDisconnected, ConnectionError):
                kept.close()
            except (http.client.HTTPException, OSError) as error:
                kept.close()
                raise self._unreachable(error) from error
        fresh = http.client.HTTPSConnection(*self._address, timeout=self._timeout, context=self._context)
        try:
            fresh.connect()
            fresh.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._exchange(fresh, body)
        except (http.client.HTTPException, OSError) as error:
            fresh.close()
            raise self._unreachable(error) from error

    def _kept(self) -> http.client.HTTPSConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _exchange(self, connection: http.client.HTTPSConnection, body: bytes) -> tuple[int, bytes]:
        connection.request("POST", PATH, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read(MAX_MESSAGE_BYTES + 1)
        if answer.length or answer.will_close:  # more than any answer has, or the last one
            connection.close()
        else:
            self._idle.append(connection)
        return answer.status, content

    def close(self) -> None:
        """Close the kept connections."""
        while (kept := self._kept()) is not None:
            kept.close()

    def _unreachable(self, error: Exception) -> PartyUnreachable:
        return PartyUnreachable(
            f"does not answer: {error}",
            where=f"keyholder of participant {self._participant} at {self._where}",
            remedy="is it running, and are both certificates known to the other side?",
        )
