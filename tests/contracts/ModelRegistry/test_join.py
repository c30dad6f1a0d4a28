"""join
├ run is unknown: UnknownRun; caller is no party: NotParty; is no live bank any more: as requireRole
├ it joined: nothing happens with the same key, else MaskKeyAlreadySet
├ run is not joining: RunNotInState; key is zero: InvalidMaskKey; another party's: MaskKeyRepeated
└ else: the last one starts the training
"""

from tests.contracts.errors import reverts_with
from tests.contracts.world import h, no_event

KEY = h("key")


def join(world, run, key=KEY, by=None):
    return world.models.join.call(run, key, {"from": by or world.bank(0)})


def test_join__unknown_run_or_no_party__refused(world):
    with reverts_with("UnknownRun", h("none")):
        join(world, h("none"))
    run = world.open_run()
    with reverts_with("NotParty", run, world.bank(3)):
        join(world, run, by=world.bank(3))


def test_join__retired__refused(world):
    run = world.open_run()
    world.participants.retireAccount(world.bank(0), {"from": world.bank(0)})
    with reverts_with("AccountNotLive", world.bank(0)):
        join(world, run)


def test_join__unfit_key__refused(world):
    run = world.open_run()
    with reverts_with("InvalidMaskKey"):
        join(world, run, bytes(32))
    world.models.join(run, h("key"), {"from": world.bank(1)})
    with reverts_with("MaskKeyRepeated", run, h("key")):
        join(world, run)


def test_join__all__training_starts(world):
    run = world.open_run()
    tx = world.models.join(run, h("key"), {"from": world.bank(0)})
    assert dict(tx.events["PartyJoined"]) == {"run": run, "party": world.bank(0), "maskKey": "0x" + h("key").hex()}
    assert world.models.partyInfo(run, world.bank(0))[3] == "0x" + h("key").hex()
    assert no_event(world.models.join(run, h("key"), {"from": world.bank(0)}))
    with reverts_with("MaskKeyAlreadySet", run, world.bank(0)):
        join(world, run, h("other"))
    for i in (1, 2):
        assert world.models.runInfo(run)[0] == 1
        world.models.join(run, h(f"key {i}"), {"from": world.bank(i)})
    assert world.models.runInfo(run)[0] == 2
    assert world.models.runInfo(run)[4] == 3


def test_join__abandoned__refused(world):
    run = world.open_run()
    world.models.abandonRun(run, h("reason"), {"from": world.aggregator})
    with reverts_with("RunNotInState", run, 4):
        join(world, run)
