"""admit
├ caller is not the regulator: AccessManagedUnauthorized
├ roles are none, or beyond the known: InvalidRoles
├ account is zero: InvalidAccount
├ account is registered: AccountAlreadyRegistered
└ else: the next number, one account, two events
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import SOURCE, ZERO_ADDRESS, h


def test_admit__by_outsider__refused(world):
    with reverts_with("AccessManagedUnauthorized", world.outsider):
        world.participants.admit.call(world.outsider, SOURCE, h("x"), {"from": world.outsider})


@pytest.mark.parametrize("roles", [0, 32, 255])
def test_admit__unknown_roles__refused(world, roles):
    with reverts_with("InvalidRoles", roles):
        world.participants.admit.call(world.outsider, roles, h("x"), {"from": world.regulator})


def test_admit__zero_account__refused(world):
    with reverts_with("InvalidAccount", ZERO_ADDRESS):
        world.participants.admit.call(ZERO_ADDRESS, SOURCE, h("x"), {"from": world.regulator})


def test_admit__account_of_another__refused(world):
    with reverts_with("AccountAlreadyRegistered", world.source, world.ids["source"]):
        world.participants.admit.call(world.source, SOURCE, h("x"), {"from": world.regulator})


def test_admit__new_organisation__next_number(world):
    tx = world.participants.admit(world.outsider, SOURCE, h("profile"), {"from": world.regulator})
    number = world.participants.participantCount()
    assert number == len(world.ids) + 1
    assert dict(tx.events["ParticipantAdmitted"]) == {
        "participant": number, "account": world.outsider, "roles": SOURCE, "profileHash": "0x" + h("profile").hex(),
    }  # fmt: skip
    assert tx.events["AccountAdded"]["number"] == number  # each has one account so far
    account = world.participants.accountInfo(world.outsider)
    assert account == (number, number, SOURCE, tx.block_number, 0, 0)
    assert world.participants.accountAt(number) == world.outsider
    assert world.participants.accountsOf(number) == [world.outsider]
    assert world.participants.rolesOf(number) == (SOURCE, False)
