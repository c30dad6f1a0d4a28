"""revoke, suspend, resume, replace
├ certificate is unknown: UnknownCertificate
├ caller has no live account of an endorsing participant: NotEndorser; resume without CERTIFIER: RoleMissing
├ state does not allow it: StateMoveForbidden
├ replace by the same, an inactive, an earlier, or another subject's certificate: SuccessorUnfit
└ else: the new state and an event
annul: the regulator's revocation
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import BANK, Certificate, Signer, h

ACTIVE, SUSPENDED, REVOKED, REPLACED = 1, 2, 3, 4
ALL = ("revoke", "suspend", "resume", "replace")


def attempt(world, verb, id_, by, successor=None):
    extra = {"revoke": (h("reason"),), "replace": (successor or h("none"),)}.get(verb, ())
    return getattr(world.certificates, verb).call(id_, *extra, {"from": by})


@pytest.fixture
def issued(world, certificate):
    return world.issue(certificate, 0, 1)


@pytest.fixture
def successor(world, ready, issued):
    return world.issue(Certificate(ready["agreement"], ready["model"], grade=3))


@pytest.mark.parametrize("verb", ALL)
def test_move__unknown_certificate__refused(world, verb):
    with reverts_with("UnknownCertificate", h("none")):
        attempt(world, verb, h("none"), world.bank(0))


@pytest.mark.parametrize("verb", ALL)
def test_move__by_others__refused(world, verb, issued):
    for caller in (world.outsider, world.bank(2), world.subject.account, world.regulator, world.guardian):
        with reverts_with("NotEndorser", issued, caller):
            attempt(world, verb, issued, caller)
    world.participants.retireAccount(world.bank(0), {"from": world.bank(0)})
    with reverts_with("NotEndorser", issued, world.bank(0)):
        attempt(world, verb, issued, world.bank(0))


def test_suspend__then_resume__active_again(world, issued):
    tx = world.certificates.suspend(issued, {"from": world.bank(1)})
    assert dict(tx.events["CertificateSuspended"]) == {"certificate": issued, "by": 2}
    assert world.certificates.certificateInfo(issued)[0] == SUSPENDED
    with reverts_with("StateMoveForbidden", issued, SUSPENDED, SUSPENDED):
        attempt(world, "suspend", issued, world.bank(0))
    tx = world.certificates.resume(issued, {"from": world.bank(0)})
    assert dict(tx.events["CertificateResumed"]) == {"certificate": issued, "by": 1}
    assert world.certificates.verify(issued)[0] == 1
    with reverts_with("StateMoveForbidden", issued, ACTIVE, ACTIVE):
        attempt(world, "resume", issued, world.bank(0))


def test_resume__no_longer_certifier__refused(world, issued):
    world.certificates.suspend(issued, {"from": world.bank(0)})
    world.participants.setRoles(1, BANK, {"from": world.regulator})
    with reverts_with("RoleMissing", world.bank(0), 16):
        attempt(world, "resume", issued, world.bank(0))


@pytest.mark.parametrize("suspended", [False, True])
def test_revoke__active_or_suspended__final(world, issued, successor, suspended):
    if suspended:
        world.certificates.suspend(issued, {"from": world.bank(0)})
    tx = world.certificates.revoke(issued, h("reason"), {"from": world.bank(1)})
    assert dict(tx.events["CertificateRevoked"]) == {
        "certificate": issued, "by": 2, "reasonHash": "0x" + h("reason").hex(),
    }  # fmt: skip
    for verb, to in (("revoke", REVOKED), ("suspend", SUSPENDED), ("resume", ACTIVE), ("replace", REPLACED)):
        with reverts_with("StateMoveForbidden", issued, REVOKED, to):
            attempt(world, verb, issued, world.bank(0), successor)


def test_revoke__by_colleague_of_the_endorser__done(world, issued):
    colleague = Signer("colleague")
    fields = "uint16 participant,address account"
    consent = colleague.sign(world.participants, "AccountConsent", fields, participant=1, account=colleague.address)
    world.participants.addAccount(colleague.address, consent, {"from": world.bank(0)})
    world.certificates.revoke(issued, h("reason"), {"from": colleague.account})
    assert world.certificates.verify(issued)[0] == 5


def test_annul__regulator_only__as_participant_zero(world, issued):
    for caller in (world.guardian, world.bank(0)):
        with reverts_with("AccessManagedUnauthorized", caller):
            world.certificates.annul.call(issued, h("reason"), {"from": caller})
    with reverts_with("UnknownCertificate", h("none")):
        world.certificates.annul.call(h("none"), h("reason"), {"from": world.regulator})
    tx = world.certificates.annul(issued, h("reason"), {"from": world.regulator})
    assert tx.events["CertificateRevoked"]["by"] == 0
    assert world.certificates.certificateInfo(issued)[0] == REVOKED


def test_replace__unfit_successor__refused(world, issued, successor, ready):
    with reverts_with("UnknownCertificate", h("none")):
        attempt(world, "replace", issued, world.bank(0), h("none"))
    with reverts_with("SuccessorUnfit", issued, issued):
        attempt(world, "replace", issued, world.bank(0), issued)
    with reverts_with("SuccessorUnfit", successor, issued):  # issued earlier
        attempt(world, "replace", successor, world.bank(0), issued)
    world.certificates.suspend(successor, {"from": world.bank(0)})
    with reverts_with("SuccessorUnfit", issued, successor):
        attempt(world, "replace", issued, world.bank(0), successor)
    stranger = Signer("another subject")
    terms = world.terms(subject=stranger.address)
    signatures = world.signatures(terms, subject=stranger)
    world.agreements.record(tuple(terms.values()), *signatures, {"from": world.outsider})
    theirs = world.issue(Certificate(world.agreements.agreementIdOf(tuple(terms.values())), ready["model"]))
    with reverts_with("SuccessorUnfit", issued, theirs):
        attempt(world, "replace", issued, world.bank(0), theirs)


def test_replace__later_one__final(world, issued, successor):
    tx = world.certificates.replace(issued, successor, {"from": world.bank(0)})
    assert dict(tx.events["CertificateReplaced"]) == {"certificate": issued, "successor": successor}
    assert world.certificates.verify(issued)[0] == 6
    assert world.certificates.verify(successor)[0] == 1
    with reverts_with("StateMoveForbidden", issued, REPLACED, ACTIVE):
        attempt(world, "resume", issued, world.bank(0))
