"""Runs compiled circuits, and plays provers who choose witnesses as they like.

`Machine.run` finds the honest witness. `Machine.tamper` puts other values at chosen places and works out what follows:
everything that constraints determine is computed anew, hints that nobody chose are answered honestly, and the first
constraint that cannot hold ends the attempt. Written from ACIR's documentation, without Noir's or Barretenberg's code.
"""

from __future__ import annotations

import heapq
from functools import cached_property
from typing import TYPE_CHECKING

from tests.circuits.acir import Call, Expression, Hint, Load, Operand, Program, Range, Store, Zero
from trustspace.encoding.grumpkin import GRUMPKIN
from trustspace.encoding.poseidon2 import FIELD_MODULUS, permute
from trustspace.encoding.weierstrass import IDENTITY, Bases, Point

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.circuits.acir import Opcode

P = FIELD_MODULUS
LIMB = 128


class Unsatisfied(Exception):
    """A constraint does not hold."""

    def __init__(self, opcode: int) -> None:
        self.opcode = opcode
        super().__init__(f"opcode {opcode}")


OUTCOMES = ("grade", "nullifier")


class Machine:
    """One program. OUTCOMES are computed like the rest, so that a prover who gets another one is seen, too."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.opcodes = program.opcodes
        self.outcomes = {program.parameters[name] for name in OUTCOMES if name in program.parameters}
        self._bases: dict[tuple[Point, ...], Bases] = {}

    def run(self, inputs: Sequence[int]) -> list[int]:
        """The honest witness. Raises Unsatisfied."""
        values = dict(enumerate(inputs))
        for number, opcode in enumerate(self.opcodes):
            values.update(self._results(number, opcode, values))
        if any(values[outcome] != inputs[outcome] for outcome in self.outcomes):
            raise Unsatisfied(len(self.opcodes))
        return [values.get(witness, 0) for witness in range(max(values) + 1)]

    def follow(self, inputs: Sequence[int], deviations: Mapping[int, int]) -> tuple[dict[int, int], list[Opcode]]:
        """A witness with other values at some places, everything after made to fit; and the opcodes that it breaks."""
        values, broken = dict(enumerate(inputs)), []
        for number, opcode in enumerate(self.opcodes):
            try:
                results = self._results(number, opcode, values)
            except Unsatisfied:
                broken.append(opcode)
                continue
            own = dict(results)
            values |= own | {witness: deviations[witness] for witness in own.keys() & deviations.keys()}
            if not isinstance(opcode, Hint) and own.keys() & deviations.keys():
                broken.append(opcode)
        return values, broken

    def tamper(self, honest: Sequence[int], chosen: Mapping[int, int]) -> dict[int, int] | None:
        """What differs from an honest witness after somebody chose some values; None if a constraint forbids it."""
        changed = {witness: value % P for witness, value in chosen.items() if value % P != honest[witness]}
        values = _Overlay(honest, changed)
        queue = [number for witness in changed for number in self.readers.get(witness, ())]
        heapq.heapify(queue)
        last = -1
        while queue:
            number = heapq.heappop(queue)
            if number == last:
                continue
            last = number
            try:
                results = self._results(number, self.opcodes[number], values, chosen)
            except Unsatisfied:
                return None
            for witness, value in results:
                if values[witness] != value:
                    changed[witness] = value
                    for reader in self.readers.get(witness, ()):
                        if reader > number:
                            heapq.heappush(queue, reader)
        return changed

    @cached_property
    def solves(self) -> dict[int, int]:
        """Opcode -> the witness that it determines, for constraints; the others hold or not."""
        known = set(range(len(self.program.leaves))) - self.outcomes
        found: dict[int, int] = {}
        for number, opcode in enumerate(self.opcodes):
            if isinstance(opcode, Zero):
                unknown = opcode.expression.witnesses - known
                assert len(unknown) <= 1, f"opcode {number} has {len(unknown)} unknowns"
                for witness in unknown:
                    found[number] = witness
                known |= unknown
            elif isinstance(opcode, Load):
                known.add(opcode.value)
            elif isinstance(opcode, Call | Hint):
                known |= set(opcode.outputs)
        return found

    @cached_property
    def readers(self) -> dict[int, list[int]]:
        """Witness -> opcodes that depend on it or determine it, in order."""
        found: dict[int, list[int]] = {}
        for number, opcode in enumerate(self.opcodes):
            for witness in self._touched(opcode):
                found.setdefault(witness, []).append(number)
        return found

    @cached_property
    def blocks(self) -> dict[int, tuple[int, ...]]:
        return {opcode.block: opcode.cells for opcode in self.opcodes if isinstance(opcode, Store)}

    def _touched(self, opcode: Opcode) -> set[int]:
        if isinstance(opcode, Zero):
            return opcode.expression.witnesses
        if isinstance(opcode, Range):
            return {opcode.operand.witness} - {-1}
        if isinstance(opcode, Call):
            return {operand.witness for operand in opcode.inputs} - {-1} | set(opcode.outputs)
        if isinstance(opcode, Load):
            return {opcode.index, opcode.value, *self.blocks[opcode.block]}
        if isinstance(opcode, Hint):
            return {witness for expression in opcode.inputs for witness in expression.witnesses}
        return set()

    def _results(
        self, number: int, opcode: Opcode, values: Mapping[int, int], chosen: Mapping[int, int] | None = None
    ) -> list[tuple[int, int]]:
        """What an opcode determines. Values that somebody chose stay, and must be right unless they answer a hint."""
        pinned = chosen or {}
        if isinstance(opcode, Zero):
            return self._zero(number, opcode.expression, values, pinned)
        if isinstance(opcode, Range):
            if _value(opcode.operand, values) >> opcode.bits:
                raise Unsatisfied(number)
            return []
        if isinstance(opcode, Hint):
            answers = hint(opcode, [_evaluate(expression, values) for expression in opcode.inputs])
            return [
                (witness, value)
                for witness, value in zip(opcode.outputs, answers, strict=True)
                if witness not in pinned
            ]
        if isinstance(opcode, Load):
            cells, index = self.blocks[opcode.block], values[opcode.index]
            if index >= len(cells):
                raise Unsatisfied(number)
            return self._kept(number, [(opcode.value, values[cells[index]])], pinned)
        if isinstance(opcode, Call):
            outputs = self._call(number, opcode, [_value(operand, values) for operand in opcode.inputs])
            return self._kept(number, list(zip(opcode.outputs, outputs, strict=True)), pinned)
        return []

    def _kept(self, number: int, results: list[tuple[int, int]], pinned: Mapping[int, int]) -> list[tuple[int, int]]:
        if any(pinned.get(witness, value) != value for witness, value in results):
            raise Unsatisfied(number)
        return results

    def _zero(
        self, number: int, expression: Expression, values: Mapping[int, int], pinned: Mapping[int, int]
    ) -> list[tuple[int, int]]:
        witness = self.solves.get(number, -1)
        if witness == -1 or witness in pinned:
            if _evaluate(expression, values):
                raise Unsatisfied(number)
            return []
        factor = sum(f for f, w in expression.terms if w == witness)
        rest = expression.constant + sum(f * values[w] for f, w in expression.terms if w != witness)
        for f, left, right in expression.products:
            if witness in (left, right):
                factor += f * values[left if right == witness else right]
            else:
                rest += f * values[left] * values[right]
        if factor % P == 0:
            if rest % P:
                raise Unsatisfied(number)
            return []  # nothing is determined: whatever is there may stay
        return [(witness, -rest * pow(factor, -1, P) % P if factor % P != P - 1 else rest % P)]

    def _call(self, number: int, opcode: Call, inputs: list[int]) -> Sequence[int]:
        if opcode.name == "Poseidon2Permutation":
            a, b, c, d = inputs
            return permute((a, b, c, d))
        if opcode.name == "EmbeddedCurveAdd":
            points = [(inputs[0], inputs[1]), (inputs[2], inputs[3])]
            if any(point != IDENTITY and not GRUMPKIN.contains(point) for point in points):
                raise Unsatisfied(number)
            return GRUMPKIN.add(*points)
        assert opcode.name == "MultiScalarMul"
        count = len(inputs) // 4
        points = list(zip(inputs[0 : 2 * count : 2], inputs[1 : 2 * count : 2], strict=True))
        scalars = list(zip(inputs[2 * count :: 2], inputs[2 * count + 1 :: 2], strict=True))
        joined = [low + (high << LIMB) for low, high in scalars]
        if any(low >> LIMB or high >> LIMB for low, high in scalars) or max(joined) >= GRUMPKIN.order:
            raise Unsatisfied(number)
        bases = self._bases.setdefault(tuple(points), Bases(GRUMPKIN, points))
        return bases.commit(joined)


class _Overlay(dict[int, int]):
    """A witness with changes."""

    def __init__(self, honest: Sequence[int], changed: dict[int, int]) -> None:
        super().__init__()
        self._honest, self._changed = honest, changed

    def __getitem__(self, witness: int) -> int:
        found = self._changed.get(witness)
        return self._honest[witness] if found is None else found


def _value(operand: Operand, values: Mapping[int, int]) -> int:
    return operand.constant if operand.witness == -1 else values[operand.witness]


def _evaluate(expression: Expression, values: Mapping[int, int]) -> int:
    total = expression.constant
    for factor, left, right in expression.products:
        total += factor * values[left] * values[right]
    for factor, witness in expression.terms:
        total += factor * values[witness]
    return total % P


def hint(opcode: Hint, inputs: list[int]) -> list[int]:
    """The honest answer."""
    match opcode.name:
        case "directive_invert":
            return [pow(inputs[0], -1, P) if inputs[0] else 0]
        case "directive_to_radix":
            value, count, radix = inputs
            return [value // radix**place % radix for place in range(count)]
        case "decompose_hint":
            return [inputs[0] & ((1 << LIMB) - 1), inputs[0] >> LIMB]
        case "lte_hint":
            return [int(inputs[0] <= inputs[1])]
        case "guess_negative":
            return [int(inputs[0] > P // 2)]
        case "directive_integer_quotient":
            return list(divmod(inputs[0], inputs[1]))
    raise AssertionError(f"unknown hint {opcode.name}")
