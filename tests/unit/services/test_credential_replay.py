"""Presentations by another holder, for another bank, time or chain, and issuers that cannot speak any more: refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.services.credentials import (
    AUDIENCE,
    BANK,
    CHALLENGE,
    CONTENT,
    DAY,
    FIRM,
    NOW,
    STRANGER,
    Ledger,
    account,
    bound,
    checked,
    issued,
    presented,
    rebound,
    reissued,
)
from trustspace.domain.certificates import Reason
from trustspace.domain.credentials import CredentialField, CredentialReason
from trustspace.domain.ids import Address, ParticipantId
from trustspace.domain.participants import Role
from trustspace.encoding.jose import parse_jws, public_jwk
from trustspace.encoding.sd_jwt import parse_sd_jwt

OTHER = Address("0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512")


# --- holder, audience, challenge, time -------------------------------------------------------------------------------


def test_check__holder_is_another_account__refused() -> None:
    stolen = issued()
    assert checked(bound(stolen, key=STRANGER)).reason is CredentialReason.HOLDER_SIGNATURE_INVALID
    assert checked(bound(stolen, key=BANK)).reason is CredentialReason.HOLDER_SIGNATURE_INVALID

    def lend(claims: dict[str, Any]) -> None:
        claims["cnf"] = {"jwk": public_jwk(STRANGER.public_key)}

    assert checked(bound(reissued(lend), key=STRANGER)).reason is CredentialReason.WRONG_HOLDER


def test_check__holders_token_of_another_presentation__refused() -> None:
    grade, model = presented(), presented(fields=(CredentialField.MODEL,))
    mixed = grade.rpartition("~")[0] + "~" + model.rpartition("~")[2]
    assert checked(mixed).reason is CredentialReason.HOLDER_SIGNATURE_INVALID
    assert checked(rebound(grade, sd_hash=None)).reason is CredentialReason.HOLDER_SIGNATURE_INVALID


def test_check__replayed_at_another_bank_or_for_another_challenge__refused() -> None:
    once = presented()
    assert checked(once, audience="bank-7.example").reason is CredentialReason.WRONG_AUDIENCE
    assert checked(once, audience=AUDIENCE.upper()).reason is CredentialReason.WRONG_AUDIENCE
    assert checked(once, challenge=CHALLENGE[::-1]).reason is CredentialReason.WRONG_CHALLENGE
    for words, reason in (
        ({"aud": None}, CredentialReason.WRONG_AUDIENCE),
        ({"aud": [AUDIENCE]}, CredentialReason.WRONG_AUDIENCE),
        ({"nonce": None}, CredentialReason.WRONG_CHALLENGE),
        ({"nonce": 1}, CredentialReason.WRONG_CHALLENGE),
    ):
        assert checked(rebound(once, **words)).reason is reason


@pytest.mark.parametrize(
    ("made", "asked", "expected"),
    [
        (NOW, NOW + 300, CredentialReason.OK),
        (NOW, NOW + 301, CredentialReason.PRESENTATION_EXPIRED),
        (NOW, NOW + 90 * DAY, CredentialReason.PRESENTATION_EXPIRED),
        (NOW + 300, NOW, CredentialReason.OK),
        (NOW + 301, NOW, CredentialReason.PRESENTATION_EXPIRED),
        (1 << 62, NOW, CredentialReason.PRESENTATION_EXPIRED),
        (-1, NOW, CredentialReason.PRESENTATION_EXPIRED),
    ],
)
def test_check__expired_challenge_or_a_presentation_from_tomorrow__refused(
    made: int, asked: int, expected: CredentialReason
) -> None:
    assert checked(presented(now=made), now=asked).reason is expected


@pytest.mark.parametrize("change", [{"iat": None}, {"iat": "1764000000"}, {"iat": True}, {"exp": "never"}])
def test_check__holders_token_without_a_time__malformed(change: dict[str, Any]) -> None:
    assert checked(rebound(presented(), **change)).reason is CredentialReason.MALFORMED


def test_check__outside_its_validity__refused_even_when_its_start_is_hidden() -> None:
    late = CONTENT.not_after + 1
    assert checked(presented(now=CONTENT.not_after), now=CONTENT.not_after).valid
    assert checked(presented(now=late), now=late).reason is CredentialReason.EXPIRED
    early = CONTENT.valid_from - 301
    shown = presented(fields=(CredentialField.VALID_FROM,), now=early)
    assert checked(shown, now=early).reason is CredentialReason.NOT_YET_VALID
    hidden = checked(presented(now=early), Ledger(reason=Reason.NOT_YET_VALID), now=early)
    assert hidden.reason is CredentialReason.NOT_IN_FORCE


# --- chain ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.OK])
def test_check__certificate_that_the_chain_does_not_bear_out__told_with_its_reason(reason: Reason) -> None:
    verdict = checked(presented(), Ledger(reason=reason))
    assert verdict.reason is CredentialReason.NOT_IN_FORCE
    assert verdict.status is not None
    assert verdict.status.reason is reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"retired_at": 9}, CredentialReason.ISSUER_NOT_LIVE),
        ({"compromised_from": 9}, CredentialReason.ISSUER_COMPROMISED),
        ({"roles": Role(0)}, CredentialReason.ISSUER_NOT_LIVE),  # suspended
        ({"roles": Role.SOURCE | Role.BANK}, CredentialReason.ISSUER_NOT_LIVE),
        ({"participant": ParticipantId(8)}, CredentialReason.ISSUER_NOT_ENDORSER),
        ({"participant": ParticipantId(5)}, CredentialReason.CERTIFICATE_MISMATCH),  # says it is participant 4
    ],
)
def test_check__issuer_that_cannot_speak_for_it_any_more__refused(
    changes: dict[str, Any], reason: CredentialReason
) -> None:
    assert checked(presented(), Ledger(issuer=account(**changes))).reason is reason


def test_check__other_chain_or_registry__refused_before_the_chain_is_asked() -> None:
    for changes in ({"chain_id": 1}, {"registry": OTHER}):
        ledger = Ledger()
        verdict = checked(presented(), ledger, **changes)
        assert (verdict.reason, ledger.asked, verdict.shown) == (CredentialReason.WRONG_SPACE, 0, None)
        elsewhere = presented(issued(Ledger(**changes)))
        assert checked(elsewhere).reason is CredentialReason.WRONG_SPACE


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: claims["credentialSubject"].update(grade="A"),
        lambda claims: claims["credentialSubject"].update(issuedBlock=1),
        lambda claims: claims["credentialSubject"].update(endorsers=[4]),
        lambda claims: claims["credentialSubject"].update(proofKind="Proven"),
        lambda claims: claims.update(validFrom="2020-01-01T00:00:00Z"),
        lambda claims: claims.update(validUntil="2036-02-22T16:00:00Z", exp=2_087_308_800),
        lambda claims: claims["credentialSubject"].update(id=claims["credentialSubject"]["id"].replace(
            FIRM.address, STRANGER.address)) or claims.update(cnf={"jwk": public_jwk(STRANGER.public_key)}),
    ],
    ids=["grade", "issuedBlock", "endorsers", "proofKind", "validFrom", "validUntil", "subject"],
)  # fmt: skip
def test_check__issuer_says_otherwise_than_the_chain__refused(change: Any) -> None:
    """A live account of the bank, but not what was certified."""
    text = parse_sd_jwt(reissued(change)).token + "~"
    key = STRANGER if STRANGER.address in json.dumps(dict(parse_jws(text[:-1]).payload)) else FIRM
    assert checked(bound(text, key=key)).reason is CredentialReason.CERTIFICATE_MISMATCH


def test_check__offline_with_fields_that_do_not_make_the_id__refused() -> None:
    def better(claims: dict[str, Any]) -> None:
        claims["credentialSubject"].update(
            grade="A", model="0x" + CONTENT.model.hex(), agreement="0x" + CONTENT.agreement.hex(), asOf="2020-01-01"
        )
        claims.update(validFrom="2025-11-23T16:00:00Z")

    ledger = Ledger()
    assert checked(bound(parse_sd_jwt(reissued(better)).token + "~"), ledger).reason is (
        CredentialReason.CERTIFICATE_MISMATCH
    )
    assert ledger.asked == 0


def test_check__certificate_id_made_up__unknown_to_the_chain() -> None:
    def rename(claims: dict[str, Any]) -> None:
        claims["credentialStatus"]["certificate"] = "0x" + "11" * 32

    verdict = checked(bound(parse_sd_jwt(reissued(rename)).token + "~"))
    assert verdict.reason is CredentialReason.NOT_IN_FORCE
    assert verdict.status is not None
    assert verdict.status.reason is Reason.UNKNOWN
