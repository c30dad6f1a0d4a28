import pytest

from trustspace.errors import InputError, InvalidPlan
from trustspace.learning.feature import MISSING, PlannedFeature
from trustspace.learning.plan import plan_for
from trustspace.learning.training import read_plan, start_training
from trustspace.learning.trees.plan import TreesPlan, trees_plan_for
from trustspace.learning.trees.training import TreesTraining

RANGES = {"sales": (0, 10**9), "months": (0, 24), "region": (0, 5)}


def plan(**settings: object) -> TreesPlan:
    options = {"categorical": ["region"], "missing": ["months"], "trends": {"sales": 1}, "folds": 5}
    return trees_plan_for("s", RANGES, **(options | settings))


def test_trees_plan_for__options__in_the_features() -> None:
    sales, months, region = plan().features
    assert (sales.trend, sales.categorical, sales.takes_missing) == (1, False, False)
    assert (months.takes_missing, months.borders[:3]) == (True, (MISSING + 1, 1, 2))
    assert (region.categorical, region.categories) == (True, range(6))


def test_read_plan__each_kind__by_its_format() -> None:
    first, scorecard = plan(), plan_for("s", RANGES)
    assert read_plan(first.to_bytes()) == first
    assert read_plan(scorecard.to_bytes()) == scorecard
    assert isinstance(start_training(first), TreesTraining)
    others = [plan(trees=5), plan(trends={}), plan(categorical=[]), plan(missing=[]), plan(good_weight_bps=9)]
    assert len({p.digest for p in (first, *others, scorecard)}) == 7


def test_read_plan__other_document__refused() -> None:
    raw = plan().to_bytes()
    for bad in (raw.replace(b"trees-plan/1", b"trees-plan/2"), raw.replace(b'"depth"', b'"death"'), raw[:-1], b"[]"):
        with pytest.raises(InputError):
            read_plan(bad)
    with pytest.raises(InvalidPlan, match="missing, unknown"):
        read_plan(raw.replace(b'"trend":1', b'"trond":1'))


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"trees": 0}, "trees"),
        ({"depth": 9}, "depth"),
        ({"fold_models": 6}, "fold_models"),
        ({"folds": 1}, "folds"),
        ({"l2_milli": 0}, "l2_milli"),
        ({"default_weight_bps": 10_001}, "default_weight_bps"),
        ({"patience": True}, "patience"),
        ({"trends": {"sales": 2}}, "sales"),
        ({"trends": {"region": 1}}, "region"),
        ({"categorical": ["sales"]}, "sales"),
    ],
)
def test_plan__bad_setting__names_the_field(settings: dict[str, object], field: str) -> None:
    ranges = {"sales": (0, 256)} if "categorical" in settings else {}
    with pytest.raises(InvalidPlan, match=f"plan field {field}"):
        trees_plan_for("s", RANGES | ranges, **({"categorical": ["region"]} | settings))  # type: ignore[arg-type]


def test_plan__nothing_but_missing_values_or_negative_codes__refused() -> None:
    only = PlannedFeature(name="a", borders=(MISSING + 1,), reason="")
    below = PlannedFeature(name="a", borders=(0, 1), reason="", categorical=True)
    for feature in (only, below):
        with pytest.raises(InvalidPlan, match="plan field a"):
            TreesPlan(schema="s", features=(feature,))
