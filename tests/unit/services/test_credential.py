"""From certificate to credential to presentation to verdict, as it should be."""

from __future__ import annotations

import json
from itertools import combinations

import pytest

from tests.unit.services.credentials import (
    AUDIENCE,
    BANK,
    CHALLENGE,
    CONTENT,
    FIRM,
    LENDER,
    NOW,
    SECOND,
    STRANGER,
    Ledger,
    account,
    checked,
    expectation,
    issued,
    presented,
)
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.certificates import Reason
from trustspace.domain.credentials import ALWAYS_SHOWN, CredentialField, CredentialReason
from trustspace.domain.participants import Role
from trustspace.encoding.credential_terms import TERMS, VC_CONTEXT
from trustspace.encoding.jose import parse_jws
from trustspace.encoding.sd_jwt import opened, parse_sd_jwt
from trustspace.errors import InvalidCredential, OutOfRange
from trustspace.services.credential_check import check_presentation
from trustspace.services.credential_issue import CHALLENGE_BYTES, new_challenge, present_credential

EVERYTHING = tuple(CredentialField)


def refuses(reason: CredentialReason) -> pytest.RaisesExc[InvalidCredential]:
    return pytest.RaisesExc(InvalidCredential, check=lambda error: error.reason == reason.value)


def test_issue__certificate_that_holds__a_credential_of_the_data_model() -> None:
    parts = parse_sd_jwt(issued())
    token = parse_jws(parts.token)
    assert (token.header["alg"], token.header["typ"]) == ("ES256K", "vc+sd-jwt")
    document = opened(token.payload, parts.disclosures)
    assert document["@context"][0] == VC_CONTEXT
    assert document["type"] == ["VerifiableCredential", "TrustSpaceCreditCertificate"]
    assert document["issuer"]["id"] == f"did:pkh:eip155:31337:{BANK.address}"
    assert document["credentialSubject"] == {
        "id": f"did:pkh:eip155:31337:{FIRM.address}",
        "grade": "B",
        "model": "0x" + CONTENT.model.hex(),
        "agreement": "0x" + CONTENT.agreement.hex(),
        "asOf": "2020-01-01",
        "proofKind": "Endorsed",
        "issuedBlock": 77,
        "endorsers": [LENDER, SECOND],
    }
    assert (document["validFrom"], document["validUntil"]) == ("2025-11-23T16:00:00Z", "2026-02-22T16:00:00Z")
    assert document["credentialStatus"]["certificate"] == "0x" + Ledger().certificate.hex()


def test_issue__every_word_of_ours__is_in_the_bundled_terms() -> None:
    document = opened(parse_jws(parse_sd_jwt(issued()).token).payload, parse_sd_jwt(issued()).disclosures)
    parts = (document["credentialSubject"], document["credentialStatus"], document["issuer"])
    words = {word for part in parts for word in part} | {*document["type"], document["credentialStatus"]["type"]}
    assert words - TERMS.keys() == {"id", "type", "VerifiableCredential"}
    assert {word for word in TERMS if word[0] != "@"} <= words
    assert document["@context"][1] == TERMS


def test_issue__hidden_fields__nowhere_in_the_signed_part() -> None:
    signed = json.dumps(parse_jws(parse_sd_jwt(issued()).token).payload)
    for word in ('"B"', CONTENT.model.hex(), CONTENT.agreement.hex(), "2020-01-01", "2025-11-23", "Endorsed", "77,"):
        assert word not in signed
    assert not any(f'"{field.value}":' in signed.partition('"issuer"')[2] for field in CredentialField)


def test_issue__twice__salts_and_digests_differ() -> None:
    first, second = (
        parse_jws(parse_sd_jwt(issued(seed=seed)).token).payload["credentialSubject"]["_sd"] for seed in (b"a", b"b")
    )
    assert not set(first) & set(second)
    assert sorted(first) == first  # the order tells nothing of the fields' order


@pytest.mark.parametrize(
    ("ledger", "reason"),
    [
        (Ledger(reason=Reason.REVOKED), CredentialReason.NOT_IN_FORCE),
        (Ledger(reason=Reason.NOT_YET_VALID), CredentialReason.NOT_IN_FORCE),
        (Ledger(issuer=account(retired_at=9)), CredentialReason.ISSUER_NOT_LIVE),
        (Ledger(issuer=account(roles=Role.BANK)), CredentialReason.ISSUER_NOT_LIVE),
        (Ledger(issuer=account(compromised_from=9)), CredentialReason.ISSUER_COMPROMISED),
        (Ledger(endorsers=(SECOND,)), CredentialReason.ISSUER_NOT_ENDORSER),
    ],
)
def test_issue__without_the_right_to__refused(ledger: Ledger, reason: CredentialReason) -> None:
    with refuses(reason):
        issued(ledger)


