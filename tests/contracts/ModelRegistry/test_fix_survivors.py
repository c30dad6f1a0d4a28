"""fixSurvivors
├ caller is no live aggregator: as requireRole; run is unknown: UnknownRun; of another aggregator: NotAggregator
├ survivors are fixed: nothing happens with the same set, else SurvivorsAlreadyFixed
├ run is not training: RunNotInState; round does not follow: RoundOutOfOrder
├ one was left out before, or is no party: PartyNotActive; fewer than 3 or half of all: TooFewSurvivors
├ a survivor did not commit to this round: ContributionMissing; is no live bank any more: as requireRole
└ else: the set is fixed, and the transcript grows
"""

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.contracts.errors import reverts_with
from tests.contracts.world import AGGREGATOR, h, no_event


def fix(world, run, number=1, survivors=7, by=None):
    return world.models.fixSurvivors.call(run, number, survivors, {"from": by or world.aggregator})


def test_fix__by_others__refused(world):
    run = world.running()
    with reverts_with("RoleMissing", world.bank(0), AGGREGATOR):
        fix(world, run, by=world.bank(0))
    with reverts_with("UnknownRun", h("none")):
        fix(world, h("none"))
    world.participants.admit(world.outsider, AGGREGATOR, bytes(32), {"from": world.regulator})
    with reverts_with("NotAggregator", run, world.outsider):
        fix(world, run, by=world.outsider)


def test_fix__before_all_joined__refused(world):
    with reverts_with("RunNotInState", (run := world.open_run()), 1):
        fix(world, run)


@pytest.mark.parametrize("number", [0, 2])
def test_fix__out_of_order__refused(world, number):
    run = world.running()
    with reverts_with("RoundOutOfOrder", run, number, 1):
        fix(world, run, number)


def test_fix__strangers_or_too_few__refused(world):
    run = world.running()
    world.commit_round(run, 1)
    with reverts_with("PartyNotActive", run, 1, 15):
        fix(world, run, survivors=15)
    with reverts_with("TooFewSurvivors", run, 1, 2):
        fix(world, run, survivors=6)


def test_fix__party_missing_or_ahead__named(world):
    run = world.running()
    for i in (0, 2):
        world.models.commitContribution(run, 1, h("x"), {"from": world.bank(i)})
    with reverts_with("ContributionMissing", run, world.bank(1), 1):
        fix(world, run)
    world.models.commitContribution(run, 1, h("x"), {"from": world.bank(1)})
    world.models.commitContribution(run, 2, h("x"), {"from": world.bank(2)})
    with reverts_with("ContributionMissing", run, world.bank(2), 1):
        fix(world, run)


def test_fix__party_retired__refused(world):
    run = world.running()
    world.commit_round(run, 1)
    world.participants.retireAccount(world.bank(1), {"from": world.bank(1)})
    with reverts_with("AccountNotLive", world.bank(1)):
        fix(world, run)


def test_fix__all_committed__transcript_fixes_everything(world):
    run = world.running()
    world.commit_round(run, 1)
    tx = world.models.fixSurvivors(run, 1, 7, {"from": world.aggregator})
    assert dict(tx.events["SurvivorsFixed"]) == {"run": run, "round": 1, "survivors": 7}
    low = [int.from_bytes(h(f"1 {i}"), "big") % 2**208 for i in range(3)]
    rolled = keccak(encode(["bytes32", "uint32", "uint256", "uint208[]"], [bytes(32), 1, 7, low]))
    assert world.models.survivorsOf(run, 1) == 7
    assert world.models.runInfo(run)[7] == "0x" + rolled.hex()
    assert world.models.runInfo(run)[2] == 0


def test_fix__again__no_op_or_conflict(world):
    run = world.running()
    world.play_round(run)
    assert no_event(world.models.fixSurvivors(run, 1, 7, {"from": world.aggregator}))
    with reverts_with("SurvivorsAlreadyFixed", run, 1, 7):
        fix(world, run, survivors=3)
