"""The layout by hand, beside the encoder."""

from dataclasses import replace
from datetime import date

import pytest

from trustspace.domain.einvoices import Adjustment, EInvoice, Line, Preceding, TaxShare, Totals
from trustspace.domain.parties import Party, PartyId
from trustspace.encoding.canonical_einvoice import einvoice_bytes
from trustspace.errors import InvalidInvoice

INVOICE = EInvoice(
    number="R-1",
    type_code="380",
    issue_date=date(1970, 1, 2),
    due_date=None,
    currency="EUR",
    seller=Party("Nord", "FR", (PartyId("ID", "7"), PartyId("VAT", "FR1"))),
    buyer=Party("Süd", "DE", ()),
    payee=Party("Bank", "", ()),
    totals=Totals(100, 0, 10, 110, 22, 132, 0, 0, -132),
    taxes=(TaxShare("S", "20", 110, 22),),
    adjustments=(Adjustment(True, 10, "S", "20"),),
    preceding=(Preceding("R-0", date(1970, 1, 1)),),
    accounts=("FR76",),
    lines=(Line("1", "Part", "2.5", "C62", "0.4", "1", 100, "S", "20"),),
)


def text(value: str) -> bytes:
    raw = value.encode()
    return len(raw).to_bytes(2, "big") + raw


def whole(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big", signed=value < 0)


def expected() -> bytes:
    out = b"\x02EUR" + text("380") + text("R-1") + whole(2, 4) + whole(0, 4)
    out += text("FR") + text("VAT") + text("FR1") + text("DE") + text("NAME") + text("Süd")
    out += whole(1, 2) + text("Bank")
    out += b"".join(whole(value, 8) for value in (100, 0, 10, 110, 22, 132, 0, 0, -132))
    out += whole(1, 2) + text("S") + text("20") + whole(110, 8) + whole(22, 8)
    out += whole(1, 2) + b"\x01" + whole(10, 8) + text("S") + text("20")
    out += whole(1, 2) + text("R-0") + whole(1, 4)
    out += whole(1, 2) + text("FR76")
    return (
        out
        + whole(1, 2)
        + b"".join([*map(text, ("1", "Part", "2.5", "C62", "0.4", "1")), whole(100, 8), text("S"), text("20")])
    )


def test_einvoice_bytes__documented_layout__is_kept():
    assert einvoice_bytes(INVOICE) == expected()


@pytest.mark.parametrize("change", [{"number": "x" * 70_000}, {"currency": "EURO"}, {"currency": "€"}])
def test_einvoice_bytes__what_does_not_fit__is_refused(change):
    with pytest.raises(InvalidInvoice):
        einvoice_bytes(replace(INVOICE, **change))
