import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustspace.errors import InvalidPlan, InvalidTable
from trustspace.learning.groups import MAX_GROUPS, PlannedGroup, check_groups, group_cells

REGION = PlannedGroup(name="region", kind="fairness", values=("north", "south", "west"))


def test_codes__values_as_texts__unlisted_ones_are_other() -> None:
    assert REGION.codes(["south", "east", "north", ""], 4, file="f").tolist() == [1, 3, 0, 3]
    years = PlannedGroup(name="year", kind="period", values=("2004", "2005"))
    assert years.codes(np.array([2005, 2004]), 2, file="f").tolist() == [1, 0]
    with pytest.raises(InvalidTable, match=r"f, field year: expected 3 values"):
        years.codes([2004], 3, file="f")


def test_group_cells__all_large__each_value_alone() -> None:
    cells = group_cells(REGION, [10, 20, 30, 10], 10)
    assert cells.cell == (0, 1, 2, 3)
    assert cells.values == (("north",), ("south",), ("west",), ("other",))


def test_group_cells__one_small__summed_with_the_next_larger() -> None:
    cells = group_cells(REGION, [50, 3, 12, 20], 10)  # alone, the 3 would show as total less the others
    assert cells.values == (("north",), ("other",), ("south", "west"))
    assert cells.cell == (0, 2, 2, 1)


def test_group_cells__several_small_ones__large_enough_together() -> None:
    assert group_cells(REGION, [6, 6, 40, 0], 10).values == (("west",), ("north", "south"))


def test_group_cells__empty_value__hides_nothing() -> None:
    assert group_cells(REGION, [20, 30, 40, 0], 10).values == (("north",), ("south",), ("west",))


@given(st.lists(st.integers(0, 60), min_size=4, max_size=4).filter(any), st.integers(1, 40))
def test_group_cells__any_counts__no_cell_below_the_least_unless_it_holds_all(rows: list[int], least: int) -> None:
    cells = group_cells(REGION, rows, least)
    sums = np.bincount(cells.cell, weights=rows, minlength=len(cells.values))
    assert sums.sum() == sum(rows)
    assert sorted(value for values in cells.values for value in values) == sorted(
        label for label, count in zip(REGION.labels, rows, strict=True) if count
    )
    assert (sums[: len(cells.values)] >= min(least, sum(rows))).all()


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([REGION, REGION], "distinct names"),
        ([PlannedGroup(name=str(n), kind="fairness", values=("a",)) for n in range(MAX_GROUPS + 1)], "at most"),
        ([PlannedGroup(name=n, kind="period", values=("a",)) for n in "xy"], "one column of periods"),
        ([PlannedGroup(name="x", kind="region", values=("a",))], "kind period or fairness"),
        ([PlannedGroup(name="x", kind="period", values=())], "distinct values"),
        ([PlannedGroup(name="x", kind="period", values=("a", "a"))], "distinct values"),
        ([PlannedGroup(name="x", kind="period", values=("a", "other"))], "besides 'other'"),
        ([PlannedGroup(name="x", kind="period", values=("a", ""))], "texts"),
        ([PlannedGroup(name="x", kind="period", values=(1,))], "texts"),
    ],
)
def test_check_groups__broken_rule__named(groups: list[PlannedGroup], said: str) -> None:
    with pytest.raises(InvalidPlan, match=said):
        check_groups(groups)
