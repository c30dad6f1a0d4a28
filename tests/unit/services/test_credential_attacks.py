"""What a firm, a thief, a rival or a careless issuer might send instead: each ends in its own refusal."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.services.credentials import (
    BANK,
    CONTENT,
    REGISTRY,
    STRANGER,
    Ledger,
    bound,
    checked,
    issued,
    presented,
    rebound,
    reissued,
)
from trustspace.crypto import es256k
from trustspace.domain.certificates import Grade
from trustspace.domain.credentials import CredentialField, CredentialReason
from trustspace.domain.ids import Address
from trustspace.encoding.jose import base64url, from_base64url, parse_jws, public_jwk
from trustspace.encoding.sd_jwt import LARGEST_CHARACTERS, disclose, parse_sd_jwt

ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141  # not-a-key: of the curve
OTHER = Address("0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512")


# --- damage -------------------------------------------------------------------------------------------------------


def test_check__each_character_of_a_presentation_changed__refused() -> None:
    good = presented()
    assert checked(good).valid
    for at, character in enumerate(good):
        for other in ("A" if character != "A" else "B", "~", ".", ""):
            if other != character:
                verdict = checked(good[:at] + other + good[at + 1 :])
                assert not verdict.valid, (at, character, other)


def test_check__each_bit_of_the_signatures_flipped__refused() -> None:
    good = presented()
    start, _, binding = good.rpartition("~")
    for token, put in (
        (parse_sd_jwt(good).token, lambda changed: good.replace(parse_sd_jwt(good).token, changed)),
        (binding, lambda changed: f"{start}~{changed}"),
    ):
        unsigned, _, signature = token.rpartition(".")
        raw = from_base64url(signature)
        for bit in range(512):
            flipped = bytearray(raw)
            flipped[bit // 8] ^= 1 << bit % 8
            assert not checked(put(f"{unsigned}.{base64url(bytes(flipped))}")).valid


@pytest.mark.parametrize(
    "text",
    ["", "~", "~~", "a~b", "a.b.c~", "a.b.c~d.e.f", "\0", "é~", "~" * LARGEST_CHARACTERS, "a" * 9_999_999, "{}"],
    ids=range(11),
)  # fmt: skip
def test_check__nonsense_or_huge__malformed(text: str) -> None:
    verdict = checked(text)
    assert (verdict.reason, verdict.shown) == (CredentialReason.MALFORMED, None)


def test_check__signature_with_a_high_s__refused() -> None:
    """The twin that anybody can make of a signature without the key."""
    good = presented()
    for token in (parse_sd_jwt(good).token, good.rpartition("~")[2]):
        unsigned, _, signature = token.rpartition(".")
        raw = from_base64url(signature)
        s = ORDER - int.from_bytes(raw[32:], "big")
        twin = f"{unsigned}.{base64url(raw[:32] + s.to_bytes(32, 'big'))}"
        assert checked(good.replace(token, twin)).reason in (
            CredentialReason.ISSUER_SIGNATURE_INVALID, CredentialReason.HOLDER_SIGNATURE_INVALID,
        )  # fmt: skip


def test_check__parts_swapped_repeated_or_left_out__refused() -> None:
    good = presented(fields=(CredentialField.GRADE, CredentialField.MODEL))
    token, first, second, binding = good.split("~")
    invalid, unbound = CredentialReason.DISCLOSURE_INVALID, CredentialReason.HOLDER_SIGNATURE_INVALID
    for parts, reason in (
        ((token, second, first, binding), unbound),
        ((token, first, binding), unbound),
        ((token, binding), unbound),
        ((token, first, first, second, binding), invalid),
        ((token, first, second, second, binding), invalid),
        ((token, first, second, ""), CredentialReason.HOLDER_MISSING),
        ((binding, first, second, token), CredentialReason.MALFORMED),
    ):
        assert checked("~".join(parts)).reason is reason


# --- algorithm, type, key -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "", None, "HS256", "ES256", "RS256", "EdDSA", "es256k", ["ES256K"]]
)
def test_check__another_algorithm__refused_for_both_tokens(algorithm: object) -> None:
    header = dict(parse_jws(parse_sd_jwt(issued()).token).header) | {"alg": algorithm}
    verdict = checked(bound(reissued(lambda _: None, header=header)))
    assert verdict.reason is CredentialReason.ALGORITHM_REFUSED
    holder = rebound(presented(), header={"alg": algorithm, "typ": "kb+jwt"})
    assert checked(holder).reason is CredentialReason.ALGORITHM_REFUSED


def test_check__no_signature_at_all__refused() -> None:
    parts = parse_sd_jwt(issued())
    header, payload, _ = parts.token.split(".")
    unsigned = base64url(json.dumps({"alg": "none", "typ": "vc+sd-jwt"}).encode())
    assert checked(bound(f"{unsigned}.{payload}.~")).reason is CredentialReason.ALGORITHM_REFUSED
    assert checked(bound(f"{header}.{payload}.~")).reason is CredentialReason.ISSUER_SIGNATURE_INVALID


@pytest.mark.parametrize(
    "kind", [None, "", "jwt", "vc+jwt", "dc+sd-jwt", "kb+jwt", "VC+SD-JWT", "application/vc+sd-jwt"]
)
def test_check__another_type_of_token__malformed(kind: str | None) -> None:
    header = dict(parse_jws(parse_sd_jwt(issued()).token).header) | {"typ": kind}
    assert checked(bound(reissued(lambda _: None, header=header))).reason is CredentialReason.MALFORMED


@pytest.mark.parametrize("kind", [None, "jwt", "vc+sd-jwt", "KB+JWT"])
def test_check__another_type_of_holders_token__malformed(kind: str | None) -> None:
    assert checked(rebound(presented(), header={"alg": "ES256K", "typ": kind})).reason is CredentialReason.MALFORMED


def test_check__signed_by_a_stranger_in_the_banks_name__refused() -> None:
    """With the bank's key in the header, with the stranger's own, with the stranger's own and its `kid`."""
    header = dict(parse_jws(parse_sd_jwt(issued()).token).header)
    for forged in (header, header | {"jwk": public_jwk(STRANGER.public_key)}, header | {"jwk": None}):
        text = bound(reissued(lambda _: None, key=STRANGER, header=forged))
        assert checked(text).reason is CredentialReason.ISSUER_SIGNATURE_INVALID
    mine = {"jwk": public_jwk(STRANGER.public_key), "kid": header["kid"].replace(BANK.address, STRANGER.address)}
    text = bound(reissued(lambda _: None, key=STRANGER, header=header | mine))
    assert checked(text).reason is CredentialReason.ISSUER_SIGNATURE_INVALID
    assert checked(bound(reissued(_self_issued, key=STRANGER, header=header | mine))).reason is (
        CredentialReason.ISSUER_NOT_LIVE
    )


