import random

import pytest

from trustspace.services.signals.cycles import Budget, cycles_of

PLENTY = 10**9


def slow_cycles(arcs: dict[int, set[int]], longest: int) -> set[tuple[int, ...]]:
    """Every simple cycle from its smallest node, by walking all paths."""
    found = set()

    def walk(path: tuple[int, ...]) -> None:
        for target in arcs.get(path[-1], ()):
            if target == path[0]:
                found.add(path)
            elif target > path[0] and target not in path and len(path) < longest:
                walk((*path, target))

    for start in arcs:
        walk((start,))
    return found


@pytest.mark.parametrize("longest", [2, 3, 4, 5])
@pytest.mark.parametrize("seed", range(8))
def test_cycles__random_graphs__every_cycle_once(seed: int, longest: int) -> None:
    rng = random.Random(seed)
    nodes = 9
    arcs = {a: {b: None for b in range(nodes) if b != a and rng.random() < 0.1 + seed / 10} for a in range(nodes)}
    found = list(cycles_of(arcs, longest, Budget(PLENTY)))
    assert len(found) == len(set(found))
    assert set(found) == slow_cycles({a: set(b) for a, b in arcs.items()}, longest)


def test_cycles__complete_graph__stops_when_the_budget_is_spent() -> None:
    arcs = {a: {b: None for b in range(300) if b != a} for a in range(300)}
    budget = Budget(200_000)
    found = list(cycles_of(arcs, 4, budget))
    assert budget.spent
    assert 0 < len(found) < 200_000


def test_cycles__long_chain_without_a_way_back__costs_no_steps_per_path() -> None:
    arcs = {a: {a + 1: None, a + 2: None} for a in range(2_000)}
    budget = Budget(PLENTY)
    assert list(cycles_of(arcs, 6, budget)) == []
    assert PLENTY - budget.left < 20_000
