"""CertificateRegistry: issued, verified, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.registries.story import DAY, agree, certify, commit_features, refuses, trained
from trustspace.domain.batches import InvoiceStatus
from trustspace.domain.certificates import Certificate, CertificateState, Grade, Reason
from trustspace.domain.ids import CertificateId
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit


def test_certificates__issued__verifies_and_is_read_back(data_space: SpaceKit) -> None:
    certificate, _, agreement, model = certify(data_space)
    registry, banks = data_space.actors.outsider.certificates, data_space.actors.banks
    verdict = registry.verify(certificate)
    assert (verdict.reason, verdict.grade, verdict.valid) == (Reason.OK, Grade.B, True)
    found = registry.get(certificate)
    assert (found.state, found.subject) == (CertificateState.ACTIVE, data_space.actors.subjects[0].subject)
    assert (found.content.agreement, found.content.model, found.content.grade) == (agreement, model, Grade.B)
    assert set(found.endorsers) == {banks[0].address, banks[1].address}
    assert registry.id_of(found.content) == certificate
    assert registry.issued_to(found.subject) == (certificate,)
    assert registry.policy() == (2, 366 * 86_400)


def test_certificates__issued_by_an_endorser__verifies(data_space: SpaceKit) -> None:
    commit_features(data_space)
    agreement, (_, model), now = agree(data_space), trained(data_space), data_space.now()
    first, second = data_space.actors.banks[:2]
    certificate = Certificate(
        agreement=agreement, model=model, as_of_day=DAY, grade=Grade.E, valid_from=now - 9, not_after=now + 1_000_000
    )
    signature = second.key.sign_message(second.certificates.message(certificate))
    issued = first.certificates.endorse_and_issue(certificate, [signature]).value
    found = first.certificates.get(issued)
    assert (first.certificates.verify(issued).reason, found.content) == (Reason.OK, certificate)


def test_certificates__verify_many__answers_each_in_order_as_of_a_block(data_space: SpaceKit) -> None:
    before = data_space.node.block_number()
    certificate, *_ = certify(data_space)
    unknown = [CertificateId(keccak(b"unknown %d" % n)) for n in range(400)]
    verdicts = data_space.actors.outsider.certificates.verify_many([*unknown, certificate])
    assert [verdict.reason for verdict in verdicts] == [Reason.UNKNOWN] * 400 + [Reason.OK]
    assert verdicts[-1].certificate == certificate
    (earlier,) = data_space.actors.outsider.certificates.verify_many([certificate], block=before)
    assert (earlier.reason, earlier.as_of_block) == (Reason.UNKNOWN, before)


def test_certificates__what_takes_trust_away__changes_the_answer_at_once(data_space: SpaceKit) -> None:
    certificate, batch, agreement, model = certify(data_space)
    actors = data_space.actors
    bank, registry = actors.banks[0], actors.outsider.certificates
    bank.certificates.suspend(certificate)
    assert registry.verify(certificate).reason is Reason.SUSPENDED
    bank.certificates.resume(certificate)
    assert registry.verify(certificate).reason is Reason.OK
    bank.certificates.suspend(certificate)
    assert registry.verify(certificate).reason is Reason.SUSPENDED
    bank.certificates.resume(certificate)
    actors.guardian.certificates.pause()
    assert registry.verify(certificate).reason is Reason.PAUSED
    with refuses("AccessManagedUnauthorized", caller=actors.guardian.address):
        actors.guardian.certificates.unpause()
    actors.regulator.certificates.unpause()
    actors.sources[0].invoices.set_status(batch, 0, InvoiceStatus.VOIDED)
    assert registry.verify(certificate).reason is Reason.COLLATERAL_VOIDED
    actors.subjects[0].agreements.terminate(agreement)
    assert registry.verify(certificate).reason is Reason.AGREEMENT_TERMINATED
    actors.regulator.models.withdraw_model(model, keccak(b"drifted"))
    assert registry.verify(certificate).reason is Reason.MODEL_WITHDRAWN
    bank.participants.report_compromise(bank.address, 1)
    assert registry.verify(certificate).reason is Reason.ISSUER_KEY_COMPROMISED
    actors.banks[1].certificates.revoke(certificate, keccak(b"mistake"))
    assert registry.verify(certificate).reason is Reason.REVOKED


def test_certificates__regulator_annuls_and_sets_the_policy(data_space: SpaceKit) -> None:
    certificate, *_ = certify(data_space)
    regulator = data_space.actors.regulator.certificates
    regulator.annul(certificate)
    assert regulator.verify(certificate).reason is Reason.REVOKED
    regulator.set_policy(3, 86_400)
    assert regulator.policy() == (3, 86_400)
    with refuses("InvalidPolicy", quorum=0):
        regulator.set_policy(0, 86_400)
