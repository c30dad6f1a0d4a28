import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.domain.invoices import FIRST_DAY, LAST_DAY, MAX_AMOUNT_FEN, BookStatus, Invoice, InvoiceKind
from trustspace.encoding.canonical import HEADER_BYTES, canonical_bytes, parse_canonical
from trustspace.errors import InvalidInvoice

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "invoices.json").read_text(encoding="utf-8"))
ITEMS = [item for batch in VECTORS["batches"] for item in batch["items"]]

IDS = st.text("AZ09张é·.-", min_size=1, max_size=20)
NUMBERS = st.text("0123456789ABCxyz-", min_size=1, max_size=40)
AMOUNTS = st.integers(-MAX_AMOUNT_FEN, MAX_AMOUNT_FEN)
INVOICES = st.builds(
    Invoice,
    seller=IDS,
    buyer=IDS,
    number=NUMBERS,
    issue_date=st.dates(FIRST_DAY, LAST_DAY),
    amount_fen=AMOUNTS,
    tax_fen=AMOUNTS,
    total_fen=AMOUNTS,
    kind=st.sampled_from(list(InvoiceKind)),
    currency=st.just("CNY"),
    status=st.just(BookStatus.VALID),
)
GOOD = Invoice("seller", "buyer", "12345678", date(2020, 2, 29), 100, 13, 113)


def invoice_of(fields: dict[str, object]) -> Invoice:
    return Invoice(
        **{
            **fields,
            "issue_date": date.fromisoformat(str(fields["issue_date"])),
            "kind": InvoiceKind(int(str(fields["kind"]))),
        }
    )


@pytest.mark.parametrize("item", ITEMS)
def test_canonical_bytes__golden_vector__same_bytes(item: dict[str, object]) -> None:
    assert "0x" + canonical_bytes(invoice_of(item["invoice"])).hex() == item["canonical"]


def test_canonical_bytes__by_hand__each_field_at_its_offset() -> None:
    raw = canonical_bytes(GOOD)
    assert raw[:5] == b"\x01\x00CNY"
    assert int.from_bytes(raw[5:7], "big") == (date(2020, 2, 29) - date(1970, 1, 1)).days == 18321
    assert [int.from_bytes(raw[at : at + 8], "big", signed=True) for at in (7, 15, 23)] == [100, 13, 113]
    assert raw[31:34] == bytes([6, 5, 8])
    assert raw[HEADER_BYTES:] == b"sellerbuyer12345678"


@given(INVOICES)
def test_canonical_bytes__any_invoice__parses_back(invoice: Invoice) -> None:
    assert parse_canonical(canonical_bytes(invoice)) == invoice


@settings(deadline=None)
@given(INVOICES, INVOICES)
def test_canonical_bytes__two_invoices__equal_only_when_the_invoices_are(one: Invoice, other: Invoice) -> None:
    assert (canonical_bytes(one) == canonical_bytes(other)) == (one == other)


def test_canonical_bytes__moved_boundary_between_ids__differs() -> None:
    assert canonical_bytes(GOOD._replace(seller="ab", buyer="c")) != canonical_bytes(
        GOOD._replace(seller="a", buyer="bc")
    )


def test_canonical_bytes__voided_later__same_invoice() -> None:
    assert canonical_bytes(GOOD._replace(status=BookStatus.VOID)) == canonical_bytes(GOOD)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"seller": ""}, "seller"),
        ({"buyer": "x" * 65}, "buyer"),
        ({"buyer": "数" * 22}, "buyer"),
        ({"seller": "\ud800"}, "seller"),
        ({"number": ""}, "number"),
        ({"number": "1" * 41}, "number"),
        ({"number": "１２"}, "number"),
        ({"issue_date": date(1969, 12, 31)}, "issue_date"),
        ({"issue_date": date(2149, 6, 7)}, "issue_date"),
        ({"amount_fen": 10**13}, "amount_fen"),
        ({"tax_fen": -(10**18)}, "tax_fen"),
        ({"total_fen": 1.5}, "total_fen"),
        ({"total_fen": 2**80}, "total_fen"),
        ({"currency": "USD"}, "currency"),
        ({"kind": 7}, "kind"),
    ],
)
def test_canonical_bytes__field_out_of_its_range__named(change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInvoice) as caught:
        canonical_bytes(GOOD._replace(**change))
    assert caught.value.message.startswith(field)
    assert caught.value.remedy


@given(st.binary(max_size=120))
def test_parse_canonical__any_bytes__an_invoice_or_invalid(raw: bytes) -> None:
    try:
        invoice = parse_canonical(raw)
    except InvalidInvoice:
        return
    assert canonical_bytes(invoice) == raw


@given(INVOICES, st.data())
def test_parse_canonical__one_byte_changed__never_the_same_invoice(invoice: Invoice, data: st.DataObject) -> None:
    raw = bytearray(canonical_bytes(invoice))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(InvalidInvoice):
        assert parse_canonical(bytes(raw)) != invoice
