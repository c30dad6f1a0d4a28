"""The search for other witnesses finds what it is for: checks taken out of the circuits, one at a time."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.circuits.acir import flat, read_program
from tests.circuits.attempts import Attempts, accepted
from tests.circuits.machine import Machine
from tests.circuits.statements import invoice, statement
from tools.build_circuits import CIRCUITS, compile_circuits
from trustspace.domain.proofs import Circuit
from trustspace.encoding.poseidon2 import poseidon2_hash
from trustspace.encoding.provable_model import raised, side_by_side

if TYPE_CHECKING:
    from pathlib import Path

# Small circuits over the common library, whose honest inputs follow.
SMALL = {
    "card": (
        "use common::card::Card;\n"
        "fn main(values: pub [Field; 3], model: pub Field, grade: pub Field, card: Card<3, 2>) {\n"
        "    assert(card.commitment() == model);\n"
        "    assert(card.grade::<69>(values) == grade);\n"
        "}\n"
    ),
    "trees": (
        "use common::trees::Trees;\n"
        "fn main(values: pub [Field; 3], model: pub Field, grade: pub Field, trees: Trees<2, 3>) {\n"
        "    assert(trees.commitment() == model);\n"
        "    assert(trees.grade::<69, 2, 3>(values) == grade);\n"
        "}\n"
    ),
    "quotient": (
        "use common::bounds::assert_quotient;\n"
        "fn main(part: pub Field, whole: pub Field, quotient: Field) {\n"
        "    assert_quotient::<20, 20>(part, whole, quotient, 99);\n"
        "}\n"
    ),
    "sign": (
        "use common::bounds::sign_and_size;\n"
        "fn main(value: pub Field, square: pub Field) {\n"
        "    let (_, size) = sign_and_size::<20>(value);\n"
        "    assert(size * size == square);\n"
        "}\n"
    ),
}


def small_card() -> dict[str, object]:
    values, cuts, points = [7, -3, 50], [[0, 10], [-3, 4], [60, 70]], [[5, 6, 7], [-8, 9, 1], [2, 3, 4]]
    sums = [100, 90, 114, 115, 200]
    elements = [
        ((1 * 256 + 1) * 65536 + 3) * 256 + 2,
        *side_by_side([raised(cut, 64, where="") for row in cuts for cut in row], 64),
        *side_by_side([raised(point, 24, where="") for row in points for point in row], 24),
        *side_by_side([raised(item, 32, where="") for item in sums], 32),
        77,
    ]
    content = {"cuts": cuts, "points": points, "offset": sums[0], "cut_offs": sums[1:], "salt": 77}
    total = 100 + 6 + 9 + 2
    return {
        "values": values,
        "model": poseidon2_hash(elements),
        "grade": 5 - sum(total >= cut_off for cut_off in sums[1:]),
        "card": content,
    }


def small_trees() -> dict[str, object]:
    slots, cuts, leaves = [[0, 1, 2], [2, 0, 1]], [[5, 0, 10], [51, 7, 8]], [[1, 2, 3, 4], [-5, 6, 7, 8]]
    sums = [100, 90, 100, 110, 200]
    elements = [((1 * 256 + 2) * 65536 + 2) * 65536 + 3]
    for own, limits, ends in zip(slots, cuts, leaves, strict=True):
        splits = [slot << 64 | raised(cut, 64, where="") for slot, cut in zip(own, limits, strict=True)]
        elements += side_by_side(splits, 72) + side_by_side([raised(leaf, 24, where="") for leaf in ends], 24)
    elements += [*side_by_side([raised(item, 40, where="") for item in sums], 40), 77]
    trees = [
        {"features": own, "cuts": limits, "leaves": ends} for own, limits, ends in zip(slots, cuts, leaves, strict=True)
    ]
    total = 100 + 4 + 6  # values (7, -3, 50): right and right, left and right
    return {
        "values": [7, -3, 50],
        "model": poseidon2_hash(elements),
        "grade": 5 - sum(total >= cut_off for cut_off in sums[1:]),
        "trees": {"trees": trees, "base": 100, "cut_offs": sums[1:], "salt": 77},
    }


HONEST = {
    "card": small_card(),
    "trees": small_trees(),
    "quotient": {"part": 100, "whole": 7, "quotient": 14},
    "sign": {"value": -100, "square": 10000},
    "turnover_range": statement(Circuit.TURNOVER_RANGE, Random(4)),
    "invoice_range": invoice(Random(4), scope=0),
}


@dataclass(frozen=True, slots=True)
class Plant:
    """A check that is taken out, and the circuit in which that must show."""

    circuit: str
    file: str
    check: str
    instead: str = ""


WEAK = "    assert(distance != 123456789);\n"  # nothing at all the compiler itself would notice
PLANTS = {
    "distance_of_a_comparison": Plant(
        "card", "common/src/bounds.nr", "    distance.assert_max_bit_size::<BITS + 1>();\n", WEAK
    ),
    "size_of_a_signed_integer": Plant(
        "sign", "common/src/bounds.nr", "    distance.assert_max_bit_size::<BITS>();\n", WEAK
    ),
    "remainder_below_the_divisor": Plant(
        "quotient", "common/src/bounds.nr", "            (denominator - 1 - rest).assert_max_bit_size::<D>();\n"
    ),
    "remainder_not_negative": Plant("quotient", "common/src/bounds.nr", "        rest.assert_max_bit_size::<N>();\n"),
    "bits_of_points": Plant(
        "card", "common/src/card.nr", "                raised.assert_max_bit_size::<POINT_BITS>();\n"
    ),
    "bits_of_cuts": Plant("card", "common/src/card.nr", "                raised.assert_max_bit_size::<CUT_BITS>();\n"),
    "bits_of_offset": Plant("card", "common/src/card.nr", "        sums.assert_max_bit_size::<SUM_BITS>();\n"),
    "bits_of_leaves": Plant(
        "trees", "common/src/trees.nr", "                raised.assert_max_bit_size::<LEAF_BITS>();\n"
    ),
    "bits_of_splits": Plant(
        "trees", "common/src/trees.nr", "                raised.assert_max_bit_size::<CUT_BITS>();\n"
    ),
    "bits_of_cells": Plant("turnover_range", "common/src/statistics.nr", "    assert_widths(opening.raised);\n"),
    "hash_of_a_point": Plant(
        "turnover_range",
        "common/src/statistics.nr",
        "            assert(hash([header, point.x, point.y]) == commitments[i]);\n",
    ),
    "sum_of_points": Plant(
        "turnover_range", "common/src/statistics.nr", "    assert((opened.x == total.x) & (opened.y == total.y));\n"
    ),
    "scope_of_a_nullifier": Plant(
        "invoice_range", "invoice_range/src/main.nr", "hash([NULLIFIER, secret, scope])", "hash([NULLIFIER, secret, 0])"
    ),
    "root_of_a_batch": Plant("invoice_range", "invoice_range/src/main.nr", "    assert(node == root);\n"),
}
BOUND = {"commitments", "scope", "root"}
UNUSED = {  # what the compiler would complain of otherwise
    "bits_of_cells": ("assert_widths, BASES", "BASES"),
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every circuit as it is, and each plant's, compiled by one process: <plant>/<circuit>.json."""
    folder, output = (tmp_path_factory.mktemp("planted") / name for name in ("circuits", "out"))
    names = [f"intact/{name}" for name in SMALL]
    _copy(folder / "intact")
    for plant, what in PLANTS.items():
        _copy(folder / plant)
        names.append(f"{plant}/{what.circuit}")
        file = folder / plant / what.file
        text = file.read_text()
        assert text.count(what.check) == 1
        file.write_text(text.replace(what.check, what.instead).replace(*UNUSED.get(plant, ("", ""))))
    for name in names:
        (output / name).parent.mkdir(parents=True, exist_ok=True)
    compile_circuits(output, folder, tuple(names))
    return output


