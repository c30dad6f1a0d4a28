"""Selective disclosure for JSON web tokens (RFC 9901): hiding claims behind salted hashes, and opening some of them.

    <issuer's token>~<disclosure>~...~<disclosure>~                      an SD-JWT
    <issuer's token>~<disclosure>~...~<disclosure>~<key binding token>   presented by its holder

    disclosure = BASE64URL(["salt", "name", value]) of a property, BASE64URL(["salt", value]) of an array element
    digest     = BASE64URL(SHA-256(ASCII(disclosure)))

Digests stand in the claim `_sd` of the object that the property belongs to, or in place of the array element as
{"...": digest}. Digests that no disclosure opens are left out, whether something is hidden there or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from trustspace.encoding.jose import base64url, compact_json, from_base64url, parse_json
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HASH = "sha-256"
DIGESTS, ELEMENT, ALGORITHM_CLAIM = "_sd", "...", "_sd_alg"
LARGEST_CHARACTERS = 32_768
DEEPEST = 16
SALT_BYTES = 16  # RFC 9901, section 9.3: at least 128 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What opens one digest; `name` is None for an array element. `text` is what is hashed and sent."""

    text: str
    name: str | None
    value: Any

    @property
    def digest(self) -> str:
        """The hash that the issuer signed."""
        return digest_of(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class SdJwt:
    """The parts of an SD-JWT. `key_binding` is the holder's token, None without one."""

    token: str
    disclosures: tuple[Disclosure, ...]
    key_binding: str | None

    @property
    def hashed(self) -> str:
        """The hash that the holder's token carries as `sd_hash`: over all before it."""
        return digest_of(joined(self.token, self.disclosures))


def digest_of(text: str) -> str:
    """Hash of ASCII text, in base64url."""
    return base64url(sha256(text.encode("ascii")).digest())


def disclose(salt: bytes, name: str, value: object) -> Disclosure:
    """A property that can be shown or hidden. `salt`: 16 random bytes, never used twice."""
    return Disclosure(text=base64url(compact_json([base64url(salt), name, value])), name=name, value=value)


def joined(token: str, disclosures: Iterable[Disclosure]) -> str:
    """The SD-JWT of a signed token."""
    return "~".join((token, *(disclosure.text for disclosure in disclosures), ""))


def parse_sd_jwt(text: str) -> SdJwt:
    """Take an SD-JWT apart. Raises OutOfRange when it is none, or too long."""
    if len(text) > LARGEST_CHARACTERS or not text.isascii():
        raise OutOfRange(f"over {LARGEST_CHARACTERS} characters, or not ASCII", remedy="use the text as it was sent")
    token, *rest = text.split("~")
    if not rest:
        raise OutOfRange("no ~: not an SD-JWT", remedy="use the text as it was sent")
    return SdJwt(token=token, disclosures=tuple(map(_disclosure, rest[:-1])), key_binding=rest[-1] or None)


def opened(payload: Mapping[str, Any], disclosures: Iterable[Disclosure]) -> dict[str, Any]:
    """The claims with what the disclosures open and without digests (RFC 9901, section 7.1, steps 3 to 5).

    Raises OutOfRange for another hash, a digest that occurs twice, a disclosure that no digest asks for, that is
    repeated, stands in the wrong place or overwrites a claim.
    """
    if payload.get(ALGORITHM_CLAIM, HASH) != HASH:
        raise OutOfRange("hashed otherwise than by SHA-256", remedy="ask the issuer for SHA-256")
    listed = list(disclosures)
    by_digest = {disclosure.digest: disclosure for disclosure in listed}
    opening = _Opening(by_digest)
    claims: dict[str, Any] = opening.value(payload, 0)
    if len(by_digest) != len(listed) or opening.used != by_digest.keys():
        raise OutOfRange("a disclosure opens nothing that was signed", remedy="send only what the issuer gave")
    claims.pop(ALGORITHM_CLAIM, None)
    return claims


class _Opening:
    """One pass over the claims; every digest may be met once."""

    def __init__(self, disclosures: Mapping[str, Disclosure]) -> None:
        self._disclosures = disclosures
        self._met: set[str] = set()
        self.used: set[str] = set()

    def value(self, found: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise OutOfRange(f"nested more than {DEEPEST} deep", remedy="ask the issuer for a flatter credential")
        if isinstance(found, dict):
            return self._object(found, depth + 1)
        if isinstance(found, list):
            return self._list(found, depth + 1)
        return found

    def _object(self, found: Mapping[str, Any], depth: int) -> dict[str, Any]:
        claims = {name: self.value(value, depth) for name, value in found.items() if name != DIGESTS}
        digests = found.get(DIGESTS, [])
        if not isinstance(digests, list):
            raise OutOfRange(f"{DIGESTS} is no list", remedy="ask the issuer again")
        for digest in digests:
            disclosure = self._find(digest)
            if disclosure is None:
                continue
            if disclosure.name is None or disclosure.name in (DIGESTS, ELEMENT) or disclosure.name in claims:
                raise OutOfRange("a disclosure does not fit where it belongs", remedy="ask the issuer again")
            claims[disclosure.name] = self.value(disclosure.value, depth)
        return claims

    def _list(self, found: Iterable[Any], depth: int) -> list[Any]:
        values = []
        for item in found:
            if not isinstance(item, dict) or item.keys() != {ELEMENT}:
                values.append(self.value(item, depth))
                continue
            disclosure = self._find(item[ELEMENT])
            if disclosure is None:
                continue
            if disclosure.name is not None:
                raise OutOfRange("a disclosure does not fit where it belongs", remedy="ask the issuer again")
            values.append(self.value(disclosure.value, depth))
        return values

    def _find(self, digest: object) -> Disclosure | None:
        if not isinstance(digest, str) or digest in self._met:
            raise OutOfRange("a digest is no text or occurs twice", remedy="ask the issuer again")
        self._met.add(digest)
        disclosure = self._disclosures.get(digest)
        if disclosure is not None:
            self.used.add(digest)
        return disclosure


def _disclosure(text: str) -> Disclosure:
    parts = parse_json(from_base64url(text))
    if isinstance(parts, list) and isinstance(parts[0] if parts else None, str):
        if len(parts) == 3 and isinstance(parts[1], str):
            return Disclosure(text=text, name=parts[1], value=parts[2])
        if len(parts) == 2:
            return Disclosure(text=text, name=None, value=parts[1])
    raise OutOfRange("a disclosure is a list of salt, name and value", remedy="use the text as it was sent")
