import os
from datetime import date
from pathlib import Path

import pytest

from tests.unit.adapters.invoices.chinese_documents import (
    DIGITAL,
    NAMED_ROOT,
    PLAIN_ROOT,
    VAT_2019,
    ofd,
    ofd_with_fields,
    ofd_with_xml,
    page_and_tags,
)
from trustspace.adapters.invoices.check import check_document
from trustspace.adapters.invoices.chinese import iso_day
from trustspace.adapters.invoices.detect import Format
from trustspace.adapters.invoices.signatures import Signature
from trustspace.domain.einvoices import Line, TaxShare
from trustspace.domain.parties import PartyId

SELLER = PartyId("USCC", "91350100M000100Y43")


def test_digital__read__parties_sums_and_taxes_by_rate() -> None:
    report = check_document(DIGITAL.encode())
    invoice = report.invoice
    assert invoice is not None
    assert (report.format, report.verdict.findings) == (Format.CN_FULLY_DIGITAL, ())
    assert (invoice.number, invoice.issue_date, invoice.currency) == ("26352000000012345678", date(2026, 3, 4), "CNY")
    assert (invoice.seller.ids, invoice.seller.name) == ((SELLER,), "福州测试磨坊有限公司")
    assert (invoice.totals.net, invoice.totals.tax, invoice.totals.gross) == (30000, 3300, 33300)
    assert invoice.taxes == (TaxShare("S", "13", 20000, 2600), TaxShare("S", "7", 10000, 700))
    assert invoice.lines[0] == Line("1", "*粮食*黑麦粉", "50", "千克", "4", "1", 20000, "S", "13")
    assert invoice.accounts == ("622200001111",)


def test_vat_2019__as_xml_and_inside_ofd__same_invoice() -> None:
    alone, packed = check_document(VAT_2019.encode()), check_document(ofd_with_xml())
    assert alone.invoice is not None
    assert (alone.format, packed.format) == (Format.CN_VAT_2019, Format.OFD)
    assert alone.invoice.number == "035002000111-00012345"
    assert alone.canonical_sha256 == packed.canonical_sha256


def test_ofd__named_fields_and_tags__make_the_invoice() -> None:
    report = check_document(ofd_with_fields())
    assert report.invoice is not None
    assert report.verdict.findings == ()
    assert report.invoice.totals.gross == 22600
    assert report.invoice.lines == (Line("1", "*粮食*黑麦粉", "50", "", "4", "1", 20000, "S", "13"),)
    assert report.invoice.seller.ids == (SELLER,)


def test_ofd__page_says_another_sum_than_its_data__rejected() -> None:
    page, tags = page_and_tags()
    parts = {"OFD.xml": NAMED_ROOT.replace("200.00", "201.00"), "Doc_0/Pages/Page_0/Content.xml": page}
    report = check_document(ofd({**parts, "Doc_0/Tags/CustomTag.xml": tags}))
    assert not report.verdict.accepted
    assert "TS-OFD" in report.verdict.rules


def test_ofd__signed__present_not_verified_and_never_more() -> None:
    parts = {"OFD.xml": PLAIN_ROOT, "Doc_0/Attachs/a.xml": VAT_2019, "Doc_0/Signs/Sign_0/SignedValue.dat": b"\x30"}
    report = check_document(ofd(parts))
    assert report.signature is Signature.NOT_VERIFIED
    assert report.verdict.accepted
    assert report.verdict.warnings == ("TS-SIGNATURE",)


@pytest.mark.parametrize(
    ("document", "old", "new", "rule"),
    [
        (DIGITAL, ">333.00<", ">334.00<", "BR-CO-15"),
        (DIGITAL, ">33.00<", ">34.00<", "BR-CO-14"),
        (DIGITAL, ">200.00<", ">201.00<", "BR-CO-10"),
        (DIGITAL, "26352000000012345678", "", "BR-02"),
        (DIGITAL, "<IssueTime>2026-03-04</IssueTime>", "<IssueTime>soon</IssueTime>", "TS-DATE"),
        (DIGITAL, ">200.00<", ">NaN<", "TS-AMOUNT"),
        (DIGITAL, ">200.00<", f">1{'0' * 30}<", "TS-AMOUNT"),
        (DIGITAL, ">26.00<", f">{'9' * 50}<", "BR-CO-14"),
        (VAT_2019, "福州测试磨坊有限公司", "", "BR-06"),
        (VAT_2019, ">226.00<", ">225.00<", "BR-CO-15"),
    ],
)
def test_check__one_fault__rejected_by_its_rule(document: str, old: str, new: str, rule: str) -> None:
    assert old in document
    assert rule in check_document(document.replace(old, new, 1).encode()).verdict.rules


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"PK\x03\x04" + bytes(100), "TS-OFD"),
        (ofd_with_xml()[:-40], "TS-OFD"),
        (ofd({"a.xml": "<a/>"}), "TS-OFD"),
        (ofd({"OFD.xml": PLAIN_ROOT}), "TS-OFD"),
        (ofd({"OFD.xml": "<!DOCTYPE a><a/>"}), "TS-XML-DTD"),
        (ofd({"OFD.xml": PLAIN_ROOT, **{f"{n}.png": b"" for n in range(2000)}}), "TS-OFD"),
        (ofd({"OFD.xml": PLAIN_ROOT, "Doc_0/Attachs/a.xml": b"<a>" + bytes(9 << 20)}), "TS-SIZE"),
        (b"PK\x03\x04" + bytes(21 << 20), "TS-SIZE"),
    ],
)
def test_ofd__hostile_or_damaged__refused_by_name(raw: bytes, rule: str) -> None:
    assert check_document(raw).verdict.rules == (rule,)


@pytest.mark.parametrize(
    ("text", "day"),
    [("2020年10月1日", "2020-10-01"), ("20201001", "2020-10-01"), ("2020-10-01 09:08:07", "2020-10-01"), ("x", "x")],
)
def test_iso_day__ways_to_write_a_day__one(text: str, day: str) -> None:
    assert iso_day(text) == day


def test_check__published_ofd_files__accepted_with_what_they_show() -> None:
    folder = os.environ.get("TRUSTSPACE_DATA")
    if not folder:
        pytest.skip("TRUSTSPACE_DATA does not name the folder with the public data")
    reports = [check_document(path.read_bytes()) for path in sorted(Path(folder, "einvoices_cn").glob("*.ofd"))]
    assert [report.verdict.accepted for report in reports] == [True, True]
    digital, old = (report.invoice for report in reports)
    assert digital is not None
    assert old is not None
    assert (digital.number, digital.totals.gross, len(digital.lines)) == ("24112000000048542163", 444900, 1)
    assert (old.number, old.totals.gross, len(old.lines)) == ("050001700111-99999951", 31800, 3)
    assert [report.signature for report in reports] == [Signature.NONE, Signature.NOT_VERIFIED]
