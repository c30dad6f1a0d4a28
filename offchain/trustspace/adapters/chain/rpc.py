"""JSON-RPC over HTTP from the standard library: one connection kept open per thread, batches, short named timeouts.

Everything sent here may safely be sent twice: reads, and signed transactions, which a node knows by their hash.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import threading
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from trustspace.errors import ChainUnreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BATCH_ITEMS = 100
BATCH_BYTES = 1_000_000  # nodes refuse requests beyond 2 to 5 MB
_TEMPORARY = (429, 500, 502, 503, 504)
MOST_BYTES = 500_000_000  # of one answer
_BROKEN = (http.client.HTTPException, OSError, UnicodeError)
_INTERNAL = -32603  # "internal error" in JSON-RPC


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds; `retries` counts further attempts after a failure that may pass."""

    connect: float = 3.0
    answer: float = 10.0
    receipt: float = 60.0
    retries: int = 4
    pause: float = 0.1  # before the first retry; doubles each time


class RpcError(Exception):
    """The node answered with an error. `data` is what it said besides, for instance the bytes of a revert."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


Call = tuple[str, tuple[Any, ...]]
_QUANTITY = re.compile("0[xX][0-9a-fA-F]{1,64}")
_NOT_SENT = re.compile("[^!-~]")  # http.client refuses these, and says so with the whole path


class _InOnePacket(http.client.HTTPConnection):
    """Sends head and body together: http.client by itself sends two packets, and the node wakes up twice."""

    _head = b""

    def send(self, data: Any) -> None:
        """Hold back a request's head until its body comes; every request here has one."""
        if data.endswith(b"\r\n\r\n"):
            self._head = data
            return
        head, self._head = self._head, b""
        super().send(head + data)


class _HttpsInOnePacket(_InOnePacket, http.client.HTTPSConnection):
    pass


