import numpy as np
import pytest

from tests.unit.services.sums import AGGREGATOR
from trustspace.domain.models import ModelState, RunState
from trustspace.domain.sums import SignedMessage
from trustspace.errors import (
    CommitmentMismatch,
    MaskReuse,
    MissingParty,
    OutOfRange,
    RoundOutOfOrder,
    SignatureMismatch,
    TooFewParties,
)
from trustspace.learning.plan import plan_for
from trustspace.learning.training import read_plan
from trustspace.services.training import TrainingParty, card_of


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("banks", [3, 4, 7])
def test_train__any_number_and_order_of_banks__same_model_hash_as_centralised(
    federate, reference, loan_book, banks: int, backwards: bool
) -> None:
    federation = federate(banks, backwards=backwards, split_seed=banks)
    outcome = federation.train()
    assert outcome.trained.model.digest == reference.model.digest
    assert outcome.trained.metrics == reference.metrics
    assert outcome.card == card_of(loan_book.plan, reference, federation.aggregator.facts(outcome.run))
    assert all(party.result == reference for party in federation.parties)
    assert federation.ledger.model(outcome.model).state == ModelState.FINAL
    assert federation.ledger.run(outcome.run).state == RunState.COMPLETED
    assert (outcome.parties, outcome.rounds) == (banks, loan_book.plan.rounds)


def test_train__a_bank_with_one_class_and_one_without_rows__same_model(federate, reference, loan_book) -> None:
    federation = federate(4)
    good, bad = np.flatnonzero(loan_book.labels == 0), np.flatnonzero(loan_book.labels == 1)
    parts = [good[:250], bad, good[250:], []]
    federation.parties = [
        TrainingParty(loan_book.plan, loan_book.rows(part), party._ledger, party.participant)
        for part, party in zip(parts, federation.parties, strict=True)
    ]
    assert federation.train().trained == reference


def test_train__two_banks__refused(federate) -> None:
    with pytest.raises(TooFewParties, match="2 parties"):
        federate(2).train()


def test_train__a_bank_never_joins__named(federate, monkeypatch) -> None:
    federation = federate(3)
    absent = federation.parties[2]
    honest = TrainingParty.join
    monkeypatch.setattr(TrainingParty, "join", lambda party, run: None if party is absent else honest(party, run))
    with pytest.raises(MissingParty, match=r"party 39 .* has not joined"):
        federation.train()


def test_train__a_banks_message_is_altered_after_it_was_signed__named(federate, monkeypatch) -> None:
    federation = federate(3)
    cheat = federation.parties[0]
    honest = TrainingParty.commit

    def commit(party: TrainingParty, round_number: int, offers: object, sealed: object) -> SignedMessage:
        message = honest(party, round_number, offers, sealed)
        if party is not cheat:
            return message
        return SignedMessage(body=message.body[:-1] + bytes([message.body[-1] ^ 1]), signature=message.signature)

    monkeypatch.setattr(TrainingParty, "commit", commit)
    with pytest.raises(SignatureMismatch, match=r"party 33 .*contribution, round 1"):
        federation.train()


def test_train__a_bank_with_another_plan__refused_by_name(federate, loan_book) -> None:
    federation = federate(3)
    raw = loan_book.plan.to_bytes().replace(b'"folds":5', b'"folds":6')
    other = read_plan(raw)
    party = federation.parties[1]
    federation.parties[1] = TrainingParty(other, loan_book.rows(plan=other), party._ledger, party.participant)
    with pytest.raises(CommitmentMismatch, match=r"party 36, run .*another plan"):
        federation.train()


def offered(federation, operation: bytes = b"x" * 32):
    """A run whose first round has everybody's offer: its desk."""
    run = federation.aggregator.open([party.address for party in federation.parties], 2, operation)
    for party in federation.parties:
        party.join(run)
    desk = federation.aggregator.desk(run)
    for party in federation.parties:
        desk.take_offer(party.participant, party.offer(1))
    desk.enrol()
    return desk


def test_commit__rows_changed_after_a_commitment__mask_reuse_refused(federate, loan_book) -> None:
    federation = federate(3)
    desk = offered(federation)
    party = federation.parties[0]
    party.commit(1, desk.offers, desk.sealed_for(33))
    party.commit(1, desk.offers, desk.sealed_for(33))
    party._rows.labels[:1] ^= True
    with pytest.raises(MaskReuse, match="party 33"):
        party.commit(1, desk.offers, desk.sealed_for(33))
    party._rows.labels[:1] ^= True


def test_party__wrong_round__refused(federate) -> None:
    federation = federate(3)
    party = federation.parties[0]
    with pytest.raises(RoundOutOfOrder, match="not joined"):
        party.offer(1)
    desk = offered(federation)
    for act in (
        party.offer,
        lambda number: party.commit(number, desk.offers, {}),
        lambda number: party.answer(number, {}),
        lambda number: party.accept(number, {}, b""),
    ):
        with pytest.raises(RoundOutOfOrder, match="party 33: asked for round 2, stands at round 1"):
            act(2)
    with pytest.raises(RoundOutOfOrder, match="no model to confirm"):
        party.confirm()


def test_commit__sum_could_overflow__names_the_feature(federate, loan_book) -> None:
    federation = federate(3)
    plan = plan_for("s", {"invoices": (0, 10**6)}, max_rows=2**21)
    federation.aggregator = type(federation.aggregator)(plan, federation.ledger.as_aggregator(AGGREGATOR))
    federation.parties = [
        TrainingParty(plan, loan_book.rows(plan=plan), p._ledger, p.participant) for p in federation.parties
    ]
    with pytest.raises(OutOfRange, match=r"round 2: feature invoices, gradient: .*sum of 3 parties"):
        offered(federation)


def test_party__of_another_participant_than_the_account__refused(federate, loan_book) -> None:
    federation = federate(3)
    party = federation.parties[0]
    federation.parties[0] = TrainingParty(loan_book.plan, loan_book.rows(), party._ledger, 99)
    with pytest.raises(MissingParty, match="does not act for participant 99"):
        federation.train()
