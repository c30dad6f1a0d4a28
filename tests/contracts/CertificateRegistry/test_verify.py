"""verify: the first that applies
├ never issued: Unknown
├ contract paused: Paused
├ Revoked, Replaced, Suspended
├ NotYetValid, Expired
├ an endorser's account compromised from the block of issue or before: IssuerKeyCompromised; retired: no matter
├ ModelWithdrawn, AgreementTerminated; agreement expired since: no matter
├ no features by the block of issue: FeaturesMissing
├ an invoice of the evidence voided after its source committed: CollateralVoided
└ else: Ok
"""

import pytest
from brownie import chain

from tests.contracts.world import AS_OF, DAY, VOIDED, Certificate, h, now

UNKNOWN, OK, NOT_YET, EXPIRED, SUSPENDED, REVOKED, REPLACED, COMPROMISED = range(8)
WITHDRAWN, TERMINATED, VOIDED_EVIDENCE, PAUSED, FEATURES_MISSING = range(8, 13)


@pytest.fixture
def issued(world, certificate):
    return world.issue(certificate)


def reason(world, id_):
    return world.certificates.verify(id_)[0]


def test_verify__never_issued__unknown(world):
    assert world.certificates.verify(h("none")) == (UNKNOWN, 0, chain.height, 0)
    world.certificates.pause({"from": world.guardian})
    assert reason(world, h("none")) == UNKNOWN


def test_verify__sound__ok_with_grade_and_block(world, issued, certificate):
    assert world.certificates.verify(issued) == (OK, certificate.grade, chain.height, 0)


def test_verify__validity__to_the_second(world, ready):
    later = Certificate(ready["agreement"], ready["model"], valid_from=now() + 10 * DAY)
    id_ = world.issue(later)
    assert reason(world, id_) == NOT_YET
    chain.sleep(11 * DAY)
    chain.mine()
    assert reason(world, id_) == OK
    chain.sleep(90 * DAY)
    chain.mine()
    assert world.certificates.verify(id_)[:2] == (EXPIRED, later.grade)


def test_verify__endorser_compromised__from_the_block_of_issue(world, issued):
    block = world.certificates.certificateInfo(issued)[6]
    chain.mine(3)
    world.participants.declareCompromise(world.bank(0), block + 1, {"from": world.regulator})
    assert reason(world, issued) == OK
    world.participants.declareCompromise(world.bank(0), block, {"from": world.regulator})
    assert reason(world, issued) == COMPROMISED


def test_verify__endorser_retired__past_stays_valid(world, issued):
    for i in (0, 1):
        world.participants.retireAccount(world.bank(i), {"from": world.bank(i)})
    assert reason(world, issued) == OK


def test_verify__model_withdrawn__poisoned(world, issued, certificate):
    world.models.withdrawModel(certificate.model, h("reason"), {"from": world.regulator})
    assert reason(world, issued) == WITHDRAWN


def test_verify__issued_for_a_remembered_withdrawn_model__never_ok(world, issued, certificate):
    world.models.withdrawModel(certificate.model, h("reason"), {"from": world.regulator})
    certificate.grade = 1
    assert reason(world, world.issue(certificate)) == WITHDRAWN


def test_verify__agreement__terminated_counts_expired_does_not(world, ready):
    agreement = world.record(salt=h("short"), notAfter=now() + DAY)
    id_ = world.issue(Certificate(agreement, ready["model"]))
    chain.sleep(2 * DAY)
    chain.mine()
    assert reason(world, id_) == OK
    world.agreements.terminate(agreement, {"from": world.subject.account})
    assert reason(world, id_) == TERMINATED


def test_verify__features__must_be_there_at_issue(world, ready):
    id_ = world.issue(Certificate(ready["agreement"], ready["model"], day=AS_OF + 1))
    assert reason(world, id_) == FEATURES_MISSING
    world.commit(day=AS_OF + 1)
    assert reason(world, id_) == FEATURES_MISSING


def test_verify__invoice_voided__collateral_voided(world, issued, ready):
    world.invoices.setStatus(ready["batch"], 9, VOIDED, {"from": world.source})
    assert reason(world, issued) == VOIDED_EVIDENCE


def test_verify__everything_at_once__in_the_stated_order(world, ready):
    """Each fault is mended or outranked by the next: the reason is always the first of the order."""
    agreement = world.record(salt=h("doomed"))
    certificate = Certificate(agreement, ready["model"])
    id_ = world.issue(certificate)
    world.invoices.setStatus(ready["batch"], 9, VOIDED, {"from": world.source})
    assert reason(world, id_) == VOIDED_EVIDENCE
    world.agreements.terminate(agreement, {"from": world.subject.account})
    assert reason(world, id_) == TERMINATED
    world.models.withdrawModel(certificate.model, h("reason"), {"from": world.regulator})
    assert reason(world, id_) == WITHDRAWN
    world.participants.declareCompromise(world.bank(1), 1, {"from": world.regulator})
    assert reason(world, id_) == COMPROMISED
    chain.sleep(91 * DAY)
    chain.mine()
    assert reason(world, id_) == EXPIRED
    world.certificates.suspend(id_, {"from": world.bank(0)})
    assert reason(world, id_) == SUSPENDED
    world.certificates.revoke(id_, h("reason"), {"from": world.bank(0)})
    assert reason(world, id_) == REVOKED
    world.certificates.pause({"from": world.guardian})
    assert reason(world, id_) == PAUSED


def test_verify_many__some__each_its_own(world, issued, certificate):
    verdicts = world.certificates.verifyMany([issued, h("none"), issued])
    assert [verdict[0] for verdict in verdicts] == [OK, UNKNOWN, OK]
    assert verdicts[0] == (OK, certificate.grade, chain.height, 0)
    assert world.certificates.verifyMany([]) == ()
