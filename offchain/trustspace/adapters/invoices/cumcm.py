"""The published tables of the 2020 CUMCM problem C: real invoices of 123 small firms, in one folder.

    enterprises.csv.gz          enterprise_id, name_masked, credit_rating, default
    invoices_purchase.csv.gz    enterprise_id, invoice_no, date, counterparty_id, amount, tax, total, status
    invoices_sales.csv.gz       the same columns; amount is net of tax, yuan

Files may also lie there unpacked (.csv). Labels and ratings are read by a function of their own, apart from records.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.adapters.invoices.fields import parse_amount, parse_date, parse_number, parse_party, parse_word
from trustspace.adapters.invoices.table import (
    AMOUNT,
    DATE,
    NUMBER,
    PARTY,
    Layout,
    line_pattern,
    read_book,
    read_rows,
    read_table,
)
from trustspace.domain.invoices import BookStatus, Direction, Invoice, InvoiceBook, InvoiceKind, Record
from trustspace.errors import InvalidTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustspace.adapters.invoices.fields import Place

HEADER = ("enterprise_id", "invoice_no", "date", "counterparty_id", "amount", "tax", "total", "status")
LABEL_HEADER = ("enterprise_id", "name_masked", "credit_rating", "default")
STATUSES = {"valid": BookStatus.VALID, "void": BookStatus.VOID}
RATINGS = {grade: grade for grade in "ABCD"}
DEFAULTS = {"0": False, "1": True}
TABLES = (("invoices_sales", Direction.SALE), ("invoices_purchase", Direction.PURCHASE))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLabel:
    """How an enterprise's loan ended, and the bank's own rating. Neither may reach the features."""

    enterprise: str
    rating: str
    defaulted: bool


def iter_cumcm(folder: Path | str) -> Iterator[Record]:
    """Records of both tables, sales first, duplicates included. Raises InvalidTable at the first bad row."""
    for stem, direction in TABLES:
        path = _find(Path(folder), stem)
        yield from read_table(path, CumcmLayout(path.name, direction))


def read_cumcm(folder: Path | str) -> InvoiceBook:
    """Book over both tables, read to the end before anything is returned. Raises InvalidTable."""
    return read_book(iter_cumcm(folder))


def load_labels(folder: Path | str) -> dict[str, LoanLabel]:
    """Label of each enterprise by its id. Raises InvalidTable, also for an enterprise listed twice."""
    path = _find(Path(folder), "enterprises")
    labels: dict[str, LoanLabel] = {}
    for place, (enterprise, _, rating, default) in read_rows(path, LABEL_HEADER):
        label = LoanLabel(
            enterprise=parse_party(enterprise, place, "enterprise_id"),
            rating=parse_word(rating, RATINGS, place, "credit_rating"),
            defaulted=parse_word(default, DEFAULTS, place, "default"),
        )
        if label.enterprise in labels:
            raise place.error("enterprise_id", f"{label.enterprise} is listed twice", "keep one row of each")
        labels[label.enterprise] = label
    return labels


def is_cumcm_folder(folder: Path | str) -> bool:
    """Whether a folder holds both invoice tables of this layout."""
    return all(any(path.is_file() for path in _candidates(Path(folder), stem)) for stem, _ in TABLES)


def _candidates(folder: Path, stem: str) -> tuple[Path, Path]:
    return folder / f"{stem}.csv.gz", folder / f"{stem}.csv"


def _find(folder: Path, stem: str) -> Path:
    for path in _candidates(folder, stem):
        if path.is_file():
            return path
    raise InvalidTable(
        f"there is no {stem}.csv.gz", file=str(folder), remedy="point to the folder that holds the three CUMCM tables"
    )


class CumcmLayout(Layout):
    """Eight columns of one table; the direction is the table's."""

    header = HEADER
    reference = "docs/reference-csv-layout.md"
    pattern = line_pattern(PARTY, NUMBER, DATE, PARTY, AMOUNT, AMOUNT, AMOUNT, f"({'|'.join(STATUSES)})")

    def __init__(self, file: str, direction: Direction) -> None:
        super().__init__(file)
        self.direction = direction

    def fast_rows(self, rows: list[tuple[str, ...]], first_line: int) -> Iterator[Record]:
        parties, dates, kind, statuses = self._parties, self._dates, InvoiceKind.UNSTATED, STATUSES
        direction, bought = self.direction, self.direction is Direction.PURCHASE
        for line, (who, number, when, other, net, tax, total, state) in enumerate(rows, first_line):
            subject = parties.get(who) or self.new_party(who, line, "enterprise_id")
            counterparty = parties.get(other) or self.new_party(other, line, "counterparty_id")
            invoice = Invoice(
                counterparty if bought else subject,
                subject if bought else counterparty,
                number,
                dates.get(when) or self.new_date(when, line, "date"),
                int(net.replace(".", "")),
                int(tax.replace(".", "")),
                int(total.replace(".", "")),
                kind,
                "CNY",
                statuses[state],
            )
            yield Record(direction, invoice)

    def careful_row(self, fields: Sequence[str], place: Place) -> Record:
        who, number, when, other, net, tax, total, state = fields
        subject = parse_party(who, place, "enterprise_id")
        number = parse_number(number, place, "invoice_no")
        day = parse_date(when, place, "date")
        counterparty = parse_party(other, place, "counterparty_id")
        bought = self.direction is Direction.PURCHASE
        invoice = Invoice(
            seller=counterparty if bought else subject,
            buyer=subject if bought else counterparty,
            number=number,
            issue_date=day,
            amount_fen=parse_amount(net, place, "amount"),
            tax_fen=parse_amount(tax, place, "tax"),
            total_fen=parse_amount(total, place, "total"),
            status=parse_word(state, STATUSES, place, "status"),
        )
        return Record(direction=self.direction, invoice=invoice)
