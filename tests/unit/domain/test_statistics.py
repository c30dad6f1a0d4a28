from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.domain.ids import AsOfDay
from trustspace.domain.invoices import BookStatus, Direction, Invoice, Record
from trustspace.domain.partition import records_by_source
from trustspace.domain.statistics import (
    CELL_INDEX,
    CELLS,
    MONTHS,
    check_cells,
    join_limbs,
    split_limbs,
    statistics,
    window_ends,
)
from trustspace.errors import OutOfRange

EPOCH = date(1970, 1, 1)
LEAP_DAY = AsOfDay((date(2020, 2, 29) - EPOCH).days)


def record(
    day: date, net: int, *, party: str = "B", way: Direction = Direction.SALE, void: bool = False, number: str = "1"
) -> Record:
    seller, buyer = ("S", party) if way is Direction.SALE else (party, "S")
    status = BookStatus.VOID if void else BookStatus.VALID
    return Record(way, Invoice(seller, buyer, number, day, net, net // 10, net + net // 10, status=status))


RECORDS = st.lists(
    st.builds(
        record,
        st.dates(date(2017, 12, 1), date(2020, 4, 1)),
        st.integers(-(10**9), 10**9),
        party=st.sampled_from("ABCDEFG"),
        way=st.sampled_from(list(Direction)),
        void=st.booleans(),
    ),
    max_size=40,
)


def value(vector: tuple[int, ...], name: str) -> int:
    return vector[CELL_INDEX[name]]


def test_cells__names__distinct_and_counted() -> None:
    assert len(CELLS) == len(CELL_INDEX) == 118
    assert all(cell.bound * 32 * MONTHS < 2**63 for cell in CELLS)


def test_window_ends__month_end__calendar_months() -> None:
    ends = window_ends(LEAP_DAY)
    assert len(ends) == MONTHS + 1
    assert [ends[0], ends[1], ends[-2], ends[-1]] == [
        date(2018, 2, 28),
        date(2018, 3, 31),
        date(2020, 1, 31),
        date(2020, 2, 29),
    ]


@given(st.integers(800, 65535))
def test_window_ends__any_day__24_months_without_gap(as_of: int) -> None:
    ends = window_ends(AsOfDay(as_of))
    lengths = [(after - before).days for before, after in pairwise(ends)]
    assert ends[-1] == EPOCH + timedelta(days=as_of)
    assert all(27 <= length <= 32 for length in lengths)
    assert sum(lengths) in (730, 731)


@pytest.mark.parametrize("as_of", [-1, 0, 799, 65536, 10**9])
def test_window_ends__day_without_a_window__refused(as_of: int) -> None:
    with pytest.raises(OutOfRange):
        window_ends(AsOfDay(as_of))


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2020, 2, 29), 0),
        (date(2020, 2, 1), 0),
        (date(2020, 1, 31), 1),
        (date(2019, 3, 1), 11),
        (date(2019, 2, 28), 12),
        (date(2018, 3, 1), 23),
    ],
)
def test_statistics__first_and_last_day_of_a_month__in_that_month(day: date, month: int) -> None:
    vector = statistics([record(day, 500)], LEAP_DAY)
    assert value(vector, f"sales_net_m{month:02}") == 500
    assert value(vector, f"sales_count_m{month:02}") == 1
    assert sum(vector[:48]) == 501


@pytest.mark.parametrize("month", range(MONTHS))
@pytest.mark.parametrize("last", [False, True])
def test_statistics__edges_of_every_month__in_that_month_and_year(month: int, last: bool) -> None:
    year, index = divmod(2020 * 12 + 1 - month, 12)
    after_year, after_index = divmod(2020 * 12 + 2 - month, 12)
    first, end = date(year, index + 1, 1), date(after_year, after_index + 1, 1) - timedelta(days=1)
    vector = statistics([record(end if last else first, 500)], LEAP_DAY)
    assert [k for k in range(MONTHS) if value(vector, f"sales_net_m{k:02}")] == [month]
    assert value(vector, "sales_parties_12m") == (month < 12)
    assert value(vector, "sales_parties_24m") == 1


@pytest.mark.parametrize("day", [date(2018, 2, 28), date(2020, 3, 1)])
def test_statistics__day_outside_the_window__ignored(day: date) -> None:
    assert not any(statistics([record(day, 500)], LEAP_DAY))


