"""Shares over the whole protocol: all learn the same ones; no bank can raise its own or lower another's unseen."""

import json
from dataclasses import replace

import pytest

from tests.unit.services.test_own_part import keeping, own
from tests.unit.services.vanishing import Vanishing
from trustspace.errors import AuditMismatch, CommitmentMismatch
from trustspace.learning.contribution.training import SharesShape, ValuedWork
from trustspace.learning.training import centralised
from trustspace.services.audit import audit


@pytest.fixture(scope="module")
def plan(loan_book):
    return replace(loan_book.plan, contribution=True)


def lying(monkeypatch, liar, turn) -> None:
    honest, check = ValuedWork.contribution, ValuedWork.require_own

    def contribution(work):
        values = honest(work)
        shape = work._training.shape
        if work._rows is liar._rows and isinstance(shape, SharesShape):
            turn(values.reshape(2, shape.parties, shape.plan.folds))
        return values

    monkeypatch.setattr(ValuedWork, "contribution", contribution)
    monkeypatch.setattr(
        ValuedWork, "require_own", lambda work, sums: None if work._rows is liar._rows else check(work, sums)
    )


def test_train__shares_asked_for__same_for_all_and_as_in_one_place(federate, loan_book, plan, tmp_path) -> None:
    federation = keeping(federate(4, plan=plan), tmp_path)
    outcome = federation.train(tmp_path / "run")
    tables = [loan_book.rows(part, plan=plan) for part in loan_book.split(4)]
    assert outcome.trained == centralised(plan, tables)
    assert all(party.result == outcome.trained for party in federation.parties)
    part = own(federation, tmp_path, 2)
    assert audit(tmp_path / "run", federation.ledger, own=part).trained.contribution == outcome.trained.contribution
    assert part.rounds == plan.rounds
    card = json.loads((tmp_path / "run" / "model-card.json").read_bytes())
    assert [own["party"] for own in card["contribution"]["parties"]] == [33, 36, 39, 42]
    assert card["contribution"]["total_micro"] == outcome.trained.contribution.total_micro
    assert "What each party's rows were worth" in (tmp_path / "run" / "model-card.html").read_text()


def test_train__a_bank_left__it_has_no_share(federate, plan) -> None:
    federation = federate(4, plan=plan)
    federation.parties[1] = Vanishing(federation.parties[1], 3, "commit")
    contribution = federation.train().trained.contribution
    assert (contribution.parties[1].share_micro, contribution.unexplained_micro) == (0, 0)
    assert all(contribution.parties[place].share_micro for place in (0, 2, 3))


def test_share__raised_by_its_bank__is_unexplained_and_its_auditor_finds_it(
    federate, plan, tmp_path, monkeypatch
) -> None:
    federation = keeping(federate(4, plan=plan), tmp_path)

    def raise_own(cells) -> None:
        cells[0, 1, 0] += 5 << 20

    lying(monkeypatch, federation.parties[1], raise_own)
    outcome = federation.train(tmp_path / "run")
    monkeypatch.undo()
    assert outcome.trained.contribution.unexplained_micro == pytest.approx(5_000_000, abs=10)
    audit(tmp_path / "run", federation.ledger, own=own(federation, tmp_path, 0))
    with pytest.raises(AuditMismatch, match="party 36, round 8: share of the party at place 1: sent"):
        audit(tmp_path / "run", federation.ledger, own=own(federation, tmp_path, 1))


def test_share__taken_from_another_bank__that_bank_refuses(federate, plan, monkeypatch) -> None:
    federation = federate(4, plan=plan)

    def steal(cells) -> None:
        cells[0, 1, 0] += 5 << 20
        cells[0, 2, 0] -= 5 << 20

    lying(monkeypatch, federation.parties[1], steal)
    with pytest.raises(CommitmentMismatch, match="place 2, round 8: somebody else's vector changed"):
        federation.train()
