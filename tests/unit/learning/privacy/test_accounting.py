import builtins
from dataclasses import replace
from math import log, sqrt

import pytest

from trustspace.errors import InvalidPlan, ToolMissing
from trustspace.learning.plan import ScorecardPlan
from trustspace.learning.privacy.accounting import epsilon_after, noise_cost, noise_for, require_paid, round_price
from trustspace.learning.privacy.noise import Noise, NoiseBlock
from trustspace.learning.privacy.terms import PrivacyTerms
from trustspace.learning.training import read_plan
from trustspace.learning.trees.plan import trees_plan_for

TERMS = PrivacyTerms(epsilon_milli=2_000, delta_power=6, noise_milli=6_000, rounds=7, honest=2)


def test_epsilon_after__between_what_theory_allows() -> None:
    rho = 7 / (2 * 6.0**2)
    usual = rho + 2 * sqrt(rho * log(1e6))  # Bun and Steinke 2016, proposition 1.3: dp-accounting converts tighter
    assert 0.8 * usual < epsilon_after(TERMS, 7) < usual
    assert epsilon_after(TERMS, 3) < epsilon_after(TERMS, 7)


def test_noise_for__a_budget__the_least_that_keeps_to_it() -> None:
    least = noise_for(1_000, 6, 5)
    terms = PrivacyTerms(epsilon_milli=1_000, delta_power=6, noise_milli=least, rounds=5, honest=3)
    require_paid(terms)
    with pytest.raises(InvalidPlan, match=r"5 rounds cost epsilon 1\.0\d+, the budget is 1\.0"):
        require_paid(replace(terms, noise_milli=least - 1))


def test_noise_cost__blocks_at_their_sigma__add_up() -> None:
    import numpy as np

    blocks = tuple(NoiseBlock(cells=10, unit=1, sigma=100, shift=shift) for shift in (30, 40))
    noise = Noise(blocks=blocks, place=np.repeat([0, 1], 10))
    assert noise_cost(noise, 4) == pytest.approx((0.15**2 + 0.2**2) / 2)


def test_noise_cost__tiny_sigma__the_sum_is_no_discrete_gaussian_and_costs_more() -> None:
    import numpy as np

    def cost(honest: int) -> float:
        block = NoiseBlock(cells=1_000, unit=1, sigma=1, shift=1)
        return noise_cost(Noise(blocks=(block,), place=np.zeros(1_000, dtype=np.int64)), honest)

    assert cost(1) == pytest.approx(0.5)
    assert cost(2) > 0.25 * 1.01


def test_epsilon__without_the_extra__says_what_to_install(monkeypatch) -> None:
    honest = builtins.__import__

    def without(name, *arguments):
        if name.startswith("dp_accounting"):
            raise ImportError(name)
        return honest(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ToolMissing, match=r"trustspace\[privacy\]"):
        epsilon_after(TERMS, 1)


def test_plan__with_terms__survives_its_bytes(loan_book) -> None:
    plan = replace(loan_book.plan, privacy=TERMS)
    again = read_plan(plan.to_bytes())
    assert isinstance(again, ScorecardPlan)
    assert again == plan
    assert again.digest != loan_book.plan.digest


def test_plan__pays_for_fewer_rounds_than_it_has__refused(loan_book) -> None:
    with pytest.raises(InvalidPlan, match=r"privacy\.rounds: expected at least the 7 rounds"):
        replace(loan_book.plan, privacy=replace(TERMS, rounds=6))


@pytest.mark.parametrize("field", ["epsilon_milli", "delta_power", "noise_milli", "rounds", "honest"])
@pytest.mark.parametrize("value", [0, -1, 10**9, True, "2"])
def test_terms__out_of_range__named(field: str, value: object) -> None:
    with pytest.raises(InvalidPlan, match=f"privacy.{field}"):
        replace(TERMS, **{field: value})


def test_trees__with_noise__refused() -> None:
    with pytest.raises(InvalidPlan, match="scorecards only"):
        trees_plan_for("s", {"a": (0, 9)}, trees=1, depth=1, privacy=TERMS)


def test_round_price__one_over_twice_the_square() -> None:
    assert round_price(TERMS) == pytest.approx(1 / 72)