def _copy(folder: Path) -> None:
    """The circuits, with the small ones."""
    shutil.copytree(CIRCUITS, folder)
    for name, source in SMALL.items():
        (folder / name / "src").mkdir(parents=True)
        (folder / name / "src" / "main.nr").write_text(source)
        settings = (CIRCUITS / "invoice_range" / "Nargo.toml").read_text().replace("invoice_range", name)
        (folder / name / "Nargo.toml").write_text(settings)


def other_witnesses(program: Path) -> int:
    """How many attempts get away with it, of all kinds."""
    machine = Machine(read_program(program))
    honest = machine.run(flat(HONEST[program.stem]))
    attempts = Attempts(machine, honest)
    names = machine.program.leaves
    bound = [place for place in machine.program.public if names[place].split("[")[0] in BOUND]
    return sum(
        len(accepted(machine, honest, kind, attempts))
        for kind in (
            attempts.other_answers(),
            attempts.shifts(),
            attempts.other_inputs(machine.program.private, Random(1)),
            attempts.other_inputs(bound, Random(2)),
        )
    )


@pytest.mark.parametrize("name", SMALL)
def test_search__circuit_as_it_is__finds_nothing(programs: Path, name: str) -> None:
    assert other_witnesses(programs / "intact" / f"{name}.json") == 0


@pytest.mark.parametrize("plant", PLANTS)
def test_search__check_taken_out__finds_another_witness(programs: Path, plant: str) -> None:
    assert other_witnesses(programs / plant / f"{PLANTS[plant].circuit}.json") > 0
