import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.encoding.provable_card import BEYOND, ProvableCard
from trustspace.encoding.provable_model import SLOTS, salt_of
from trustspace.encoding.provable_trees import ProvableTree, ProvableTrees
from trustspace.errors import OutOfRange
from trustspace.learning.provable import model_commitment, provable
from trustspace.learning.scorecard import Scorecard
from trustspace.learning.trees.model import TreeModel

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "models.json").read_text(encoding="utf-8"))["models"]
READERS: list[Any] = [Scorecard, TreeModel]

CARD = ProvableCard(
    cuts=((BEYOND,) * 4,) * SLOTS, points=((0,) * 5,) * SLOTS, offset=0, cut_offs=(1, 2, 3, 4), salt=salt_of(b"card")
)
TREES = ProvableTrees(
    trees=(ProvableTree(slots=(0,) * 15, cuts=(0,) * 15, leaves=(0,) * 16),) * 100,
    base=0,
    cut_offs=(1, 2, 3, 4),
    salt=salt_of(b"trees"),
)


@pytest.mark.parametrize("index", range(2))
def test_commitment__vectors__match(index: int) -> None:
    vector = VECTORS[index]
    form = provable(READERS[index].from_bytes(vector["document"].encode()))
    elements = [hex(element) for element in form.elements()]
    assert (len(elements), elements[:8], elements[-3:]) == (vector["elements"], vector["first"], vector["last"])
    assert model_commitment(READERS[index].from_bytes(vector["document"].encode())).hex() == vector["commitment"]


def replaced(rows: tuple[tuple[int, ...], ...], row: int, place: int, value: int) -> tuple[tuple[int, ...], ...]:
    changed = list(rows[row])
    changed[place] = value
    return (*rows[:row], tuple(changed), *rows[row + 1 :])


@settings(max_examples=60)
@given(slot=st.integers(0, 59), cut=st.integers(0, 3), low=st.integers(-(2**63), 2**63 - 1), up=st.integers(1, 9))
def test_card__any_two_cuts__other_elements(slot: int, cut: int, low: int, up: int) -> None:
    high = low + up if low + up < 2**63 else low - up
    forms = [replace(CARD, cuts=replaced(CARD.cuts, slot, cut, value)) for value in (low, high)]
    elements = [form.elements() for form in forms]
    assert elements[0] != elements[1]
    assert all(0 <= element < FIELD_MODULUS for form in elements for element in form)
    assert all(max(form[:-1]).bit_length() <= 253 for form in elements)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (replace(CARD, cuts=replaced(CARD.cuts, 3, 0, 2**63)), r"cut of slot 3: 9223372036854775808 does not fit 64"),
        (replace(CARD, cuts=replaced(CARD.cuts, 3, 0, -(2**63) - 1)), r"cut of slot 3"),
        (replace(CARD, points=replaced(CARD.points, 59, 4, 2**23)), r"points of slot 59: 8388608 does not fit 24"),
        (replace(CARD, offset=-(2**31) - 1), r"offset and cut-offs"),
        (replace(TREES, base=2**39), r"base and cut-offs: 549755813888 does not fit 40"),
        (replace(TREES, trees=(replace(TREES.trees[0], leaves=(2**23,) * 16),) * 100), r"leaf: 8388608"),
        (replace(TREES, trees=(replace(TREES.trees[0], cuts=(2**63,) * 15),) * 100), r"cut on slot 0"),
    ],
)
def test_elements__beyond_its_place__named(form: ProvableCard | ProvableTrees, message: str) -> None:
    with pytest.raises(OutOfRange, match=message):
        form.commitment()


def test_grade__at_and_below_each_cut_off__the_number_reached() -> None:
    values = [0] * SLOTS
    assert [replace(CARD, offset=offset).grade(values) for offset in range(6)] == [5, 4, 3, 2, 1, 1]
    assert [replace(TREES, base=base).grade(values) for base in range(6)] == [5, 4, 3, 2, 1, 1]


def test_card__value_at_a_cut__in_the_bin_above() -> None:
    form = replace(
        CARD, cuts=replaced(CARD.cuts, 7, 0, -3), points=(*CARD.points[:7], (1, 2, 2, 2, 2), *CARD.points[8:])
    )
    totals = [form.total([0] * 7 + [value] + [0] * 52) for value in (-4, -3, 2**63 - 1, 2**66 - 1, -(2**66) + 1)]
    assert totals == [1, 2, 2, 2, 1]


def test_tree__heap_order__below_goes_left() -> None:
    tree = ProvableTree(slots=tuple(range(15)), cuts=(10,) * 15, leaves=tuple(range(16)))
    assert tree.leaf([0] * 15) == 0
    assert tree.leaf([10] * 15) == 15
    right_left_right_left = [10 if slot in (0, 5) else 0 for slot in range(15)]  # nodes 0, 2, 5, 12
    assert tree.leaf(right_left_right_left) == 0b1010
