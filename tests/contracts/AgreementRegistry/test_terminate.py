"""terminate
├ unknown: UnknownAgreement
├ caller is neither subject nor a live account of the grantee: NotParty
├ terminated: AgreementIsTerminated
└ else: ended for ever
terminateWithSignature
├ signed by another, or for another agreement: TerminationSignatureInvalid
└ else: the same
requireUsable: as use, without a caller and a count
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import CERTIFICATE, FEATURES, TRAINING, h


def ended_by(world, signer, agreement):
    return signer.sign(world.agreements, "Termination", "bytes32 agreement", agreement=bytes(agreement))


def test_terminate__unknown__refused(world):
    with reverts_with("UnknownAgreement", h("none")):
        world.agreements.terminate.call(h("none"), {"from": world.subject.account})
    with reverts_with("UnknownAgreement", h("none")):
        world.agreements.terminateWithSignature.call(h("none"), b"", {"from": world.outsider})


def test_terminate__by_others__refused(world):
    agreement = world.record()
    for caller in (world.outsider, world.bank(1), world.regulator):
        with reverts_with("NotParty", agreement, caller):
            world.agreements.terminate.call(agreement, {"from": caller})
    world.participants.retireAccount(world.bank(0), {"from": world.bank(0)})
    with reverts_with("NotParty", agreement, world.bank(0)):
        world.agreements.terminate.call(agreement, {"from": world.bank(0)})


@pytest.mark.parametrize("side", ["subject", "bank"])
def test_terminate__by_a_side__final(world, side):
    agreement = world.record()
    caller = world.subject.account if side == "subject" else world.bank(0)
    tx = world.agreements.terminate(agreement, {"from": caller})
    assert dict(tx.events["AgreementEnded"]) == {"agreement": agreement, "by": caller}
    assert world.agreements.agreementInfo(agreement)[3] == 2
    with reverts_with("AgreementIsTerminated", agreement):
        world.agreements.terminate.call(agreement, {"from": caller})


def test_terminate_with_signature__others_word__refused(world):
    agreement, other = world.record(), world.record(salt=h("other"))
    for signature in (ended_by(world, world.banks[0], agreement), ended_by(world, world.subject, other), b""):
        with reverts_with("TerminationSignatureInvalid", agreement):
            world.agreements.terminateWithSignature.call(agreement, signature, {"from": world.outsider})


def test_terminate_with_signature__subjects_word__final(world):
    agreement = world.record()
    signature = ended_by(world, world.subject, agreement)
    tx = world.agreements.terminateWithSignature(agreement, signature, {"from": world.outsider})
    assert dict(tx.events["AgreementEnded"]) == {"agreement": agreement, "by": world.subject.address}
    with reverts_with("AgreementIsTerminated", agreement):
        world.agreements.requireUsable(agreement, CERTIFICATE)


def test_require_usable__granted__number_and_grantee(world):
    agreement = world.record()
    assert world.agreements.requireUsable(agreement, CERTIFICATE) == (1, 1)
    assert world.agreements.requireUsable(agreement, FEATURES | CERTIFICATE) == (1, 1)
    with reverts_with("PurposeNotGranted", agreement, TRAINING | FEATURES):
        world.agreements.requireUsable(agreement, TRAINING | FEATURES)
