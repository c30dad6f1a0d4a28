"""abandonRun
├ caller is not the run's aggregator: as requireRole, NotAggregator; run is unknown: UnknownRun
├ run is over: RunNotInState
└ else: nothing more happens in it
"""

from tests.contracts.errors import reverts_with
from tests.contracts.world import AGGREGATOR, h


def abandon(world, run, by=None):
    return world.models.abandonRun.call(run, h("reason"), {"from": by or world.aggregator})


def test_abandon__by_others__refused(world):
    run = world.open_run()
    with reverts_with("RoleMissing", world.bank(0), AGGREGATOR):
        abandon(world, run, world.bank(0))
    with reverts_with("UnknownRun", h("none")):
        abandon(world, h("none"))


def test_abandon__under_way__final(world):
    run = world.running()
    world.play_round(run)
    tx = world.models.abandonRun(run, h("reason"), {"from": world.aggregator})
    assert dict(tx.events["RunAbandoned"]) == {"run": run, "reasonHash": "0x" + h("reason").hex()}
    with reverts_with("RunNotInState", run, 4):
        abandon(world, run)
    with reverts_with("RunNotInState", run, 4):
        world.models.confirmModel.call(run, world.card(), {"from": world.bank(0)})
    world.commit_round(run, 2)
    with reverts_with("RunNotInState", run, 4):
        world.models.closeRound.call(run, 2, h("sum"), {"from": world.aggregator})
