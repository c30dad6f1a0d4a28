from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trustspace.domain.fingerprints import DocumentType, FingerprintKind, InvoiceFacts
from trustspace.domain.ids import ParticipantId, SubjectId
from trustspace.domain.invoices import Invoice
from trustspace.encoding.fingerprints import facts_of, fingerprint_key, folded, key_context, session_operation
from trustspace.errors import InvalidInvoice

STRICT, PARTIES, DIGITS = FingerprintKind.STRICT, FingerprintKind.PARTIES, FingerprintKind.DIGITS
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "fingerprints.json").read_text())
FACTS = InvoiceFacts(
    seller="91330106MA2KC3UB8X",
    buyer="91440300279279350N",
    document=DocumentType.INVOICE,
    number="INV-00420017",
    issue_date=date(2026, 3, 9),
    total_minor=1_130_000,
    currency="CNY",
)


@pytest.mark.parametrize("vector", VECTORS["keys"], ids=lambda vector: vector["name"])
def test_key__published_vectors__equal(vector: dict[str, str | int]) -> None:
    facts = InvoiceFacts(
        seller=str(vector["seller"]),
        buyer=str(vector["buyer"]),
        document=DocumentType(int(vector["document"])),
        number=str(vector["number"]),
        issue_date=date.fromisoformat(str(vector["issue_date"])),
        total_minor=int(vector["total_minor"]),
        currency=str(vector["currency"]),
    )
    for kind in FingerprintKind:
        found = fingerprint_key(kind, facts)
        assert (found.hex() if found else None) == vector[kind.name.lower()]


@pytest.mark.parametrize(
    "number",
    [
        "inv-00420017",
        "ＩＮＶ－００４２００１７",
        " INV- 0042\u00a00017\t",
        "INV–00420017",
        "I\u200bNV-00420017",
        "INV\u2010００420017",
    ],
)
def test_key__other_spelling__same_key(number: str) -> None:
    for kind in FingerprintKind:
        assert fingerprint_key(kind, replace(FACTS, number=number)) == fingerprint_key(kind, FACTS)


@pytest.mark.parametrize(
    "change",
    [
        {"seller": "91330106MA2KC3UB8Y"},
        {"document": DocumentType.CREDIT_NOTE},
        {"number": "INV-00420018"},
        {"number": "INV00420017"},
        {"issue_date": date(2026, 3, 10)},
    ],
)
def test_key__other_strict_field__other_key(change: dict[str, object]) -> None:
    assert fingerprint_key(STRICT, replace(FACTS, **change)) != fingerprint_key(STRICT, FACTS)


def test_key__altered_copies__softer_keys_stay() -> None:
    other_number = replace(FACTS, number="A-1")
    assert fingerprint_key(STRICT, other_number) != fingerprint_key(STRICT, FACTS)
    assert fingerprint_key(PARTIES, other_number) == fingerprint_key(PARTIES, FACTS)
    other_day = replace(FACTS, issue_date=date(2026, 3, 10), number="420017")
    assert fingerprint_key(STRICT, other_day) != fingerprint_key(STRICT, FACTS)
    assert fingerprint_key(DIGITS, other_day) == fingerprint_key(DIGITS, FACTS)
    for change in ({"total_minor": 1}, {"currency": "USD"}, {"buyer": "B"}):
        assert fingerprint_key(PARTIES, replace(FACTS, **change)) != fingerprint_key(PARTIES, FACTS)


@given(st.lists(st.text("ab1", min_size=1, max_size=4), min_size=4, max_size=4))
def test_key__text_moved_between_fields__never_the_same_bytes(texts: list[str]) -> None:
    first = replace(FACTS, seller=texts[0] + texts[1], number=texts[2] + texts[3])
    second = replace(FACTS, seller=texts[0], number=texts[1] + texts[2] + texts[3])
    assert fingerprint_key(STRICT, first) != fingerprint_key(STRICT, second)


def test_digits__number_without_any__no_key() -> None:
    assert fingerprint_key(DIGITS, replace(FACTS, number="ABC")) is None
    assert fingerprint_key(DIGITS, replace(FACTS, number="٠٤٢")) == fingerprint_key(DIGITS, replace(FACTS, number="42"))
    assert fingerprint_key(DIGITS, replace(FACTS, number="000")) is not None


@pytest.mark.parametrize("text", ["", "  ", "\u200b\ufe0f", "\u0378", "\ue000", "\ud800"])
def test_folded__nothing_left_or_unknown_character__refused(text: str) -> None:
    with pytest.raises(InvalidInvoice, match="number"):
        folded("number", text)


def test_folded__accent_that_stood_alone__joins_its_letter() -> None:
    assert folded("number", "A\u00b4 7") == folded("number", "\u00c17") == "\u00e17"


@given(st.text(min_size=1, max_size=20))
@example("T\u00a8")  # a letter and a space that carries an accent
def test_folded__twice__once(text: str) -> None:
    try:
        once = folded("number", text)
    except InvalidInvoice:
        return
    assert folded("number", once) == once


def test_facts_of__red_letter__credit_note() -> None:
    invoice = Invoice("s", "b", "1", date(2026, 1, 2), -100, -13, -113)
    assert facts_of(invoice).document is DocumentType.CREDIT_NOTE
    facts = facts_of(invoice._replace(total_fen=113))
    assert (facts.document, facts.total_minor, facts.seller, facts.number) == (DocumentType.INVOICE, 113, "s", "1")


SELLER = SubjectId("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def test_key_context__layout__as_documented() -> None:
    raw = key_context(chain_id=7, contract=CONTRACT, epoch=3, seller=SELLER)
    assert raw == (7).to_bytes(32, "big") + bytes.fromhex(CONTRACT[2:]) + (3).to_bytes(4, "big") + bytes.fromhex(
        SELLER[2:]
    )


def test_session_operation__any_part_changed__another() -> None:
    base = {"chain_id": 1, "contract": CONTRACT, "bank": ParticipantId(2), "seller": SELLER, "day": 20_000}
    changes = [{}, {"chain_id": 2}, {"contract": SELLER}, {"bank": 3}, {"seller": CONTRACT}, {"day": 20_001}]
    assert len({session_operation(**{**base, **change}) for change in changes}) == len(changes)
