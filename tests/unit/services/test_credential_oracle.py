"""Our credentials under the standard's reference implementation, and its credentials under our reading."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt import holder, verifier
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer

from tests.unit.services.credentials import AUDIENCE, CHALLENGE, presented
from trustspace.crypto import es256k
from trustspace.crypto.signing import SigningKey
from trustspace.domain.credentials import CredentialField
from trustspace.encoding.jose import ALGORITHM, base64url, key_of_jwk, parse_jws, public_jwk
from trustspace.encoding.sd_jwt import opened, parse_sd_jwt

SECRET = bytes(31) + b"\x07"


class Oracle(verifier.SDJWTVerifier):  # type: ignore[misc]
    """The reference verifier, told to take ES256K: by itself it takes ES256 alone."""

    def _verify_sd_jwt(self, find_key: Any, sign_alg: str = ALGORITHM) -> None:
        super()._verify_sd_jwt(find_key, sign_alg)

    def _verify_key_binding_jwt(self, audience: str, nonce: str, sign_alg: str = ALGORITHM) -> None:
        super()._verify_key_binding_jwt(audience, nonce, sign_alg)


def key_in_header(_issuer: object, header: dict[str, Any]) -> JWK:
    return JWK.from_json(json.dumps(header["jwk"]))


@pytest.mark.parametrize("fields", [(), (CredentialField.GRADE,), tuple(CredentialField)])
def test_presentation__under_the_reference_implementation__same_claims(fields: tuple[CredentialField, ...]) -> None:
    text = presented(fields=fields)
    found = Oracle(text, key_in_header, AUDIENCE, CHALLENGE).get_verified_payload()
    parts = parse_sd_jwt(text)
    assert found == opened(parse_jws(parts.token).payload, parts.disclosures)
    assert ("grade" in found["credentialSubject"]) == (CredentialField.GRADE in fields)


def test_presentation__for_another_bank_or_damaged__refused_by_both() -> None:
    with pytest.raises(ValueError, match="audience"):
        Oracle(presented(), key_in_header, AUDIENCE + "x", CHALLENGE)
    text = presented()
    with pytest.raises(Exception, match="erification failed"):
        Oracle(text[:-3] + ("AAA" if text[-3:] != "AAA" else "BBB"), key_in_header, AUDIENCE, CHALLENGE)


def test_reference_credential__nested_arrays_and_decoys__read_alike() -> None:
    claims = {
        "iss": "https://issuer.example",
        SDObj("grade"): "B",
        "address": {SDObj("city"): "杭州", "country": "CN"},
        "list": ["open", SDObj("hidden"), SDObj({"deep": 1})],
        SDObj("recursive"): {SDObj("inner"): [SDObj(1), 2]},
    }
    x, y = (JWK(kty="EC", crv="secp256k1", **private()).export_public(as_dict=True)[name] for name in "xy")
    key = JWK(kty="EC", crv="secp256k1", **private())
    issued = SDJWTIssuer(claims, key, sign_alg=ALGORITHM, add_decoy_claims=True).sd_jwt_issuance
    for chosen in (True, {}, {"grade": True, "list": [True, True, True]}, {"recursive": {"inner": [True, True]}}):
        choice = holder.SDJWTHolder(issued)
        choice.create_presentation(chosen)
        parts = parse_sd_jwt(choice.sd_jwt_presentation)
        token = parse_jws(parts.token)
        public = key_of_jwk({"kty": "EC", "crv": "secp256k1", "x": x, "y": y})
        assert es256k.is_signed(token.signed, low(token.signature), public)
        expected = Oracle(choice.sd_jwt_presentation, lambda *_: key)
        assert opened(token.payload, parts.disclosures) == expected.get_verified_payload()


def private() -> dict[str, str]:
    jwk = public_jwk(SigningKey(SECRET).public_key)
    return {"d": base64url(SECRET), "x": jwk["x"], "y": jwk["y"]}


def low(signature: bytes) -> bytes:
    """The same signature with a low s: the reference implementation leaves s as it comes."""
    order = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141  # not-a-key: of the curve
    s = int.from_bytes(signature[32:], "big")
    return signature[:32] + min(s, order - s).to_bytes(32, "big")
