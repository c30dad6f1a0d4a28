"""Books of S and B: a sale should stand in both."""

from __future__ import annotations

import pytest

from tests.unit.services.signals.books import mirror, purchase, sale
from trustspace.domain.invoices import Record
from trustspace.services.signals.findings import Signal
from trustspace.services.signals.settings import SignalSettings
from trustspace.services.signals.sides import side_signals
from trustspace.services.signals.table import InvoiceTable

NUMBERS = [f"10{k}" for k in range(10, 22)]
SALES = [sale(number, day=10 * k) for k, number in enumerate(NUMBERS)]
OPEN = [sale("1", day=0), purchase("1", day=0), sale("9", day=400), purchase("9", day=400)]
BOTH = [*OPEN, *SALES, *map(mirror, SALES)]


def sides(records: list[Record]) -> dict[str, Signal]:
    return {signal.name: signal for signal in side_signals(InvoiceTable.of(records), SignalSettings())}


def found(records: list[Record]) -> dict[str, list[str]]:
    return {
        name: [records[row].invoice.number for finding in signal.findings for row in finding.rows]
        for name, signal in sides(records).items()
        if signal.count
    }


def test_both_books_agree__nothing_and_all_compared() -> None:
    assert found(BOTH) == {}
    assert sides(BOTH)["one_sided_sale"].examined == 13


def test_sale__missing_at_the_buyer__found() -> None:
    assert found([*BOTH, sale("7777", day=50)]) == {"one_sided_sale": ["7777"]}


def test_purchase__missing_at_the_seller__found() -> None:
    assert found([*BOTH, purchase("7777", day=50)]) == {"one_sided_purchase": ["7777"]}


def test_sale__spelled_otherwise_at_the_buyer__is_the_same() -> None:
    assert found([*BOTH, sale("7777", day=50), purchase("INV-07777", day=50)]) == {}


@pytest.mark.parametrize("change", [{"total": 99}, {"void": True}])
def test_sides__other_total_or_void_at_the_buyer__found(change: dict[str, int]) -> None:
    records = [*BOTH, sale("7777", day=50), purchase("7777", day=50, **change)]
    assert found(records) == {"sides_differ": ["7777", "7777"]} or found(records)["sides_differ"]


@pytest.mark.parametrize("day", [380, 400])
def test_sale__in_the_last_weeks_of_the_buyers_book__counted_apart(day: int) -> None:
    answer = sides([*BOTH, sale("7777", day=day)])["one_sided_sale"]
    assert answer.count == 0
    assert answer.set_aside == {"other side's books still open": 3}


def test_sale__to_a_buyer_without_books_or_before_they_began__not_compared() -> None:
    records = [*BOTH, sale("7777", day=-5), sale("8888", buyer="X", day=50)]
    assert found(records) == {}
    assert sides(records)["one_sided_sale"].examined == 13


def test_books__that_never_match__not_applied() -> None:
    records = [*OPEN, *SALES, *(purchase(f"5{number}", day=10 * k) for k, number in enumerate(NUMBERS))]
    for signal in sides(records).values():
        assert signal.count == 0
        assert "not two sides of one trade" in signal.not_applied


def test_books__of_one_side_alone__not_applied() -> None:
    assert "whose books are both in the data" in sides(SALES)["one_sided_sale"].not_applied
