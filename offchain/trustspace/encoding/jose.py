"""JSON web signatures in their compact form (RFC 7515) with keys of secp256k1 (RFC 8812), read strictly.

    BASE64URL(header) . BASE64URL(payload) . BASE64URL(signature)

Strictly means: one text for one value. Base64url without padding, without stray bits and without white space; JSON
objects without repeated names, without floats and without NaN; no critical headers, as none is known here.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "ES256K"
_COORDINATE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Jws:
    """A parsed token. Nothing in it is to be believed before its signature was checked."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    signed: bytes
    signature: bytes


def base64url(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Inverse of `base64url`. Raises OutOfRange for any text that `base64url` would not have written."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError) as error:
        raise OutOfRange("not base64url", remedy="use the text as it was sent") from error
    if base64url(raw) != text:
        raise OutOfRange("not base64url as it is written", remedy="use the text as it was sent")
    return raw


def parse_json(raw: bytes) -> Any:
    """A JSON value. Raises OutOfRange for bytes that two readers might read differently."""
    try:
        return json.loads(
            raw.decode("utf-8"), object_pairs_hook=_distinct, parse_float=_no_float, parse_constant=_no_float
        )
    except (ValueError, RecursionError) as error:
        raise OutOfRange("not plain JSON", remedy="use the text as it was sent") from error


def parse_jws(token: str) -> Jws:
    """Header, payload and signature. Raises OutOfRange when it is no compact token of JSON objects."""
    parts = token.split(".")
    if len(parts) != 3:
        raise OutOfRange("a signed token has three parts", remedy="use the text as it was sent")
    header, payload = (parse_json(from_base64url(part)) for part in parts[:2])
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise OutOfRange("header and claims are JSON objects", remedy="use the text as it was sent")
    if "crit" in header:
        raise OutOfRange("critical headers are not known here", remedy="ask for a token without them")
    return Jws(
        header=header,
        payload=payload,
        signed=token.rpartition(".")[0].encode("ascii"),
        signature=from_base64url(parts[2]),
    )


def unsigned_token(header: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    """The first two parts: what is signed."""
    return f"{base64url(compact_json(header))}.{base64url(compact_json(payload))}"


def compact_json(value: object) -> bytes:
    """JSON in UTF-8 without white space, in the order given."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def public_jwk(public: bytes) -> dict[str, str]:
    """A key x | y as a JSON web key (RFC 8812, section 3.1)."""
    x, y = base64url(public[:_COORDINATE]), base64url(public[_COORDINATE:])
    return {"kty": "EC", "crv": "secp256k1", "x": x, "y": y}


def key_of_jwk(jwk: object) -> bytes:
    """The 64 bytes x | y. Raises OutOfRange for another kind of key; whether it is on the curve, a signature tells."""
    if isinstance(jwk, dict) and (jwk.get("kty"), jwk.get("crv")) == ("EC", "secp256k1") and "d" not in jwk:
        parts = [from_base64url(part) for part in (jwk.get("x"), jwk.get("y")) if isinstance(part, str)]
        if [len(part) for part in parts] == [_COORDINATE, _COORDINATE]:
            return b"".join(parts)
    raise OutOfRange("not a public key of secp256k1", remedy="a JSON web key with kty EC, crv secp256k1, x and y")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is repeated")
    return found


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text} is not an integer")
