"""gatherRound
├ paused: ContractPaused; caller is no live aggregator: as requireRole; unknown run, of another aggregator: as fixSurvivors
├ round > 1: the round before is closed with `previous`, or refused as closeRound refuses
├ survivors are fixed: nothing happens with the same set, else SurvivorsAlreadyFixed
├ not one contribution for each survivor: ContributionsMiscounted
├ a survivor did not sign this contribution to this round, tensor, run, contract: ContributionNotSigned
├ a survivor committed to something else by itself: ContributionConflict; its round does not follow: RoundOutOfOrder
├ the set is refused as fixSurvivors refuses it
└ else: commitments, survivors and transcript are those of single calls
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import AGGREGATOR, h, no_event


def gather(world, gathered, run, by=None):
    return world.models.gatherRound.call(run, gathered, {"from": by or world.aggregator})


def test_gather__by_others_or_paused__refused(world):
    run = world.running()
    gathered = world.gathered(run)
    with reverts_with("RoleMissing", world.bank(0), AGGREGATOR):
        gather(world, gathered, run, by=world.bank(0))
    with reverts_with("UnknownRun", h("none")):
        gather(world, gathered, h("none"))
    world.participants.admit(world.outsider, AGGREGATOR, bytes(32), {"from": world.regulator})
    with reverts_with("NotAggregator", run, world.outsider):
        gather(world, gathered, run, by=world.outsider)
    world.models.pause({"from": world.guardian})
    with reverts_with("ContractPaused"):
        gather(world, gathered, run)


def test_gather__all_signed__as_by_single_calls(world):
    run, other = world.running(), world.running(h("other"))
    world.play_round(other, 1)
    tx = world.models.gatherRound(run, world.gathered(run), {"from": world.aggregator})
    for i, event in enumerate(tx.events["ContributionCommitted"]):
        assert dict(event) == {"run": run, "party": world.bank(i), "round": 1, "contribution": "0x" + h(f"1 {i}").hex()}
    assert len(tx.events["ContributionCommitted"]) == 3
    assert dict(tx.events["SurvivorsFixed"]) == {"run": run, "round": 1, "survivors": 7}
    assert "RoundClosed" not in tx.events
    assert world.models.partyInfo(run, world.bank(2))[1:3] == (1, int.from_bytes(h("1 2"), "big") % 2**208)
    tx = world.models.gatherRound(run, world.gathered(run, 2), {"from": world.aggregator})
    assert dict(tx.events["RoundClosed"]) == {"run": run, "round": 1, "aggregate": "0x" + h("sum 1").hex()}
    world.commit_round(other, 2)
    world.models.fixSurvivors(other, 2, 7, {"from": world.aggregator})
    assert world.models.runInfo(run)[7] == world.models.runInfo(other)[7]
    assert (world.models.runInfo(run)[2], world.models.survivorsOf(run, 2)) == (1, 7)


def test_gather__again__no_op_or_conflict(world):
    run = world.running()
    world.models.gatherRound(run, world.gathered(run), {"from": world.aggregator})
    assert no_event(world.models.gatherRound(run, world.gathered(run), {"from": world.aggregator}))
    with reverts_with("SurvivorsAlreadyFixed", run, 1, 7):
        gather(world, world.gathered(run, survivors=3, banks=(0, 1)), run)
    world.models.gatherRound(run, world.gathered(run, 2), {"from": world.aggregator})
    assert no_event(world.models.gatherRound(run, world.gathered(run, 2), {"from": world.aggregator}))


@pytest.mark.parametrize(
    ("number", "error"), [(0, ("RoundOutOfOrder", 0, 1)), (2, ("SurvivorsNotFixed", 1)), (3, ("RoundOutOfOrder", 2, 1))]
)
def test_gather__out_of_order__refused(world, number, error):
    run = world.running()
    gathered = world.gathered(run, max(number, 1))
    with reverts_with(error[0], run, *error[1:]):
        gather(world, (number, *gathered[1:]), run)


def test_gather__round_before_closed_with_another_sum_or_none__refused(world):
    run = world.running()
    world.play_round(run)
    with reverts_with("RoundAlreadyClosed", run, 1, h("sum 1")):
        gather(world, (2, h("another"), *world.gathered(run, 2)[2:]), run)
    with reverts_with("RoundAlreadyClosed", run, 1, h("sum 1")):
        gather(world, (2, bytes(32), *world.gathered(run, 2)[2:]), run)


@pytest.mark.parametrize(
    "other",
    [
        {"run": h("another")},
        {"round": 2},
        {"phase": 3},
        {"tensor": h("another")},
        {"sequence": 2},
        {"content": h("another")},
    ],
    ids=lambda other: next(iter(other)),
)
def test_gather__something_else_was_signed__names_the_party(world, other):
    run = world.running()
    with reverts_with("ContributionNotSigned", run, world.bank(0), 1):
        gather(world, world.gathered(run, said=other), run)


def test_gather__signed_by_another__names_the_party(world):
    run = world.running()
    with reverts_with("ContributionNotSigned", run, world.bank(1), 1):
        gather(world, world.gathered(run, banks=(0, 2, 1)), run)


def test_gather__miscounted_strangers_or_too_few__refused(world):
    run = world.running()
    with reverts_with("ContributionsMiscounted", 2, 3):
        gather(world, world.gathered(run, banks=(0, 1)), run)
    with reverts_with("ContributionsMiscounted", 3, 2):
        gather(world, world.gathered(run, survivors=3), run)
    with reverts_with("PartyNotActive", run, 1, 15):
        gather(world, world.gathered(run, survivors=15, banks=(0, 1, 2, 3)), run)
    with reverts_with("TooFewSurvivors", run, 1, 2):
        gather(world, world.gathered(run, survivors=6, banks=(1, 2)), run)


def test_gather__a_party_committed_by_itself__taken_as_it_stands(world):
    run = world.running()
    world.models.commitContribution(run, 1, h("1 1"), {"from": world.bank(1)})
    tx = world.models.gatherRound(run, world.gathered(run), {"from": world.aggregator})
    assert [event["party"] for event in tx.events["ContributionCommitted"]] == [world.bank(0), world.bank(2)]
    world.models.commitContribution(run, 2, h("another"), {"from": world.bank(0)})
    with reverts_with("ContributionConflict", run, world.bank(0), 2):
        gather(world, world.gathered(run, 2), run)


def test_gather__party_retired__refused(world):
    run = world.running()
    gathered = world.gathered(run)
    world.participants.retireAccount(world.bank(1), {"from": world.bank(1)})
    with reverts_with("AccountNotLive", world.bank(1)):
        gather(world, gathered, run)
