import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from trustspace.encoding import canonical_json
from trustspace.errors import InputError, OutOfRange
from trustspace.learning.binning import BinnedFeature
from trustspace.learning.logistic import COEFFICIENT_BITS, LinearModel, bin_codes
from trustspace.learning.plan import plan_for
from trustspace.learning.scorecard import Scorecard, points_table, scorecard

PLAN = plan_for(
    "s",
    {"sales": (0, 10**9), "voids": (0, 10_000)},
    reasons={"voids": "many void invoices"},
    base_points=600,
    base_odds=10,
    double_points=40,
)
MODEL = LinearModel(
    features=(
        BinnedFeature(cuts=(1000, 50_000), woe=(-1024, 0, 1024), variance=1),
        BinnedFeature(cuts=(300,), woe=(512, -2048), variance=1),
    ),
    intercept=2 << COEFFICIENT_BITS,
    coefficients=(1 << COEFFICIENT_BITS, 1 << (COEFFICIENT_BITS - 1)),
)
CARD = scorecard(PLAN, MODEL, (500, 540, 580, 600))


def test_points_table__scaling__doubling_the_odds_adds_double_points() -> None:
    table = points_table(PLAN, MODEL)
    factor = 40 / math.log(2)
    assert table.offset == 600 + round((2 - math.log(10)) * factor)
    assert table.points == ((round(-factor), 0, round(factor)), (round(factor / 4), round(-factor)))


def test_score__one_firm__points_grade_and_reasons_by_points_lost() -> None:
    score = CARD.score({"sales": 1000, "voids": 300, "other": 5})
    assert score.points == CARD.offset + 0 - 58
    assert score.grade == "D"
    assert [(r.feature, r.text, r.lost_points) for r in score.reasons] == [
        ("voids", "many void invoices", 72),
        ("sales", "sales", 58),
    ]
    best = CARD.score({"sales": 10**12, "voids": 0})
    assert (best.grade, best.reasons) == ("A", ())


def test_score__many_firms__same_as_vectorised_points() -> None:
    values = np.column_stack([np.arange(0, 100_000, 97), np.arange(0, 100_000, 97) % 700])
    together = points_table(PLAN, MODEL).of_rows(bin_codes(MODEL.features, values)).tolist()
    assert together == [CARD.score({"sales": s, "voids": v}).points for s, v in values.tolist()]


@pytest.mark.parametrize(("points", "grade"), [(499, "E"), (500, "D"), (540, "C"), (580, "B"), (599, "B"), (600, "A")])
def test_grade__number_of_cut_offs_reached(points: int, grade: str) -> None:
    assert CARD.grade(points) == grade


@pytest.mark.parametrize("values", [{"sales": 1}, {"sales": 1, "voids": 2.0}, {"sales": 1, "voids": True}])
def test_score__missing_or_no_integer__names_the_feature(values: dict[str, int]) -> None:
    with pytest.raises(OutOfRange, match="feature voids"):
        CARD.score(values)


def test_to_bytes__round_trip_and_digest_moves_with_each_field() -> None:
    assert Scorecard.from_bytes(CARD.to_bytes()) == CARD
    others = [replace(CARD, offset=1), replace(CARD, cut_offs=(1, 2, 3, 4)), replace(CARD, plan_hash=bytes(32))]
    assert len({card.digest for card in (CARD, *others)}) == 4


def test_from_bytes__other_bytes__refused() -> None:
    raw = CARD.to_bytes()
    for bad in (
        b"",
        b"[]",
        b"{}",
        raw[:-1],
        raw.replace(b"scorecard/1", b"scorecard/2"),
        raw.replace(b'"woe"', b'"wow"'),
    ):
        with pytest.raises(InputError, match="model"):
            Scorecard.from_bytes(bad)


FEATURE = json.loads(CARD.to_bytes())["features"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"offset": "600"},
        {"offset": True},
        {"offset": None},
        {"offset": 2**63},
        {"intercept": "0"},
        {"schema": 1},
        {"plan_hash": "00"},
        {"plan_hash": 7},
        {"cut_offs": list(range(9))},
        {"cut_offs": [1, 2, 3]},
        {"cut_offs": [4, 3, 2, 1]},
        {"cut_offs": [1, 2, 2, 3]},
        {"cut_offs": [1, 2, 3, "4"]},
        {"cut_offs": "1234"},
        {"features": []},
        {"features": {}},
        {"features": [FEATURE, FEATURE]},
        {"features": ["sales"]},
    ],
)
def test_from_bytes__field_of_another_type_or_shape__refused(change: dict[str, Any]) -> None:
    document = json.loads(CARD.to_bytes()) | change
    with pytest.raises(InputError, match=r"model: not a trustspace\.scorecard/1 document"):
        Scorecard.from_bytes(canonical_json.dumps(document))


@pytest.mark.parametrize(
    "change",
    [
        {"points": [1, 2]},
        {"points": [1, 2, 3, 4]},
        {"points": [1, 2, "3"]},
        {"woe": [1, 2]},
        {"woe": "abc"},
        {"cuts": [50_000, 1_000]},
        {"cuts": [1_000, 1_000]},
        {"cuts": [1_000]},
        {"coefficient": "1"},
        {"coefficient": False},
        {"name": 1},
        {"reason": None},
    ],
)
def test_from_bytes__feature_that_does_not_fit_together__refused(change: dict[str, Any]) -> None:
    document = json.loads(CARD.to_bytes())
    document["features"][0] |= change
    with pytest.raises(InputError, match=r"model: not a trustspace\.scorecard/1 document"):
        Scorecard.from_bytes(canonical_json.dumps(document))
