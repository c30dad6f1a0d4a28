"""use
├ caller is no live bank: UnknownAccount, AccountNotLive, RoleMissing
├ agreement is unknown: UnknownAgreement; another bank's: NotGrantee
├ operation was counted: the same number, unless for another purpose: OperationOfAnotherPurpose
├ terminated: AgreementIsTerminated; too early: AgreementNotYetValid; too late: AgreementExpired
├ purpose not granted, none, or several: PurposeNotGranted
├ no use left: AgreementUsedUp
└ else: one more use
useMany: all or none
"""

import pytest
from brownie import chain

from tests.contracts.errors import reverts_with
from tests.contracts.world import CERTIFICATE, DAY, FEATURES, TRAINING, h, no_event, now


def use(world, agreement, purpose=FEATURES, operation="first", by=None):
    return world.agreements.use.call(agreement, purpose, h(operation), {"from": by or world.bank(0)})


def test_use__by_others__refused(world):
    agreement = world.record()
    with reverts_with("UnknownAccount", world.outsider):
        use(world, agreement, by=world.outsider)
    with reverts_with("RoleMissing", world.source, 2):
        use(world, agreement, by=world.source)
    with reverts_with("NotGrantee", agreement, world.bank(1)):
        use(world, agreement, by=world.bank(1))
    world.participants.retireAccount(world.bank(0), {"from": world.bank(0)})
    with reverts_with("AccountNotLive", world.bank(0)):
        use(world, agreement)


def test_use__unknown__refused(world):
    with reverts_with("UnknownAgreement", h("none")):
        use(world, h("none"))


@pytest.mark.parametrize("purpose", [0, TRAINING, FEATURES | CERTIFICATE])
def test_use__purpose_not_granted__refused(world, purpose):
    agreement = world.record()
    with reverts_with("PurposeNotGranted", agreement, purpose):
        use(world, agreement, purpose)


def test_use__outside_its_time__refused(world):
    begins = now() + 10 * DAY
    agreement = world.record(notBefore=begins, notAfter=begins + DAY)
    with reverts_with("AgreementNotYetValid", agreement, begins):
        use(world, agreement)
    chain.sleep(12 * DAY)
    chain.mine()
    with reverts_with("AgreementExpired", agreement, begins + DAY):
        use(world, agreement)


def test_use__counted__event_and_state(world):
    agreement = world.record()
    tx = world.agreements.use(agreement, FEATURES, h("first"), {"from": world.bank(0)})
    assert dict(tx.events["AgreementUsed"]) == {
        "agreement": agreement, "purpose": FEATURES, "operationId": "0x" + h("first").hex(), "uses": 1,
    }  # fmt: skip
    assert world.agreements.agreementInfo(agreement)[7] == 1
    assert world.agreements.useOf(agreement, h("first")) == (FEATURES, 1)
    assert use(world, agreement, CERTIFICATE, "second") == 2


def test_use__same_operation__counted_once(world):
    agreement = world.record(maxUses=1)
    world.agreements.use(agreement, FEATURES, h("first"), {"from": world.bank(0)})
    assert no_event(world.agreements.use(agreement, FEATURES, h("first"), {"from": world.bank(0)}))
    assert world.agreements.agreementInfo(agreement)[7] == 1
    with reverts_with("OperationOfAnotherPurpose", agreement, h("first"), FEATURES):
        use(world, agreement, CERTIFICATE)
    with reverts_with("AgreementUsedUp", agreement, 1):
        use(world, agreement, FEATURES, "second")
    world.agreements.terminate(agreement, {"from": world.bank(0)})
    assert use(world, agreement) == 1
    with reverts_with("AgreementIsTerminated", agreement):
        use(world, agreement, FEATURES, "second")


def test_use_many__one_bad__none_counted(world):
    agreement = world.record(maxUses=2)
    items = [(agreement, h(str(i))) for i in range(3)]
    with reverts_with("AgreementUsedUp", agreement, 2):
        world.agreements.useMany.call(items, FEATURES, {"from": world.bank(0)})
    world.agreements.useMany(items[:2], FEATURES, {"from": world.bank(0)})
    assert world.agreements.useOf(agreement, h("1")) == (FEATURES, 2)
