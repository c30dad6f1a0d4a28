"""openRun
├ caller is no live aggregator: as requireRole
├ the operation opened this run: nothing happens; another one: OperationConflict
├ no plan: EmptyHash; fewer than 3 parties: TooFewParties; more than 200: TooManyParties
├ quorum is not a majority, or more than all: InvalidQuorum
├ a party is no live bank: as requireRole; is named twice: PartyRepeated; is another's colleague:
│ PartiesOfOneParticipant
└ else: waiting for the parties' keys
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import Signer, h, no_event

PLAN = h("plan")


def open_run(world, parties=None, plan=PLAN, quorum=2, by=None):
    parties = [bank.address for bank in world.banks[:3]] if parties is None else parties
    return world.models.openRun.call(plan, parties, quorum, h("run"), {"from": by or world.aggregator})


def test_open_run__by_others__refused(world):
    with reverts_with("RoleMissing", world.bank(0), 4):
        open_run(world, by=world.bank(0))


def test_open_run__no_plan__refused(world):
    with reverts_with("EmptyHash"):
        open_run(world, plan=bytes(32))


def test_open_run__number_of_parties__three_to_two_hundred(world):
    with reverts_with("TooFewParties", 2):
        open_run(world, [world.bank(0), world.bank(1)])
    with reverts_with("TooManyParties", 201):
        open_run(world, [world.bank(0)] * 201)


@pytest.mark.parametrize("quorum", [0, 1, 4])
def test_open_run__quorum__majority_of_the_parties(world, quorum):
    with reverts_with("InvalidQuorum", quorum, 3):
        open_run(world, quorum=quorum)


def test_open_run__unfit_party__refused(world):
    first, second = world.bank(0), world.bank(1)
    with reverts_with("RoleMissing", world.source, 2):
        open_run(world, [first, second, world.source])
    with reverts_with("UnknownAccount", world.outsider):
        open_run(world, [first, second, world.outsider])
    with reverts_with("PartyRepeated", first):
        open_run(world, [first, second, first])
    colleague = Signer("colleague")
    fields = "uint16 participant,address account"
    consent = colleague.sign(world.participants, "AccountConsent", fields, participant=1, account=colleague.address)
    world.participants.addAccount(colleague.address, consent, {"from": first})
    with reverts_with("PartiesOfOneParticipant", 1):
        open_run(world, [first, second, colleague.address])


def test_open_run__new__joining(world):
    parties = [bank.address for bank in world.banks[:3]]
    tx = world.models.openRun(h("plan"), parties, 2, h("run"), {"from": world.aggregator})
    run = world.models.runIdOf(world.ids["aggregator"], h("run"))
    event = dict(tx.events["RunOpened"])
    assert event.pop("parties") == tuple(parties)
    assert event == {
        "run": run, "aggregator": world.ids["aggregator"], "planHash": "0x" + h("plan").hex(), "quorum": 2,
        "operationId": "0x" + h("run").hex(),
    }  # fmt: skip
    nothing = "0x" + bytes(32).hex()
    assert world.models.runInfo(run) == (1, world.ids["aggregator"], 0, 3, 0, 2, "0x" + h("plan").hex(), nothing)
    assert world.models.partiesOf(run) == parties
    assert world.models.partyInfo(run, world.bank(2)) == (3, 0, 0, nothing)


def test_open_run__same_operation__no_op_or_conflict(world):
    run = world.open_run()
    parties = [bank.address for bank in world.banks[:3]]
    assert no_event(world.models.openRun(h("plan"), parties, 2, h("run"), {"from": world.aggregator}))
    for changed in ({"plan": h("other")}, {"quorum": 3}, {"parties": parties[::-1]}, {"parties": []}):
        with reverts_with("OperationConflict", run):
            open_run(world, **changed)
