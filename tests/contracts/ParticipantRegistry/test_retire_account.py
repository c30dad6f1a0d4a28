"""retireAccount
├ caller is unknown: UnknownAccount; not live: AccountNotLive
├ account is unknown: UnknownAccount; another's: NotOwnAccount; not live: AccountNotLive
└ else: no longer acts; the past, this block included, stays valid
"""

from brownie import chain

from tests.contracts.errors import reverts_with
from tests.contracts.world import BANK


def test_retire_account__by_outsider__refused(world):
    with reverts_with("UnknownAccount", world.outsider):
        world.participants.retireAccount.call(world.bank(0), {"from": world.outsider})


def test_retire_account__unknown_or_anothers__refused(world):
    with reverts_with("UnknownAccount", world.outsider):
        world.participants.retireAccount.call(world.outsider, {"from": world.bank(0)})
    with reverts_with("NotOwnAccount", world.bank(0), world.bank(1)):
        world.participants.retireAccount.call(world.bank(1), {"from": world.bank(0)})


def test_retire_account__own__the_past_stays_valid(world):
    tx = world.participants.retireAccount(world.bank(0), {"from": world.bank(0)})
    block = tx.block_number
    assert dict(tx.events["AccountRetired"]) == {
        "participant": 1, "account": world.bank(0), "retiredAt": block + 1,
    }  # fmt: skip
    chain.mine(2)
    assert world.participants.wasValidAt(world.bank(0), block)
    assert not world.participants.wasValidAt(world.bank(0), block + 1)
    assert world.participants.accountsOf(1) == ()
    assert not world.participants.isLiveAccountOf(1, world.bank(0))
    with reverts_with("AccountNotLive", world.bank(0)):
        world.participants.requireRole(world.bank(0), BANK)
    with reverts_with("AccountNotLive", world.bank(0)):
        world.participants.retireAccount.call(world.bank(0), {"from": world.bank(0)})
