"""reportCompromise
├ caller is unknown: UnknownAccount; itself compromised: AccountNotLive
├ account is another participant's: NotOwnAccount; unknown: UnknownAccount
├ from a block to come: CompromiseInFuture
├ known from this block or earlier: CompromiseNotEarlier
└ else: nothing from that block on counts
declareCompromise: the same for the regulator alone
"""

from brownie import chain

from tests.contracts.errors import reverts_with


def test_report__by_outsider_or_for_another__refused(world):
    with reverts_with("UnknownAccount", world.outsider):
        world.participants.reportCompromise.call(world.bank(0), 1, {"from": world.outsider})
    with reverts_with("NotOwnAccount", world.bank(1), world.bank(0)):
        world.participants.reportCompromise.call(world.bank(0), 1, {"from": world.bank(1)})
    with reverts_with("UnknownAccount", world.outsider):
        world.participants.reportCompromise.call(world.outsider, 1, {"from": world.bank(1)})


def test_report__block_to_come__refused(world):
    later = chain.height + 10
    with reverts_with("CompromiseInFuture", later):
        world.participants.reportCompromise.call(world.bank(0), later, {"from": world.bank(0)})


def test_report__own_account__void_from_that_block(world):
    admitted = world.participants.accountInfo(world.bank(0))[3]
    chain.mine(5)
    tx = world.participants.reportCompromise(world.bank(0), admitted + 2, {"from": world.bank(0)})
    assert dict(tx.events["AccountCompromised"]) == {
        "participant": 1, "account": world.bank(0), "compromisedFrom": admitted + 2,
    }  # fmt: skip
    assert world.participants.wasValidAt(world.bank(0), admitted + 1)
    assert not world.participants.wasValidAt(world.bank(0), admitted + 2)
    number = world.participants.accountInfo(world.bank(0))[1]
    assert world.participants.noneCompromised(number, admitted + 1)
    assert not world.participants.noneCompromised(number << 16 | 2, admitted + 2)
    with reverts_with("AccountNotLive", world.bank(0)):
        world.participants.reportCompromise.call(world.bank(0), 1, {"from": world.bank(0)})
    with reverts_with("CompromiseNotEarlier", world.bank(0), admitted + 2):
        world.participants.declareCompromise.call(world.bank(0), admitted + 2, {"from": world.regulator})


def test_report__retired_account__may_be_reported(world):
    world.participants.retireAccount(world.bank(0), {"from": world.bank(0)})
    world.participants.reportCompromise(world.bank(0), 0, {"from": world.bank(0)})
    admitted, _, compromised = world.participants.accountInfo(world.bank(0))[3:]
    assert compromised == admitted  # from its first block: all of it
    assert not world.participants.wasValidAt(world.bank(0), admitted)


def test_declare__by_guardian_or_for_nobody__refused(world):
    with reverts_with("AccessManagedUnauthorized", world.guardian):
        world.participants.declareCompromise.call(world.bank(0), 1, {"from": world.guardian})
    with reverts_with("UnknownAccount", world.outsider):
        world.participants.declareCompromise.call(world.outsider, 1, {"from": world.regulator})
