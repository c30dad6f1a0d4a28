import gzip
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.adapters.invoices.csv_export import (
    HEADER,
    ExportLayout,
    iter_export,
    read_export,
    write_export,
    yuan,
)
from trustspace.adapters.invoices.fields import Place
from trustspace.adapters.invoices.table import split_row
from trustspace.adapters.invoices.text import BLOCK_BYTES, MAX_LINE_BYTES
from trustspace.domain.invoices import MAX_AMOUNT_FEN, BookStatus, Direction, Invoice, Record
from trustspace.errors import InvalidTable

HEAD = ",".join(HEADER)
ROW = "91440399N9N19QU00F,sale,51961386,2024-04-03,91440399RWYJXX5008,100.00,13.00,113.00,CNY,valid"
FIELDS = ROW.split(",")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def with_field(name: str, text: str) -> str:
    fields = list(FIELDS)
    fields[HEADER.index(name)] = text
    return ",".join(fields)


def refusal(path: Path, content: bytes | str) -> InvalidTable:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InvalidTable) as caught:
        list(iter_export(path))
    error = caught.value
    assert path.name in error.file
    assert error.remedy
    return error


def test_export__one_row__becomes_a_record(export: Path) -> None:
    export.write_text(f"{HEAD}\n{ROW}\n")
    seller, buyer = FIELDS[0], FIELDS[4]
    expected = Invoice(seller, buyer, "51961386", date(2024, 4, 3), 10000, 1300, 11300)
    assert list(iter_export(export)) == [Record(Direction.SALE, expected)]


def test_export__purchase__subject_is_the_buyer(export: Path) -> None:
    export.write_text(f"{HEAD}\n{with_field('direction', 'purchase')}\n")
    (record,) = iter_export(export)
    assert (record.subject, record.counterparty) == (FIELDS[0], FIELDS[4])
    assert record.invoice.buyer == FIELDS[0]


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{HEAD}\n{ROW}\n",
        f"{HEAD}\r\n{ROW}\r\n",
        f"{HEAD}\n{ROW}",
        f"{HEAD}\n\n{ROW}\n\n",
        f"{HEAD}\n{ROW.replace('91440399RWYJXX5008', chr(34) + '91440399RWYJXX5008' + chr(34))}\n",
        f"{HEAD}\n{ROW.replace('sale', '销项').replace('valid', '正常')}\n",
        f"{HEAD}\n{ROW.replace('100.00', '100').replace('13.00,', '13.0,')}\n",
    ],
)
def test_export__harmless_variants__same_record(export: Path, content: str) -> None:
    export.write_text(content, encoding="utf-8", newline="")
    (record,) = iter_export(export)
    assert record.invoice == Invoice(FIELDS[0], FIELDS[4], "51961386", date(2024, 4, 3), 10000, 1300, 11300)


@pytest.mark.parametrize(("text", "fen"), [("7", 700), ("7.5", 750), ("7.05", 705), ("0", 0), ("00012.3", 1230)])
def test_export__amounts_without_two_decimals__are_yuan_all_the_same(export: Path, text: str, fen: int) -> None:
    export.write_text(f"{HEAD}\n{with_field('net', text)}\n")
    (record,) = iter_export(export)
    assert record.invoice.amount_fen == fen


def test_export__gzip__read(tmp_path: Path) -> None:
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress(f"{HEAD}\n{ROW}\n".encode()))
    assert len(list(iter_export(path))) == 1