def test_issue__by_a_stranger__refused() -> None:
    with refuses(CredentialReason.ISSUER_NOT_LIVE):
        issued(key=STRANGER)


def test_check__grade_alone__ok_and_nothing_else_told() -> None:
    presentation = presented()
    verdict = checked(presentation)
    assert verdict.valid
    assert verdict.shown is not None
    assert verdict.shown.fields == {CredentialField.GRADE: "B"}
    assert verdict.shown.credential.valid_until == CONTENT.not_after
    assert verdict.status is not None
    assert verdict.status.as_of_block == 99
    assert len(parse_sd_jwt(presentation).disclosures) == 1


@pytest.mark.parametrize("count", range(len(EVERYTHING) + 1))
def test_check__any_choice_of_fields__shows_exactly_those(count: int) -> None:
    for fields in combinations(EVERYTHING, count):
        verdict = checked(presented(fields=fields))
        assert verdict.reason is CredentialReason.OK
        assert verdict.shown is not None
        assert verdict.shown.fields.keys() == set(fields)


def test_check__offline__by_accounts_the_bank_trusts() -> None:
    trusted = expectation(issuers=frozenset({BANK.address}))
    verdict = check_presentation(presented(fields=EVERYTHING), trusted, now=NOW + 1)
    assert (verdict.reason, verdict.status) == (CredentialReason.OK, None)
    other = check_presentation(presented(), expectation(issuers=frozenset({STRANGER.address})), now=NOW + 1)
    assert other.reason is CredentialReason.ISSUER_NOT_TRUSTED
    with pytest.raises(OutOfRange, match="which issuers"):
        check_presentation(presented(), expectation(), now=NOW + 1)


def test_check__with_chain_and_own_list__both_must_agree() -> None:
    assert checked(presented(), issuers=frozenset({BANK.address})).valid
    ledger = Ledger()
    verdict = checked(presented(), ledger, issuers=frozenset())
    assert (verdict.reason, ledger.asked) == (CredentialReason.ISSUER_NOT_TRUSTED, 0)


def test_check__an_endorsers_second_account__ok() -> None:
    """The account that signs the credential need not be the one that endorsed the certificate."""
    assert checked(presented(), Ledger(endorsers=(SECOND, LENDER))).valid


def test_present__names_of_fields__cover_what_the_document_hides() -> None:
    hidden = {item.name for item in parse_sd_jwt(issued()).disclosures}
    assert hidden == {field.value for field in CredentialField}
    assert not hidden & set(ALWAYS_SHOWN)


def test_present__another_firms__refused() -> None:
    with refuses(CredentialReason.WRONG_HOLDER):
        presented(key=STRANGER)


def test_present__a_presentation_or_a_credential_with_fields_taken_out__refused() -> None:
    with refuses(CredentialReason.MALFORMED):
        presented(presented())
    parts = parse_sd_jwt(issued())
    with refuses(CredentialReason.CLAIM_MISSING):
        presented("~".join([parts.token, parts.disclosures[1].text, ""]))


@pytest.mark.parametrize(
    "words",
    [
        {"audience": ""}, {"audience": "x" * 257}, {"audience": "bank\n"}, {"challenge": ""}, {"challenge": "x" * 15},
        {"challenge": "x" * 257}, {"challenge": "x" * 20 + "\0"},
    ],
)  # fmt: skip
def test_present_and_check__words_that_bind_nothing__refused(words: dict[str, str]) -> None:
    with pytest.raises(OutOfRange):
        presented(**words)
    with pytest.raises(OutOfRange):
        checked(presented(), **words)


def test_challenge__each__new_and_long_enough() -> None:
    made = {new_challenge(SystemRandomness()) for _ in range(50)}
    assert len(made) == 50
    assert CHALLENGE_BYTES >= 16
    for challenge in made:
        assert checked(presented(challenge=challenge), challenge=challenge).valid


def test_present__seconds__end_it_even_where_the_bank_would_wait() -> None:
    text = present_credential(issued(), (), audience=AUDIENCE, challenge=CHALLENGE, key=FIRM, now=NOW, seconds=60)
    assert checked(text, now=NOW + 60).valid
    assert checked(text, now=NOW + 61).reason is CredentialReason.PRESENTATION_EXPIRED
