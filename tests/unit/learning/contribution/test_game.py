"""The closed form against the definition: all coalitions, in floats."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest

from trustspace.learning.contribution.game import SHARE_BITS, StepGame
from trustspace.learning.logistic import bin_codes, design, newton_penalties, newton_sums, start
from trustspace.learning.training import start_training

NAT = 1 << SHARE_BITS


@pytest.fixture(scope="module")
def played(loan_book):
    """The first step of fold 0's model: its game, each of five parties' gradients, V, H, A in floats."""
    training = start_training(loan_book.plan)
    training.absorb(training.work(loan_book.rows()).contribution())
    model = training.models[1]
    folds = loan_book.rows().folds(loan_book.plan)

    def sums(chosen):
        rows = loan_book.rows(np.flatnonzero(chosen))
        return newton_sums(model, design(model.features, bin_codes(model.features, rows.values)), ~rows.labels)

    owner = np.arange(len(folds)) % 5
    parts = [sums((folds != 0) & (owner == party)) for party in range(5)]
    validation, total = sums(folds == 0), sum(parts)
    game = StepGame.of(model, total, validation, loan_book.plan.l2_milli)
    columns = len(model.coefficients) + 1

    def square(upper):
        full = np.zeros((columns, columns))
        full[np.triu_indices(columns)] = upper / 2.0**36
        return full + np.triu(full, 1).T

    penalties = np.array(newton_penalties(model, loan_book.plan.l2_milli)) / 2.0**36
    matrix = square(total[columns:]) + np.diag(penalties)
    gradients = [part[:columns] for part in parts]
    steps = [np.linalg.solve(matrix, gradient / 2.0**38) for gradient in gradients]
    slope, curvature = validation[:columns] / 2.0**38, square(validation[columns:])
    return game, gradients, steps, lambda step: slope @ step - step @ curvature @ step / 2


def shapley(players: int, worth) -> list[float]:
    found = [0.0] * players
    for player in range(players):
        others = [other for other in range(players) if other != player]
        for size in range(players):
            weight = factorial(size) * factorial(players - size - 1) / factorial(players)
            for coalition in combinations(others, size):
                found[player] += weight * (worth((*coalition, player)) - worth(coalition))
    return found


def test_share__against_all_coalitions__is_the_shapley_value(played) -> None:
    game, gradients, steps, gain = played
    zero = np.zeros_like(steps[0])
    expected = shapley(5, lambda coalition: gain(sum((steps[player] for player in coalition), zero)))
    shares = [game.share(gradient) / NAT for gradient in gradients]
    assert shares == pytest.approx(expected, abs=2e-5)
    assert max(shares) > 10 * 2e-5


def test_shares__added_up__what_the_sums_alone_say(played) -> None:
    game, gradients, steps, gain = played
    assert abs(sum(game.share(gradient) for gradient in gradients) - game.total) <= 3
    assert game.total / NAT == pytest.approx(gain(sum(steps)), abs=1e-4)  # the class mix has no penalty to speak of


def test_loss_without__against_the_step_without__is_the_difference(played) -> None:
    game, gradients, steps, gain = played
    whole, nothing = sum(steps), np.zeros_like(game.validation)
    for gradient, step in zip(gradients, steps, strict=True):
        expected = gain(whole) - gain(whole - step)
        assert game.loss_without(gradient, nothing) / NAT == pytest.approx(expected, abs=1e-4)
        assert game.loss_without(gradient, game.validation) == 0  # nobody else's rows to judge by
        assert 2 * game.loss_without(gradient, game.validation // 2) / NAT == pytest.approx(expected, abs=2e-4)


def test_game__at_the_model_that_stands__step_includes_the_penalty(loan_book) -> None:
    training = start_training(loan_book.plan)
    work = training.work(loan_book.rows())
    for _ in range(5):
        training.absorb(work.contribution())
    model, rows = training.models[0], loan_book.rows()
    sums = newton_sums(model, design(model.features, bin_codes(model.features, rows.values)), ~rows.labels)
    game = StepGame.of(model, sums, sums, loan_book.plan.l2_milli)
    nothing = np.zeros(len(model.coefficients) + 1, dtype=np.int64)
    assert game.loss_without(nothing, sums) == game.share(nothing) == 0
    fresh = StepGame.of(start(model.features, 300, 100), sums, sums, loan_book.plan.l2_milli)
    assert fresh.step != game.step  # the same sums, another penalty
