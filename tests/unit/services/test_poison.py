"""A bank that tries to spoil the model: what is caught, by whom, and what only its own auditor can see."""

from dataclasses import replace

import numpy as np
import pytest

from trustspace.errors import CommitmentMismatch, InvalidTable, OutOfRange, ProtocolError
from trustspace.learning.rounds import RoundShape
from trustspace.learning.scorecard_local import ScorecardWork
from trustspace.learning.table import LabelledRows
from trustspace.services.sum_party import SumParty

POISONER = 1


@pytest.fixture
def poison(monkeypatch):
    """Let one bank send what `turn(values, round)` makes of its vector, whatever its own bounds say."""

    def begin(federation, turn):
        liar = federation.parties[POISONER]
        honest, check = ScorecardWork.contribution, RoundShape.check

        def contribution(work):
            values = honest(work)
            return turn(values, work._training.round) if work._rows is liar._rows else values

        def unchecked(shape, values, rows, where):
            if where != f"party {liar.participant}":
                check(shape, values, rows, where)

        monkeypatch.setattr(ScorecardWork, "contribution", contribution)
        monkeypatch.setattr(RoundShape, "check", unchecked)
        return federation

    return begin


@pytest.mark.parametrize("factor", [0, 2, 1_000])
def test_counts__scaled__caught_by_the_rows_stated(federate, poison, factor: int) -> None:
    federation = poison(federate(4), lambda values, number: values * factor if number == 1 else values)
    with pytest.raises(
        (ProtocolError, OutOfRange), match=r"(the counts hold \d+ rows, the parties stated 400|sum, round 1)"
    ):
        federation.train()


def test_counts__of_one_feature_only__caught_by_unequal_totals(federate, poison) -> None:
    def turn(values, number):
        if number == 1:
            values[np.flatnonzero(values)[-1]] += 1
        return values

    with pytest.raises(ProtocolError, match="feature constant counts other rows than feature sales_24m"):
        poison(federate(4), turn).train()


def test_counts__negative_cell__caught_by_its_bound(federate, poison) -> None:
    def turn(values, number):
        if number == 1:
            values[np.flatnonzero(values == 0)[0]] -= 500
        return values

    with pytest.raises(OutOfRange, match=r"feature sales_24m, grid cell \d+: -\d+ is outside \[0, 400\]"):
        poison(federate(4), turn).train()


def test_gradients__beyond_what_all_rows_could_give__caught_by_their_bound(federate, poison) -> None:
    federation = poison(federate(4), lambda values, number: values + (400 << 42) if number == 3 else values)
    with pytest.raises(OutOfRange, match=r"constant, gradient: .* is outside"):
        federation.train()


def test_scores__more_rows_than_counted__caught(federate, poison) -> None:
    def turn(values, number):
        if number == 7:
            values[0] += 1
        return values

    with pytest.raises(ProtocolError, match="count other rows than the rounds before"):
        poison(federate(4), turn).train()


def test_own_software__beyond_the_bound_of_its_own_rows__refuses(federate, monkeypatch) -> None:
    federation = federate(4)
    liar, honest = federation.parties[POISONER], ScorecardWork.contribution
    monkeypatch.setattr(
        ScorecardWork,
        "contribution",
        lambda work: honest(work) * (1_000 if work._rows is liar._rows else 1),
    )
    with pytest.raises(OutOfRange, match=rf"party {liar.participant}, round 1"):
        federation.train()


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.5])
def test_table__holds_no_integer__refused_before_anything_is_sent(loan_book, value: float) -> None:
    columns = {name: column.astype(float) for name, column in loan_book.columns.items()}
    columns["trend"][17] = value
    with pytest.raises(InvalidTable, match="line 18, field trend"):
        LabelledRows.from_columns(loan_book.plan, loan_book.ids, columns, loan_book.labels, party="2")


def test_statement__changed_in_a_later_round__named(federate, monkeypatch) -> None:
    federation = federate(4)
    liar, honest = federation.parties[POISONER], SumParty.offer

    def offer(party, number):
        if party.own.participant == liar.participant and number == 3:
            party._data = replace(party._data, rows=party._data.rows + 1)
        return honest(party, number)

    monkeypatch.setattr(SumParty, "offer", offer)
    with pytest.raises(CommitmentMismatch, match="party 36, round 3: says other data than in an earlier round"):
        federation.train()


def test_statement__of_more_rows_than_the_plan_allows__named(federate, monkeypatch) -> None:
    federation = federate(4)
    liar, honest = federation.parties[POISONER], SumParty.offer

    def offer(party, number):
        if party.own.participant == liar.participant:
            party._data = replace(party._data, rows=1_001)
        return honest(party, number)

    monkeypatch.setattr(SumParty, "offer", offer)
    with pytest.raises(OutOfRange, match="party 36, round 1: states 1001 rows, the plan allows 1000"):
        federation.train()
