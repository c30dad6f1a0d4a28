"""An auditor inside a bank recomputes what the bank sent, from its table and what it kept."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.services.test_private_training import private
from tests.unit.services.vanishing import Vanishing
from trustspace.errors import AuditMismatch
from trustspace.learning.scorecard_local import ScorecardWork
from trustspace.learning.table import LabelledRows
from trustspace.services.audit import audit, recorded_plan
from trustspace.services.keepsake import Keepsake, read_keepsake
from trustspace.services.own_part import OwnPart


def keeping(federation, folder):
    """The federation, with every bank keeping its secrets in `folder`."""
    for party in federation.parties:
        party._keepsake = Keepsake(folder / f"{party.participant}.kept")
    return federation


def own(federation, folder, place: int, rows: LabelledRows | None = None) -> OwnPart:
    party = federation.parties[place]
    return OwnPart(rows=rows or party._rows, kept=read_keepsake(folder / f"{party.participant}.kept"))


@pytest.fixture(scope="module")
def finished(federate, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    federation = keeping(federate(4), folder)
    federation.train(folder / "run")
    return federation, folder


@pytest.mark.parametrize("place", range(4))
def test_audit__of_a_bank__every_contribution_recomputed(finished, place: int) -> None:
    federation, folder = finished
    part = own(federation, folder, place)
    audit(folder / "run", federation.ledger, own=part)
    assert part.rounds == 7
    assert recorded_plan(folder / "run") == federation.plan


@pytest.mark.parametrize("change", ["value", "label", "row"])
def test_audit__a_table_changed_since__found_at_the_first_round(finished, change: str) -> None:
    federation, folder = finished
    rows = federation.parties[1]._rows
    turned = replace(rows, values=rows.values.copy(), labels=rows.labels.copy())
    if change == "value":
        turned.values[5, 1] += 1
    elif change == "label":
        turned.labels[3] = not turned.labels[3]
    else:
        turned = replace(rows, ids=rows.ids[1:], values=rows.values[1:], labels=rows.labels[1:], groups=rows.groups[1:])
    with pytest.raises(AuditMismatch, match=r"party 36, round 1: the \d+ rows committed to"):
        audit(folder / "run", federation.ledger, own=own(federation, folder, 1, turned))


def test_audit__another_banks_or_runs_secrets__refused(finished, federate, tmp_path) -> None:
    federation, folder = finished
    strange = own(federation, folder, 1)
    other = replace_participant(strange, federation.parties[2].participant)
    with pytest.raises(AuditMismatch, match="party 39, round 1"):
        audit(folder / "run", federation.ledger, own=other)
    again = keeping(federate(4), tmp_path)
    again.train(tmp_path / "run", operation=b"z" * 32)
    with pytest.raises(AuditMismatch, match="keepsake: kept by party 36 of run"):
        audit(folder / "run", federation.ledger, own=own(again, tmp_path, 1))
    kept = replace(strange.kept, rounds=strange.kept.rounds | {3: strange.kept.rounds[2]})
    with pytest.raises(AuditMismatch, match="party 36, round 3: the secrets kept"):
        audit(folder / "run", federation.ledger, own=OwnPart(rows=strange.rows, kept=kept))


def replace_participant(part: OwnPart, participant: int) -> OwnPart:
    return OwnPart(rows=part.rows, kept=replace(part.kept, participant=participant))


@pytest.mark.parametrize("at", [1, 3, 7])
def test_audit__a_bank_that_sent_something_else__first_cell_named(federate, tmp_path, monkeypatch, at: int) -> None:
    federation = keeping(federate(4), tmp_path)
    liar = federation.parties[2]
    honest = ScorecardWork.contribution

    def contribution(work):
        values = honest(work)
        if work._rows is liar._rows and work._training.round == at:
            if at == 3:
                values[1] -= 7 << 38
            else:  # a row stands in the cell beside its own: no public check sees it
                cell = int(np.flatnonzero(values)[0])
                values[cell] -= 1
                values[cell + 1] += 1
        return values

    monkeypatch.setattr(ScorecardWork, "contribution", contribution)
    federation.train(tmp_path / "run")
    monkeypatch.undo()
    audit(tmp_path / "run", federation.ledger)
    audit(tmp_path / "run", federation.ledger, own=own(federation, tmp_path, 0))
    with pytest.raises(AuditMismatch, match=rf"party 39, round {at}: .*: sent -?\d+, the table gives -?\d+; \d of \d+"):
        audit(tmp_path / "run", federation.ledger, own=own(federation, tmp_path, 2))


def test_audit__of_a_bank__through_a_second_pass(federate, tmp_path) -> None:
    federation = keeping(federate(5), tmp_path)
    federation.parties[4] = Vanishing(federation.parties[4], 4, "commit")
    outcome = federation.train(tmp_path / "run")
    part = own(federation, tmp_path, 0)
    audit(tmp_path / "run", federation.ledger, own=part)
    assert part.rounds == outcome.rounds


def test_audit__of_a_bank_in_a_run_with_noise__its_size_is_reported(federate, loan_book, tmp_path) -> None:
    federation = keeping(federate(4, plan=private(loan_book)), tmp_path)
    federation.train(tmp_path / "run")
    part = own(federation, tmp_path, 1)
    audit(tmp_path / "run", federation.ledger, own=part)
    assert sorted(part.noise) == list(range(1, 8))
    assert all(0.5 < size < 1.6 for size in part.noise.values())  # 48 cells at least: six standard deviations
