"""Small books for the signals' tests."""

from __future__ import annotations

from datetime import date, timedelta

from trustspace.domain.invoices import BookStatus, Direction, Invoice, Record

FIRST = date(2025, 1, 6)  # a Monday


def sale(
    number: str = "100",
    *,
    seller: str = "S",
    buyer: str = "B",
    day: int = 0,
    total: int = 1_234_567,
    net: int | None = None,
    void: bool = False,
) -> Record:
    net = total if net is None else net
    invoice = Invoice(
        seller=seller,
        buyer=buyer,
        number=number,
        issue_date=FIRST + timedelta(days=day),
        amount_fen=net,
        tax_fen=total - net,
        total_fen=total,
        status=BookStatus.VOID if void else BookStatus.VALID,
    )
    return Record(Direction.SALE, invoice)


def mirror(record: Record) -> Record:
    """The same invoice in the other side's books."""
    return Record(Direction(1 - record.direction), record.invoice)


def purchase(number: str = "100", **fields: object) -> Record:
    return mirror(sale(number, **fields))  # type: ignore[arg-type]
