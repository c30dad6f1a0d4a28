import gzip
import os
from datetime import date
from pathlib import Path

import pytest

from trustspace.adapters.invoices.cumcm import (
    HEADER,
    LABEL_HEADER,
    LoanLabel,
    is_cumcm_folder,
    iter_cumcm,
    load_labels,
    read_cumcm,
)
from trustspace.adapters.invoices.loans import read_loans, write_loans
from trustspace.domain.features import FEATURES
from trustspace.domain.invoices import BookStatus, Census, Direction, Invoice, Record
from trustspace.errors import InvalidTable

SALES = [
    "E1,11459356,2017-08-04,B03711,9401.71,1598.29,11000.00,valid",
    "E1,11459356,2017-08-04,B03711,9401.71,1598.29,11000.00,valid",
    "E2,82240,2019-11-11,B08909,-4.64,0.46,-5.10,valid",
    "E2,82241,2019-11-11,B08909,0.00,0.00,0.00,void",
]
PURCHASES = ["E1,3390939,2017-07-18,A00297,-943.40,-56.60,-1000.00,valid"]


def pack(path: Path, header: tuple[str, ...], rows: list[str]) -> None:
    path.write_bytes(gzip.compress("\n".join([",".join(header), *rows, ""]).encode()))


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    pack(tmp_path / "invoices_sales.csv.gz", HEADER, SALES)
    pack(tmp_path / "invoices_purchase.csv.gz", HEADER, PURCHASES)
    pack(tmp_path / "enterprises.csv.gz", LABEL_HEADER, ["E1,***电器销售有限公司,A,0", '"E2","a, b",D,1'])
    return tmp_path


def test_read_cumcm__small_tables__records_and_census(tables: Path) -> None:
    book = read_cumcm(tables)
    assert book.census == Census(read=5, duplicates=1, repeated_numbers=1, void=1, red_letter=2, inconsistent=1)
    assert book.records[0] == Record(
        Direction.SALE, Invoice("E1", "B03711", "11459356", date(2017, 8, 4), 940171, 159829, 1100000)
    )
    assert book.records[2].invoice.status is BookStatus.VOID
    bought = book.records[-1]
    assert (bought.direction, bought.subject, bought.counterparty) == (Direction.PURCHASE, "E1", "A00297")
    assert bought.invoice.total_fen == -100000


def test_read_cumcm__unpacked_tables__same_book(tables: Path) -> None:
    packed = read_cumcm(tables)
    for path in list(tables.glob("*.gz")):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert read_cumcm(tables) == packed


def test_read_cumcm__careful_path__same_records(tables: Path) -> None:
    fast = list(iter_cumcm(tables))
    pack(tables / "invoices_sales.csv.gz", HEADER, ["", *SALES])  # a blank line sends the block the careful way
    assert list(iter_cumcm(tables)) == fast


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("E1,1,2017-08-04,B1,NaN,0.00,0.00,valid", "amount"),
        ("E1,1,2017-08-04,B1,1.00,1e18,0.00,valid", "tax"),
        ("E1,1,2017-08-04,B1,1.00,0.00,1000000000000000000.00,valid", "total"),
        ("E1,1,04.08.2017,B1,1.00,0.00,1.00,valid", "date"),
        ("E1,1,2017-13-04,B1,1.00,0.00,1.00,valid", "date"),
        (",1,2017-08-04,B1,1.00,0.00,1.00,valid", "enterprise_id"),
        ("E1,1,2017-08-04, B1,1.00,0.00,1.00,valid", "counterparty_id"),
        ("E1,1 ,2017-08-04,B1,1.00,0.00,1.00,valid", "invoice_no"),
        ("E1,1,2017-08-04,B1,1.00,0.00,1.00,作废发票", "status"),
        ("E1,1,2017-08-04,B1,1.00,0.00,1.00", ""),
    ],
)
def test_read_cumcm__bad_row__table_line_and_field_named(tables: Path, row: str, field: str) -> None:
    pack(tables / "invoices_purchase.csv.gz", HEADER, [*PURCHASES, row])
    with pytest.raises(InvalidTable) as caught:
        read_cumcm(tables)
    assert (caught.value.file, caught.value.line, caught.value.field) == ("invoices_purchase.csv.gz", 3, field)


def test_read_cumcm__table_missing__said(tables: Path) -> None:
    assert is_cumcm_folder(tables)
    (tables / "invoices_purchase.csv.gz").unlink()
    assert not is_cumcm_folder(tables)
    with pytest.raises(InvalidTable, match="invoices_purchase"):
        read_cumcm(tables)


def test_load_labels__both__by_enterprise(tables: Path) -> None:
    assert load_labels(tables) == {
        "E1": LoanLabel(enterprise="E1", rating="A", defaulted=False),
        "E2": LoanLabel(enterprise="E2", rating="D", defaulted=True),
    }


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        (["E1,x,A,0", "E1,x,A,0"], "enterprise_id"),
        (["E1,x,E,0"], "credit_rating"),
        (["E1,x,A,2"], "default"),
        (["E1,A,0"], ""),
    ],
)
def test_load_labels__bad_row__named(tables: Path, rows: list[str], field: str) -> None:
    pack(tables / "enterprises.csv.gz", LABEL_HEADER, rows)
    with pytest.raises(InvalidTable) as caught:
        load_labels(tables)
    assert caught.value.field == field
    assert caught.value.line == len(rows) + 1


def test_features__names__hold_no_label_or_rating() -> None:
    assert not [spec.name for spec in FEATURES if "rating" in spec.name or "default" in spec.name]


def test_loans__written__read_back(tmp_path: Path) -> None:
    path = tmp_path / "loans.csv"
    write_loans(path, {"A": True, "B": False})
    assert path.read_text() == "subject,defaulted\nA,1\nB,0\n"
    assert read_loans(path) == {"A": True, "B": False}


@pytest.mark.parametrize(
    ("content", "field", "line"),
    [
        ("", "", 0),
        ("subject,defaulted\n", "", 0),
        ("subject,default\nA,1\n", "header", 1),
        ("subject,defaulted\nA,1\nA,0\n", "subject", 3),
        ("subject,defaulted\nA,yes\n", "defaulted", 2),
        ("subject,defaulted\nA,NaN\n", "defaulted", 2),
        ("subject,defaulted\nA\n", "", 2),
    ],
)
def test_loans__bad_table__named(tmp_path: Path, content: str, field: str, line: int) -> None:
    path = tmp_path / "loans.csv"
    path.write_text(content)
    with pytest.raises(InvalidTable) as caught:
        read_loans(path)
    assert (caught.value.file, caught.value.field, caught.value.line) == ("loans.csv", field, line)


@pytest.mark.skipif(
    "TRUSTSPACE_CUMCM" not in os.environ, reason="set TRUSTSPACE_CUMCM to the folder of the real tables"
)
def test_read_cumcm__the_real_tables__counts_of_their_readme() -> None:
    folder = Path(os.environ["TRUSTSPACE_CUMCM"])
    book = read_cumcm(folder)
    assert book.census == Census(
        read=373_431,
        duplicates=803 + 4_436,
        repeated_numbers=818 + 4_437,
        void=7_608 + 11_206,
        red_letter=1_881 + 8_556,
        inconsistent=3,
    )
    labels = load_labels(folder)
    assert set(book.by_subject()) == set(labels)
    assert sum(label.defaulted for label in labels.values()) == 27
