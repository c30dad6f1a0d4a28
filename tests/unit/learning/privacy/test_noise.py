"""What one row can move, found by moving rows, against the bounds that the noise is derived from."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from tests.unit.conftest import LoanBook
from trustspace.errors import InvalidPlan
from trustspace.learning.evaluation_rounds import EvaluationShape
from trustspace.learning.privacy.accounting import noise_cost, round_price
from trustspace.learning.privacy.noise import LEAST_SIGMA, noise_of
from trustspace.learning.privacy.terms import PrivacyTerms
from trustspace.learning.privacy.training import NoisyTraining
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised, start_training

TERMS = PrivacyTerms(epsilon_milli=8_000, delta_power=6, noise_milli=3_000, rounds=9, honest=2)


def turned(book, rng) -> LabelledRows:
    """The book with its first row replaced by an extreme one, in another fold or in the same."""
    columns = {name: column.copy() for name, column in book.columns.items()}
    for column in columns.values():
        column[0] = rng.choice([column.min(), column.max()])
    labels = book.labels.copy()
    labels[0] = rng.integers(0, 2)
    ids = [f"other-{rng.integers(0, 10**9)}", *book.ids[1:]]
    return LabelledRows.from_columns(book.plan, ids, columns, labels, party="1")


def trainings(book, steps: int):
    training = start_training(book.plan)
    work = training.work(book.rows())
    for _ in range(steps):
        training.absorb(work.contribution())
    return training, work


@pytest.mark.parametrize("steps", [0, 1, 3, 6])
def test_shift__any_row_replaced__bounds_what_it_moves(loan_book, steps: int) -> None:
    training, work = trainings(loan_book, steps)
    noise, rng = noise_of(training, TERMS), np.random.default_rng(3)
    before = work.contribution()
    assert isinstance(training.shape, EvaluationShape) == (steps == 6)
    widest = np.zeros(len(noise.blocks))
    for _ in range(25):
        after = training.work(turned(loan_book, rng)).contribution()
        for number, block in enumerate(noise.blocks):
            chosen = noise.place == number
            moved = [(side[chosen] + block.unit // 2) // block.unit for side in (before, after)]
            distance = sqrt(sum(int(step) ** 2 for step in moved[1] - moved[0]))
            widest[number] = max(widest[number], distance / block.shift)
    assert (widest <= 1).all()
    assert (widest > 0.05).all()  # a bound that is never approached would waste the noise


@pytest.mark.parametrize("steps", [0, 1, 6])
@pytest.mark.parametrize("honest", [1, 2, 9])
@pytest.mark.parametrize("noise_milli", [100, 3_000, 60_000])
def test_noise__any_round__costs_no_more_than_its_price(loan_book, steps: int, honest: int, noise_milli: int) -> None:
    training, _ = trainings(loan_book, steps)
    terms = replace(TERMS, honest=honest, noise_milli=noise_milli)
    noise = noise_of(training, terms)
    assert all(block.sigma >= LEAST_SIGMA for block in noise.blocks)
    assert noise_cost(noise, honest) <= round_price(terms)
    if noise_milli == 60_000:  # rounding takes little of it
        assert noise_cost(noise, honest) > 0.97 * round_price(terms)


def test_draw__blocks__each_at_its_sigma(loan_book) -> None:
    training, _ = trainings(loan_book, 1)
    noise = noise_of(training, replace(TERMS, noise_milli=20_000))
    drawn = np.concatenate([noise.draw() / noise.sigmas for _ in range(40)])
    assert abs((drawn**2).mean() - 1) < 8 * sqrt(2 / drawn.size)


def grown(book, times: int) -> LoanBook:
    """The book so many times over, each firm under a new id."""
    return LoanBook(
        plan=replace(book.plan, folds=2, max_rows=10**6),
        ids=[f"{name}-{copy}" for copy in range(times) for name in book.ids],
        columns={name: np.tile(column, times) for name, column in book.columns.items()},
        labels=np.tile(book.labels, times),
    )


def run(book, noise_milli: int):
    plan = replace(book.plan, privacy=replace(TERMS, noise_milli=noise_milli))
    training = start_training(plan, 3)
    work = [training.work(book.rows(part, plan=plan)) for part in book.split(3)]
    while training.result is None:
        total = sum(part.contribution() for part in work)
        training.shape.check(total, len(book.ids), "sum")
        training.absorb(total)
    return training.result


@pytest.mark.parametrize("noise_milli", [500, 2_000])
def test_absorb__noise_and_enough_rows__a_model_near_the_exact_one(loan_book, noise_milli: int) -> None:
    book = grown(loan_book, 60)
    result = run(book, noise_milli)
    exact = centralised(book.plan, [book.rows()])
    assert result.model.digest != exact.model.digest
    assert result.metrics.rows == pytest.approx(len(book.ids), rel=0.05)
    points = [
        [model.score({name: int(column[row]) for name, column in book.columns.items()}).points for row in range(400)]
        for model in (result.model, exact.model)
    ]
    assert np.corrcoef(points)[0, 1] > 0.9


def test_absorb__nothing_but_noise__refused_with_a_reason(loan_book) -> None:
    plan = replace(loan_book.plan, folds=2, privacy=replace(TERMS, noise_milli=60_000))
    training = start_training(plan, 3)
    with pytest.raises(InvalidPlan, match="0 defaulted rows are left to learn from"):
        training.absorb(np.zeros(training.shape.size, dtype=np.int64))


def test_work__asked_twice__draws_anew_around_the_same_cells(loan_book) -> None:
    book = grown(loan_book, 20)
    training = start_training(replace(book.plan, privacy=replace(TERMS, noise_milli=500)), 3)
    assert isinstance(training, NoisyTraining)
    work = training.work(book.rows())
    first = work.contribution()
    exact = training.inner.work(book.rows()).contribution()  # counts: units of one
    assert work.without_noise().tolist() == exact.tolist()
    for drawn in (first - exact, work.contribution() - exact, work.contribution() - first):
        assert 0.9 < (drawn / training.noisy_shape().noise.sigmas).std() < 1.5
    training.absorb(first)
    assert work.contribution().size == training.shape.size != first.size
