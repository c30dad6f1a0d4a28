"""Selective disclosure against the examples of RFC 9901, and against what it says must be rejected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from trustspace.encoding.jose import base64url, compact_json, from_base64url, parse_jws
from trustspace.encoding.sd_jwt import (
    DEEPEST,
    LARGEST_CHARACTERS,
    Disclosure,
    digest_of,
    disclose,
    joined,
    opened,
    parse_sd_jwt,
)
from trustspace.errors import OutOfRange

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sd_jwt.json").read_text(encoding="utf-8"))
TOKEN, BINDING = "".join(VECTORS["token"]), "".join(VECTORS["key_binding"])
PRESENTED = "~".join([TOKEN, *VECTORS["presented"], BINDING])
SALT = bytes(16)


def p256_signed(token: str, jwk: dict[str, str]) -> None:
    """Raise InvalidSignature unless the RFC's key signed: the examples themselves are authentic."""
    x, y = (int.from_bytes(from_base64url(jwk[name]), "big") for name in "xy")
    parsed = parse_jws(token)
    r, s = (int.from_bytes(part, "big") for part in (parsed.signature[:32], parsed.signature[32:]))
    key = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    key.verify(encode_dss_signature(r, s), parsed.signed, ECDSA(SHA256()))


def element(salt: bytes, value: object) -> Disclosure:
    text = base64url(compact_json([base64url(salt), value]))
    return Disclosure(text=text, name=None, value=value)


@pytest.mark.parametrize(("text", "name", "value", "digest"), VECTORS["digests"])
def test_parse_sd_jwt__disclosures_of_the_rfc__names_values_and_digests(
    text: str, name: str | None, value: str, digest: str
) -> None:
    found = parse_sd_jwt(f"token~{text}~").disclosures[0]
    assert (found.name, found.value, found.digest) == (name, value, digest)


def test_parse_sd_jwt__other_spellings_of_the_rfc__same_value_other_digest() -> None:
    texts = VECTORS["same_value"]
    found = [parse_sd_jwt(f"token~{text}~").disclosures[0] for text in texts]
    assert {(item.name, item.value) for item in found} == {("family_name", "Möbius")}
    assert len({item.digest for item in found}) == len(texts)


def test_opened__main_example_of_the_rfc__its_claims_hash_and_signatures() -> None:
    parts = parse_sd_jwt(PRESENTED)
    p256_signed(parts.token, VECTORS["issuer_key"])
    assert opened(parse_jws(parts.token).payload, parts.disclosures) == VECTORS["claims"]
    assert parts.key_binding is not None
    p256_signed(parts.key_binding, VECTORS["holder_key"])
    assert parse_jws(parts.key_binding).payload["sd_hash"] == parts.hashed


def test_opened__recursive_disclosures__each_needs_the_one_above() -> None:
    inner = [element(bytes([at]) * 16, country) for at, country in enumerate(("DE", "FR", "UK"))]
    outer = disclose(SALT, "nationalities", [{"...": item.digest} for item in inner])
    claims = {"_sd": [outer.digest], "_sd_alg": "sha-256"}
    assert opened(claims, []) == {}
    assert opened(claims, [outer]) == {"nationalities": []}
    assert opened(claims, [outer, inner[2]]) == {"nationalities": ["UK"]}
    assert opened(claims, [*reversed(inner), outer]) == {"nationalities": ["DE", "FR", "UK"]}
    with pytest.raises(OutOfRange, match="opens nothing"):
        opened(claims, [inner[0]])


def test_opened__decoys_and_an_empty_object__left_out() -> None:
    decoys = [digest_of(f"decoy {at}") for at in range(5)]
    assert opened({"a": {"_sd": decoys[:3]}, "b": [{"...": decoys[3]}, 1], "_sd": decoys[4:]}, []) == {
        "a": {},
        "b": [1],
    }


GRADE = disclose(SALT, "grade", "B")
PLAIN = element(SALT, "B")


@pytest.mark.parametrize(
    ("claims", "disclosures", "why"),
    [
        ({"_sd": [GRADE.digest]}, [GRADE, GRADE], "opens nothing"),
        ({"_sd": []}, [GRADE], "opens nothing"),
        ({"_sd": [GRADE.digest, GRADE.digest]}, [GRADE], "twice"),
        ({"_sd": [GRADE.digest], "a": {"_sd": [GRADE.digest]}}, [GRADE], "twice"),
        ({"_sd": ["decoy", "decoy"]}, [], "twice"),
        ({"_sd": [GRADE.digest], "grade": "A"}, [GRADE], "does not fit"),
        ({"_sd": [GRADE.digest, disclose(bytes(15) + b"1", "grade", "A").digest]},
         [GRADE, disclose(bytes(15) + b"1", "grade", "A")], "does not fit"),
        ({"_sd": [PLAIN.digest]}, [PLAIN], "does not fit"),
        ({"list": [{"...": GRADE.digest}]}, [GRADE], "does not fit"),
        ({"_sd": [disclose(SALT, "_sd", []).digest]}, [disclose(SALT, "_sd", [])], "does not fit"),
        ({"_sd": [disclose(SALT, "...", 1).digest]}, [disclose(SALT, "...", 1)], "does not fit"),
        ({"_sd": GRADE.digest}, [GRADE], "no list"),
        ({"_sd": [7]}, [], "no text"),
        ({"list": [{"...": 7}]}, [], "no text"),
        ({"_sd_alg": "md5"}, [], "SHA-256"),
        ({"_sd_alg": None}, [], "SHA-256"),
    ],
)  # fmt: skip
def test_opened__what_the_rfc_rejects__refused(claims: dict[str, Any], disclosures: list[Disclosure], why: str) -> None:
    with pytest.raises(OutOfRange, match=why):
        opened(claims, disclosures)


def test_opened__nested_too_deep__refused() -> None:
    claims: Any = 1
    for _ in range(DEEPEST - 1):
        claims = {"a": claims}
    assert opened(claims, []) == claims
    with pytest.raises(OutOfRange, match="deep"):
        opened({"a": {"a": claims}}, [])


@pytest.mark.parametrize(
    "text",
    [
        "", "token", "token~~", "token~WyJh~", "token~é~", "t" * LARGEST_CHARACTERS + "~",
        *(
            f"token~{base64url(raw)}~"
            for raw in (b"{}", b"[]", b'["salt"]', b'[1,"a",2]', b'["s",1,2]', b'["a","b","c","d"]')
        ),
    ],
)  # fmt: skip
def test_parse_sd_jwt__no_sd_jwt__refused(text: str) -> None:
    with pytest.raises(OutOfRange):
        parse_sd_jwt(text)


def test_joined__parts__come_back() -> None:
    text = joined(TOKEN, [GRADE, PLAIN])
    parts = parse_sd_jwt(text)
    assert (parts.token, parts.disclosures, parts.key_binding) == (TOKEN, (GRADE, PLAIN), None)
    assert parts.hashed == digest_of(text)
