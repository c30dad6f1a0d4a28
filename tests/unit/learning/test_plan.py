from dataclasses import replace

import pytest

from trustspace.encoding import canonical_json
from trustspace.errors import InputError, InvalidPlan
from trustspace.learning.plan import PlannedFeature, ScorecardPlan, plan_for


def plan(**settings: object) -> ScorecardPlan:
    return plan_for("s", {"sales": (0, 10**9), "months": (0, 24)}, **settings)


def test_to_bytes__any_plan__round_trips_and_hash_moves_with_each_field() -> None:
    first = plan()
    assert ScorecardPlan.from_bytes(first.to_bytes()) == first
    others = [plan(folds=9), plan(l2_milli=1), plan(fold_salt="x"), plan(grade_shares_bps=(2_000,) * 5)]
    renamed = replace(first, features=(replace(first.features[0], reason="x"), first.features[1]))
    assert len({p.digest for p in (first, renamed, *others)}) == 6


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"folds": 1}, "folds"),
        ({"max_bins": 1}, "max_bins"),
        ({"newton_rounds": 0}, "newton_rounds"),
        ({"l2_milli": 0}, "l2_milli"),
        ({"max_rows": True}, "max_rows"),
        ({"grade_shares_bps": (5_000, 5_000)}, "grade_shares_bps"),
        ({"grade_shares_bps": (10_000, 0, 0, 0, 0)}, "grade_shares_bps"),
    ],
)
def test_plan__bad_setting__names_the_field(settings: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidPlan, match=f"plan field {field}"):
        plan(**settings)


@pytest.mark.parametrize(
    "features",
    [
        (),
        (PlannedFeature(name="a", borders=(1,), reason=""), PlannedFeature(name="a", borders=(1,), reason="")),
        (PlannedFeature(name="a", borders=(2, 2), reason=""),),
        (PlannedFeature(name="a", borders=(), reason=""),),
        (PlannedFeature(name="a", borders=(2**63,), reason=""),),
    ],
)
def test_plan__bad_features__refused(features: tuple[PlannedFeature, ...]) -> None:
    with pytest.raises(InvalidPlan):
        ScorecardPlan(schema="s", features=features)


def test_from_bytes__other_document__refused() -> None:
    raw = plan().to_bytes()
    for bad in (raw.replace(b"plan/1", b"plan/2"), raw.replace(b'"folds"', b'"folbs"'), raw[:-1], b"[]"):
        with pytest.raises(InputError):
            ScorecardPlan.from_bytes(bad)
    known = canonical_json.loads(raw, where="plan")
    assert isinstance(known, dict)
    with pytest.raises(InvalidPlan, match="missing, unknown"):
        ScorecardPlan.from_bytes(canonical_json.dumps({**known, "zz": 1}))
