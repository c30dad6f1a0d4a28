"""Canonical bytes of an e-invoice, version 2 of the canonical layouts (version 1: encoding/canonical.py).

The same invoice gives the same bytes whatever syntax it was written in. Integers are big endian. `text` is a uint16
length in bytes and UTF-8 (Unicode normal form C, blanks trimmed and collapsed); `list` is a uint16 count and its
items; `day` is a uint32: 0 for none, else days since 1970-01-01 plus one; `sum` is an int64 of minor units; `decimal`
is a text in shortest form ("12.5"); `party` is text country, text scheme, text value of what names it best
(`Party.identity`).

    field        type
    version      uint8 = 2
    currency     3 bytes, ISO 4217
    type         text, code of UNTDID 1001
    number       text
    issued, due  day, day
    seller       party
    buyer        party
    payee        list of text, its name: none or one
    totals       9 sums: lines, allowances, charges, net, tax, gross, prepaid, rounding, due
    taxes        list of (text category, decimal rate, sum net, sum tax), sorted
    adjustments  list of (uint8 is charge, sum amount, text category, decimal rate), sorted
    preceding    list of (text number, day), sorted
    accounts     list of text, sorted
    lines        list of (text number, text name, decimal quantity, text unit, decimal price, decimal price quantity,
                 sum net, text category, decimal rate), in document order

Notes, addresses, contacts, order references and attachments are not part of it, nor a party's further ids and its name
where an id names it: two syntaxes of one invoice often differ in them.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.domain.invoices import FIRST_DAY
from trustspace.errors import InvalidInvoice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from trustspace.domain.einvoices import EInvoice
    from trustspace.domain.parties import Party

VERSION = 2
_EPOCH = FIRST_DAY.toordinal() - 1
_COUNT = struct.Struct(">H").pack
_DAY = struct.Struct(">I").pack
_SUM = struct.Struct(">q").pack
_TOTALS = struct.Struct(">9q").pack


def einvoice_bytes(invoice: EInvoice) -> bytes:
    """Bytes of the layout above. Raises InvalidInvoice for what does not fit its fields."""
    try:
        return b"".join(_parts(invoice))
    except (struct.error, UnicodeEncodeError, OverflowError) as error:
        raise InvalidInvoice(
            f"cannot be encoded: {error}", where=f"invoice {invoice.number[:80]!r}", remedy="split it at its source"
        ) from error


def einvoice_sha256(invoice: EInvoice) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return sha256(einvoice_bytes(invoice)).hexdigest()


def _parts(invoice: EInvoice) -> Iterable[bytes]:
    currency = invoice.currency.encode("ascii")
    if len(currency) != 3:
        raise struct.error("a currency has three letters")
    yield bytes([VERSION]) + currency
    yield _texts(invoice.type_code, invoice.number) + _day(invoice.issue_date) + _day(invoice.due_date)
    yield _party(invoice.seller) + _party(invoice.buyer)
    yield _COUNT(0) if invoice.payee is None else _COUNT(1) + _texts(invoice.payee.name)
    yield _TOTALS(*invoice.totals)
    yield _COUNT(len(invoice.taxes))
    for category, rate, net, tax in invoice.taxes:
        yield _texts(category, rate) + _SUM(net) + _SUM(tax)
    yield _COUNT(len(invoice.adjustments))
    for is_charge, amount, category, rate in invoice.adjustments:
        yield bytes([is_charge]) + _SUM(amount) + _texts(category, rate)
    yield _COUNT(len(invoice.preceding))
    for number, day in invoice.preceding:
        yield _texts(number) + _day(day)
    yield _COUNT(len(invoice.accounts)) + _texts(*invoice.accounts)
    yield _COUNT(len(invoice.lines))
    for line in invoice.lines:
        yield _texts(*line[:6]) + _SUM(line.net) + _texts(line.category, line.rate)


def _texts(*texts: str) -> bytes:
    out = b""
    for text in texts:
        raw = text.encode()
        out += _COUNT(len(raw)) + raw
    return out


def _party(party: Party) -> bytes:
    return _texts(party.country, *party.identity)


def _day(day: date | None) -> bytes:
    return _DAY(0 if day is None else day.toordinal() - _EPOCH)
