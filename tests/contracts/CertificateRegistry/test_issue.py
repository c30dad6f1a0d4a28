"""issue
├ no grade: InvalidGrade; validity ends before it begins, or is over: InvalidValidity; is too long: ValidityTooLong
├ issued before: CertificateAlreadyIssued
├ endorsements fewer than the quorum: TooFewEndorsements; more than 4: TooManyEndorsements
├ a signature is malformed or has a high s: EndorsementInvalid
├ a signer is no live certifier: as requireRole; two are of one participant: ParticipantRepeated
├ agreement is not in force for CERTIFICATE: as requireUsable
├ model is not final: UnknownModel, ModelNotFinal
└ else: one event; anybody may have sent it
issueMany: lists of two lengths LengthsDiffer; all or none
endorseAndIssue: the sender counts as an endorser; bits outside the terms StrayTermBits
"""

import pytest
from brownie import chain

from tests.contracts.errors import reverts_with
from tests.contracts.world import BANK, CERTIFIER, DAY, FEATURES, MAX_VALIDITY, Certificate, h, now

HALF_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 // 2  # not-a-key


def issue(world, c, *banks, endorsements=None):
    endorsements = world.endorsements(c, *(banks or (0, 1))) if endorsements is None else endorsements
    return world.certificates.issue.call(c.tuple, endorsements, {"from": world.outsider})


def test_issue__no_grade__refused(world, certificate):
    certificate.grade = 0
    with reverts_with("InvalidGrade"):
        issue(world, certificate)


def test_issue__unfit_validity__refused(world, certificate):
    certificate.not_after = certificate.valid_from - 1
    with reverts_with("InvalidValidity", certificate.valid_from, certificate.not_after):
        issue(world, certificate)
    certificate.valid_from, certificate.not_after = now() - 100, now() - 50
    with reverts_with("InvalidValidity", certificate.valid_from, certificate.not_after):
        issue(world, certificate)
    certificate.valid_from, certificate.not_after = now(), now() + MAX_VALIDITY + 1
    with reverts_with("ValidityTooLong", MAX_VALIDITY + 1, MAX_VALIDITY):
        issue(world, certificate)


def test_issue__number_of_endorsements__quorum_to_four(world, certificate):
    with reverts_with("TooFewEndorsements", 1, 2):
        issue(world, certificate, 0)
    with reverts_with("TooManyEndorsements", 5, 4):
        issue(world, certificate, 0, 1, 2, 3, 0)


def test_issue__malformed_signature__refused(world, certificate):
    good = world.endorsements(certificate, 0)
    for bad in ((bytes(32), bytes(32)), (good[0][0], (HALF_ORDER + 1).to_bytes(32, "big"))):
        with reverts_with("EndorsementInvalid", 1):
            issue(world, certificate, endorsements=[*good, bad])


def test_issue__one_endorser_twice__refused(world, certificate):
    with reverts_with("ParticipantRepeated", 1):
        issue(world, certificate, 0, 0)


def test_issue__endorser_without_standing__refused(world, certificate):
    world.participants.setRoles(2, BANK, {"from": world.regulator})
    with reverts_with("RoleMissing", world.bank(1), CERTIFIER):
        issue(world, certificate)
    world.participants.retireAccount(world.bank(2), {"from": world.bank(2)})
    with reverts_with("AccountNotLive", world.bank(2)):
        issue(world, certificate, 0, 2)
    world.participants.suspend(4, {"from": world.regulator})
    with reverts_with("RoleMissing", world.bank(3), CERTIFIER):
        issue(world, certificate, 0, 3)


def test_issue__forged_grade__signers_are_strangers(world, certificate):
    """The sender changes the grade that was endorsed: other signers come out, who are nobody."""
    endorsements = world.endorsements(certificate, 0, 1)
    certificate.grade = 1
    with pytest.raises(Exception, match="UnknownAccount"):
        issue(world, certificate, endorsements=endorsements)


def test_issue__agreement_not_in_force__refused(world, certificate, ready):
    unknown = Certificate(h("none"), ready["model"])
    with reverts_with("UnknownAgreement", h("none")):
        issue(world, unknown)
    narrow = Certificate(world.record(salt=h("narrow"), purposes=FEATURES), ready["model"])
    with reverts_with("PurposeNotGranted", narrow.agreement, 4):
        issue(world, narrow)
    world.agreements.terminate(certificate.agreement, {"from": world.subject.account})
    with reverts_with("AgreementIsTerminated", certificate.agreement):
        issue(world, certificate)


