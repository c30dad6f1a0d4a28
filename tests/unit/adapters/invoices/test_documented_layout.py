"""The reference pages say what the code does: their examples are read, their tables compared."""

import re
from pathlib import Path

import pytest

from trustspace.adapters.invoices import cumcm
from trustspace.adapters.invoices.csv_export import HEADER, iter_export
from trustspace.adapters.invoices.loans import read_loans
from trustspace.domain.features import FEATURES
from trustspace.domain.invoices import Census
from trustspace.domain.statistics import CELLS
from trustspace.errors import InvalidTable

DOCS = Path(__file__).parents[4] / "docs"
LAYOUT = (DOCS / "reference-csv-layout.md").read_text(encoding="utf-8")
FEATURE_PAGE = (DOCS / "reference-features.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```csv\n(.*?)```", LAYOUT, re.DOTALL)


def rows_of(page: str, heading: str) -> list[list[str]]:
    """Cells of the first table below a heading, without its head."""
    table = page.split(heading, 1)[1].split("\n|", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")[2:] if line.strip("|")]


def test_layout_page__export_example__is_read(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(EXAMPLES[0], encoding="utf-8")
    records = list(iter_export(path))
    assert [record.invoice.total_fen for record in records] == [1116786, -109000, 10001]
    assert records[2].invoice.is_void


def test_layout_page__loan_example__is_read(tmp_path: Path) -> None:
    path = tmp_path / "loans.csv"
    path.write_text(EXAMPLES[1], encoding="utf-8")
    assert list(read_loans(path).values()) == [False, True]


def test_layout_page__columns__are_the_header() -> None:
    columns = [name for row in rows_of(LAYOUT, "`.csv` or `.csv.gz`") for name in re.findall(r"`(\w+)`", row[0])]
    assert tuple(columns) == HEADER


@pytest.mark.parametrize(
    ("field", "cell"),
    [("invoice_no", "5.19614E+19"), ("issue_date", "2024/4/3"), ("status", "已红冲"), ("direction", "SALE")],
)
def test_layout_page__cells_called_refused__are(tmp_path: Path, field: str, cell: str) -> None:
    refused = {row[0].strip("`"): row[3] for row in rows_of(LAYOUT, "`.csv` or `.csv.gz`")}
    assert f"`{cell}`" in refused[field]
    head, row = EXAMPLES[0].split("\n")[:2]
    fields = row.split(",")
    fields[HEADER.index(field)] = cell
    path = tmp_path / "export.csv"
    path.write_text("\n".join([head, ",".join(fields)]), encoding="utf-8")
    with pytest.raises(InvalidTable) as caught:
        list(iter_export(path))
    assert caught.value.field == field


def test_layout_page__counters__are_those_of_the_census() -> None:
    counters = [row[0].strip("`") for row in rows_of(LAYOUT, "### Quirks")]
    assert counters == list(Census.__slots__)


def test_layout_page__cumcm_columns__are_the_headers() -> None:
    invoices, labels = (row[1].strip("`") for row in rows_of(LAYOUT, "## CUMCM"))
    assert invoices == ",".join(cumcm.HEADER)
    assert labels == ",".join(cumcm.LABEL_HEADER)


def test_feature_page__features__are_those_derived() -> None:
    listed = [(row[0].strip("`"), row[1]) for row in rows_of(FEATURE_PAGE, "## Features, schema")]
    assert listed == [(spec.name, spec.unit) for spec in FEATURES]


def test_feature_page__cells__are_those_of_the_vector() -> None:
    listed: list[tuple[str, str, int]] = []
    for name, unit, _, bits, _ in rows_of(FEATURE_PAGE, "## Statistics, schema"):
        first, *last = re.findall(r"`(\w+)`", name)
        stem = first.rstrip("0123456789")
        places = range(int(last[0].removeprefix(stem)) + 1) if last else []
        width = len(first) - len(stem)
        names = [f"{stem}{place:0{width}}" for place in places] or [first]
        listed += [(cell, unit, int(bits)) for cell in names]
    actual = [(cell.name, cell.unit, cell.bound.bit_length() + cell.signed) for cell in CELLS]
    assert [(f"{side}_{name}", unit, bits) for side in ("sales", "purchases") for name, unit, bits in listed] == actual