def test_export__comma_in_a_quoted_id__kept(export: Path) -> None:
    export.write_text(f"{HEAD}\n{with_field('counterparty', chr(34) + 'Shop, Ltd' + chr(34))}\n")
    (record,) = iter_export(export)
    assert record.counterparty == "Shop, Ltd"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("subject", ""),
        ("subject", " 91440399N9N19QU00F"),
        ("subject", "x" * 65),
        ("counterparty", ""),
        ("counterparty", "a\tb"),
        ("counterparty", "a\u2028b"),
        ("direction", "SALE"),
        ("direction", ""),
        ("invoice_no", ""),
        ("invoice_no", "'51961386"),
        ("invoice_no", "5.19614E+19"),
        ("invoice_no", "51961386\t"),
        ("issue_date", "2024/4/3"),
        ("issue_date", "20240403"),
        ("issue_date", "2024-02-30"),
        ("issue_date", "2023-02-29"),
        ("issue_date", "1969-12-31"),
        ("issue_date", "2149-06-07"),
        ("issue_date", "0000-00-00"),
        ("issue_date", ""),
        ("net", ""),
        ("net", "NaN"),
        ("net", "inf"),
        ("net", "1e5"),
        ("net", "1_000.00"),
        ("net", "１00.00"),
        ("net", "+100.00"),
        ("net", "(100.00)"),
        ("net", " 100.00"),
        ("net", "100.001"),
        ("net", ".50"),
        ("net", "100000000000.00"),
        ("net", "1000000000000000000"),
        ("net", "9" * 41),
        ("tax", "--1.00"),
        ("total", "0x10"),
        ("currency", "USD"),
        ("currency", ""),
        ("status", "ok"),
        ("status", "Valid"),
    ],
)
def test_export__bad_cell__file_line_field_and_remedy_named(export: Path, field: str, text: str) -> None:
    error = refusal(export, f"{HEAD}\n{ROW}\n{ROW}\n{with_field(field, text)}\n{ROW}\n")
    assert (error.line, error.field) == (4, field)
    assert "export.csv, line 4, field" in str(error)


@pytest.mark.parametrize(
    ("amounts", "field"),
    [
        (("-100.00", "13.00", "113.00"), "net"),
        (("100.00", "-13.00", "87.00"), "tax"),
        (("100.00", "13.00", "-113.00"), "tax"),
    ],
)
def test_export__amounts_of_different_signs__refused(export: Path, amounts: tuple[str, ...], field: str) -> None:
    row = ",".join([*FIELDS[:5], *amounts, *FIELDS[8:]])
    error = refusal(export, f"{HEAD}\n{ROW}\n{row}\n")
    assert (error.line, error.field) == (3, field)


def test_export__red_letter__negative_throughout(export: Path) -> None:
    row = ",".join([*FIELDS[:5], "-100.00", "-13.00", "-113.00", *FIELDS[8:]])
    export.write_text(f"{HEAD}\n{row}\n")
    (record,) = iter_export(export)
    assert record.invoice.is_red_letter
    assert (record.invoice.amount_fen, record.invoice.tax_fen) == (-10000, -1300)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (HEAD.replace(",tax", ""), "missing tax"),
        (HEAD + ",bank", "unexpected 'bank'"),
        (HEAD.replace("subject,direction", "direction,subject"), "another order"),
        (HEAD + ",status", "repeated"),
        (HEAD.replace(",", ";"), "missing"),
        (ROW, "missing"),
    ],
)
def test_export__wrong_columns__named(export: Path, header: str, said: str) -> None:
    error = refusal(export, f"{header}\n{ROW}\n")
    assert said in error.message
    assert (error.line, error.field) == (1, "header")
    assert HEAD in error.remedy


@pytest.mark.parametrize("row", [ROW + ",x", ROW.rsplit(",", 1)[0], "合计,,,,,1,2,3", "note"])
def test_export__other_number_of_fields__line_named(export: Path, row: str) -> None:
    assert refusal(export, f"{HEAD}\n{ROW}\n{row}\n").line == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (HEAD.encode(), "no rows"),
        (f"{HEAD}\n\n\n".encode(), "no rows"),
        (f"{HEAD}\n{ROW}\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "Excel"),
        (f'{HEAD}\n"{ROW}\n'.encode(), "quoting"),
        (f"{HEAD}\r{ROW}\r".encode(), "line ending"),
        (f"{HEAD}\n{ROW}\n".encode() + b"x" * (MAX_LINE_BYTES + BLOCK_BYTES), "longer than"),
    ],
)
def test_export__file_of_another_kind__said(export: Path, content: bytes, said: str) -> None:
    assert said in refusal(export, content).message


def test_export__gbk__named_with_its_line(export: Path) -> None:
    row = with_field("counterparty", "深圳市电器有限公司")
    error = refusal(export, f"{HEAD}\n{ROW}\n{row}\n".encode("gbk"))
    assert "GBK" in error.message
    assert error.line == 3
    assert "iconv" in error.remedy


def test_export__damaged_utf8__named_with_its_line(export: Path) -> None:
    error = refusal(export, f"{HEAD}\n{ROW}\n".encode() + b"\xff\xfe\xff\n")
    assert "UTF-8" in error.message
    assert error.line == 3


