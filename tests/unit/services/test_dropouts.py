"""A bank vanishes in any phase of any round: the others finish, equal to training in one place on their rows."""

import pytest

from tests.unit.services.vanishing import PHASES, Vanishing
from trustspace.domain.models import ModelState, RunState
from trustspace.errors import LeftOut, TooFewParties
from trustspace.learning.training import centralised
from trustspace.services.audit import audit


def trained_on(loan_book, banks: int, members: list[int]):
    parts = loan_book.split(banks)
    return centralised(loan_book.plan, [loan_book.rows(parts[member]) for member in members])


@pytest.mark.parametrize("silently", [False, True])
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("round_number", [1, 3, 7])
def test_train__a_bank_vanishes__survivors_finish_equal_to_centralised_on_their_rows(
    federate, loan_book, reference, tmp_path, round_number: int, phase: str, silently: bool
) -> None:
    federation = federate(4)
    federation.parties[1] = Vanishing(federation.parties[1], round_number, phase, silently=silently)
    outcome = federation.train(tmp_path)
    # its rows stand in the last round's sum, and so in the model, when it vanished after its vector was revealed
    kept = round_number == 7 and phase in ("answer", "accept")
    members = [0, 1, 2, 3] if kept else [0, 2, 3]
    assert outcome.members == tuple(33 + 3 * member for member in members)
    assert outcome.trained == (reference if kept else trained_on(loan_book, 4, members))
    assert set(outcome.left) == {36}
    assert federation.ledger.model(outcome.model).state == ModelState.FINAL
    assert federation.ledger.run(outcome.run).state == RunState.COMPLETED
    assert all(party.result == outcome.trained for party in federation.parties if not isinstance(party, Vanishing))
    report = audit(tmp_path, federation.ledger, run=outcome.run)
    assert (report.trained, report.members, report.rounds) == (outcome.trained, outcome.members, outcome.rounds)


def test_train__two_banks_vanish_one_after_the_other__survivors_finish(federate, loan_book, tmp_path) -> None:
    federation = federate(5)
    federation.parties[1] = Vanishing(federation.parties[1], 3, "commit", silently=True)
    federation.parties[4] = Vanishing(federation.parties[4], 6, "answer")
    outcome = federation.train(tmp_path)
    assert outcome.trained == trained_on(loan_book, 5, [0, 2, 3])
    assert outcome.left == {36: 3, 45: 6}
    report = audit(tmp_path, federation.ledger)
    assert report.trained == outcome.trained
    assert report.left == {36: 3, 45: 7}  # its vector was in round 6; it made no offer in round 7


def test_train__a_round_left_in_mid_pass__never_opened(federate, tmp_path) -> None:
    federation = federate(4)
    federation.parties[1] = Vanishing(federation.parties[1], 3, "commit")
    federation.train(tmp_path)
    assert not list((tmp_path / "round-003").glob("*.answer"))
    assert len(list((tmp_path / "round-004").glob("*.answer"))) == 3


def test_train__one_of_three_vanishes__named_and_the_run_goes_on_when_it_is_back(federate, reference) -> None:
    federation = federate(3)
    bank = federation.parties[1]
    federation.parties[1] = Vanishing(bank, 3, "commit")
    with pytest.raises(TooFewParties, match=r"round 3: 2 of 3 parties are there, 3 are needed; missing: party 36 "):
        federation.train()
    federation.parties[1] = bank
    assert federation.train().trained == reference


def test_train__a_bank_that_wants_no_second_pass__stops_and_names_who_left(federate) -> None:
    federation = federate(4, restart=False)
    federation.parties[1] = Vanishing(federation.parties[1], 3, "commit")
    with pytest.raises(LeftOut, match=r"round 3: parties \[36\] left in the middle"):
        federation.train()


def test_train__left_before_anything_was_opened__one_pass_only(federate, loan_book) -> None:
    federation = federate(4, restart=False)
    federation.parties[1] = Vanishing(federation.parties[1], 1, "commit")
    outcome = federation.train()
    assert outcome.rounds == loan_book.plan.rounds
    assert outcome.trained == trained_on(loan_book, 4, [0, 2, 3])
