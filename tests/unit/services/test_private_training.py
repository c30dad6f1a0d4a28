"""Runs with noise over the whole protocol: same model everywhere, replayable, within a budget."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.services.vanishing import Vanishing
from trustspace.errors import AuditMismatch, BudgetSpent, InvalidPlan
from trustspace.learning.privacy.accounting import noise_for
from trustspace.learning.privacy.terms import PrivacyTerms
from trustspace.services import training as services
from trustspace.services.audit import audit

ROUNDS = 7


def private(loan_book, *, rounds: int = ROUNDS, honest: int = 2, epsilon_milli: int = 50_000):
    """A plan with noise that 400 rows can carry: four cells for each feature."""
    noise = noise_for(epsilon_milli, 6, rounds)
    terms = PrivacyTerms(epsilon_milli=epsilon_milli, delta_power=6, noise_milli=noise, rounds=rounds, honest=honest)
    features = tuple(
        replace(feature, borders=tuple(sorted({int(cut) for cut in np.quantile(column, [0.25, 0.5, 0.75])})))
        for feature, column in zip(loan_book.plan.features, loan_book.columns.values(), strict=True)
    )
    return replace(loan_book.plan, folds=2, features=features, privacy=terms)


def test_train__with_noise__all_hold_one_model_and_anybody_replays_it(federate, loan_book, tmp_path) -> None:
    plan = private(loan_book)
    federation = federate(4, plan=plan)
    outcome = federation.train(tmp_path)
    assert all(party.result == outcome.trained for party in federation.parties)
    report = audit(tmp_path, federation.ledger, run=outcome.run)
    assert report.trained == outcome.trained
    again = federate(4, plan=plan)
    assert again.train().trained.model.digest != outcome.trained.model.digest  # the noise is nobody's choice


def test_train__noise_below_the_budgets_need__no_party_joins(federate, loan_book, monkeypatch, tmp_path) -> None:
    plan = private(loan_book)
    weak = replace(plan, privacy=replace(plan.privacy, noise_milli=plan.privacy.noise_milli - 2))
    federation = federate(3, plan=weak)
    with pytest.raises(InvalidPlan, match=r"7 rounds cost epsilon 50.*the budget is 50"):
        federation.train()
    monkeypatch.setattr(services, "require_paid", lambda _terms: None)  # an aggregator and parties that look away
    blind = federate(3, plan=weak)
    blind.train(tmp_path)
    with pytest.raises(AuditMismatch, match=r"plan.json: 7 rounds cost epsilon"):
        audit(tmp_path, blind.ledger)


def test_train__noise_of_more_parties_than_are_sure_to_stay__refused(federate, loan_book) -> None:
    with pytest.raises(InvalidPlan, match="noise of 3 parties; of 4, 3 are sure to stay"):
        federate(4, plan=private(loan_book, honest=3)).train()


def test_train__a_second_pass_beyond_the_budget__refused_by_all(federate, loan_book) -> None:
    federation = federate(5, plan=private(loan_book))
    federation.parties[1] = Vanishing(federation.parties[1], 4, "commit")
    with pytest.raises(BudgetSpent, match="round 9: 7 rounds are open, the privacy budget pays for 7"):
        federation.train()


def test_train__a_second_pass_paid_for__ends(federate, loan_book, tmp_path) -> None:
    federation = federate(5, plan=private(loan_book, rounds=2 * ROUNDS))
    federation.parties[1] = Vanishing(federation.parties[1], 4, "commit")
    outcome = federation.train(tmp_path)
    assert len(outcome.members) == 4
    assert audit(tmp_path, federation.ledger).members == outcome.members