class JsonRpc:
    """A node at an http(s) URL. User and password in the URL become basic authentication."""

    def __init__(self, url: str, *, timeouts: Timeouts | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Remember the address; nothing is opened before the first call. Raises UsageError for another kind of URL."""
        parts = _parts_of(url)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError("the RPC address is not an http(s) URL", remedy="for example http://127.0.0.1:8545")
        self.timeouts = timeouts or Timeouts()
        self._parts = parts
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {"Content-Type": "application/json", **_authorization(parts), **(headers or {})}
        self._ids = count(1)
        self._local = threading.local()

    @property
    def address(self) -> str:
        """The whole address, credentials included: not to be shown."""
        return urlunsplit(self._parts)

    @property
    def url(self) -> str:
        """Scheme, host and port, fit to be shown: keys also live in paths and queries."""
        port = f":{self._parts.port}" if self._parts.port else ""
        host = self._parts.hostname or ""
        return f"{self._parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"

    def call(self, method: str, *params: Any) -> Any:
        """The result of one call. Raises RpcError when the node refuses, ChainUnreachable when it does not answer."""
        answer = self._exchange(self._request((method, params)))
        if not isinstance(answer, dict):
            raise self._not_a_node()
        return _result(answer)

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of many calls in order, an RpcError object in place of each that the node refused."""
        results: list[Any] = []
        for requests in self._chunks(calls):
            answer = self._exchange(requests)
            if isinstance(answer, dict):  # refused as a whole
                _result(answer)
            if not isinstance(answer, list):
                raise self._not_a_node()
            by_id = {item["id"]: item for item in answer if isinstance(item, dict) and isinstance(item.get("id"), int)}
            results.extend(_outcome(by_id.get(request["id"])) for request in requests)
        return results

    def close(self) -> None:
        """Close this thread's connection; the next call opens another."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    # --- transport ---------------------------------------------------------------------------------------------

    def _request(self, call: Call) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": call[0], "params": call[1]}

    def _chunks(self, calls: Sequence[Call]) -> Iterator[list[dict[str, Any]]]:
        chunk: list[dict[str, Any]] = []
        size = 0
        for call in calls:
            length = sum(len(item) for item in call[1] if isinstance(item, str)) + 500
            if chunk and (len(chunk) == BATCH_ITEMS or size + length > BATCH_BYTES):
                yield chunk
                chunk, size = [], 0
            chunk.append(self._request(call))
            size += length
        if chunk:
            yield chunk

    def _exchange(self, request: Any) -> Any:
        body = json.dumps(request).encode()
        pause = self.timeouts.pause
        for attempt in range(self.timeouts.retries + 1):
            reused = "connection" in self._local.__dict__
            try:
                status, raw = self._post(body)
            except _BROKEN as error:
                self.close()
                problem = f"{type(error).__name__}: {error}".rstrip(": ")
                if reused and attempt == 0:
                    continue  # the node closed an idle connection
            else:
                if status not in _TEMPORARY:
                    return self._parsed(status, raw)
                problem = f"HTTP {status}"
            if attempt < self.timeouts.retries:
                time.sleep(pause)
                pause *= 2
        raise ChainUnreachable(
            f"no answer ({problem})", where=self.url, remedy="is the node running and the address right?"
        )

    def _post(self, body: bytes) -> tuple[int, bytes]:
        connection = self._connection()
        connection.request("POST", self._path, body, self._headers)
        response = connection.getresponse()
        if (response.length or 0) > MOST_BYTES:
            self.close()
            raise self._not_a_node()
        return response.status, response.read()

    def _connection(self) -> http.client.HTTPConnection:
        known: http.client.HTTPConnection | None = self._local.__dict__.get("connection")
        if known is not None:
            return known
        kind = _HttpsInOnePacket if self._parts.scheme == "https" else _InOnePacket
        opened = kind(self._parts.hostname or "", self._parts.port, timeout=self.timeouts.connect)
        opened.connect()
        if isinstance(opened.sock, socket.socket):
            opened.sock.settimeout(self.timeouts.answer)
        self._local.connection = opened
        return opened

    def _parsed(self, status: int, raw: bytes) -> Any:
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError):
            if status in (401, 403):
                raise ChainUnreachable(
                    f"the node refuses this client (HTTP {status})", where=self.url, remedy="check the credentials"
                ) from None
            raise self._not_a_node() from None
        return answer

    def _not_a_node(self) -> ChainUnreachable:
        return ChainUnreachable(
            "what answers there does not speak JSON-RPC", where=self.url, remedy="give the RPC address of a node"
        )


def quantity(value: int) -> str:
    """A number as JSON-RPC writes it."""
    return hex(value)


def hexed(data: bytes) -> str:
    """Bytes as JSON-RPC writes them."""
    return "0x" + data.hex()


def number(value: Any) -> int:
    """A JSON-RPC quantity as int. Raises ChainUnreachable when it is none."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise nonsense(value)
    return int(value, 16)


def raw_bytes(value: Any) -> bytes:
    """JSON-RPC data as bytes; None counts as empty. Raises ChainUnreachable when it is no data."""
    if value is None:
        return b""
    if not isinstance(value, str):
        raise nonsense(value)
    try:
        return bytes.fromhex(value.removeprefix("0x"))
    except ValueError:
        raise nonsense(value) from None


def field_of(value: Any, name: str) -> Any:
    """One field of an object. Raises ChainUnreachable when there is no such object or field."""
    if not isinstance(value, dict) or name not in value:
        raise nonsense(value)
    return value[name]


def nonsense(value: object) -> ChainUnreachable:
    """An answer that cannot be what was asked for."""
    try:
        shown = repr(value)
    except (RecursionError, ValueError):  # nested deeply, or an integer of thousands of digits
        shown = type(value).__name__
    return ChainUnreachable(
        f"the node's answer makes no sense: {shown[:60]}", remedy="is that the RPC address of an Ethereum node?"
    )


def _parts_of(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return None
    return None if _NOT_SENT.search(parts.path + parts.query) else parts


def _authorization(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _result(answer: Mapping[str, Any]) -> Any:
    outcome = _outcome(answer)
    if isinstance(outcome, RpcError):
        raise outcome
    return outcome


def _outcome(answer: Mapping[str, Any] | None) -> Any:
    if answer is None:
        return RpcError(_INTERNAL, "the node left this call of a batch unanswered")
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    if not isinstance(error, dict):
        return RpcError(_INTERNAL, str(error))
    code = error.get("code")
    return RpcError(code if isinstance(code, int) else _INTERNAL, str(error.get("message", "")), error.get("data"))
