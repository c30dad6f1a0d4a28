"""Field commitments against vectors made by other libraries, and what must not be confused or guessed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustspace.domain.disclosure import CommitmentScheme, InvoiceField
from trustspace.domain.invoices import Invoice, InvoiceKind
from trustspace.encoding.canonical import canonical_bytes, canonical_fields
from trustspace.encoding.commitments import commitment, commitments
from trustspace.encoding.field_commitments import commitment_of, field_hash, field_salts, read_value, value_of
from trustspace.errors import InvalidInvoice, OutOfRange

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "field_openings.json").read_text(encoding="utf-8"))
GOOD = Invoice("seller", "buyer", "12345678", date(2020, 2, 29), 100, 13, 113, InvoiceKind.SPECIAL)


def invoice_of(fields: dict[str, Any]) -> Invoice:
    return Invoice(
        **{**fields, "issue_date": date.fromisoformat(fields["issue_date"]), "kind": InvoiceKind(fields["kind"])}
    )


@pytest.mark.parametrize("item", VECTORS["items"])
def test_vectors__salts_hashes_texts_and_commitment(item: dict[str, Any]) -> None:
    invoice, salt = invoice_of(item["invoice"]), bytes.fromhex(item["salt"])
    values, salts = canonical_fields(canonical_bytes(invoice)), field_salts(salt)
    assert [own.hex() for own in salts] == item["field_salts"]
    hashes = [field_hash(field, salts[field], values[field]) for field in InvoiceField]
    assert [own.hex() for own in hashes] == item["field_hashes"]
    assert [read_value(field, values[field]) for field in InvoiceField] == item["texts"]
    assert [value_of(field, item["texts"][field]) for field in InvoiceField] == list(values)
    assert commitment_of(hashes).hex() == item["commitment"]
    assert commitment(invoice, salt, CommitmentScheme.FIELDS).hex() == item["commitment"]


def test_commitments__of_many__those_of_each() -> None:
    invoices = [GOOD._replace(number=str(1000 + k), amount_fen=k) for k in range(5)]
    salts = bytes(range(160))
    each = [commitment(i, salts[32 * k : 32 * k + 32], CommitmentScheme.FIELDS) for k, i in enumerate(invoices)]
    assert commitments(invoices, salts, CommitmentScheme.FIELDS) == each


def test_commitments__the_two_schemes__never_meet() -> None:
    assert commitment(GOOD, bytes(32)) == commitment(GOOD, bytes(32), CommitmentScheme.WHOLE)
    assert commitment(GOOD, bytes(32)) != commitment(GOOD, bytes(32), CommitmentScheme.FIELDS)


def test_commitment__any_field_or_the_salt_changed__another() -> None:
    changes: list[dict[str, Any]] = [
        {"seller": "sellers"}, {"buyer": "buyers"}, {"number": "1"}, {"issue_date": date(2020, 3, 1)},
        {"amount_fen": 101}, {"tax_fen": 14}, {"total_fen": 114}, {"kind": InvoiceKind.ORDINARY},
    ]  # fmt: skip
    found = {commitment(GOOD._replace(**change), bytes(32), CommitmentScheme.FIELDS) for change in [{}, *changes]}
    assert len(found) == len(InvoiceField) + 1
    assert commitment(GOOD, bytes(31) + b"1", CommitmentScheme.FIELDS) not in found


def test_commitment__values_swapped_between_fields__another() -> None:
    one = commitment(GOOD._replace(seller="x", buyer="y"), bytes(32), CommitmentScheme.FIELDS)
    assert one != commitment(GOOD._replace(seller="y", buyer="x"), bytes(32), CommitmentScheme.FIELDS)
    assert field_hash(InvoiceField.AMOUNT, bytes(16), b"v") != field_hash(InvoiceField.TAX, bytes(16), b"v")


def test_salts__of_an_invoice__all_different_and_not_the_invoices_own() -> None:
    salts = field_salts(bytes(32))
    assert len(set(salts)) == len(InvoiceField)
    assert all(len(salt) == 16 and salt not in bytes(32) for salt in salts)


def test_commitments__bad_invoice_or_salts__refused() -> None:
    with pytest.raises(InvalidInvoice):
        commitment(GOOD._replace(amount_fen=10**14), bytes(32), CommitmentScheme.FIELDS)
    with pytest.raises(OutOfRange):
        commitments([GOOD], bytes(31), CommitmentScheme.FIELDS)


@given(st.integers(-(10**13) + 1, 10**13 - 1))
def test_value__amount_as_text__comes_back(fen: int) -> None:
    value = value_of(InvoiceField.AMOUNT, str(fen))
    assert int(read_value(InvoiceField.AMOUNT, value)) == fen


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (InvoiceField.AMOUNT, "1.5"), (InvoiceField.AMOUNT, "+1"), (InvoiceField.AMOUNT, "01"),
        (InvoiceField.AMOUNT, "-0"), (InvoiceField.AMOUNT, str(2**63)), (InvoiceField.AMOUNT, "١"),
        (InvoiceField.DATE, "2020-02-30"), (InvoiceField.DATE, "20200229"), (InvoiceField.DATE, "1969-12-31"),
        (InvoiceField.DATE, "2149-06-07"), (InvoiceField.KIND, "special"), (InvoiceField.KIND, "special USD"),
        (InvoiceField.KIND, "SPECIAL CNY"), (InvoiceField.KIND, "other CNY"), (InvoiceField.NUMBER, "１２"),
        (InvoiceField.NUMBER, ""), (InvoiceField.SELLER, " x"), (InvoiceField.BUYER, "x" * 65),
        (InvoiceField.SELLER, "e\u0301"),
    ],
)  # fmt: skip
def test_value__another_spelling__refused(field: InvoiceField, text: str) -> None:
    with pytest.raises(InvalidInvoice, match=field.label):
        value_of(field, text)
