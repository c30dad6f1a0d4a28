"""record
├ terms cannot be: InvalidTerms(field)
├ the same terms are recorded: AgreementAlreadyRecorded, also after termination
├ subject did not sign: SubjectSignatureInvalid
├ grantee's signature is malformed or another participant's: GranteeSignatureInvalid; of no live bank: as requireRole
└ else: active, with the next number
recordMany: all or none
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import SOURCE, ZERO_ADDRESS, Signer, h, now


def record(world, terms, signatures=None):
    signatures = signatures or world.signatures(terms)
    return world.agreements.record.call(tuple(terms.values()), *signatures, {"from": world.outsider})


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("subject", {"subject": ZERO_ADDRESS}),
        ("purposes", {"purposes": 0}),
        ("purposes", {"purposes": 32}),
        ("notBefore", {"notBefore": 4_000_000_001, "notAfter": 4_000_000_000}),
        ("notAfter", {"notBefore": 1, "notAfter": 2}),
        ("maxUses", {"maxUses": 0}),
    ],
)
def test_record__impossible_terms__named(world, field, changes):
    with reverts_with("InvalidTerms", field):
        record(world, world.terms(**changes))


def test_record__subject_did_not_sign__refused(world):
    terms = world.terms()
    forged = world.signatures(terms, subject=world.banks[0])
    agreement = world.agreements.agreementIdOf(tuple(terms.values()))
    for signatures in (forged, [b"", forged[1]], [forged[0][:64], forged[1]]):
        with reverts_with("SubjectSignatureInvalid", agreement, world.subject.address):
            record(world, terms, signatures)


def test_record__grantee_did_not_sign__refused(world):
    terms = world.terms()
    agreement = world.agreements.agreementIdOf(tuple(terms.values()))
    good = world.signatures(terms)
    with reverts_with("GranteeSignatureInvalid", agreement, ZERO_ADDRESS):
        record(world, terms, [good[0], b""])
    with reverts_with("GranteeSignatureInvalid", agreement, world.bank(1)):
        record(world, terms, world.signatures(terms, grantee=world.banks[1]))
    stranger = Signer("stranger")
    with reverts_with("UnknownAccount", stranger.address):
        record(world, terms, world.signatures(terms, grantee=stranger))
    world.participants.setRoles(1, SOURCE, {"from": world.regulator})
    with reverts_with("RoleMissing", world.bank(0), 2):
        record(world, terms)


def test_record__signed_by_both__active(world):
    terms = world.terms()
    values = tuple(terms.values())
    tx = world.agreements.record(values, *world.signatures(terms), {"from": world.outsider})
    agreement = world.agreements.agreementIdOf(values)
    event = tx.events["AgreementRecorded"]
    assert (event["agreement"], event["subject"], event["grantee"]) == (agreement, world.subject.address, 1)
    assert event["number"] == 1
    assert tuple(event["terms"])[4:7] == (terms["notBefore"], terms["notAfter"], terms["maxUses"])
    assert world.agreements.agreementInfo(agreement) == (
        world.subject.address, 1, terms["purposes"], 1, terms["notBefore"], terms["notAfter"], 3, 0, 1,
        "0x" + terms["scopeHash"].hex(),
    )  # fmt: skip
    assert world.agreements.agreementAt(1) == agreement
    assert world.agreements.subjectAndState(1) == (world.subject.address, 1)


def test_record__replay__refused_for_ever(world):
    terms = world.terms()
    signatures = world.signatures(terms)
    world.agreements.record(tuple(terms.values()), *signatures, {"from": world.outsider})
    agreement = world.agreements.agreementIdOf(tuple(terms.values()))
    with reverts_with("AgreementAlreadyRecorded", agreement):
        record(world, terms, signatures)
    world.agreements.terminate(agreement, {"from": world.subject.account})
    with reverts_with("AgreementAlreadyRecorded", agreement):
        record(world, terms, signatures)


def test_record_many__one_bad__none_recorded(world):
    good, bad = world.terms(), world.terms(salt=h("other"), maxUses=0)
    items = [(tuple(terms.values()), *world.signatures(terms)) for terms in (good, bad)]
    with reverts_with("InvalidTerms", "maxUses"):
        world.agreements.recordMany.call(items, {"from": world.outsider})
    world.agreements.recordMany(items[:1], {"from": world.outsider})
    assert world.agreements.agreementAt(1) == world.agreements.agreementIdOf(items[0][0])


def test_record__last_second_of_validity__recorded(world):
    assert record(world, world.terms(notBefore=now(), notAfter=now() + 60))
