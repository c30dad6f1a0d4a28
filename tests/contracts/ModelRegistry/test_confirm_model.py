"""confirmModel
├ run is unknown: UnknownRun; caller is no party: NotParty; is no live bank any more: as requireRole
├ it confirmed: nothing happens for the same model, else AlreadyConfirmed
├ run is not training: RunNotInState; no round was closed: NoRoundClosed; a hash is missing: EmptyHash
├ commitment is not below the modulus: NotFieldElement
└ else: one more confirmation; the quorum makes the model final, once per run
withdrawModel
├ caller is not the regulator: AccessManagedUnauthorized
├ model is unknown: UnknownModel; not final, or withdrawn: ModelNotFinal
└ else: withdrawn for ever
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import h, no_event
from trustspace.encoding.poseidon2 import FIELD_MODULUS


def confirm(world, run, name="model", by=0):
    return world.models.confirmModel.call(run, world.card(name), {"from": world.bank(by)})


@pytest.fixture
def run(world):
    run = world.running()
    world.play_round(run)
    return run


def test_confirm__no_party__refused(world, run):
    with reverts_with("UnknownRun", h("none")):
        confirm(world, h("none"))
    with reverts_with("NotParty", run, world.bank(3)):
        confirm(world, run, by=3)
    world.participants.suspend(1, {"from": world.regulator})
    with reverts_with("RoleMissing", world.bank(0), 2):
        confirm(world, run)


def test_confirm__too_early__refused(world):
    run = world.open_run()
    with reverts_with("RunNotInState", run, 1):
        confirm(world, run)
    world.join_all(run)
    with reverts_with("NoRoundClosed", run):
        confirm(world, run)


@pytest.mark.parametrize("missing", range(4))
def test_confirm__hash_missing__refused(world, run, missing):
    card = [bytes(32) if i == missing else part for i, part in enumerate(world.card())]
    with reverts_with("EmptyHash"):
        world.models.confirmModel.call(run, card, {"from": world.bank(0)})


@pytest.mark.parametrize("commitment", [FIELD_MODULUS, FIELD_MODULUS + 7, 2**256 - 1])
def test_confirm__commitment_beyond_the_field__refused(world, run, commitment):
    word = commitment.to_bytes(32, "big")
    with reverts_with("NotFieldElement", word):
        world.models.confirmModel.call(run, (*world.card()[:4], word), {"from": world.bank(0)})


@pytest.mark.parametrize("commitment", [0, FIELD_MODULUS - 1])
def test_confirm__no_circuit_or_any_element__taken(world, run, commitment):
    card = (*world.card()[:4], commitment.to_bytes(32, "big"))
    world.models.confirmModel(run, card, {"from": world.bank(0)})
    model = world.models.modelIdOf(run, card)
    assert int(str(world.models.modelInfo(model)[4][4]), 16) == commitment
    assert model != world.models.modelIdOf(run, world.card())


def test_confirm__one_of_two__proposed(world, run):
    tx = world.models.confirmModel(run, world.card(), {"from": world.bank(0)})
    model = world.models.modelIdOf(run, world.card())
    event = tx.events["ModelConfirmed"]
    assert (event["model"], event["run"], event["party"], event["confirmations"]) == (model, run, world.bank(0), 1)
    assert "ModelFinalised" not in tx.events
    info = world.models.modelInfo(model)
    assert info[:4] == (1, run, 0, 1)
    assert info[4] == tuple("0x" + part.hex() for part in world.card())
    with reverts_with("ModelNotFinal", model, 1):
        world.models.requireFinal(model)


def test_confirm__twice__counted_once(world, run):
    world.models.confirmModel(run, world.card(), {"from": world.bank(0)})
    model = world.models.modelIdOf(run, world.card())
    assert no_event(world.models.confirmModel(run, world.card(), {"from": world.bank(0)}))
    assert world.models.modelInfo(model)[3] == 1
    with reverts_with("AlreadyConfirmed", run, world.bank(0), model):
        confirm(world, run, "other")


def test_confirm__quorum__final(world, run):
    world.models.confirmModel(run, world.card("rival"), {"from": world.bank(2)})
    world.models.confirmModel(run, world.card(), {"from": world.bank(0)})
    tx = world.models.confirmModel(run, world.card(), {"from": world.bank(1)})
    model = world.models.modelIdOf(run, world.card())
    assert dict(tx.events["ModelFinalised"]) == {"model": model, "run": run, "number": 1}
    assert world.models.requireFinal(model) == 1
    assert world.models.modelAt(1) == model
    assert world.models.runInfo(run)[0] == 3
    rival = world.models.modelIdOf(run, world.card("rival"))
    assert world.models.modelInfo(rival)[0] == 1
    with reverts_with("RunNotInState", run, 3):
        world.models.closeRound.call(run, 2, h("sum"), {"from": world.aggregator})


def test_confirm__after_the_quorum__added(world):
    model = world.final_model()
    run = world.models.modelInfo(model)[1]
    tx = world.models.confirmModel(run, world.card(), {"from": world.bank(2)})
    assert tx.events["ModelConfirmed"]["confirmations"] == 3
    assert "ModelFinalised" not in tx.events


def test_withdraw__by_others__refused(world):
    model = world.final_model()
    for caller in (world.guardian, world.aggregator, world.bank(0)):
        with reverts_with("AccessManagedUnauthorized", caller):
            world.models.withdrawModel.call(model, h("reason"), {"from": caller})


def test_withdraw__not_final__refused(world, run):
    with reverts_with("UnknownModel", h("none")):
        world.models.withdrawModel.call(h("none"), h("reason"), {"from": world.regulator})
    with reverts_with("UnknownModel", h("none")):
        world.models.requireFinal(h("none"))
    world.models.confirmModel(run, world.card(), {"from": world.bank(0)})
    model = world.models.modelIdOf(run, world.card())
    with reverts_with("ModelNotFinal", model, 1):
        world.models.withdrawModel.call(model, h("reason"), {"from": world.regulator})


def test_withdraw__final__for_ever(world):
    model = world.final_model()
    assert not world.models.isWithdrawn(1)
    tx = world.models.withdrawModel(model, h("reason"), {"from": world.regulator})
    assert dict(tx.events["ModelWithdrawn"]) == {"model": model, "reasonHash": "0x" + h("reason").hex()}
    assert world.models.isWithdrawn(1)
    with reverts_with("ModelNotFinal", model, 3):
        world.models.requireFinal(model)
    with reverts_with("ModelNotFinal", model, 3):
        world.models.withdrawModel.call(model, h("reason"), {"from": world.regulator})
