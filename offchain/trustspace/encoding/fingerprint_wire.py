"""Requests and answers between banks and keyholders: canonical JSON (sorted keys, no blanks), bytes in hexadecimal.

    request  {"agreement": 32 bytes, "blinded": 33 bytes each, joined, "day": int, "epoch": int, "salt": 32 bytes,
              "seller": address, "signature": 65 bytes, "version": 1}
    answer   {"challenge": 32 bytes, "evaluated": 33 bytes each, joined, "key": 33 bytes, "response": 32 bytes,
              "signature": 65 bytes, "version": 1}

An answer leaves out what the bank knows from its request. Anything else, one blank included, is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.fingerprints import MAX_BATCH, EvaluationRequest, SignedAnswer
from trustspace.domain.ids import AgreementId, SubjectId
from trustspace.encoding.address import normal_address
from trustspace.encoding.canonical_json import Json, dumps, loads
from trustspace.errors import InputError, InvalidMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
ELEMENT_BYTES = 33
MAX_MESSAGE_BYTES = 2 * ELEMENT_BYTES * MAX_BATCH + 1024
_REQUEST = {"agreement", "blinded", "day", "epoch", "salt", "seller", "signature", "version"}
_ANSWER = {"challenge", "evaluated", "key", "response", "signature", "version"}
_REMEDY = "use the same release on both sides"


def write_request(request: EvaluationRequest) -> bytes:
    """Bytes of a request."""
    return dumps(
        {
            "agreement": request.agreement.hex(),
            "blinded": b"".join(request.blinded).hex(),
            "day": request.day,
            "epoch": request.epoch,
            "salt": request.salt.hex(),
            "seller": request.seller,
            "signature": request.signature.hex(),
            "version": VERSION,
        }
    )


def read_request(raw: bytes) -> EvaluationRequest:
    """Inverse of `write_request`. Raises InvalidMessage naming the field; elements are cut, not looked into."""
    fields = _fields(raw, _REQUEST, "request")
    return EvaluationRequest(
        epoch=_number(fields, "epoch", 2**32),
        seller=_address(fields, "seller"),
        agreement=AgreementId(_bytes(fields, "agreement", 32)),
        day=_number(fields, "day", 2**16),
        blinded=_elements(fields, "blinded"),
        salt=_bytes(fields, "salt", 32),
        signature=_bytes(fields, "signature", 65),
    )


def write_answer(answer: SignedAnswer) -> bytes:
    """Bytes of an answer."""
    return dumps(
        {
            "challenge": answer.challenge.hex(),
            "evaluated": b"".join(answer.evaluated).hex(),
            "key": answer.key.hex(),
            "response": answer.response.hex(),
            "signature": answer.signature.hex(),
            "version": VERSION,
        }
    )


def read_answer(raw: bytes, request: EvaluationRequest, digest: bytes) -> SignedAnswer:
    """The answer to a request whose id is `digest`. Raises InvalidMessage naming the field."""
    fields = _fields(raw, _ANSWER, "answer")
    return SignedAnswer(
        request=digest,
        epoch=request.epoch,
        seller=request.seller,
        key=_bytes(fields, "key", ELEMENT_BYTES),
        blinded=request.blinded,
        evaluated=_elements(fields, "evaluated"),
        challenge=_bytes(fields, "challenge", 32),
        response=_bytes(fields, "response", 32),
        signature=_bytes(fields, "signature", 65),
    )


def _fields(raw: bytes, names: set[str], what: str) -> Mapping[str, Json]:
    if len(raw) > MAX_MESSAGE_BYTES:
        raise InvalidMessage(f"{len(raw)} bytes are no {what}", remedy=f"at most {MAX_MESSAGE_BYTES} bytes")
    try:
        value = loads(raw, where=what)
    except InputError as error:
        raise InvalidMessage(error.message, where=what, remedy=_REMEDY) from error
    if not isinstance(value, dict) or value.keys() != names:
        raise InvalidMessage(f"not the fields {', '.join(sorted(names))}", where=what, remedy=_REMEDY)
    if value["version"] != VERSION or isinstance(value["version"], bool):
        raise InvalidMessage(f"version is not {VERSION}", where=what, remedy=_REMEDY)
    return value


def _bytes(fields: Mapping[str, Json], name: str, count: int | None = None) -> bytes:
    text = fields[name]
    try:
        raw = bytes.fromhex(text) if isinstance(text, str) and text == text.lower() and text.isalnum() else b""
    except ValueError:
        raw = b""
    if not raw or (count is not None and len(raw) != count):
        raise InvalidMessage("not the bytes in hexadecimal that belong here", where=name, remedy=_REMEDY)
    return raw


def _elements(fields: Mapping[str, Json], name: str) -> tuple[bytes, ...]:
    raw = _bytes(fields, name)
    if len(raw) % ELEMENT_BYTES or len(raw) > MAX_BATCH * ELEMENT_BYTES:
        raise InvalidMessage(f"{len(raw)} bytes are not 1 to {MAX_BATCH} elements of 33", where=name, remedy=_REMEDY)
    return tuple(raw[start : start + ELEMENT_BYTES] for start in range(0, len(raw), ELEMENT_BYTES))


def _number(fields: Mapping[str, Json], name: str, limit: int) -> int:
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < limit:
        raise InvalidMessage(f"not a number from 0 to {limit - 1}", where=name, remedy=_REMEDY)
    return value


def _address(fields: Mapping[str, Json], name: str) -> SubjectId:
    text = fields[name]
    try:
        return SubjectId(normal_address(text if isinstance(text, str) else ""))
    except InputError as error:
        raise InvalidMessage("not an address", where=name, remedy=_REMEDY) from error
