"""Refusals over the wire: status and JSON out, the same exception in. Only errors listed here cross."""

from __future__ import annotations

import json

from trustspace import errors
from trustspace.errors import ProtocolError, TrustspaceError

_MOST = 500  # characters of a text from a stranger
STATUS: dict[str, int] = {
    "InvalidMessage": 400,
    "InvalidElement": 400,
    "OutOfRange": 400,
    "SignatureMismatch": 401,
    "StrangerRefused": 403,
    "ConsentMissing": 403,
    "DuplicateMessage": 409,
    "EpochNotOpen": 410,
    "QuotaExceeded": 429,
    "ChainUnreachable": 503,
}
INTERNAL = 500


def refusal(error: TrustspaceError) -> tuple[int, bytes]:
    """Status and body. What is not listed is the node's own trouble, and nobody else's business."""
    name = type(error).__name__
    if name not in STATUS:
        return INTERNAL, _body(
            "ProtocolError", "the keyholder could not answer", "", "its operator finds it in its log"
        )
    if name == "ChainUnreachable":
        return STATUS[name], _body(name, "the keyholder cannot reach the chain", "", "try again later")
    return STATUS[name], _body(name, error.message, error.where, error.remedy)


def raised(status: int, body: bytes, where: str) -> TrustspaceError:
    """The error behind a refusal."""
    try:
        fields = json.loads(body)
        name, message, place, remedy = (str(fields[key])[:_MOST] for key in ("error", "message", "where", "remedy"))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ProtocolError(f"answered with status {status} and no explanation", where=where, remedy="see its log")
    kind = getattr(errors, name) if name in STATUS else ProtocolError
    error: TrustspaceError = kind(message, where=f"{where}: {place}" if place else where, remedy=remedy)
    return error


def _body(name: str, message: str, where: str, remedy: str) -> bytes:
    return json.dumps({"error": name, "message": message, "where": where, "remedy": remedy}).encode()
