from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.domain.invoices import (
    BookStatus,
    Census,
    Direction,
    Invoice,
    Record,
    check_invoice,
    collect,
    id_problem,
    number_problem,
)
from trustspace.domain.partition import bank_of, records_by_source, source_of
from trustspace.errors import InvalidInvoice, OutOfRange

GOOD = Invoice("seller", "buyer", "12345678", date(2020, 2, 29), 100, 13, 113)


def sale(**change: object) -> Record:
    return Record(Direction.SALE, GOOD._replace(**change))


def test_record__sale_and_purchase__subject_and_counterparty_change_sides() -> None:
    assert (sale().subject, sale().counterparty) == ("seller", "buyer")
    bought = Record(Direction.PURCHASE, GOOD)
    assert (bought.subject, bought.counterparty) == ("buyer", "seller")


def test_collect__every_quirk__counted_and_only_duplicates_left_out() -> None:
    records = [
        sale(),
        sale(),  # exact duplicate
        sale(),  # and again
        sale(amount_fen=101, total_fen=114),  # number repeated, another invoice
        sale(amount_fen=101, total_fen=114),  # exact duplicate of a repeated number
        sale(number="2", status=BookStatus.VOID),
        sale(number="3", amount_fen=-100, tax_fen=-13, total_fen=-113),
        sale(number="4", total_fen=115),  # misses by two fen
        sale(number="5", total_fen=114),  # rounding
        Record(Direction.PURCHASE, GOOD),  # the buyer's side of the same invoice
    ]
    book = collect(records)
    assert book.census == Census(read=10, duplicates=3, repeated_numbers=4, void=1, red_letter=1, inconsistent=1)
    assert book.records == tuple(records[i] for i in (0, 3, 5, 6, 7, 8, 9))
    assert book.census.distinct == len(book.records)
    assert {subject: len(group) for subject, group in book.by_subject().items()} == {"seller": 6, "buyer": 1}


def test_collect__the_same_object_twice__is_a_duplicate() -> None:
    record = sale()
    assert collect([record, record]).census.duplicates == 1


def test_collect__void_copy_of_a_valid_invoice__both_kept() -> None:
    book = collect([sale(), sale(status=BookStatus.VOID)])
    assert (book.census.duplicates, book.census.repeated_numbers, len(book.records)) == (0, 1, 2)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            lambda number, seller, amount, way: Record(
                way, GOOD._replace(number=number, seller=seller, amount_fen=amount)
            ),
            st.sampled_from("12"),
            st.sampled_from("AB"),
            st.sampled_from([100, 200]),
            st.sampled_from(list(Direction)),
        ),
        max_size=30,
    )
)
def test_collect__any_records__agrees_with_sets(records: list[Record]) -> None:
    book = collect(records)
    assert book.census.duplicates == len(records) - len(set(records))
    assert book.census.repeated_numbers == len(records) - len(
        {(r.subject, r.direction, r.invoice.number) for r in records}
    )
    assert list(book.records) == list(dict.fromkeys(records))


def test_census__sum__adds_each_count() -> None:
    one = collect([sale(), sale()]).census
    assert one + one == Census(read=4, duplicates=2, repeated_numbers=2, void=0, red_letter=0, inconsistent=0)


@pytest.mark.parametrize(
    "text", ["", " a", "a ", "a\tb", "a\nb", "a\u200bb", "x" * 65, "数" * 22, "\ud800", "\x00", "e\u0301"]
)
def test_id_problem__bad_id__said(text: str) -> None:
    assert id_problem(text)


@pytest.mark.parametrize("text", ["E1", "91440399N9N19QU00F", "深圳 某公司", "x" * 64, "***公司"])
def test_id_problem__good_id__nothing_said(text: str) -> None:
    assert not id_problem(text)


@pytest.mark.parametrize("text", ["", "'123", "123 ", "1.2E+19", "１２３", "1" * 41, "12/3", "号1"])
def test_number_problem__bad_number__said(text: str) -> None:
    assert number_problem(text)


@pytest.mark.parametrize("text", ["1", "4403162130-12345678", "24442000000123456789", "Ab9"])
def test_number_problem__good_number__nothing_said(text: str) -> None:
    assert not number_problem(text)


def test_check_invoice__good__passes_and_bad_amount__named() -> None:
    check_invoice(GOOD)
    with pytest.raises(InvalidInvoice, match="tax_fen") as caught:
        check_invoice(GOOD._replace(tax_fen=float("nan")), where="row 3")
    assert caught.value.where == "row 3"


def test_source_of__known_keys__stable_over_versions() -> None:
    assert [source_of(f"A{i:05d}", 3) for i in range(8)] == [0, 2, 1, 2, 0, 2, 2, 0]
    assert [bank_of(f"E{i}", 4) for i in range(1, 9)] == [2, 0, 2, 2, 3, 1, 1, 1]


def test_records_by_source__any__each_counterparty_at_one_source() -> None:
    records = [sale(buyer=f"B{i % 40}", number=str(i)) for i in range(200)]
    parts = records_by_source(records, 3)
    assert sorted(len(part) > 0 for part in parts) == [True] * 3
    homes = [{record.counterparty for record in part} for part in parts]
    assert sum(map(len, homes)) == 40
    assert all(source_of(party, 3) == index for index, home in enumerate(homes) for party in home)
    assert sorted(record for part in parts for record in part) == sorted(records)


def test_partition__no_sources_or_banks__refused() -> None:
    with pytest.raises(OutOfRange):
        source_of("A", 0)
    with pytest.raises(OutOfRange):
        bank_of("A", -1)
