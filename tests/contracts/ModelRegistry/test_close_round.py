"""closeRound
├ caller is no live aggregator: as requireRole; run is unknown: UnknownRun; of another aggregator: NotAggregator
├ the round is closed: nothing happens with the same sum, else RoundAlreadyClosed
├ run is not training: RunNotInState; round does not follow: RoundOutOfOrder; sum is zero: EmptyHash
├ survivors are not fixed: SurvivorsNotFixed
└ else: the sum is fixed, and the transcript grows
"""

import pytest
from eth_abi import encode
from eth_utils import keccak
from hexbytes import HexBytes

from tests.contracts.errors import reverts_with
from tests.contracts.world import AGGREGATOR, h, no_event

TOTAL = h("sum")


def close(world, run, number=1, total=TOTAL, by=None):
    return world.models.closeRound.call(run, number, total, {"from": by or world.aggregator})


def test_close__by_others__refused(world):
    run = world.running()
    with reverts_with("RoleMissing", world.bank(0), AGGREGATOR):
        close(world, run, by=world.bank(0))
    with reverts_with("UnknownRun", h("none")):
        close(world, h("none"))
    world.participants.admit(world.outsider, AGGREGATOR, bytes(32), {"from": world.regulator})
    with reverts_with("NotAggregator", run, world.outsider):
        close(world, run, by=world.outsider)


def test_close__before_all_joined__refused(world):
    with reverts_with("RunNotInState", (run := world.open_run()), 1):
        close(world, run)


@pytest.mark.parametrize("number", [0, 2])
def test_close__out_of_order__refused(world, number):
    run = world.running()
    with reverts_with("RoundOutOfOrder", run, number, 1):
        close(world, run, number)


def test_close__nothing__refused(world):
    with reverts_with("EmptyHash"):
        close(world, world.running(), total=bytes(32))


def test_close__survivors_open__refused(world):
    run = world.running()
    world.commit_round(run, 1)
    with reverts_with("SurvivorsNotFixed", run, 1):
        close(world, run)


def test_close__survivors_fixed__transcript_grows(world):
    run = world.running()
    for number in (1, 2):
        world.commit_round(run, number)
        world.models.fixSurvivors(run, number, 7, {"from": world.aggregator})
        before = HexBytes(world.models.runInfo(run)[7])
        total = h(f"sum {number}")
        tx = world.models.closeRound(run, number, total, {"from": world.aggregator})
        assert dict(tx.events["RoundClosed"]) == {"run": run, "round": number, "aggregate": "0x" + total.hex()}
        assert world.models.aggregateOf(run, number) == "0x" + total.hex()
        assert world.models.runInfo(run)[2] == number
        assert world.models.runInfo(run)[7] == "0x" + keccak(encode(["bytes32", "bytes32"], [before, total])).hex()


def test_close__again__no_op_or_conflict(world):
    run = world.running()
    world.play_round(run)
    assert no_event(world.models.closeRound(run, 1, h("sum 1"), {"from": world.aggregator}))
    with reverts_with("RoundAlreadyClosed", run, 1, h("sum 1")):
        close(world, run, total=h("another sum"))
