from datetime import date
from fractions import Fraction
from math import sqrt
from statistics import pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.domain.features import BPS, FEATURES, FeatureVector, derive
from trustspace.domain.ids import AsOfDay
from trustspace.domain.invoices import BookStatus, Direction, Invoice, Record
from trustspace.domain.statistics import CELL_INDEX, CELLS, statistics
from trustspace.errors import OutOfRange

LEAP_DAY = AsOfDay((date(2020, 2, 29) - date(1970, 1, 1)).days)
TOTALS = st.tuples(*(st.integers(-cell.bound if cell.signed else 0, cell.bound) for cell in CELLS))


def features(*rows: tuple[str, str, int, str]) -> FeatureVector:
    """Features of sales given as (day, customer, net, "valid" or "void"), without tax."""
    records = [
        Record(
            Direction.SALE,
            Invoice(
                "S",
                customer,
                str(index),
                date.fromisoformat(day),
                net,
                0,
                net,
                status=BookStatus.VOID if status == "void" else BookStatus.VALID,
            ),
        )
        for index, (day, customer, net, status) in enumerate(rows)
    ]
    return derive(statistics(records, LEAP_DAY))


def test_derive__worked_example__every_sales_feature() -> None:
    made = features(
        ("2020-01-10", "B", 3000, "valid"),
        ("2020-01-11", "B", -1000, "valid"),
        ("2019-12-01", "C", 1000, "valid"),
        ("2018-05-01", "B", 2000, "valid"),
        ("2019-07-01", "D", 5000, "void"),
    )
    assert made["sales_12m"] == 3000
    assert made["sales_24m"] == 5000
    assert (made["sales_count_12m"], made["sales_count_24m"]) == (3, 4)
    assert made["sales_average"] == 1250
    assert made["sales_void_share"] == 2000  # 1 of 5
    assert made["sales_red_share"] == BPS * 1000 // 7000
    assert made["customers"] == 2
    assert made["customers_kept"] == 5000  # B bought in both years
    assert made["customer_concentration"] == BPS * (4000**2 + 1000**2) // 5000**2
    assert made["sales_months_active"] == made["months_active"] == 3
    assert made["sales_trend"] == BPS * (3000 - 2000) // 5000
    assert made["sales_variation"] == int(BPS * pstdev([2000, 1000, 2000] + [0] * 21) / (5000 / 24))
    assert made["margin"] == BPS
    assert made["purchases_12m"] == made["suppliers"] == 0


def test_derive__nothing__all_zero() -> None:
    assert set(derive([0] * len(CELLS)).values) == {0}


@settings(max_examples=60, deadline=None)
@given(TOTALS)
def test_derive__any_statistics__within_the_documented_range_and_64_bits(total: tuple[int, ...]) -> None:
    made = derive(total)
    for spec, value in zip(FEATURES, made.values, strict=True):
        assert spec.low <= value <= spec.high, spec.name
        assert spec.low >= -(2**63)
        assert spec.high < 2**63


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=24, max_size=24))
def test_derive__any_months__variation_and_trend_agree_with_fractions(months: list[int]) -> None:
    total = [0] * len(CELLS)
    total[:24] = months
    made = derive(total)
    net = sum(months)
    if net:
        assert made["sales_trend"] == int(Fraction(sum(months[:12]) - sum(months[12:]), net) * BPS)
        variance = Fraction(sum(m * m for m in months), 24) - Fraction(net, 24) ** 2
        assert abs(made["sales_variation"] - sqrt(variance) / (net / 24) * BPS) <= 1


def test_derive__one_customer_only__concentration_is_full() -> None:
    assert features(("2020-01-10", "B", 12345, "valid"))["customer_concentration"] == BPS


def test_derive__twenty_equal_customers__concentration_is_a_twentieth() -> None:
    rows = [("2020-01-10", f"B{i}", 77_777_777_777, "valid") for i in range(20)]
    assert features(*rows)["customer_concentration"] == BPS // 20


def test_derive__more_returned_than_sold__ratios_stay_in_range() -> None:
    made = features(("2020-01-10", "B", 100, "valid"), ("2020-01-11", "B", -900, "valid"))
    assert made["sales_24m"] == -800
    assert made["sales_average"] == -400
    assert made["sales_red_share"] == 9000
    assert made["sales_trend"] == -BPS
    assert made["sales_variation"] == 0


def test_derive__cells_beyond_one_source__need_the_number_of_sources() -> None:
    total = [0] * len(CELLS)
    total[CELL_INDEX["sales_net_m00"]] = 2 * 10**16
    with pytest.raises(OutOfRange, match="sales_net_m00"):
        derive(total)
    assert derive(total, sources=2)["sales_12m"] == 2 * 10**16


@pytest.mark.parametrize("sources", [0, 33])
def test_derive__impossible_number_of_sources__refused(sources: int) -> None:
    with pytest.raises(OutOfRange):
        derive([0] * len(CELLS), sources=sources)


def test_feature_vector__unknown_name__refused_with_the_choice() -> None:
    with pytest.raises(OutOfRange) as caught:
        _ = derive([0] * len(CELLS))["credit_rating"]
    assert "sales_12m" in caught.value.remedy
    assert len(derive([0] * len(CELLS)).as_dict()) == len(FEATURES)
