from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.learning.models import FIRMS, NAMES, scorecards, tree_models
from trustspace.domain.features import FEATURE_INDEX, FEATURE_SCHEMA, FEATURES
from trustspace.domain.proofs import Circuit
from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.encoding.provable_card import BEYOND
from trustspace.encoding.provable_model import SLOTS, salt_of
from trustspace.errors import NoCircuit
from trustspace.learning.feature import MISSING
from trustspace.learning.invoice_plan import invoice_plan, invoice_trees_plan
from trustspace.learning.points import WIDEST, PointsScale
from trustspace.learning.provable import UNPROVABLE, model_commitment, provable
from trustspace.learning.score import CreditModel
from trustspace.learning.scorecard import Scorecard, ScoredFeature
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised
from trustspace.learning.trees.model import ABOVE_ALL, Node, SplitFeature, TreeModel

SALES = ScoredFeature(name="sales_24m", cuts=(10, 20), points=(-5, 0, 5), woe=(0,) * 3, coefficient=1, reason="sales")
CARD = Scorecard(
    plan_hash=bytes(32), schema=FEATURE_SCHEMA, features=(SALES,), intercept=0, offset=600, cut_offs=(1, 2, 3, 4)
)
SCALE = PointsScale(base_points=600, base_odds=10, double_points=40)
LEAF = Node(value=7)
TREES = TreeModel(
    plan_hash=bytes(32),
    schema=FEATURE_SCHEMA,
    features=(SplitFeature(name="margin", reason="margin", takes_missing=True, categories=()),),
    base=3,
    trees=((LEAF,),),
    scale=SCALE,
    cut_offs=(500, 550, 600, 650),
)


def deep(levels: int) -> tuple[Node, ...]:
    """A tree that goes left so many times."""
    splits = [Node(value=0, cut=1, children=(2 * n + 2, 2 * n + 1)) for n in range(levels)]
    return (*(node for split in splits for node in (split, LEAF)), LEAF)


def grade_of(model: CreditModel, firm: list[int]) -> int:
    return 1 + "ABCDE".index(model.score(dict(zip(NAMES, firm, strict=True))).grade)


def in_slots(firm: list[int]) -> list[int]:
    return firm + [0] * (SLOTS - len(firm))


@given(model=st.one_of(scorecards(), tree_models()), firms=st.lists(FIRMS, min_size=3, max_size=8))
def test_provable__any_model_and_firm__grades_as_the_model_does(model: CreditModel, firms: list[list[int]]) -> None:
    form = provable(model)
    for firm in firms:
        assert form.grade(in_slots(firm)) == grade_of(model, firm)


def test_provable__usual_plans__always_fit(invoice_rows: LabelledRows) -> None:
    draw = np.random.default_rng(4)
    firms = [[int(draw.integers(spec.low, spec.high, endpoint=True)) for spec in FEATURES] for _ in range(50)]
    firms += invoice_rows.values[:50].tolist()
    for plan in (invoice_plan(max_rows=1_000), invoice_trees_plan(max_rows=1_000, trees=20)):
        model = centralised(plan, [invoice_rows]).model
        form = provable(model)
        assert int.from_bytes(model_commitment(model), "big") == form.commitment() < FIELD_MODULUS
        assert {form.grade(in_slots(firm)) for firm in firms} > {1, 5}
        for firm in firms:
            assert form.grade(in_slots(firm)) == grade_of(model, firm)


@pytest.fixture(scope="module")
def invoice_rows() -> LabelledRows:
    draw = np.random.default_rng(3)
    count, health = 400, draw.normal(size=400)
    columns = {
        spec.name: np.clip(
            (min(spec.high, 10**9) * 0.1 * np.exp(0.7 * health + 0.8 * draw.normal(size=count))).astype(np.int64),
            spec.low,
            spec.high,
        )
        for spec in FEATURES
    }
    labels = (draw.random(count) < 1 / (1 + np.exp(1 + 2 * health))).astype(np.int64)
    ids = [f"firm-{n}" for n in range(count)]
    return LabelledRows.from_columns(invoice_plan(max_rows=1_000), ids, columns, labels, party="1")


def test_card__fewer_bins_and_features__filled_up() -> None:
    form = provable(CARD)
    assert form.circuit is Circuit.SCORE_CARD
    card: Any = form.inputs()["card"]
    slot = FEATURE_INDEX["sales_24m"]
    assert (card["cuts"][slot], card["points"][slot]) == ([10, 20, BEYOND, BEYOND], [-5, 0, 5, 5, 5])
    assert (card["cuts"][59], card["points"][59]) == ([BEYOND] * 4, [0] * 5)
    assert (card["offset"], card["cut_offs"], card["salt"]) == (600, [1, 2, 3, 4], salt_of(CARD.to_bytes()))


def test_card__equal_neighbours_and_special_values__bins_where_points_change() -> None:
    feature = replace(
        SALES, cuts=(1, 2, 3, 4, 5), specials=(MISSING, 30), points=(1, 1, 2, 2, 3, 3, 99, 1), woe=(0,) * 8
    )
    card: Any = provable(replace(CARD, features=(feature,))).inputs()["card"]
    slot = FEATURE_INDEX["sales_24m"]
    assert card["cuts"][slot] == [2, 4, 30, 31]
    assert card["points"][slot] == [1, 2, 3, 1, 3]


