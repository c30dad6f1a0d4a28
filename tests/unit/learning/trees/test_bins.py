import numpy as np
import pytest

from trustspace.learning.feature import MISSING, PlannedFeature
from trustspace.learning.table import LabelledRows
from trustspace.learning.trees.bins import bin_values, category_order, codes_of
from trustspace.learning.trees.plan import trees_plan_for

NUMBER = PlannedFeature(name="sales", borders=tuple(range(10, 100, 10)), reason="")
GAPPY = PlannedFeature(name="sales", borders=(MISSING + 1, *range(10, 100, 10)), reason="")
KIND = PlannedFeature(name="kind", borders=tuple(range(1, 6)), reason="", categorical=True)


def counts(rows: list[int], bad: list[int] | None = None) -> np.ndarray:
    defaulted = np.array(bad or [0] * len(rows))
    return np.array([np.array(rows) - defaulted, defaulted])


def test_bin_values__number__equal_counts_with_cuts_at_borders() -> None:
    bins = bin_values(NUMBER, counts([10] * 10), 5)
    assert (bins.values, bins.width, bins.cuts) == (5, 5, (20, 40, 60, 80))
    assert bins.code_of_cell.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_bin_values__outcomes_moved_between_classes__same_bins() -> None:
    rows = [5, 0, 9, 30, 0, 0, 2, 8, 1, 1]
    first, second = bin_values(NUMBER, counts(rows), 4), bin_values(NUMBER, counts(rows, [1, 0, 9, 3] + [0] * 6), 4)
    assert first.cuts == second.cuts
    assert first.code_of_cell.tolist() == second.code_of_cell.tolist()


@pytest.mark.parametrize("missing", [0, 7])
def test_bin_values__constant_or_all_missing__one_bin(missing: int) -> None:
    bins = bin_values(GAPPY, counts([missing, 0, 0, 7 - missing, *[0] * 7]), 5)
    assert (bins.values, bins.width, bins.cuts) == (1, 2, ())
    assert bins.code_of_cell.tolist() == [1] + [0] * 10


def test_bin_values__categories__commonest_alone_rest_together_unseen_missing() -> None:
    bins = bin_values(KIND, counts([5, 50, 0, 6, 40, 1]), 3)
    assert bins.groups == ((1,), (4,), (0, 3, 5))
    assert bins.code_of_cell.tolist() == [2, 0, 3, 2, 1, 2]
    assert bin_values(KIND, counts([5, 50, 0, 6, 40, 1]), 5).groups == ((0,), (1,), (3,), (4,), (5,))


def test_category_order__falling_share_of_defaults__smoothed_and_ties_by_code() -> None:
    table = counts([100, 100, 1, 100, 100, 0], [10, 50, 1, 10, 80, 0])
    bins = bin_values(KIND, table, 6)
    assert category_order(bins, table) == [4, 1, 2, 0, 3]  # one row that defaulted does not lead
    assert category_order(bin_values(NUMBER, counts([10] * 10), 3), counts([10] * 10)) == [0, 1, 2]


def test_codes_of__values__as_the_cuts_say() -> None:
    plan = trees_plan_for("s", {"a": (0, 50), "kind": (0, 5)}, missing=["a"], categorical=["kind"])
    column, kinds = [MISSING, -5, 3, 4, 99], [0, 1, 2, 3, 5]
    rows = LabelledRows.from_columns(plan, list("abcde"), {"a": column, "kind": kinds}, [0] * 5, party="1")
    cells = np.zeros((2, 52), dtype=np.int64)
    cells[0, [1, 4, 20, 40]] = 3  # values 0, 3, 19, 39
    bins = [bin_values(plan.features[0], cells, 4), bin_values(plan.features[1], counts([1, 0, 4, 3, 0, 0]), 9)]
    assert bins[0].cuts == (1, 4, 20)
    assert codes_of(plan.features, bins, rows).tolist() == [[4, 0, 1, 2, 3], [0, 3, 1, 2, 3]]