@pytest.mark.parametrize("cut", [1, 12, 40])
def test_export__cut_gzip__refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "export.csv.gz"
    assert "unpacked" in refusal(path, gzip.compress(f"{HEAD}\n{ROW}\n".encode() * 9)[:cut]).message


def test_export__no_such_file_or_a_folder__refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(InvalidTable) as caught:
            read_export(path)
        assert caught.value.remedy


def test_export__error_late_in_a_large_file__line_is_exact_and_nothing_returned(export: Path) -> None:
    rows = [ROW] * 20_000
    rows[17_654] = with_field("net", "oops")
    error = refusal(export, "\n".join([HEAD, *rows]))
    assert error.line == 17_654 + 2
    with pytest.raises(InvalidTable):
        read_export(export)


def test_export__many_blocks__every_row_once_and_in_order(export: Path) -> None:
    count = 30_000
    lines = [with_field("invoice_no", str(number)) for number in range(1, count + 1)]
    lines[12_345] = lines[12_345].replace("sale", '"sale"')  # one block goes the careful way
    export.write_text("\n".join([HEAD, *lines]) + "\n")
    assert export.stat().st_size > 4 * BLOCK_BYTES
    assert [record.invoice.number for record in iter_export(export)] == [str(n) for n in range(1, count + 1)]


IDS = st.text('AZ09张é·.-,"', min_size=1, max_size=12)
AMOUNTS = st.integers(0, MAX_AMOUNT_FEN // 2)


@st.composite
def exported_records(draw: st.DrawFn) -> Record:
    sign = draw(st.sampled_from([1, -1]))
    invoice = Invoice(
        draw(IDS),
        draw(IDS),
        draw(st.text("019AZaz-", min_size=1, max_size=40)),
        draw(st.dates(date(1970, 1, 1), date(2149, 6, 6))),
        sign * draw(AMOUNTS),
        sign * draw(AMOUNTS),
        sign * draw(AMOUNTS),
        status=draw(st.sampled_from(list(BookStatus))),
    )
    return Record(draw(st.sampled_from(list(Direction))), invoice)


@settings(max_examples=60, deadline=None)
@given(st.lists(exported_records(), min_size=1, max_size=12))
def test_write_export__any_records__read_back(records: list[Record]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        assert write_export(path, records) == len(records)
        assert list(iter_export(path)) == records


@given(st.integers(-MAX_AMOUNT_FEN, MAX_AMOUNT_FEN))
def test_yuan__any_amount__two_decimals_and_exact(fen: int) -> None:
    text = yuan(fen)
    assert text[-3] == "."
    assert int(text.replace(".", "")) == fen


CELLS = st.one_of(
    st.sampled_from([*FIELDS, "", "0.00", "-0.00", "-1.00", "销项", "purchase", "void", '"', "1e9", "2020-02-30"]),
    st.text(max_size=6),
    st.text("-.0123456789", max_size=15),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(CELLS, min_size=9, max_size=11))
def test_fast_path__any_row__is_the_careful_path(cells: list[str]) -> None:
    """The regular expression may accept less than the careful parser; what it accepts must come out the same."""
    line = ",".join(cells)
    rows = ExportLayout.pattern.findall(line + "\n")
    if len(rows) != (line + "\n").count("\n"):
        return
    place = Place("f", 1)
    outcomes: list[object] = []
    for read in (
        lambda: next(iter(ExportLayout("f").fast_rows(rows, 1))),
        lambda: ExportLayout("f").careful_row(split_row(line, place), place),
    ):
        try:
            outcomes.append(read())
        except InvalidTable as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.lists(CELLS, max_size=12).map(",".join), max_size=8).map(
            lambda lines: "\n".join([HEAD, *lines]).encode(errors="surrogatepass")
        ),
        st.binary(max_size=60).map(lambda tail: f"{HEAD}\n{ROW}\n".encode() + tail),
    ),
    st.booleans(),
)
def test_export__any_bytes__records_or_invalid_table(content: bytes, packed: bool) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / ("f.csv.gz" if packed else "f.csv")
        path.write_bytes(content)
        try:
            records = list(iter_export(path))
        except InvalidTable as error:
            outcome = (bool(error.file), bool(error.remedy))
        else:
            outcome = (bool(records), all(isinstance(record, Record) for record in records))
        assert outcome == (True, True)
