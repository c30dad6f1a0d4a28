import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.services.signals.books import mirror, sale
from trustspace.services.signals.table import InvoiceTable, group_sizes, starts


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("00123", "123", True),
        ("INV-123", "123", True),
        ("1-2-3", "123", True),
        ("124", "123", False),
        ("0", "00", True),
    ],
)
def test_table__digits_of_numbers__compare_without_spelling(one: str, other: str, same: bool) -> None:
    table = InvoiceTable.of([sale(one), sale(other)])
    assert (table.digits[0] == table.digits[1]) == same
    assert table.spelling[0] != table.spelling[1]


def test_table__number__value_where_it_fits_and_minus_one_elsewhere() -> None:
    numbers = ["0042", "ABC", "9" * 18, "9" * 19]
    assert InvoiceTable.of([sale(text) for text in numbers]).number.tolist() == [42, -1, 10**18 - 1, -1]


def test_table__void_red_and_empty__not_live() -> None:
    table = InvoiceTable.of([sale(), sale(void=True), sale(total=-5), sale(total=0)])
    assert table.live.tolist() == [True, False, False, False]


def test_table__no_records__empty_columns() -> None:
    table = InvoiceTable.of([])
    assert len(table) == 0
    assert table.one_side(np.flatnonzero(table.live)).tolist() == []


def test_one_side__invoice_in_both_books__the_sale_is_kept() -> None:
    shared, own = sale("1"), sale("2")
    table = InvoiceTable.of([mirror(shared), shared, own])
    assert table.one_side(np.arange(3)).tolist() == [1, 2]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=30))
def test_groups__against_counting__same_sizes(pairs: list[tuple[int, int]]) -> None:
    pairs.sort()
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    assert group_sizes(starts(columns[:, 0], columns[:, 1])).tolist() == [pairs.count(pair) for pair in pairs]
