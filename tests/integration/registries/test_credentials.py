"""Credentials over the real registries: whose word counts, and what ends it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.integration.registries.story import certify, signed, terms_of
from trustspace.apps.space import Space
from trustspace.crypto.signing import SigningKey
from trustspace.domain.certificates import Reason
from trustspace.domain.credentials import CredentialField, CredentialReason
from trustspace.domain.ids import AgreementId
from trustspace.encoding.hashing import keccak
from trustspace.errors import ChainUnreachable, InvalidCredential
from trustspace.services.credential_issue import present_credential

if TYPE_CHECKING:
    from trustspace.domain.credentials import CredentialVerdict
    from trustspace.domain.ids import CertificateId
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit

AUDIENCE, CHALLENGE = "bank-9.example", "pVMgHbBxQXw2qVg4yYH0yXz5"


def desk_of(kit: SpaceKit) -> Space:
    return Space.connect(kit.url, deployment=kit.deployment)


def shown(kit: SpaceKit, credential: str, *fields: CredentialField) -> CredentialVerdict:
    presentation = present_credential(
        credential, fields, audience=AUDIENCE, challenge=CHALLENGE, key=kit.actors.subjects[0].key, now=int(time.time())
    )
    return desk_of(kit).credentials.verify(presentation, audience=AUDIENCE, challenge=CHALLENGE)


def extra_account(bank: Actor, name: bytes) -> SigningKey:
    """A further account of a bank."""
    key = SigningKey(keccak(name))
    message = bank.participants.consent_message(bank.participant, key.address)
    bank.participants.add_account(key.address, key.sign_message(message))
    return key


@pytest.fixture
def certificate(data_space: SpaceKit) -> CertificateId:
    return certify(data_space)[0]


def test_credential__from_an_endorsing_bank__holds_and_says_what_the_chain_says(
    data_space: SpaceKit, certificate: CertificateId
) -> None:
    bank = data_space.actors.banks[0]
    credential = desk_of(data_space).credentials.issue(certificate, bank.key)
    verdict = shown(data_space, credential, *CredentialField)
    assert verdict.reason is CredentialReason.OK
    assert verdict.shown is not None
    record = bank.certificates.get(certificate)
    assert verdict.shown.fields[CredentialField.GRADE] == record.content.grade.name
    assert verdict.shown.fields[CredentialField.ISSUED_BLOCK] == record.issued_block
    assert verdict.shown.fields[CredentialField.ENDORSERS] == tuple(
        other.participant for other in data_space.actors.banks[:2]
    )
    assert verdict.shown.credential.subject == record.subject


def test_credential__by_who_did_not_endorse__refused(data_space: SpaceKit, certificate: CertificateId) -> None:
    for actor, reason in (
        (data_space.actors.banks[2], CredentialReason.ISSUER_NOT_ENDORSER),
        (data_space.actors.sources[0], CredentialReason.ISSUER_NOT_LIVE),
        (data_space.actors.outsider, CredentialReason.ISSUER_NOT_LIVE),
    ):
        with pytest.raises(InvalidCredential) as refused:
            desk_of(data_space).credentials.issue(certificate, actor.key)
        assert refused.value.reason == reason.value


def test_credential__of_an_unknown_certificate__refused(data_space: SpaceKit, certificate: CertificateId) -> None:
    unknown = type(certificate)(keccak(b"unknown"))
    with pytest.raises(InvalidCredential, match="Unknown"):
        desk_of(data_space).credentials.issue(unknown, data_space.actors.banks[0].key)


def test_credential__certificate_revoked_since__not_in_force(data_space: SpaceKit, certificate: CertificateId) -> None:
    bank = data_space.actors.banks[0]
    credential = desk_of(data_space).credentials.issue(certificate, bank.key)
    bank.certificates.revoke(certificate)
    verdict = shown(data_space, credential)
    assert verdict.reason is CredentialReason.NOT_IN_FORCE
    assert verdict.status is not None
    assert verdict.status.reason is Reason.REVOKED


def test_credential__issuers_account_retired_or_stolen__refused_and_another_account_can_issue_anew(
    data_space: SpaceKit, certificate: CertificateId
) -> None:
    bank = data_space.actors.banks[0]
    for name, end, reason in (
        (b"retired", bank.participants.retire_account, CredentialReason.ISSUER_NOT_LIVE),
        (
            b"stolen",
            lambda account: bank.participants.report_compromise(account, data_space.node.block_number()),
            CredentialReason.ISSUER_COMPROMISED,
        ),
    ):
        key = extra_account(bank, name)
        credential = desk_of(data_space).credentials.issue(certificate, key)
        assert shown(data_space, credential).valid
        end(key.address)
        assert shown(data_space, credential).reason is reason
    assert shown(data_space, desk_of(data_space).credentials.issue(certificate, bank.key)).valid


def test_credential__issuers_organisation_suspended__refused(data_space: SpaceKit, certificate: CertificateId) -> None:
    bank = data_space.actors.banks[0]
    credential = desk_of(data_space).credentials.issue(certificate, bank.key)
    data_space.actors.regulator.participants.suspend(bank.participant)
    assert shown(data_space, credential).reason is CredentialReason.ISSUER_NOT_LIVE


def test_subject_key__recorded_alone_or_among_others__is_the_subjects(data_space: SpaceKit) -> None:
    bank = data_space.actors.banks[0]
    first, second, third = data_space.actors.subjects[:3]
    alone = bank.agreements.record(signed(terms_of(data_space, first, bank), first, bank)).value
    many = bank.agreements.record_many(
        [signed(terms_of(data_space, subject, bank, b"many"), subject, bank) for subject in (second, third)]
    ).value
    for agreement, subject in zip((alone, *many), (first, second, third), strict=True):
        assert bank.agreements.subject_key(agreement) == subject.key.public_key


def test_subject_key__unknown_agreement_or_a_node_that_forgets__told(
    data_space: SpaceKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank, firm = data_space.actors.banks[0], data_space.actors.subjects[0]
    with pytest.raises(ChainUnreachable, match="who signed"):
        bank.agreements.subject_key(AgreementId(keccak(b"none")))
    agreement = bank.agreements.record(signed(terms_of(data_space, firm, bank), firm, bank)).value
    for kept in (None, b"", b"\x01\x02\x03\x04" + bytes(64)):
        monkeypatch.setattr(type(bank.client.node), "call_data", lambda _node, _transaction, kept=kept: kept)
        with pytest.raises(ChainUnreachable, match="keeps transactions"):
            bank.agreements.subject_key(agreement)
