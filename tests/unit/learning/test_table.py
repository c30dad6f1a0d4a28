import numpy as np
import pytest

from trustspace.errors import InvalidTable, OutOfRange
from trustspace.learning.feature import MISSING
from trustspace.learning.plan import plan_for
from trustspace.learning.table import LabelledRows, require_known_categories
from trustspace.learning.trees.plan import trees_plan_for

PLAN = plan_for("s", {"sales": (0, 10**9), "months": (0, 24)}, max_rows=3)
GOOD: dict[str, object] = {"sales": [1, 2, 3], "months": [4, 5, 6]}


def rows(
    columns: dict[str, object], labels: object = (0, 1, 0), ids: tuple[str, ...] = ("a", "b", "c")
) -> LabelledRows:
    return LabelledRows.from_columns(PLAN, ids, columns, labels, party="7")  # type: ignore[arg-type]


def test_from_columns__integers_and_whole_floats__ordered_as_planned() -> None:
    table = rows({"months": [4.0, 5.0, 6.0], "other": ["x"], "sales": np.array([1, 2, 3], dtype=np.uint8)})
    assert table.values.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert table.labels.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([1.0, float("nan"), 3.0], "party 7, line 2, field sales: nan"),
        ([1.0, 2.0, float("inf")], "party 7, line 3, field sales: inf"),
        ([0.5, 2.0, 3.0], "party 7, line 1, field sales: 0.5 is no integer"),
        (["1", "2", "3"], "field sales: values of type"),
        ([1, 2], r"field sales: expected 3 values, got shape \(2,\)"),
    ],
)
def test_from_columns__bad_values__names_party_line_and_feature(column: object, message: str) -> None:
    with pytest.raises(InvalidTable, match=message):
        rows(GOOD | {"sales": column})


@pytest.mark.parametrize("column", [[1, 2, 10**19], [1.0, 2.0, 1e19], [1, 2, 10**30]])
def test_from_columns__beyond_64_bits__names_the_feature(column: object) -> None:
    with pytest.raises(OutOfRange, match="field sales"):
        rows(GOOD | {"sales": column})


def test_from_columns__missing_column_repeated_id_bad_label_too_many_rows__refused() -> None:
    with pytest.raises(InvalidTable, match="field months: missing"):
        rows({"sales": [1, 2, 3]})
    with pytest.raises(InvalidTable, match="ids repeat"):
        rows(GOOD, ids=("a", "b", "a"))
    with pytest.raises(InvalidTable, match="line 3, field label: 2 is no label"):
        rows(GOOD, labels=[0, 1, 2])
    with pytest.raises(OutOfRange, match="4 rows, the plan allows 3"):
        rows({"sales": [1] * 4, "months": [1] * 4}, labels=[0] * 4, ids=("a", "b", "c", "d"))


def test_from_columns__missing_values__only_where_the_plan_lets_them() -> None:
    plan = trees_plan_for("s", {"sales": (0, 10**9), "months": (0, 24)}, missing=["months"], max_rows=3)
    gaps = {"sales": [1, 2, 3], "months": [4.0, float("nan"), MISSING]}
    table = LabelledRows.from_columns(plan, ("a", "b", "c"), gaps, (0, 1, 0), party="7")
    assert table.values.tolist() == [[1, 4], [2, MISSING], [3, MISSING]]
    with pytest.raises(InvalidTable, match="line 1, field months: inf"):
        LabelledRows.from_columns(plan, "abc", gaps | {"months": [float("inf")] * 3}, (0, 1, 0), party="7")
    with pytest.raises(InvalidTable, match="line 2, field sales: nan"):
        LabelledRows.from_columns(plan, "abc", gaps | {"sales": gaps["months"]}, (0, 1, 0), party="7")


def test_from_columns__no_rows__allowed() -> None:
    assert len(rows({"sales": [], "months": []}, labels=[], ids=())) == 0


def test_folds__same_id__same_fold_wherever_it_stands() -> None:
    ids = tuple(f"firm-{i}" for i in range(3))
    forward, backward = rows(GOOD, ids=ids).folds(PLAN), rows(GOOD, ids=ids[::-1]).folds(PLAN)
    assert forward.tolist() == backward.tolist()[::-1]
    assert all(0 <= fold < PLAN.folds for fold in forward)


@pytest.mark.parametrize("strange", [-1, 6, 10**12])
def test_require_known_categories__another_code__names_feature_and_row(strange: int) -> None:
    plan = trees_plan_for("s", {"kind": (0, 5)}, categorical=["kind"], missing=["kind"])
    rows = LabelledRows.from_columns(plan, list("abc"), {"kind": [MISSING, 5, strange]}, [0] * 3, party="1")
    with pytest.raises(InvalidTable, match=rf"line 3, field kind: {strange} is no category .*0 to 5"):
        require_known_categories(plan.features, rows)
