"""A bundle's verdict as the status of a credential: what it proves, and what it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.services.credentials import (
    CONTENT,
    LENDER,
    NOW,
    SECOND,
    STRANGER,
    SUBJECT,
    Ledger,
    account,
    expectation,
    issued,
    presented,
)
from trustspace.domain.agreements import AgreementState
from trustspace.domain.bundle_verdicts import BundleVerdict
from trustspace.domain.certificate_evidence import AccountStanding, CertificateEvidence
from trustspace.domain.certificates import CertificateRecord, CertificateState, ProofKind, Reason
from trustspace.domain.credentials import CredentialField, CredentialReason, CredentialVerdict
from trustspace.domain.models import ModelState
from trustspace.errors import InvalidBundle
from trustspace.services.bundle_status import BundleStatus
from trustspace.services.credential_check import check_presentation

OTHER = account(account=STRANGER.address, participant=SECOND)


def proven(*endorsers: AccountStanding) -> BundleVerdict:
    certificate = Ledger().certificate
    accounts = endorsers or (account(), OTHER)
    record = CertificateRecord(
        certificate=certificate, state=CertificateState.ACTIVE, content=CONTENT, subject=SUBJECT,
        proof_kind=ProofKind.ENDORSED, verifier=None, issued_block=77,
        endorsers=tuple(item.account for item in accounts),
    )  # fmt: skip
    evidence = CertificateEvidence(
        record=record, paused=False, endorsers=accounts, model_state=ModelState.FINAL, model_hash=bytes(32),
        verifier=None, agreement_state=AgreementState.ACTIVE, sources=(),
    )  # fmt: skip
    return BundleVerdict(
        certificate=certificate, evidence=evidence, block=99, block_hash=bytes(32), block_time=NOW, trust="pinned",
        validators=(), sealers=(), age=60, max_age=3_600, reason_then=Reason.OK, reason=Reason.OK,
    )  # fmt: skip


def judged(verdict: BundleVerdict) -> CredentialVerdict:
    shown = presented(fields=tuple(CredentialField))
    return check_presentation(shown, expectation(), now=NOW + 1, ledger=BundleStatus(verdict))


def test_bundle_status__all_good__ok_as_of_its_block_and_no_issuer_need_be_named() -> None:
    verdict = judged(proven())
    assert (verdict.reason, verdict.status and verdict.status.as_of_block) == (CredentialReason.OK, 99)


def test_bundle_status__revoked_then_or_expired_since__not_in_force() -> None:
    for changes, reason in (
        ({"reason_then": Reason.REVOKED, "reason": Reason.REVOKED}, Reason.REVOKED),
        ({"reason": Reason.EXPIRED}, Reason.EXPIRED),
        ({"reason_then": Reason.NOT_YET_VALID}, Reason.NOT_YET_VALID),
    ):
        verdict = judged(replace(proven(), **changes))
        assert verdict.reason is CredentialReason.NOT_IN_FORCE
        assert verdict.status is not None
        assert verdict.status.reason is reason


def test_bundle_status__never_issued_or_too_old__refused() -> None:
    nothing = replace(proven(), evidence=None, reason_then=Reason.UNKNOWN, reason=Reason.UNKNOWN)
    assert judged(nothing).reason is CredentialReason.NOT_IN_FORCE
    assert judged(replace(proven(), age=3_601)).reason is CredentialReason.STATUS_TOO_OLD


def test_bundle_status__issuers_account_retired_stolen_or_not_in_it__refused() -> None:
    for endorser, reason in (
        (account(retired_at=9), CredentialReason.ISSUER_NOT_LIVE),
        (account(compromised_from=80), CredentialReason.ISSUER_COMPROMISED),
        (account(roles=account().roles & 0), CredentialReason.ISSUER_NOT_LIVE),
    ):
        assert judged(proven(endorser, OTHER)).reason is reason
    assert judged(proven(OTHER)).reason is CredentialReason.ISSUER_NOT_LIVE
    elsewhere = account(account=STRANGER.address, participant=LENDER)
    assert judged(proven(elsewhere)).reason is CredentialReason.ISSUER_NOT_LIVE  # another account of the same bank


def test_bundle_status__of_another_certificate__refused() -> None:
    with pytest.raises(InvalidBundle, match="of certificate"):
        judged(replace(proven(), certificate=type(proven().certificate)(bytes(32))))


def test_bundle_status__issued_for_its_content__nothing_else_passes() -> None:
    other = replace(CONTENT, not_after=CONTENT.not_after + 1)
    shown = presented(issued(Ledger(content=other)))
    with pytest.raises(InvalidBundle):
        check_presentation(shown, expectation(), now=NOW + 1, ledger=BundleStatus(proven()))