def test_issue__model_not_final__refused(world, certificate):
    certificate.model = h("none")
    with reverts_with("UnknownModel", h("none")):
        issue(world, certificate)
    run = world.running(h("second"))
    world.play_round(run)
    world.models.confirmModel(run, world.card(), {"from": world.bank(0)})
    certificate.model = world.models.modelIdOf(run, world.card())
    with reverts_with("ModelNotFinal", certificate.model, 1):
        issue(world, certificate)


def test_issue__endorsed__one_word(world, certificate):
    tx = world.certificates.issue(certificate.tuple, world.endorsements(certificate, 0, 1), {"from": world.outsider})
    id_ = world.certificates.certificateIdOf(certificate.tuple)
    word = 1 << 252 | certificate.terms | 1 << 192 | 1 << 168 | tx.block_number << 64 | 1 << 16 | 2
    assert dict(tx.events["CertificateIssued"]) == {"certificate": id_, "word": word}
    info = world.certificates.certificateInfo(id_)
    assert info[:7] == (
        1, certificate.grade, 0, certificate.day, certificate.valid_from, certificate.not_after, tx.block_number,
    )  # fmt: skip
    assert info[7:10] == (world.subject.address, certificate.agreement, certificate.model)
    assert info[10] == (world.bank(1), world.bank(0))


def test_issue__again__refused(world, certificate):
    id_ = world.issue(certificate)
    with reverts_with("CertificateAlreadyIssued", id_):
        issue(world, certificate, 2, 3)


def test_issue_many__unfit__none_issued(world, certificate, ready):
    other = Certificate(ready["agreement"], ready["model"], grade=0)
    with reverts_with("LengthsDiffer", 1, 0):
        world.certificates.issueMany.call([certificate.tuple], [], {"from": world.outsider})
    signed = [world.endorsements(c, 0, 1) for c in (certificate, other)]
    with reverts_with("InvalidGrade"):
        world.certificates.issueMany.call([certificate.tuple, other.tuple], signed, {"from": world.outsider})
    world.certificates.issueMany([certificate.tuple], signed[:1], {"from": world.outsider})
    assert world.certificates.verify(world.certificates.certificateIdOf(certificate.tuple))[0] == 1


def send(world, c, *others, by=None, terms=None):
    terms = c.terms if terms is None else terms
    by = {"from": by or world.bank(0)}
    return world.certificates.endorseAndIssue.call(c.agreement, c.model, terms, world.endorsements(c, *others), by)


def test_endorse_and_issue__outsider__refused(world, certificate):
    with reverts_with("UnknownAccount", world.outsider):
        send(world, certificate, 1, by=world.outsider)
    with reverts_with("RoleMissing", world.source, CERTIFIER):
        send(world, certificate, 1, by=world.source)


def test_endorse_and_issue__counts__with_the_sender(world, certificate):
    with reverts_with("TooFewEndorsements", 1, 2):
        send(world, certificate)
    with reverts_with("TooManyEndorsements", 5, 4):
        send(world, certificate, 1, 2, 3, 0)
    with reverts_with("ParticipantRepeated", 1):
        send(world, certificate, 0)


def test_endorse_and_issue__stray_bits_or_grade__refused(world, certificate):
    for bit in (252, 240, 192, 168, 64, 0):
        with reverts_with("StrayTermBits", certificate.terms | 1 << bit):
            send(world, certificate, 1, terms=certificate.terms | 1 << bit)
    for grade in (0, 6, 15):
        certificate.grade = 2
        terms = certificate.terms & ~(0xF << 248) | grade << 248
        with reverts_with("InvalidGrade"):
            send(world, certificate, 1, terms=terms)


def test_endorse_and_issue__one_other__same_certificate(world, certificate):
    args = (certificate.agreement, certificate.model, certificate.terms, world.endorsements(certificate, 1))
    tx = world.certificates.endorseAndIssue(*args, {"from": world.bank(0)})
    id_ = world.certificates.certificateIdOf(certificate.tuple)
    assert tx.events["CertificateIssued"]["certificate"] == id_
    assert world.certificates.verify(id_) == (1, certificate.grade, chain.height, 0)
    assert set(world.certificates.certificateInfo(id_)[10]) == {world.bank(0), world.bank(1)}
    chain.sleep(91 * DAY)
    chain.mine()
    assert world.certificates.verify(id_)[0] == 3
