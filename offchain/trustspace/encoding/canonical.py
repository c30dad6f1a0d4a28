"""Canonical bytes of an invoice, version 1: one byte string per invoice, the same in every implementation.

All integers are big endian; strings are UTF-8 without terminator, their lengths stand before them:

    offset  size  field
    0       1     version = 1
    1       1     kind (0 unstated, 1 ordinary, 2 special)
    2       3     currency (ISO 4217, ASCII)
    5       2     issue date (uint16, days since 1970-01-01)
    7       8     net amount, fen (int64)
    15      8     tax, fen (int64)
    23      8     total, fen (int64)
    31      1     length of seller  = s
    32      1     length of buyer   = b
    33      1     length of number  = n
    34      s     seller
    34+s    b     buyer
    34+s+b  n     number

The status is not part of it: an invoice that is voided later is still the same invoice.
"""

from __future__ import annotations

import struct
from datetime import date
from typing import TYPE_CHECKING

from trustspace.domain.invoices import (
    CURRENCY,
    FIRST_DAY,
    LAST_DAY,
    MAX_AMOUNT_FEN,
    MAX_ID_BYTES,
    MAX_NUMBER_LENGTH,
    Invoice,
    InvoiceKind,
    check_invoice,
)
from trustspace.errors import InvalidInvoice

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1
HEADER_BYTES = 34
_HEADER = struct.Struct(">BB3sHqqqBBB")
_EPOCH = FIRST_DAY.toordinal()
_LAST = LAST_DAY.toordinal() - _EPOCH


def canonical_bytes(invoice: Invoice) -> bytes:
    """Bytes of the layout above. Raises InvalidInvoice for a length, range, kind or currency it cannot hold.

    How ids and numbers are spelled is checked where they enter (adapters, `check_invoice`) and by `parse_canonical`.
    """
    return canonical_encoder()(invoice)


def canonical_encoder() -> Callable[[Invoice], bytes]:
    """`canonical_bytes` with its look-ups bound once: for loops over many invoices."""
    pack, epoch, last, widest, longest_id = _HEADER.pack, _EPOCH, _LAST, MAX_AMOUNT_FEN, MAX_ID_BYTES

    def encode(invoice: Invoice) -> bytes:
        seller, buyer, number, day, amount, tax, total, kind, currency, _ = invoice
        try:
            seller_raw, buyer_raw, number_raw = seller.encode(), buyer.encode(), number.encode("ascii")
            sizes = len(seller_raw), len(buyer_raw), len(number_raw)
            days = day.toordinal() - epoch
            if (
                0 < sizes[0] <= longest_id
                and 0 < sizes[1] <= longest_id
                and 0 < sizes[2] <= MAX_NUMBER_LENGTH
                and days <= last
                and -widest <= amount <= widest
                and -widest <= tax <= widest
                and -widest <= total <= widest
                and currency == CURRENCY
                and 0 <= kind <= InvoiceKind.SPECIAL
            ):
                head = pack(VERSION, kind, b"CNY", days, amount, tax, total, *sizes)
                return head + seller_raw + buyer_raw + number_raw
        except (struct.error, UnicodeEncodeError, TypeError, AttributeError):
            pass  # named below
        check_invoice(invoice, where=f"invoice {number!r}")
        raise InvalidInvoice("cannot be encoded", where=f"invoice {number!r}", remedy="give each field its own type")

    return encode


def canonical_fields(raw: bytes) -> tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes]:
    """Seller, buyer, number, date, net, tax, total, and kind with currency: the parts of canonical bytes."""
    buyer, number = HEADER_BYTES + raw[31], HEADER_BYTES + raw[31] + raw[32]
    return (
        raw[HEADER_BYTES:buyer], raw[buyer:number], raw[number:],
        raw[5:7], raw[7:15], raw[15:23], raw[23:31], raw[1:5],
    )  # fmt: skip


def parse_canonical(raw: bytes) -> Invoice:
    """Inverse of `canonical_bytes` (status VALID: it is not encoded). Raises InvalidInvoice for any other bytes."""
    try:
        version, kind, currency, days, amount, tax, total, s, b, n = _HEADER.unpack_from(raw)
        if version != VERSION or len(raw) != HEADER_BYTES + s + b + n:
            raise InvalidInvoice("wrong version or length", remedy="expected version 1 of the canonical layout")
        body = raw[HEADER_BYTES:]
        invoice = Invoice(
            seller=body[:s].decode(),
            buyer=body[s : s + b].decode(),
            number=body[s + b :].decode("ascii"),
            issue_date=date.fromordinal(days + _EPOCH),
            amount_fen=amount,
            tax_fen=tax,
            total_fen=total,
            kind=InvoiceKind(kind),
            currency=currency.decode("ascii"),
        )
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, InvalidInvoice):
            raise
        raise InvalidInvoice("not canonical invoice bytes", remedy="ask the source for the opening again") from error
    check_invoice(invoice)
    return invoice
