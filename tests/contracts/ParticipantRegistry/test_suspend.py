"""suspend
├ caller is not the regulator: AccessManagedUnauthorized
├ participant is unknown: UnknownParticipant
├ it is suspended: AlreadySuspended
└ else: no role until reinstated
reinstate
├ it is not suspended: NotSuspended
└ else: its roles again
"""

from tests.contracts.errors import reverts_with
from tests.contracts.world import SOURCE


def test_suspend__by_outsider__refused(world):
    with reverts_with("AccessManagedUnauthorized", world.outsider):
        world.participants.suspend.call(1, {"from": world.outsider})


def test_suspend__unknown_participant__refused(world):
    with reverts_with("UnknownParticipant", 0):
        world.participants.suspend.call(0, {"from": world.regulator})


def test_suspend__participant__roles_gone_until_reinstated(world):
    number = world.ids["source"]
    tx = world.participants.suspend(number, {"from": world.regulator})
    assert dict(tx.events["ParticipantSuspended"]) == {"participant": number}
    assert world.participants.rolesOf(number) == (SOURCE, True)
    with reverts_with("RoleMissing", world.source, SOURCE):
        world.participants.requireRole(world.source, SOURCE)
    with reverts_with("AlreadySuspended", number):
        world.participants.suspend.call(number, {"from": world.regulator})
    tx = world.participants.reinstate(number, {"from": world.regulator})
    assert dict(tx.events["ParticipantReinstated"]) == {"participant": number}
    assert world.participants.requireRole(world.source, SOURCE) == number


def test_reinstate__not_suspended__refused(world):
    with reverts_with("NotSuspended", 1):
        world.participants.reinstate.call(1, {"from": world.regulator})