def test_statistics__worked_example__each_cell() -> None:
    day, last_year = date(2020, 1, 15), date(2018, 6, 1)
    records = [
        record(day, 1000, party="B"),
        record(last_year, 500, party="B"),
        record(day, 300, party="C"),
        record(day, -400, party="C"),  # red letter: C's total is negative
        record(last_year, 700, party="D"),
        record(day, 9999, party="E", void=True),
        record(day, 2000, party="F", way=Direction.PURCHASE),
    ]
    vector = statistics(records, LEAP_DAY)
    expected = {
        "sales_net_m01": 900,
        "sales_net_m20": 1200,
        "sales_count_m01": 3,
        "sales_count_m20": 2,
        "sales_void_count": 1,
        "sales_red_count": 1,
        "sales_red_net": 400,
        "sales_tax": 100 + 50 + 30 - 40 + 70,
        "sales_parties_24m": 3,
        "sales_parties_12m": 2,
        "sales_parties_kept": 1,
        "sales_positive_net": 1500 + 700,
        "sales_square_limb0": 1500**2 + 700**2,
        "purchases_net_m01": 2000,
        "purchases_count_m01": 1,
        "purchases_tax": 200,
        "purchases_parties_24m": 1,
        "purchases_parties_12m": 1,
        "purchases_positive_net": 2000,
        "purchases_square_limb0": 2000**2,
    }
    assert {cell.name: v for cell, v in zip(CELLS, vector, strict=True) if v} == expected


@settings(deadline=None)
@given(RECORDS, st.integers(1, 5))
def test_statistics__split_over_sources__adds_up_but_for_carries(records: list[Record], sources: int) -> None:
    whole = statistics(records, LEAP_DAY)
    parts = [statistics(part, LEAP_DAY) for part in records_by_source(records, sources)]
    total = [sum(cells) for cells in zip(*parts, strict=True)]
    for side in ("sales", "purchases"):
        at = CELL_INDEX[f"{side}_square_limb0"]
        assert join_limbs(total[at : at + 3]) == join_limbs(whole[at : at + 3])
    limbs = {index for index, cell in enumerate(CELLS) if "limb" in cell.name}
    assert [v for i, v in enumerate(total) if i not in limbs] == [v for i, v in enumerate(whole) if i not in limbs]


@settings(deadline=None)
@given(RECORDS)
def test_statistics__any_records__agree_with_a_plain_sum(records: list[Record]) -> None:
    vector = statistics(records, LEAP_DAY)
    nets: dict[tuple[Direction, str], int] = defaultdict(int)
    months = [0] * MONTHS
    for entry in records:
        day = entry.invoice.issue_date
        if entry.invoice.is_void or not date(2018, 3, 1) <= day <= date(2020, 2, 29):
            continue
        nets[entry.direction, entry.counterparty] += entry.invoice.amount_fen
        if entry.direction is Direction.SALE:
            months[(2020 - day.year) * 12 + 2 - day.month] += entry.invoice.amount_fen
    assert list(vector[:MONTHS]) == months
    sold = [net for (way, _), net in nets.items() if way is Direction.SALE]
    assert value(vector, "sales_parties_24m") == len(sold)
    assert value(vector, "sales_positive_net") == sum(max(net, 0) for net in sold)


@given(st.integers(0, 2**119))
def test_limbs__any_square__joins_back(square: int) -> None:
    assert join_limbs(split_limbs(square)) == square


def test_statistics__sum_beyond_its_bound__cell_named() -> None:
    huge = [record(date(2020, 2, 1), 10**13 - 1, number=str(i)) for i in range(1001)]
    with pytest.raises(OutOfRange, match="sales_net_m00"):
        statistics(huge, LEAP_DAY)


@pytest.mark.parametrize("cells", [(), (0,) * 117, (0,) * 119])
def test_check_cells__wrong_length__refused(cells: tuple[int, ...]) -> None:
    with pytest.raises(OutOfRange):
        check_cells(cells)


def test_check_cells__bound_times_sources__holds() -> None:
    cells = [cell.bound * 3 for cell in CELLS]
    check_cells(cells, sources=3)
    with pytest.raises(OutOfRange):
        check_cells(cells, sources=2)
    with pytest.raises(OutOfRange, match="sales_void_count"):
        check_cells([-1 if cell.name == "sales_void_count" else 0 for cell in CELLS])
