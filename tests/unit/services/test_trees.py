"""Boosted trees through the same parties, aggregator, driver and audit as the scorecard."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.conftest import RANGES
from tests.unit.services.vanishing import PHASES, Vanishing
from trustspace.domain.models import ModelState, RunState
from trustspace.errors import AuditMismatch, CommitmentMismatch
from trustspace.learning.training import centralised
from trustspace.learning.trees.plan import TreesPlan, trees_plan_for
from trustspace.services.audit import audit
from trustspace.services.certification import RegisteredModel
from trustspace.services.training import TrainingParty, card_of


@pytest.fixture(scope="module")
def plan() -> TreesPlan:
    settings = {"folds": 3, "trees": 40, "depth": 2, "learning_rate_bps": 3_000, "patience": 3, "max_rows": 1_000}
    return trees_plan_for("loan-book-1", RANGES, trends={"void_share": -1}, **settings)


@pytest.fixture(scope="module")
def reference(loan_book, plan):
    return centralised(plan, [loan_book.rows(plan=plan)])


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("banks", [3, 4, 7])
def test_train__any_number_and_order_of_banks__same_model_hash_as_centralised(
    federate, reference, plan, banks: int, backwards: bool
) -> None:
    federation = federate(banks, backwards=backwards, split_seed=banks, plan=plan)
    outcome = federation.train()
    assert outcome.trained == reference
    assert outcome.trained.model.digest == reference.model.digest
    assert outcome.card == card_of(plan, reference, federation.aggregator.facts(outcome.run))
    assert all(party.result == reference for party in federation.parties)
    assert federation.ledger.model(outcome.model).state == ModelState.FINAL
    assert federation.ledger.run(outcome.run).state == RunState.COMPLETED
    assert 2 < outcome.rounds < plan.rounds  # patience ended it


@pytest.mark.parametrize("phase", PHASES)
def test_train__a_bank_vanishes_amid_a_tree__the_others_grow_anew_on_their_rows(
    federate, loan_book, plan, tmp_path, phase: str
) -> None:
    federation = federate(4, plan=plan)
    federation.parties[1] = Vanishing(federation.parties[1], 5, phase)
    outcome = federation.train(tmp_path)
    parts = loan_book.split(4)
    assert outcome.members == (33, 39, 42)
    assert outcome.trained == centralised(plan, [loan_book.rows(parts[part], plan=plan) for part in (0, 2, 3)])
    assert audit(tmp_path, federation.ledger, run=outcome.run).trained == outcome.trained


def test_train__banks_without_rows_and_with_one_class__same_model(federate, reference, loan_book, plan) -> None:
    federation = federate(4, plan=plan)
    good, bad = np.flatnonzero(loan_book.labels == 0), np.flatnonzero(loan_book.labels == 1)
    federation.parties = [
        TrainingParty(plan, loan_book.rows(part, plan=plan), party._ledger, party.participant)
        for part, party in zip([good, bad[1:], [], bad[:1]], federation.parties, strict=True)
    ]
    assert federation.train().trained == reference


def test_train__a_bank_with_the_scorecards_plan__refused_by_name(federate, loan_book, plan) -> None:
    federation = federate(3, plan=plan)
    party = federation.parties[1]
    federation.parties[1] = TrainingParty(loan_book.plan, loan_book.rows(), party._ledger, party.participant)
    with pytest.raises(CommitmentMismatch, match=r"party 36, run .*another plan"):
        federation.train()


def test_audit__stopped_early__recomputed_and_any_flip_found(federate, reference, plan, loan_book, tmp_path) -> None:
    federation = federate(4, plan=plan)
    outcome = federation.train(tmp_path)
    report = audit(tmp_path, federation.ledger, run=outcome.run)
    assert report.trained == reference
    assert (report.rounds, report.hashes) == (outcome.rounds, outcome.rounds * 5 + 1 + 5)
    last = f"round-{outcome.rounds:03}"
    for name, place in (("plan.json", 40), ("model.json", -9), ("round-002/33.bin", 200), (f"{last}/sum.bin", 99)):
        raw = bytearray((tmp_path / name).read_bytes())
        raw[place] ^= 1
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(AuditMismatch, match=name.replace("/33.bin", ", party 33 ")):
            audit(tmp_path, federation.ledger)
        raw[place] ^= 1
        (tmp_path / name).write_bytes(raw)
    registered = RegisteredModel(card=reference.model, record=report.model)
    firm = {name: int(column[0]) for name, column in loan_book.columns.items()}
    assert registered.card.score(firm) == reference.model.score(firm)


@pytest.mark.parametrize(("change", "message"), [(-1, "they give no model"), (1, "the model stands after fewer")])
def test_audit__ledger_closed_more_or_fewer_rounds__found(
    federate, plan, tmp_path, monkeypatch, change: int, message: str
) -> None:
    federation = federate(3, plan=plan)
    outcome = federation.train(tmp_path)
    closed = replace(federation.ledger.run(outcome.run), round=outcome.rounds + change)
    monkeypatch.setattr(federation.ledger, "run", lambda _: closed)
    if change < 0:
        shutil.rmtree(tmp_path / f"round-{outcome.rounds:03}")
    with pytest.raises(AuditMismatch, match=message):
        audit(tmp_path, federation.ledger)
