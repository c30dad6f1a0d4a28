"""Commitments whose fields open one by one, scheme 2: what stands in a batch's leaf in place of a hash over everything.

    salts      = SHAKE-256("TDS.SLT2" (8) || salt of the invoice (32)), 128 bytes: 16 for each field, in order
    field hash = SHA-256("TDS.FLD2" (8) || place of the field (1) || its salt (16) || its value)
    commitment = keccak256("TDS.INV2" (8) || the eight field hashes (32 each))

Values are the bytes of the canonical layout: texts in UTF-8, the date in 2, amounts in 8, kind and currency in 4 bytes.

Hiding: the salt of the invoice is 32 secret random bytes, and a sponge over a secret of full length is a pseudorandom
function (FIPS 202, SP 800-185): salts that were shown say nothing about the others. A field hash hides its value behind
128 bits, as RFC 9901 (SD-JWT) asks of a disclosure's salt. Binding: tags, a fixed count of hashes of fixed
length, and the place inside each hash, so that no value can pass for another field's.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256, shake_256
from typing import TYPE_CHECKING

from sha3 import keccak_256

from trustspace.domain.disclosure import InvoiceField
from trustspace.domain.invoices import CURRENCY, FIRST_DAY, InvoiceKind, id_problem, number_problem
from trustspace.encoding.canonical import canonical_encoder, canonical_fields
from trustspace.errors import InvalidInvoice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.invoices import Invoice

TAG = b"TDS.INV2"
SALT_TAG = b"TDS.SLT2"
FIELD_TAG = b"TDS.FLD2"
FIELD_SALT_BYTES = 16
FIELDS = tuple(InvoiceField)
_AMOUNTS = (InvoiceField.AMOUNT, InvoiceField.TAX, InvoiceField.TOTAL)


def field_commitments(invoices: Sequence[Invoice], salts: bytes) -> list[bytes]:
    """Commitments of many invoices; `salts` holds 32 bytes for each. Raises InvalidInvoice naming the first bad one."""
    encode, split, shake, sha, keccak = canonical_encoder(), canonical_fields, shake_256, sha256, keccak_256
    p0, p1, p2, p3, p4, p5, p6, p7 = (FIELD_TAG + bytes([field]) for field in FIELDS)
    tag, salt_tag, found = TAG, SALT_TAG, []
    # Written out: a loop over the fields costs a third more.
    for at, invoice in zip(range(0, len(salts), 32), invoices, strict=True):
        v0, v1, v2, v3, v4, v5, v6, v7 = split(encode(invoice))
        own = shake(salt_tag + salts[at : at + 32]).digest(128)
        found.append(
            keccak(
                tag
                + sha(p0 + own[:16] + v0).digest()
                + sha(p1 + own[16:32] + v1).digest()
                + sha(p2 + own[32:48] + v2).digest()
                + sha(p3 + own[48:64] + v3).digest()
                + sha(p4 + own[64:80] + v4).digest()
                + sha(p5 + own[80:96] + v5).digest()
                + sha(p6 + own[96:112] + v6).digest()
                + sha(p7 + own[112:] + v7).digest()
            ).digest()
        )
    return found


def field_salts(salt: bytes) -> tuple[bytes, ...]:
    """Salts of one invoice's fields, in order."""
    stream = shake_256(SALT_TAG + salt).digest(FIELD_SALT_BYTES * len(FIELDS))
    return tuple(stream[at : at + FIELD_SALT_BYTES] for at in range(0, len(stream), FIELD_SALT_BYTES))


def field_hash(field: InvoiceField, salt: bytes, value: bytes) -> bytes:
    """Hash of one field."""
    return sha256(FIELD_TAG + bytes([field]) + salt + value).digest()


def commitment_of(hashes: Sequence[bytes]) -> bytes:
    """The commitment over eight field hashes."""
    digest: bytes = keccak_256(TAG + b"".join(hashes)).digest()
    return digest


def read_value(field: InvoiceField, value: bytes) -> str:
    """A field's bytes as text: ids as they are, the date by ISO 8601, amounts in fen, kind and currency as words."""
    if field in _AMOUNTS:
        return str(int.from_bytes(value, "big", signed=True))
    if field is InvoiceField.DATE:
        return date.fromordinal(FIRST_DAY.toordinal() + int.from_bytes(value, "big")).isoformat()
    if field is InvoiceField.KIND:
        return f"{InvoiceKind(value[0]).name.lower()} {value[1:].decode('ascii')}"
    return value.decode()


def value_of(field: InvoiceField, text: str) -> bytes:
    """Inverse of `read_value`. Raises InvalidInvoice for a text that is not written by it."""
    try:
        value = _value_of(field, text)
        if read_value(field, value) == text:
            return value
    except (ValueError, KeyError, OverflowError):
        pass  # named below
    raise InvalidInvoice(f"{text[:80]!r} is no {field.label}", where=field.label, remedy="ask for the opening again")


def _value_of(field: InvoiceField, text: str) -> bytes:
    if field in _AMOUNTS:
        return int(text).to_bytes(8, "big", signed=True)
    if field is InvoiceField.DATE:
        return (date.fromisoformat(text) - FIRST_DAY).days.to_bytes(2, "big")
    if field is InvoiceField.KIND:
        kind, currency = text.split(" ")
        if currency != CURRENCY:
            raise ValueError(currency)
        return bytes([InvoiceKind[kind.upper()]]) + currency.encode()
    problem = number_problem(text) if field is InvoiceField.NUMBER else id_problem(text)
    if problem:
        raise ValueError(problem)
    return text.encode()
