import pytest

from bench.contribution import sampled_shapley, shapley


def gloves(bits: int) -> float:
    """Player 0 has a left glove, 1 and 2 a right one; a pair is worth 1 (Shapley: 2/3, 1/6, 1/6)."""
    return float(bits & 1 and bits >> 1 & 3 > 0)


def test_shapley__textbook_game__known_values() -> None:
    assert shapley(3, gloves) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_sampled_shapley__many_permutations__near_the_exact_values_and_adds_up() -> None:
    found, errors = sampled_shapley(3, gloves, 2_000)
    assert sum(found) == pytest.approx(1)
    assert all(
        abs(own - exact) < 6 * error for own, exact, error in zip(found, shapley(3, gloves), errors, strict=True)
    )
    assert max(errors) < 0.01
