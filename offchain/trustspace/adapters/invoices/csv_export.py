"""The participants' export layout (docs/reference-csv-layout.md): ten columns, one row per invoice and side."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.adapters.invoices.fields import Place, parse_amount, parse_date, parse_number, parse_party, parse_word
from trustspace.adapters.invoices.table import AMOUNT, DATE, NUMBER, PARTY, Layout, line_pattern, read_book, read_table
from trustspace.domain.invoices import BookStatus, Direction, Invoice, InvoiceBook, InvoiceKind, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HEADER = (
    "subject",
    "direction",
    "invoice_no",
    "issue_date",
    "counterparty",
    "net",
    "tax",
    "total",
    "currency",
    "status",
)
DIRECTIONS = {
    "sale": Direction.SALE,
    "purchase": Direction.PURCHASE,
    "销项": Direction.SALE,
    "进项": Direction.PURCHASE,
}
STATUSES = {"valid": BookStatus.VALID, "void": BookStatus.VOID, "正常": BookStatus.VALID, "作废": BookStatus.VOID}
CURRENCIES = {"CNY": "CNY"}


def iter_export(path: Path | str) -> Iterator[Record]:
    """Records of one export, in file order, duplicates included. Raises InvalidTable at the first bad row."""
    path = Path(path)
    return read_table(path, ExportLayout(path.name))


def read_export(*paths: Path | str) -> InvoiceBook:
    """Book over one or several exports, read to the end before anything is returned. Raises InvalidTable."""
    return read_book(record for path in paths for record in iter_export(path))


def write_export(path: Path | str, records: Iterable[Record]) -> int:
    """Write records in this layout; the number of rows written. The kind of an invoice is not part of it."""
    directions = {Direction.SALE: "sale", Direction.PURCHASE: "purchase"}
    statuses = {BookStatus.VALID: "valid", BookStatus.VOID: "void"}
    rows = 0
    with Path(path).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        for record in records:
            direction, (seller, buyer, number, day, net, tax, total, _, currency, status) = record
            subject, counterparty = (buyer, seller) if direction else (seller, buyer)
            writer.writerow(
                (
                    subject,
                    directions[direction],
                    number,
                    day.isoformat(),
                    counterparty,
                    yuan(net),
                    yuan(tax),
                    yuan(total),
                    currency,
                    statuses[status],
                )
            )
            rows += 1
    return rows


def yuan(fen: int) -> str:
    """Amount with two decimals: -12.05 for -1205 fen."""
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{part:02}"


class ExportLayout(Layout):
    """Ten columns; signs of the three amounts must agree (a red-letter invoice is negative throughout)."""

    header = HEADER
    reference = "docs/reference-csv-layout.md"
    pattern = line_pattern(
        PARTY,
        f"({'|'.join(DIRECTIONS)})",
        NUMBER,
        DATE,
        PARTY,
        AMOUNT,
        AMOUNT,
        AMOUNT,
        "(CNY)",
        f"({'|'.join(STATUSES)})",
    )

    def fast_rows(self, rows: list[tuple[str, ...]], first_line: int) -> Iterator[Record]:
        parties, dates, kind, purchase = self._parties, self._dates, InvoiceKind.UNSTATED, Direction.PURCHASE
        directions, statuses = DIRECTIONS, STATUSES
        new = tuple.__new__  # half the time of calling the classes
        for line, row in enumerate(rows, first_line):
            who, way, number, when, other, net_text, tax_text, total_text, _, state = row
            subject = parties.get(who) or self.new_party(who, line, "subject")
            counterparty = parties.get(other) or self.new_party(other, line, "counterparty")
            day = dates.get(when) or self.new_date(when, line, "issue_date")
            net, tax = int(net_text.replace(".", "")), int(tax_text.replace(".", ""))
            total = int(total_text.replace(".", ""))
            if net * total < 0 or tax * total < 0:
                self.refuse_signs(net, Place(self.file, line))
            direction = directions[way]
            if direction is purchase:
                seller, buyer = counterparty, subject
            else:
                seller, buyer = subject, counterparty
            fields = (seller, buyer, number, day, net, tax, total, kind, "CNY", statuses[state])
            yield new(Record, (direction, new(Invoice, fields)))

    def careful_row(self, fields: Sequence[str], place: Place) -> Record:
        who, way, number, when, other, net_text, tax_text, total_text, currency, state = fields
        subject = parse_party(who, place, "subject")
        direction = parse_word(way, DIRECTIONS, place, "direction")
        number = parse_number(number, place, "invoice_no")
        day = parse_date(when, place, "issue_date")
        counterparty = parse_party(other, place, "counterparty")
        net, tax, total = (
            parse_amount(text, place, field)
            for text, field in ((net_text, "net"), (tax_text, "tax"), (total_text, "total"))
        )
        if net * total < 0 or tax * total < 0:
            self.refuse_signs(net, place)
        seller, buyer = (counterparty, subject) if direction else (subject, counterparty)
        return Record(
            direction=direction,
            invoice=Invoice(
                seller=seller,
                buyer=buyer,
                number=number,
                issue_date=day,
                amount_fen=net,
                tax_fen=tax,
                total_fen=total,
                currency=parse_word(currency, CURRENCIES, place, "currency"),
                status=parse_word(state, STATUSES, place, "status"),
            ),
        )

    def refuse_signs(self, net: int, place: Place) -> None:
        """Raise InvalidTable: an amount is negative where the total is not, or the other way round."""
        field = "net" if net < 0 else "tax"
        raise place.error(
            field,
            "net, tax and total have different signs",
            "a red-letter invoice is negative in all three, any other in none",
        )