def test_trees__cut_offs__are_the_least_margins_that_reach_the_points() -> None:
    form: Any = provable(TREES).inputs()["trees"]
    for margin, points in zip(form["cut_offs"], TREES.cut_offs, strict=True):
        assert SCALE.of_margin(margin) >= points > SCALE.of_margin(margin - 1)
    top, bottom = SCALE.of_margin(WIDEST), SCALE.of_margin(-WIDEST)
    out_of_reach = replace(TREES, cut_offs=(bottom - 5, bottom, top, top + 1))
    cut_offs = provable(out_of_reach).cut_offs
    assert (cut_offs[0], cut_offs[1], cut_offs[3]) == (-(2**39), -(2**39), 2**39 - 1)
    assert SCALE.of_margin(cut_offs[2]) == top > SCALE.of_margin(cut_offs[2] - 1)
    assert provable(out_of_reach).grade([0] * SLOTS) == 3


def test_trees__early_leaves_and_missing_trees__filled_up() -> None:
    model = replace(TREES, trees=((LEAF,), (Node(value=0, cut=ABOVE_ALL, children=(1, 2)), Node(value=9), LEAF)))
    form: Any = provable(model).inputs()["trees"]
    assert [set(tree["leaves"]) for tree in form["trees"][:3]] == [{7}, {9}, {0}]
    assert len(form["trees"]) == 100
    assert {(len(tree["features"]), len(tree["cuts"]), len(tree["leaves"])) for tree in form["trees"]} == {(15, 15, 16)}


REFUSED: list[tuple[Any, str]] = [
    (replace(CARD, schema="loans"), r"features of schema 'loans'"),
    (replace(CARD, features=(replace(SALES, name="rent"),)), r"feature 'rent'"),
    (replace(CARD, features=(SALES, SALES)), r"feature 'sales_24m'"),
    (replace(CARD, features=(replace(SALES, cuts=(1, 2, 3, 4, 5), points=(1, 2, 3, 4, 5, 6)),)), r"6 bins of feature"),
    (replace(CARD, features=(replace(SALES, cuts=(MISSING, 9)),)), r"a cut of feature 'sales_24m' at"),
    (replace(CARD, features=(replace(SALES, specials=(2**63 - 1,), points=(0, 0, 0, 4)),)), r"does not fit 64 bits"),
    (replace(CARD, features=(replace(SALES, points=(2**23, 0, 0)),)), r"8388608 does not fit 24 bits"),
    (replace(CARD, features=(replace(SALES, points=(0, 0, -(2**23) - 1)),)), r"does not fit 24 bits"),
    (replace(CARD, offset=2**31), r"2147483648 does not fit 32 bits"),
    (replace(CARD, cut_offs=(1, 2, 3)), r"cut-offs \(1, 2, 3\)"),
    (replace(CARD, cut_offs=(1, 3, 2, 4)), r"cut-offs"),
    (replace(CARD, cut_offs=(1, 2, 3, 2**31)), r"does not fit 32 bits"),
    (replace(TREES, schema="loans"), r"features of schema"),
    (replace(TREES, trees=((LEAF,),) * 101), r"101 trees"),
    (replace(TREES, trees=(deep(5),)), r"a tree of more levels"),
    (replace(TREES, trees=((Node(value=2**23),),)), r"does not fit 24 bits"),
    (replace(TREES, trees=((Node(value=0, cut=2**63 + 1, children=(1, 2)), LEAF, LEAF),)), r"does not fit 64 bits"),
    (replace(TREES, base=2**38 + 1), r"a base of"),
    (replace(TREES, scale=replace(SCALE, double_points=0)), r"double_points of 0"),
    (replace(TREES, scale=replace(SCALE, base_odds=10_001)), r"base_odds of 10001"),
    (replace(TREES, features=(replace(TREES.features[0], categories=(1, 2)),)), r"a feature of categories"),
    (object(), r"a object"),
]


@pytest.mark.parametrize(("model", "reason"), REFUSED)
def test_provable__what_no_circuit_takes__named_and_no_commitment(model: Any, reason: str) -> None:
    with pytest.raises(NoCircuit, match=reason):
        provable(model)
    assert model_commitment(model) == UNPROVABLE


def test_provable__four_levels_and_a_hundred_trees__fit() -> None:
    model = replace(TREES, trees=(deep(4),) * 100)
    assert provable(model).grade([0] * SLOTS) == grade_of(model, [0] * len(NAMES))


@settings(max_examples=20)
@given(model=scorecards())
def test_model_commitment__any_other_number__another_element(model: Scorecard) -> None:
    others = [
        replace(model, offset=model.offset + 1),
        replace(model, cut_offs=(model.cut_offs[0] - 1, *model.cut_offs[1:])),
        replace(model, plan_hash=b"\x01" * 32),
    ]
    assert len({model_commitment(own) for own in (model, *others)}) == 4
