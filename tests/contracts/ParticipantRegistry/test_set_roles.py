"""setRoles
├ caller is not the regulator: AccessManagedUnauthorized
├ participant is unknown: UnknownParticipant
├ roles are none, or beyond the known: InvalidRoles
└ else: in force at once for the participant and its accounts, unless it is suspended
"""

from tests.contracts.errors import reverts_with
from tests.contracts.world import BANK, SOURCE


def test_set_roles__by_guardian__refused(world):
    with reverts_with("AccessManagedUnauthorized", world.guardian):
        world.participants.setRoles.call(1, BANK, {"from": world.guardian})


def test_set_roles__unknown_participant__refused(world):
    with reverts_with("UnknownParticipant", 99):
        world.participants.setRoles.call(99, BANK, {"from": world.regulator})


def test_set_roles__none__refused(world):
    with reverts_with("InvalidRoles", 0):
        world.participants.setRoles.call(1, 0, {"from": world.regulator})


def test_set_roles__other_roles__in_force_at_once(world):
    number = world.ids["source"]
    tx = world.participants.setRoles(number, BANK, {"from": world.regulator})
    assert dict(tx.events["RolesChanged"]) == {"participant": number, "roles": BANK}
    assert world.participants.rolesOf(number) == (BANK, False)
    assert world.participants.requireRole(world.source, BANK) == number
    with reverts_with("RoleMissing", world.source, SOURCE):
        world.participants.requireRole(world.source, SOURCE)


def test_set_roles__suspended__held_back_until_reinstated(world):
    number = world.ids["source"]
    world.participants.suspend(number, {"from": world.regulator})
    world.participants.setRoles(number, BANK, {"from": world.regulator})
    assert world.participants.rolesOf(number) == (BANK, True)
    assert world.participants.accountInfo(world.source)[2] == 0
