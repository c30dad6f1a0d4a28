"""No prover gets away with another witness: neither with other private inputs nor with other answers to hints.

Everything is enumerated from the compiled programs. What is allowed to vary is only the inverse of zero (see
`Attempts.is_free`): it is multiplied by zero wherever it is used.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.circuits.attempts import accepted
from tests.circuits.programs import attempts_of, machine_of
from trustspace.domain.proofs import Circuit

SEEDS = [1, 4]
WRONG_WITNESSES = 1000
# Each of the 4,600 numbers of trees that is changed costs up to 233 hashes here: a sample of them, and all else.
SAMPLED = {Circuit.SCORE_TREES: 120}
# Public inputs about which a statement says more than one thing: it also holds for wider ranges, for instance, and for
# any receiver. A proof is bound to all of them (see test_proofs.py).
VARIABLE = {"_context", "low", "high", "latest_month", "earliest_month"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("circuit", Circuit)
def test_hint__each_answered_otherwise__refused(circuit: Circuit, seed: int) -> None:
    attempts = attempts_of(circuit, seed)
    tried = list(attempts.other_answers())
    assert len(tried) >= len(attempts.hinted)
    assert accepted(attempts.machine, attempts.honest, iter(tried), attempts) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("circuit", Circuit)
def test_sum__two_parts_moved_against_each_other__refused(circuit: Circuit, seed: int) -> None:
    attempts = attempts_of(circuit, seed)
    assert accepted(attempts.machine, attempts.honest, attempts.shifts(), attempts) == []


@pytest.mark.parametrize("circuit", Circuit)
def test_private_input__each_changed_with_the_same_public_inputs__refused(circuit: Circuit) -> None:
    attempts, random = attempts_of(circuit, 4), Random(5)
    private = list(attempts.private)
    if circuit in SAMPLED:
        names = attempts.machine.program.leaves
        numbers = [place for place in private if names[place].startswith("trees.trees[")]
        private = [place for place in private if place not in set(numbers)] + random.sample(numbers, SAMPLED[circuit])
    found = accepted(attempts.machine, attempts.honest, attempts.other_inputs(private, random), attempts)
    assert found == []


@pytest.mark.parametrize("circuit", Circuit)
def test_public_input__each_changed_with_the_same_private_inputs__refused(circuit: Circuit) -> None:
    attempts = attempts_of(circuit, 4)
    names = attempts.machine.program.leaves
    fixed = [place for place in attempts.machine.program.public if names[place] not in VARIABLE]
    outcomes = {place: attempts.honest[place] for place in attempts.machine.outcomes}
    tried = (outcomes | choice for choice in attempts.other_inputs(fixed, Random(6)))
    assert accepted(attempts.machine, attempts.honest, tried, attempts) == []


@pytest.mark.parametrize("circuit", Circuit)
def test_witness__wrong_at_random__never_satisfies(circuit: Circuit) -> None:
    attempts, random = attempts_of(circuit, 1), Random(7)
    tried = (attempts.random_choice(random) for _ in range(WRONG_WITNESSES))
    assert accepted(attempts.machine, attempts.honest, tried, attempts) == []


@pytest.mark.parametrize("circuit", Circuit)
def test_program__public_inputs__come_first(circuit: Circuit) -> None:
    """Verifiers take them in this order."""
    program = machine_of(circuit).program
    assert program.public == tuple(range(len(program.public)))
