"""Circuits accept what is true, and nothing else: Noir's machine and the relations in plain Python agree."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.circuits.relations import holds
from tests.circuits.statements import statement
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.domain.proofs import Circuit
from trustspace.encoding.poseidon2 import FIELD_MODULUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.circuits.programs import Noir

SEEDS = range(6)
CHANGED = 30


def leaves(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Path to every number."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[key], *path, key)
    else:
        yield path


def changed(inputs: dict[str, Any], random: Random) -> dict[str, Any]:
    """The inputs with one number moved, forgotten, negated, or swapped for another one's."""
    other = deepcopy(inputs)
    name = random.choice(list(other))  # every parameter as often, however long
    *way, last = random.choice(list(leaves(other[name], name)))
    place: Any = other
    for key in way:
        place = place[key]
    old = place[last]
    if isinstance(old, bool):
        place[last] = not old
    else:
        place[last] = random.choice([old + 1, old - 1, 0, -old, old + (1 << 64), random.randrange(FIELD_MODULUS)])
    return other


def plain(value: Any) -> Any:
    """Lists for tuples, so that they can be changed."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("circuit", Circuit)
def test_relation__true_or_changed_in_one_place__circuit_says_the_same(circuit: Circuit, noir: Noir) -> None:
    program, answers = load_artefacts()[circuit].program_path, {True: 0, False: 0}
    for seed in SEEDS:
        random = Random(seed)
        honest = plain(statement(circuit, random))
        for inputs in (honest, *(changed(honest, random) for _ in range(CHANGED // len(SEEDS)))):
            expected = holds(circuit, inputs)
            answers[expected] += 1
            assert (not isinstance(noir.run(program, inputs), str)) == expected
    assert answers[True] >= len(SEEDS)
    assert answers[False] >= len(SEEDS)
