from dataclasses import replace

import numpy as np
import pytest

from trustspace.errors import InputError, OutOfRange
from trustspace.learning.feature import MISSING
from trustspace.learning.points import PointsScale
from trustspace.learning.trees.model import ABOVE_ALL, Node, SplitFeature, TreeModel
from trustspace.learning.trees.training import TreesTraining

ONE = 1 << 16  # log-odds of 1
MODEL = TreeModel(
    plan_hash=bytes(32),
    schema="s",
    features=(
        SplitFeature(name="sales", reason="level of sales", takes_missing=True, categories=()),
        SplitFeature(name="region", reason="region", takes_missing=False, categories=(0, 1, 4)),
    ),
    base=2 * ONE,
    trees=(
        (
            Node(value=ONE // 8, feature=0, cut=100, missing_left=True, children=(1, 2)),
            Node(value=-ONE, feature=1, left=(0, 4), missing_left=False, children=(3, 4)),
            Node(value=ONE),
            Node(value=-2 * ONE),
            Node(value=0),
        ),
        (Node(value=0, feature=0, cut=ABOVE_ALL, children=(1, 2)), Node(value=ONE // 2), Node(value=-ONE // 2)),
        (Node(value=ONE // 4),),
    ),
    scale=PointsScale(base_points=600, base_odds=1, double_points=40),
    cut_offs=(500, 600, 700, 780),
)


@pytest.mark.parametrize(
    ("sales", "region", "margin"),
    [
        (100, 0, 2 + 1 + 0.5 + 0.25),
        (99, 4, 2 - 2 + 0.5 + 0.25),
        (99, 1, 2 + 0 + 0.5 + 0.25),
        (99, 7, 2 + 0 + 0.5 + 0.25),  # an unknown category goes where missing values go
        (MISSING, 0, 2 - 2 - 0.5 + 0.25),
        (10**30, 0, 2 + 1 - 0.5 + 0.25),
    ],
)
def test_margin__each_way__base_and_leaves(sales: int, region: int, margin: float) -> None:
    assert MODEL.margin({"sales": sales, "region": region, "other": 1}) == int(margin * ONE)


def test_score__one_firm__points_grade_and_reasons_by_points_cost() -> None:
    score = MODEL.score({"sales": MISSING, "region": 0})
    assert score.points == round(600 - 0.25 * 40 / np.log(2))
    assert score.grade == "D"
    # sales: (-1 - 1/8) + (-1/2 - 0); region: -2 - -1
    assert [(r.feature, r.text, r.lost_points) for r in score.reasons] == [
        ("sales", "level of sales", round(1.625 * 40 / np.log(2))),
        ("region", "region", round(40 / np.log(2))),
    ]
    best = MODEL.score({"sales": 100, "region": 0})
    assert (best.grade, best.reasons) == ("A", ())


def test_score__trained_model__steps_add_up_to_the_log_odds(book, trained) -> None:
    model = trained.model
    roots = model.base + sum(tree[0].value for tree in model.trees)
    for number in range(50):
        firm = book.firm(number)
        lone = [replace(model, trees=(tree,), base=0) for tree in model.trees]
        assert model.margin(firm) == model.base + sum(part.margin(firm) for part in lone)
        row = [firm[feature.name] for feature in model.features]
        steps = sum(path[-1].value - path[0].value for path in (model._path(tree, row) for tree in model.trees))
        assert roots + steps == model.margin(firm)


def test_score__every_row__as_the_parties_counted_it(book, trained) -> None:
    training = TreesTraining(book.plan)
    work = training.work(book.rows())
    while training.result is None:
        training.absorb(work.contribution())
    margins = work._models[0].margins_after(training.kept)
    assert [trained.model.margin(book.firm(n)) for n in range(margins.size)] == margins.tolist()
    points = training.scale.of_margins(margins)
    scores = [trained.model.score(book.firm(n)) for n in range(margins.size)]
    assert [score.points for score in scores] == points.tolist()
    best = np.mean([score.grade == "A" for score in scores])
    assert best >= 0.15


@pytest.mark.parametrize(
    "values", [{"sales": 1}, {"sales": 1, "region": 2.0}, {"sales": 1, "region": True}, {"sales": 1, "region": MISSING}]
)
def test_score__missing_or_no_integer__names_the_feature(values: dict[str, int]) -> None:
    with pytest.raises(OutOfRange, match="feature region"):
        MODEL.score(values)


def test_to_bytes__round_trip_and_digest_moves_with_each_field(trained) -> None:
    for model in (MODEL, trained.model, replace(MODEL, trees=())):
        assert TreeModel.from_bytes(model.to_bytes()) == model
    scale = replace(MODEL.scale, double_points=41)
    others = [replace(MODEL, base=1), replace(MODEL, cut_offs=(1, 2, 3, 4)), replace(MODEL, scale=scale)]
    assert len({model.digest for model in (MODEL, *others)}) == 4


def test_from_bytes__other_bytes__refused() -> None:
    raw = MODEL.to_bytes()
    for bad in (
        b"",
        b"[]",
        b"{}",
        raw[:-1],
        raw.replace(b"trees/1", b"trees/2"),
        raw.replace(b'"base"', b'"bass"'),
        raw.replace(b"true", b"1"),
        raw.replace(b'"region","takes', b'"region","makes'),
        raw.replace(b"[0,4],false,3,4]", b"[0,4],false,3]"),
        raw.replace(b"[0,4],false,3,4]", b"[0,4],false,1,4]"),  # a circle
        raw.replace(b"[0,4],false,3,4]", b"[0,4],false,3,5]"),
        raw.replace(b"-65536,1,[0,4]", b"-65536,2,[0,4]"),
        raw.replace(b"-65536,1,[0,4]", b'"-65536",1,[0,4]'),
    ):
        with pytest.raises(InputError, match="model"):
            TreeModel.from_bytes(bad)
