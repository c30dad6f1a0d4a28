from datetime import date
from pathlib import Path

import pytest

from tests.unit.adapters.invoices.chinese_documents import DIGITAL, ofd_with_fields
from trustspace.apps.invoice_facts import read_facts
from trustspace.domain.fingerprints import DocumentType, FingerprintKind
from trustspace.encoding.fingerprints import fingerprint_key
from trustspace.errors import InvalidInvoice

EXPORT = (
    "subject,direction,invoice_no,issue_date,counterparty,net,tax,total,currency,status\n"
    "91350100M000100Y43,sale,26352000000012345678,2026-03-04,91110000600037341L,300.00,33.00,333.00,CNY,valid\n"
    "91350100M000100Y43,purchase,00000002,2026-03-04,91110000600037341L,1.00,0.13,1.13,CNY,valid\n"
)


def test_read__document_and_export__same_facts(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(DIGITAL, encoding="utf-8")
    (tmp_path / "b").write_text(EXPORT, encoding="utf-8")
    (one,), (two,) = read_facts(tmp_path / "a"), read_facts(tmp_path / "b")
    assert (one.number, one.issue_date, one.total_minor) == ("26352000000012345678", date(2026, 3, 4), 33300)
    for kind in FingerprintKind:
        assert fingerprint_key(kind, one) == fingerprint_key(kind, two)


def test_read__ofd__its_invoice(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(ofd_with_fields())
    (facts,) = read_facts(tmp_path / "a")
    assert (facts.seller, facts.document, facts.total_minor) == ("91350100M000100Y43", DocumentType.INVOICE, 22600)


def test_read__red_invoice__credit_note_of_a_negative_total(tmp_path: Path) -> None:
    red = DIGITAL
    for amount in ("300.00", "33.00", "333.00", "200.00", "26.00", "110.00", "7.70"):
        red = red.replace(f">{amount}<", f">-{amount}<")
    red = red.replace(">-10.00<", ">10.00<").replace(">-0.70<", ">0.70<").replace(">50<", ">-50<")
    (tmp_path / "a").write_text(red, encoding="utf-8")
    (facts,) = read_facts(tmp_path / "a")
    assert (facts.document, facts.total_minor) == (DocumentType.CREDIT_NOTE, -33300)


def test_read__document_that_does_not_add_up__refused_by_its_rule(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(DIGITAL.replace(">333.00<", ">334.00<"), encoding="utf-8")
    with pytest.raises(InvalidInvoice, match="BR-CO-15"):
        read_facts(tmp_path / "a.xml")