def _self_issued(claims: dict[str, Any]) -> None:
    claims["issuer"]["id"] = claims["issuer"]["id"].replace(BANK.address, STRANGER.address)


@pytest.mark.parametrize(
    "change", [{"kid": None}, {"kid": "did:pkh:x"}, {"cty": "vp"}, {"jwk": {"kty": "oct", "k": "AA"}}]
)
def test_check__header_that_names_another_key_or_content__refused(change: dict[str, Any]) -> None:
    header = dict(parse_jws(parse_sd_jwt(issued()).token).header) | change
    text = bound(reissued(lambda _: None, header=header))
    assert checked(text).reason is CredentialReason.ISSUER_SIGNATURE_INVALID


# --- claims ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [..., None, "0x00", []])
def test_check__stripped_status__refused(status: object) -> None:
    """By the issuer itself; anybody else breaks the signature by it."""

    def strip(claims: dict[str, Any]) -> None:
        del claims["credentialStatus"]
        if status is not ...:
            claims["credentialStatus"] = status

    assert checked(bound(reissued(strip))).reason is CredentialReason.STATUS_MISSING


def test_check__status_stripped_on_the_way__refused() -> None:
    parts = parse_sd_jwt(presented())
    header, payload, signature = parts.token.split(".")
    claims = json.loads(from_base64url(payload))
    del claims["credentialStatus"]
    stripped = f"{header}.{base64url(json.dumps(claims, separators=(',', ':')).encode())}.{signature}"
    text = bound("~".join([stripped, parts.disclosures[0].text, ""]))
    assert checked(text).reason is CredentialReason.ISSUER_SIGNATURE_INVALID


