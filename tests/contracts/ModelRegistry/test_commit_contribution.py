"""commitContribution
├ caller is no party, or the run unknown: NotParty
├ contribution is zero: EmptyHash
├ the round has a commitment: nothing happens for the same, else ContributionConflict
├ round does not follow: RoundOutOfOrder
└ else: kept, whatever the state of the run
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import h, no_event

MASKED = h("masked")


def commit(world, run, number=1, contribution=MASKED, by=None):
    return world.models.commitContribution.call(run, number, contribution, {"from": by or world.bank(0)})


def test_commit__no_party__refused(world):
    run = world.running()
    for caller in (world.bank(3), world.aggregator, world.outsider):
        with reverts_with("NotParty", run, caller):
            commit(world, run, by=caller)
    with reverts_with("NotParty", h("none"), world.bank(0)):
        commit(world, h("none"))


def test_commit__nothing__refused(world):
    with reverts_with("EmptyHash"):
        commit(world, world.running(), contribution=bytes(32))


@pytest.mark.parametrize("number", [0, 2, 2**32 - 1])
def test_commit__out_of_order__refused(world, number):
    run = world.running()
    with reverts_with("RoundOutOfOrder", run, number, 1):
        commit(world, run, number)


def test_commit__next_round__kept(world):
    run = world.running()
    tx = world.models.commitContribution(run, 1, h("masked"), {"from": world.bank(0)})
    assert dict(tx.events["ContributionCommitted"]) == {
        "run": run, "party": world.bank(0), "round": 1, "contribution": "0x" + h("masked").hex(),
    }  # fmt: skip
    low = int.from_bytes(h("masked"), "big") % 2**208
    assert world.models.partyInfo(run, world.bank(0))[:3] == (1, 1, low)
    assert no_event(world.models.commitContribution(run, 1, h("masked"), {"from": world.bank(0)}))
    with reverts_with("ContributionConflict", run, world.bank(0), 1):
        commit(world, run, contribution=h("second thoughts"))
    assert world.models.runInfo(run)[2] == 0  # a commitment alone moves nothing
