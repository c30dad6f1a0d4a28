"""The machine that plays dishonest provers agrees with Noir's own, and sees what it should see."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.circuits.acir import flat
from tests.circuits.machine import Unsatisfied
from tests.circuits.programs import attempts_of, machine_of
from tests.circuits.statements import statement
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.domain.proofs import Circuit

if TYPE_CHECKING:
    from tests.circuits.programs import Noir

RUNS = {Circuit.SCORE_TREES: 8}
WRONG = {Circuit.SCORE_TREES: 6}


@pytest.mark.parametrize("circuit", Circuit)
def test_run__honest_inputs_of_every_kind__satisfy(circuit: Circuit) -> None:
    """Grades and features come from the package's own functions, which know nothing of circuits."""
    for seed in range(RUNS.get(circuit, 60)):
        machine_of(circuit).run(flat(statement(circuit, Random(seed))))


@pytest.mark.parametrize("circuit", Circuit)
@pytest.mark.parametrize("seed", [1, 2])
def test_run__honest_inputs__same_witness_as_noir(noir: Noir, circuit: Circuit, seed: int) -> None:
    inputs = statement(circuit, Random(seed))
    ours = machine_of(circuit).run(flat(inputs))
    theirs = noir.run(load_artefacts()[circuit].program_path, inputs)
    assert isinstance(theirs, dict), theirs
    assert {number: ours[number] for number in theirs} == theirs


@pytest.mark.parametrize("circuit", Circuit)
def test_run__wrong_inputs__refused_here_and_by_noir(noir: Noir, circuit: Circuit) -> None:
    random, machine = Random(3), machine_of(circuit)
    for _ in range(WRONG.get(circuit, 12)):
        inputs = statement(circuit, random)
        _spoil(inputs, random)
        with pytest.raises(Unsatisfied):
            machine.run(flat(inputs))
        assert isinstance(noir.run(load_artefacts()[circuit].program_path, inputs), str)


@pytest.mark.parametrize("circuit", Circuit)
def test_tamper__nothing_or_the_same_value__nothing_changes(circuit: Circuit) -> None:
    attempts = attempts_of(circuit, 1)
    machine, honest = attempts.machine, attempts.honest
    assert machine.tamper(honest, {}) == {}
    assert machine.tamper(honest, {machine.program.private[0]: honest[machine.program.private[0]]}) == {}


@pytest.mark.parametrize("circuit", Circuit)
def test_tamper__whole_other_statement__what_a_new_run_finds(circuit: Circuit) -> None:
    """Followed through all opcodes, changes of all inputs make another honest witness."""
    attempts = attempts_of(circuit, 1)
    inputs = flat(statement(circuit, Random(2)))
    changed = attempts.machine.tamper(attempts.honest, dict(enumerate(inputs)))
    assert changed is not None
    other = attempts.machine.run(inputs)
    assert [changed.get(number, value) for number, value in enumerate(attempts.honest)] == other


def _spoil(inputs: dict[str, Any], random: Random) -> None:
    """Another private number somewhere, by one."""
    private = {"opening", "features", "card", "trees", "amount", "rest", "secret", "siblings"} & inputs.keys()
    holder, key = inputs, random.choice(sorted(private))
    while isinstance(holder[key], dict | list):
        holder = holder[key]
        key = random.choice(sorted(holder)) if isinstance(holder, dict) else random.randrange(len(holder))
    holder[key] += 1