def test_check__status_or_expiry_made_selectively_disclosable__refused() -> None:
    """What must show cannot be hidden behind a digest, where a firm could leave it out."""
    for name, reason in (
        ("credentialStatus", CredentialReason.STATUS_MISSING),
        ("validUntil", CredentialReason.CLAIM_MISSING),
        ("issuer", CredentialReason.CLAIM_MISSING),
        ("cnf", CredentialReason.CLAIM_MISSING),
        ("exp", CredentialReason.CLAIM_MISSING),
    ):

        def hide(claims: dict[str, Any], name: str = name) -> None:
            claims["_sd"].append(disclose(bytes(16), name, claims.pop(name)).digest)

        assert checked(bound(reissued(hide))).reason is reason


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: claims.update({"@context": claims["@context"][:1]}),
        lambda claims: claims["@context"].append({"grade": "urn:other"}),
        lambda claims: claims.update(type="VerifiableCredential"),
        lambda claims: claims.update(type=claims["type"][::-1]),
        lambda claims: claims["credentialStatus"].update(type="BitstringStatusListEntry"),
        lambda claims: claims["credentialStatus"].update(chainId="31337"),
        lambda claims: claims["credentialStatus"].update(chainId=True),
        lambda claims: claims["credentialStatus"].update(chainId=-1),
        lambda claims: claims["credentialStatus"].update(chainId=1),
        lambda claims: claims["credentialStatus"].update(registry=REGISTRY.lower()),
        lambda claims: claims["credentialStatus"].update(certificate=claims["credentialStatus"]["certificate"].upper()),
        lambda claims: claims["credentialSubject"].update(id=claims["credentialSubject"]["id"].lower()),
        lambda claims: claims["credentialSubject"].update(id=claims["credentialSubject"]["id"].replace("31337", "1")),
        lambda claims: claims["issuer"].update(participant="4"),
        lambda claims: claims.update(validUntil="2026-02-22T16:00:00+00:00"),
        lambda claims: claims.update(validUntil="2026-13-22T16:00:00Z"),
        lambda claims: claims.update(exp=claims["exp"] + 1),
        lambda claims: claims.update(exp=str(claims["exp"])),
        lambda claims: claims["cnf"].update(jwk={"kty": "RSA"}),
        lambda claims: claims["credentialSubject"].update(asOf="2020-02-30"),
        lambda claims: claims["credentialSubject"].update(grade="F"),
        lambda claims: claims["credentialSubject"].update(endorsers=[-1]),
        lambda claims: claims["credentialSubject"].update(model=7),
    ],
)  # fmt: skip
def test_check__another_spelling_or_contradiction_signed_by_the_issuer__malformed(change: Any) -> None:
    parts = parse_sd_jwt(reissued(change))
    assert checked(bound(f"{parts.token}~")).reason is CredentialReason.MALFORMED


@pytest.mark.parametrize("name", ["issuer", "credentialSubject", "validUntil", "exp", "iat", "cnf"])
@pytest.mark.parametrize("value", [..., None, 7, "text", []])
def test_check__claim_missing_or_of_another_kind__refused(name: str, value: object) -> None:
    def spoil(claims: dict[str, Any]) -> None:
        claims.pop(name) if value is ... else claims.update({name: value})

    if (name, value) == ("iat", 7):
        return  # a number, as it should be
    verdict = checked(bound(parse_sd_jwt(reissued(spoil)).token + "~"))
    assert verdict.reason in (CredentialReason.CLAIM_MISSING, CredentialReason.MALFORMED)
    assert verdict.shown is None


def test_check__claim_given_twice__refused() -> None:
    """One reader would take the first, another the last."""
    parts = parse_sd_jwt(issued())
    token = parse_jws(parts.token)
    raw = json.dumps(dict(token.payload), separators=(",", ":")).encode()
    doubled = raw[:-1] + b',"credentialStatus":{}}'
    header = base64url(json.dumps(dict(token.header)).encode())
    unsigned = f"{header}.{base64url(doubled)}"
    text = f"{unsigned}.{base64url(es256k.sign(BANK, unsigned.encode()))}~"
    assert checked(bound(text)).reason is CredentialReason.MALFORMED


def test_check__disclosure_of_another_credential__refused() -> None:
    better = issued(Ledger(content=replace(CONTENT, grade=Grade.A)), seed=b"better")
    grade = next(item for item in parse_sd_jwt(better).disclosures if item.name == "grade")
    text = bound("~".join([parse_sd_jwt(issued()).token, grade.text, ""]))
    assert checked(text).reason is CredentialReason.DISCLOSURE_INVALID
    made_up = disclose(bytes(16), "grade", "A")
    text = bound("~".join([parse_sd_jwt(issued()).token, made_up.text, ""]))
    assert checked(text).reason is CredentialReason.DISCLOSURE_INVALID
