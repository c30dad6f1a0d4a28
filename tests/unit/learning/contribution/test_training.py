from dataclasses import replace

import numpy as np
import pytest

from trustspace.errors import InvalidPlan
from trustspace.learning.contribution.report import contribution_of
from trustspace.learning.logistic import bin_codes, design
from trustspace.learning.plan import ScorecardPlan
from trustspace.learning.privacy.terms import PrivacyTerms
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised, read_plan, start_training


@pytest.fixture(scope="module")
def valued(loan_book) -> ScorecardPlan:
    return replace(loan_book.plan, contribution=True)


def split(book, plan, banks: int = 4):
    return [book.rows(part, plan=plan) for part in book.split(banks)]


def test_run__with_shares__same_model_one_round_more(loan_book, reference, valued) -> None:
    trained = centralised(valued, split(loan_book, valued))
    assert replace(trained.model, plan_hash=reference.model.plan_hash) == reference.model
    assert trained.metrics == reference.metrics
    assert valued.rounds == loan_book.plan.rounds + 1
    assert reference.contribution is None


def test_shares__of_honest_banks__add_up_and_name_every_bank(loan_book, valued) -> None:
    contribution = centralised(valued, split(loan_book, valued)).contribution
    assert [party.place for party in contribution.parties] == [0, 1, 2, 3]
    assert contribution.unexplained_micro == 0
    total = sum(party.share_micro for party in contribution.parties)
    assert total == pytest.approx(contribution.total_micro, abs=50)
    assert contribution.total_micro > 10_000_000  # 10 nats over 400 rows: the features say something
    assert all(0 < party.error_micro < contribution.total_micro for party in contribution.parties)


def test_shares__of_a_bank_without_rows__nothing(loan_book, valued) -> None:
    tables = [*split(loan_book, valued, 3), loan_book.rows([], plan=valued)]
    nobody = centralised(valued, tables).contribution.parties[3]
    assert (nobody.share_micro, nobody.error_micro, nobody.influence_micro) == (0, 0, 0)


def test_shares__of_a_bank_with_flipped_labels__lowest_and_the_others_would_gain(loan_book, valued) -> None:
    tables = split(loan_book, valued)
    honest = centralised(valued, tables).contribution
    rows = tables[2]
    tables[2] = replace(rows, labels=~rows.labels)
    poisoned = centralised(valued, tables).contribution
    shares = [party.share_micro for party in poisoned.parties]
    assert shares[2] == min(shares) < 0
    assert poisoned.parties[2].influence_micro < 0 < honest.parties[2].share_micro
    assert poisoned.parties[2].influence_micro == min(party.influence_micro for party in poisoned.parties)


def test_influence__against_training_anew_without_each_bank__tells_the_same_story(loan_book, valued) -> None:
    """Training without a bank: the change of the log loss on the held-out rows of the others."""
    plan = replace(loan_book.plan, contribution=False)
    tables = split(loan_book, plan, 4)
    tables[1] = replace(tables[1], labels=~tables[1].labels)
    everybody = LabelledRows(
        ids=sum((table.ids for table in tables), ()),
        values=np.concatenate([table.values for table in tables]),
        labels=np.concatenate([table.labels for table in tables]),
        groups=np.concatenate([table.groups for table in tables]),
    )
    folds, owner = everybody.folds(plan), np.repeat(range(4), [len(table) for table in tables])

    def log_likelihood(members, judge) -> float:
        training = start_training(plan)
        work = [training.work(tables[member]) for member in members]
        while training.round <= plan.newton_rounds + 1:
            training.absorb(sum(part.contribution() for part in work))
        total = 0.0
        for fold, model in enumerate(training.models[1:]):
            chosen = (folds == fold) & np.isin(owner, judge)
            matrix = design(model.features, bin_codes(model.features, everybody.values[chosen]))
            odds = matrix @ np.array([model.intercept, *model.coefficients]) / 2.0**34
            total -= np.logaddexp(0, np.where(everybody.labels[chosen], odds, -odds)).sum()
        return total

    others = [[other for other in range(4) if other != member] for member in range(4)]
    lost = [log_likelihood(range(4), judge) - log_likelihood(judge, judge) for judge in others]
    influence = [party.influence_micro / 1e6 for party in centralised(valued, tables).contribution.parties]
    assert np.argmin(lost) == np.argmin(influence) == 1
    assert np.corrcoef(lost, influence)[0, 1] > 0.8


def test_report__a_share_too_much__is_unexplained_beyond_rounding() -> None:
    cells = np.array([[[5, 7], [1, 2]], [[0, 0], [0, 0]]]) << 20
    assert contribution_of(cells, [6 << 20, 9 << 20]).unexplained_micro == 0
    assert contribution_of(cells, [(6 << 20) + 3, 9 << 20]).unexplained_micro == 0
    assert contribution_of(cells, [6 << 20, 8 << 20]).unexplained_micro == 1_000_000
    assert contribution_of(cells, [5 << 20, 10 << 20]).unexplained_micro == 2_000_000


def test_report__error__standard_error_over_the_folds() -> None:
    own = np.array([3.0, 5.0, 4.0, 8.0])
    cells = np.array([[own], [own]]).astype(np.int64) << 20
    party = contribution_of(cells, [0] * 4).parties[0]
    assert party.error_micro / 1e6 == pytest.approx(own.std(ddof=1) * np.sqrt(4), abs=1e-5)


def test_plan__asks_for_shares__survives_its_bytes(loan_book, valued) -> None:
    assert read_plan(valued.to_bytes()) == valued
    assert b"contribution" not in loan_book.plan.to_bytes()


def test_plan__shares_and_noise_or_no_boolean__refused(valued) -> None:
    terms = PrivacyTerms(epsilon_milli=1_000, delta_power=6, noise_milli=9_000, rounds=9, honest=2)
    with pytest.raises(InvalidPlan, match="contribution: expected no noise"):
        replace(valued, privacy=terms)
    with pytest.raises(InvalidPlan, match="contribution: expected true or false"):
        replace(valued, contribution=1)
