"""What issuing, presenting and checking a credential share: the two signed tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.crypto import es256k
from trustspace.crypto.signing import address_of_key
from trustspace.domain.credentials import CredentialReason, ShownCredential
from trustspace.encoding.credential_document import CONTENT_TYPE, TYPE, header_of, malformed, shown_in
from trustspace.encoding.jose import ALGORITHM, base64url, key_of_jwk, parse_jws, unsigned_token
from trustspace.encoding.sd_jwt import opened, parse_sd_jwt
from trustspace.errors import InvalidCredential, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.crypto.signing import SigningKey
    from trustspace.encoding.jose import Jws
    from trustspace.encoding.sd_jwt import SdJwt

LONGEST_AUDIENCE = 256
SHORTEST_CHALLENGE, LONGEST_CHALLENGE = 16, 256


def signed_token(header: Mapping[str, Any], claims: Mapping[str, Any], key: SigningKey) -> str:
    """A compact token, signed."""
    unsigned = unsigned_token(header, claims)
    return f"{unsigned}.{base64url(es256k.sign(key, unsigned.encode('ascii')))}"


def read_credential(text: str) -> tuple[SdJwt, ShownCredential]:
    """The parts of a credential, and what it shows.

    Raises InvalidCredential unless the account it names as its issuer signed it and every disclosure belongs to it.
    Whether that account may speak for a certificate, only the chain or the reader knows.
    """
    try:
        parts = parse_sd_jwt(text)
        token = parse_jws(parts.token)
    except OutOfRange as error:
        raise malformed(error.message) from error
    require_header(token, TYPE)
    issuer_key = _signer_of(token)
    try:
        claims = opened(token.payload, parts.disclosures)
    except OutOfRange as error:
        raise InvalidCredential(
            error.message, reason=CredentialReason.DISCLOSURE_INVALID.value, remedy=error.remedy
        ) from error
    shown = shown_in(claims)
    if token.header.get("cty", CONTENT_TYPE) != CONTENT_TYPE or (
        token.header.get("kid") != header_of(shown.credential, issuer_key)["kid"]
        or address_of_key(issuer_key) != shown.credential.issuer
    ):
        raise _unsigned("it is signed by another account than the issuer it names")
    return parts, shown


def require_header(token: Jws, kind: str) -> None:
    """Raise InvalidCredential for another algorithm (`none` above all) or another kind of token."""
    if token.header.get("alg") != ALGORITHM:
        raise InvalidCredential(
            f"signed by {str(token.header.get('alg'))[:20]!r}, only {ALGORITHM} is taken",
            reason=CredentialReason.ALGORITHM_REFUSED.value,
            remedy="accounts of the chain sign with ES256K; refuse it",
        )
    if token.header.get("typ") != kind:
        raise malformed(f"a token of type {str(token.header.get('typ'))[:40]!r} in place of {kind}")


def require_words(audience: str, challenge: str) -> None:
    """Raise OutOfRange for an audience or challenge that binds a presentation to nothing."""
    if not 0 < len(audience) <= LONGEST_AUDIENCE or not audience.isprintable():
        raise OutOfRange(
            f"an audience has 1 to {LONGEST_AUDIENCE} printable characters", where="audience",
            remedy="take the name that the bank goes by, the same on both sides",
        )  # fmt: skip
    if not SHORTEST_CHALLENGE <= len(challenge) <= LONGEST_CHALLENGE or not challenge.isprintable():
        raise OutOfRange(
            f"a challenge has {SHORTEST_CHALLENGE} to {LONGEST_CHALLENGE} printable characters", where="challenge",
            remedy="make one with `trustspace credential challenge`, a new one each time",
        )  # fmt: skip


def _signer_of(token: Jws) -> bytes:
    try:
        key = key_of_jwk(token.header.get("jwk"))
    except OutOfRange as error:
        raise _unsigned(error.message) from error
    if not es256k.is_signed(token.signed, token.signature, key):
        raise _unsigned("the issuer's signature is not one of this content")
    return key


def _unsigned(what: str) -> InvalidCredential:
    return InvalidCredential(
        what, reason=CredentialReason.ISSUER_SIGNATURE_INVALID.value, remedy="refuse it; ask for it again"
    )
