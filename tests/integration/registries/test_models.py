"""ModelRegistry: runs, rounds, models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.registries.story import CARD, refuses, trained
from trustspace.domain.ids import ModelId, OperationId, RunId
from trustspace.domain.models import ModelState, RunState
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit


def test_models__run__goes_through_its_states_to_a_final_model(data_space: SpaceKit) -> None:
    run, model = trained(data_space)
    registry, banks = data_space.actors.outsider.models, data_space.actors.banks
    found = registry.run(run)
    assert (found.state, found.round, found.quorum) == (RunState.COMPLETED, 1, 2)
    assert found.parties == tuple(bank.address for bank in banks[:3])
    assert (found.aggregator, found.plan_hash) == (data_space.actors.aggregator.participant, keccak(b"plan"))
    assert registry.aggregate(run, 1) == keccak(b"sum")
    assert registry.aggregate(run, 2) is None
    assert registry.contribution(run, banks[0].address, 1) == keccak(b"masked bank 1")
    assert registry.contribution(run, banks[0].address, 2) is None
    assert len(registry.contributions(run)) == 3
    party = registry.party(run, banks[1].address)
    assert (party.participant, party.round, party.mask_key) == (banks[1].participant, 1, keccak(b"bank 2"))
    record = registry.model(model)
    assert (record.state, record.run, record.confirmations, record.card) == (ModelState.FINAL, run, 2, CARD)
    assert registry.models_of(run) == (record,)
    assert registry.model_id_of(run, CARD) == model
    operation = OperationId(keccak(b"run" + CARD.model_hash))
    assert registry.run_id_of(data_space.actors.aggregator.participant, operation) == run


def test_models__unknown_run_and_model__have_state_none(data_space: SpaceKit) -> None:
    registry = data_space.actors.outsider.models
    assert registry.run(RunId(bytes(32))).state is RunState.NONE
    assert registry.model(ModelId(bytes(32))).state is ModelState.NONE
    assert registry.models_of(RunId(bytes(32))) == ()


def test_models__latest_contribution__is_kept_by_the_contract(data_space: SpaceKit) -> None:
    run, _ = trained(data_space)
    kept = data_space.actors.outsider.models.latest_contribution(run, data_space.actors.banks[0].address)
    assert kept == int.from_bytes(keccak(b"masked bank 1")[6:], "big")


def test_models__missing_contribution__names_the_party(data_space: SpaceKit) -> None:
    banks, aggregator = data_space.actors.banks[:3], data_space.actors.aggregator
    run = aggregator.models.open_run(
        keccak(b"plan"), [bank.address for bank in banks], 2, OperationId(keccak(b"run"))
    ).value
    for bank in banks:
        bank.models.join(run, keccak(bank.name.encode()))
    for bank in banks[:2]:
        bank.models.commit_contribution(run, 1, keccak(bank.name.encode()))
    with refuses("ContributionMissing", party=banks[2].address, round=1):
        aggregator.models.fix_survivors(run, 1, 0b111)
    with refuses("SurvivorsNotFixed", round=1):
        aggregator.models.close_round(run, 1, keccak(b"sum"))
    aggregator.models.abandon_run(run, keccak(b"a bank is missing"))
    assert aggregator.models.run(run).state is RunState.ABANDONED
