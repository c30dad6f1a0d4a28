"""What a dishonest prover would try, enumerated from the program rather than by hand."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING

from tests.circuits.acir import Call, Hint, Zero
from tests.circuits.machine import Machine, P

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

Choice = dict[int, int]
"""Witness -> value."""
Form = dict[int, int]
"""Linear combination: witness -> factor; constants do not matter here."""


class Attempts:
    """All ways to cheat that are tried against one honest witness."""

    def __init__(self, machine: Machine, honest: Sequence[int]) -> None:
        self.machine = machine
        self.honest = honest
        self.private = machine.program.private

    @cached_property
    def hinted(self) -> dict[int, Hint]:
        """Witness -> the hint that it is an answer of."""
        hints = (opcode for opcode in self.machine.opcodes if isinstance(opcode, Hint))
        return {witness: opcode for opcode in hints for witness in opcode.outputs}

    def is_free(self, witness: int) -> bool:
        """Whether a hint's answer may be anything: the inverse of zero, which is multiplied by zero only."""
        opcode = self.hinted.get(witness)
        if opcode is None or opcode.name != "directive_invert":
            return False
        (expression,) = opcode.inputs
        return (
            not sum(
                [expression.constant, *(f * self.honest[w] for f, w in expression.terms)],
                sum(f * self.honest[a] * self.honest[b] for f, a, b in expression.products),
            )
            % P
        )

    def other_answers(self) -> Iterator[Choice]:
        """Each answer of each hint, wrong."""
        for witness in self.hinted:
            value = self.honest[witness]
            for other in {1 - value, value + 1, value - 1, 0, 2, -value, value + (1 << 128), value - (1 << 64)}:
                if other % P != value:
                    yield {witness: other % P}

    def other_inputs(self, witnesses: Sequence[int], random: Random) -> Iterator[Choice]:
        """Each of these parameters, wrong."""
        for witness in witnesses:
            value = self.honest[witness]
            for other in {value + 1, value - 1, random.randrange(P)}:
                if other % P != value:
                    yield {witness: other % P}

    def shifts(self) -> Iterator[Choice]:
        """Two free values that change so that a sum which both are part of stays what it is.

        That is how parts of a packed element run over into each other when they are not held to their bits.
        """
        done: set[tuple[int, int, int]] = set()
        for form in self._sums:
            free = sorted(witness for witness in form if witness in self.hinted or witness in self._private)
            for left, right in itertools.pairwise(free):
                ratio = form[right] * pow(form[left], -1, P) % P
                if (left, right, ratio) in done:
                    continue
                done.add((left, right, ratio))
                steps = (ratio, 1) if min(ratio, P - ratio) < 1 << 250 else (1, pow(ratio, -1, P))
                for sign in (1, -1):
                    yield {
                        left: (self.honest[left] + sign * steps[0]) % P,
                        right: (self.honest[right] - sign * steps[1]) % P,
                    }

    def random_choice(self, random: Random) -> Choice:
        """Some private inputs and answers of hints changed: by little, to anything, to each other's."""
        choice: Choice = {}
        places = [*self.private, *self.hinted] if random.random() < 0.5 else list(self.private)
        while not choice:
            for witness in random.sample(places, random.choice([1, 1, 2, 3, 5])):
                value = self.honest[witness]
                other = random.choice(
                    [
                        value + random.choice([1, -1, 2, 256]),
                        random.randrange(P),
                        self.honest[random.choice(places)],
                        -value,
                    ]
                )
                if other % P != value and not self.is_free(witness):
                    choice[witness] = other % P
        return choice

    @cached_property
    def _private(self) -> set[int]:
        return set(self.private)

    @cached_property
    def _sums(self) -> list[Form]:
        """Everything that a black box takes or a linear constraint asserts, in terms of free values."""
        forms: dict[int, Form] = {}
        sums: list[Form] = []
        for number, opcode in enumerate(self.machine.opcodes):
            if isinstance(opcode, Call):
                sums += [forms[item.witness] for item in opcode.inputs if item.witness in forms]
            elif isinstance(opcode, Zero) and not opcode.expression.products:
                solved = self.machine.solves.get(number)
                form = self._expand(opcode, forms, solved)
                if solved is None:
                    sums.append(form)
                else:
                    (factor,) = (f for f, witness in opcode.expression.terms if witness == solved)
                    forms[solved] = {witness: -f * pow(factor, -1, P) % P for witness, f in form.items()}
        return [form for form in sums if len(form) > 1]

    @staticmethod
    def _expand(opcode: Zero, forms: dict[int, Form], solved: int | None) -> Form:
        total: Form = {}
        for factor, witness in opcode.expression.terms:
            if witness != solved:
                for part, inner in forms.get(witness, {witness: 1}).items():
                    total[part] = (total.get(part, 0) + factor * inner) % P
        return {witness: factor for witness, factor in total.items() if factor}


def accepted(machine: Machine, honest: Sequence[int], attempts: Iterator[Choice], free: Attempts) -> list[Choice]:
    """Attempts that no constraint stops, but those in which nothing changes beside a value that may be anything."""
    found = []
    for choice in attempts:
        changed = machine.tamper(honest, choice)
        if changed is not None and not all(free.is_free(witness) for witness in changed):
            found.append(choice)
    return found
