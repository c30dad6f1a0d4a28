"""commit
├ caller is no live source: as requireRole
├ subject is zero: InvalidSubject; commitment is zero or not below the modulus: NotFieldElement
├ the source committed: nothing happens for the same, else FeaturesAlreadyCommitted
├ evidence: more than 32 TooMuchEvidence, another's EvidenceOfAnotherSource, not anchored EvidenceUnknown,
│ twice EvidenceRepeated
├ 16 sources committed: TooManySources
└ else: kept with the count of voids so far
commitMany: all or none
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import AS_OF, SOURCE, VOIDED, ZERO_ADDRESS, Signer, h, no_event

MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617


def word(number):
    return number.to_bytes(32, "big")


def commit(world, *evidence, subject=None, commitment=7, by=None):
    features = (subject or world.subject.address, AS_OF, word(commitment), list(evidence))
    return world.features.commit.call(features, {"from": by or world.source})


def test_commit__by_others__refused(world):
    with reverts_with("RoleMissing", world.bank(0), SOURCE):
        commit(world, by=world.bank(0))
    with reverts_with("UnknownAccount", world.outsider):
        commit(world, by=world.outsider)


def test_commit__no_subject__refused(world):
    with reverts_with("InvalidSubject"):
        commit(world, subject=ZERO_ADDRESS)


@pytest.mark.parametrize("commitment", [0, MODULUS, 2**256 - 1])
def test_commit__no_field_element__refused(world, commitment):
    with reverts_with("NotFieldElement", word(commitment)):
        commit(world, commitment=commitment)


def test_commit__unfit_evidence__refused(world):
    own, theirs = world.anchor(), world.anchor(by=world.other_source)
    with reverts_with("EvidenceOfAnotherSource", theirs, world.ids["source"]):
        commit(world, own, theirs)
    absent = world.invoices.batchIdOf(world.ids["source"], world.subject.address, 3, h("absent"))
    with reverts_with("EvidenceUnknown", absent):
        commit(world, own, absent)
    with reverts_with("EvidenceRepeated", own):
        commit(world, own, own)
    with reverts_with("TooMuchEvidence", 33):
        commit(world, *[own] * 33)


def test_commit__new__kept(world):
    batch = world.anchor()
    world.invoices.setStatus(batch, 0, VOIDED, {"from": world.source})
    tx = world.commit(batch, commitment=MODULUS - 1)
    event = tx.events["FeaturesCommitted"]
    assert (event["subject"], event["asOfDay"], event["source"]) == (world.subject.address, AS_OF, world.ids["source"])
    assert (event["commitment"], event["voidedBefore"]) == ("0x" + word(MODULUS - 1).hex(), 1)
    assert list(event["evidence"]) == [batch]
    key = (world.subject.address, AS_OF)
    assert world.features.commitmentOf(*key, world.ids["source"]) == "0x" + word(MODULUS - 1).hex()
    assert world.features.evidenceOf(*key, world.ids["source"]) == [batch]
    assert world.features.sourcesOf(*key) == [world.ids["source"]]


def test_commit__again__no_op_or_conflict(world):
    batch, other = world.anchor(), world.anchor(nonce=h("other"))
    world.commit(batch)
    assert no_event(world.commit(batch))
    conflict = ("FeaturesAlreadyCommitted", world.subject.address, AS_OF, world.ids["source"])
    with reverts_with(*conflict):
        commit(world, batch, commitment=8)
    with reverts_with(*conflict):
        commit(world, other)
    with reverts_with(*conflict):
        commit(world)


def test_commit__seventeenth_source__refused(world):
    for i in range(16):
        signer = Signer(f"source {i}")
        world.participants.admit(signer.address, SOURCE, bytes(32), {"from": world.regulator})
        world.commit(by=signer.account)
    assert len(world.features.sourcesOf(world.subject.address, AS_OF)) == 16
    with reverts_with("TooManySources", world.subject.address, AS_OF):
        commit(world)


def test_commit_many__one_bad__none_kept(world):
    good = (world.subject.address, AS_OF, word(1), [])
    bad = (world.subject.address, AS_OF + 1, word(0), [])
    with reverts_with("NotFieldElement", word(0)):
        world.features.commitMany.call([good, bad], {"from": world.source})
    world.features.commitMany([good], {"from": world.source})
    assert world.features.commitmentOf(world.subject.address, AS_OF, world.ids["source"]) == "0x" + word(1).hex()
