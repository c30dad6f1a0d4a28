"""E-invoices from file to verdict: own small invoices, and the published ones where TRUSTSPACE_DATA names them."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.hostile import KINDS
from bench.rule_tests import rule_tests
from bench.sample_invoices import hybrid, sample
from trustspace.adapters.invoices.check import Rules, check_document, check_file
from trustspace.adapters.invoices.detect import Format, detect
from trustspace.apps.cli import app
from trustspace.domain.parties import PartyId
from trustspace.errors import UnreadableInvoice

ROOT = Path(__file__).parents[4]
DATA = os.environ.get("TRUSTSPACE_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="TRUSTSPACE_DATA does not name the folder of the published invoices")


def rules_of(raw: bytes, rules: Rules = Rules.NONE) -> tuple[str, ...]:
    return check_document(raw, rules).verdict.rules


@pytest.mark.parametrize("rules", list(Rules))
@pytest.mark.parametrize("cii", [False, True])
def test_check_document__valid_invoice__is_accepted(cii, rules):
    report = check_document(sample(cii=cii), rules)
    assert report.verdict.accepted
    assert report.format is (Format.CII if cii else Format.UBL_INVOICE)
    assert report.profile == "en16931"
    assert report.invoice is not None
    assert report.invoice.totals.gross == 3000
    assert report.invoice.seller.identity == PartyId("VAT", "FR40303265045")
    assert report.invoice.buyer.identity == PartyId("NAME", "Atelier Sud")


def test_check_document__two_syntaxes_and_a_pdf__have_one_hash():
    raws = (sample(), sample(cii=True), hybrid(sample(cii=True)), sample().decode().encode("utf-16"))
    assert len({check_document(raw, Rules.NONE).canonical_sha256 for raw in raws}) == 1


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            hybrid(b"", packed=b"z" * 2_000_000 + b"~>", packing=b"ASCII85Decode"), id="the ASCII filter's hundredfold"
        ),
        pytest.param(hybrid(sample(cii=True), catalog=b"%\n" * 2_000_000), id="comments"),
        pytest.param(hybrid(sample(cii=True), catalog=b"/A<" + b"4 " * 1_000_000 + b">"), id="hexadecimal"),
        pytest.param(b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * 110_000, id="objects without a table"),
        pytest.param(b"%PDF-1.7\n" + b"startxref\n" * 210_000, id="beginnings of tables"),
    ],
)
def test_check_document__pdf_that_costs_more_than_an_invoice__is_refused_by_counts(raw):
    assert rules_of(raw) == ("TS-SIZE",)


@pytest.mark.parametrize(
    "other", [sample(number="R-2"), sample(prices=(1000, 251)), sample().replace(b"Part 1", b"Part 9")]
)
def test_check_document__another_invoice__has_another_hash(other):
    first, second = check_document(sample(), Rules.NONE), check_document(other, Rules.NONE)
    assert second.verdict.accepted
    assert first.canonical_sha256 != second.canonical_sha256


@pytest.mark.parametrize("cii", [False, True])
@pytest.mark.parametrize(
    ("stated", "broken"),
    [
        ({"gross": "30.01"}, {"BR-CO-15"}),
        ({"tax": "9.00"}, {"BR-CO-15", "BR-CO-17"}),
        ({"net": "24.00"}, {"BR-CO-10", "BR-CO-15"}),
    ],
)
def test_check_document__sum_off_by_a_cent__names_its_rule(cii, stated, broken):
    assert set(rules_of(sample(cii=cii, **stated))) >= broken


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"<cbc:ID>R-1</cbc:ID>", b"", "BR-02"),
        (b"<cbc:IssueDate>2024-04-03</cbc:IssueDate>", b"", "BR-03"),
        (b">380<", b"><", "BR-04"),
        (b">EUR</cbc:Doc", b"></cbc:Doc", "BR-05"),
        (b">EUR</cbc:Doc", b">EUX</cbc:Doc", "BR-CL-04"),
        (b"Atelier Sud", b" ", "BR-07"),
        (b"2024-04-03", b"2024-02-30", "TS-DATE"),
        (b"2024-04-03", b"2024-04-03+09:00", "TS-DATE"),
        (b"<cbc:ID>R-1</cbc:ID>", b"<cbc:ID>R-1</cbc:ID><cbc:ID>R-2</cbc:ID>", "TS-REPEATED"),
        (b"Atelier Sud", b"x" * 2001, "TS-TEXT"),
    ],
)
def test_check_document__mandatory_field_missing_or_wrong__names_its_rule(old, new, rule):
    raw = sample()
    assert old in raw
    assert rule in rules_of(raw.replace(old, new))


@pytest.mark.parametrize("amount", ["NaN", "INF", "1e30", "1" + "0" * 30, "", "1,000.00", "0x1F", "١٢", "9" * 5000])
def test_check_document__no_amount__is_rejected_without_a_hash(amount):
    report = check_document(sample(gross=amount), Rules.EN16931)
    assert not report.verdict.accepted
    assert set(report.verdict.rules) & {"TS-AMOUNT", "BR-14", "BR-15"}
    assert report.canonical_sha256 is None


def test_check_document__more_decimals_than_the_currency__is_rejected():
    assert "TS-MINOR" in rules_of(sample(gross="30.001"))
    assert rules_of(sample(gross="30.000")) == ()


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b'<!DOCTYPE x [<!ENTITY e "a">]><x>&e;</x>', "TS-XML-DTD"),
        (b"<?xml version='1.0'?><!-- a --><!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>", "TS-XML-DTD"),
        ("<!DOCTYPE x><x/>".encode("utf-16"), "TS-XML-DTD"),
        (b"<a>" * 60 + b"</a>" * 60, "TS-XML-DEPTH"),
        (b"<a/>" * 2, "TS-XML"),
        (b"<x>&bomb;</x>", "TS-XML"),
        (b"<x>\xff</x>", "TS-XML"),
        (b"<r>" + b"<a/>" * 600_000 + b"</r>", "TS-SIZE"),
        (b'<?xml version="1.0" encoding="utf-7"?><x/>', "TS-ENCODING"),
        (b'<?xml version="1.0" encoding="cp037"?><x/>', "TS-ENCODING"),
        (b"<html/>", "TS-FORMAT"),
        (b"PK\x03\x04", "TS-OFD"),
        (b"", "TS-FORMAT"),
        (b"%PDF-1.7 nothing", "TS-PDF"),
        (hybrid(sample(), "letter.xml"), "TS-PDF"),
        (hybrid(b"<!DOCTYPE x><x/>"), "TS-XML-DTD"),
    ],
)
def test_check_document__hostile_or_foreign__is_refused_with_its_rule(raw, rule):
    report = check_document(raw, Rules.NONE)
    assert report.verdict.rules == (rule,)
    assert report.verdict.findings[0].message


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", "peppol-bis-3"),
        ("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "xrechnung"),
        ("urn:example:own", ""),
    ],
)
def test_check_document__customization__names_the_profile(profile, name):
    raw = sample().replace(b"urn:cen.eu:en16931:2017", profile.encode())
    assert check_document(raw, Rules.NONE).profile == name


def test_check_document__wrong_check_digit__warns_only():
    report = check_document(sample().replace(b"FR40303265045", b"FR41303265045"), Rules.NONE)
    assert report.verdict.accepted
    assert report.verdict.warnings == ("TS-ID",)


def test_detect__unknown__says_what_it_seems_to_be():
    with pytest.raises(UnreadableInvoice, match="no known format"):
        detect(b"hello")


def test_check_file__export_table__is_read_and_hashed(tmp_path):
    header = "subject,direction,invoice_no,issue_date,counterparty,net,tax,total,currency,status"
    path = tmp_path / "any.name"
    path.write_text(
        f"{header}\nA,sale,1,2024-04-03,B,1.00,0.10,1.10,CNY,valid\nA,sale,2,2024-04-03,B,1.00,0.10,2,CNY,valid\n"
    )
    report = check_file(path)
    assert (report.format, report.invoices, report.verdict.accepted) == (Format.CSV_EXPORT, 2, True)
    assert report.verdict.warnings == ("TS-SUM",)
    path.write_text(f"{header}\nA,sale,1,2024-04-03,B,NaN,0.10,1.10,CNY,valid\n")
    assert check_file(path).verdict.rules == ("TS-TABLE",)


def test_command__folder_with_a_bad_file__prints_a_line_each_and_answers_1(tmp_path):
    (tmp_path / "good.xml").write_bytes(sample())
    (tmp_path / "bad.xml").write_bytes(sample(gross="1.00"))
    result = CliRunner().invoke(app, ["invoice", "check", str(tmp_path), "--rules", "none"])
    assert result.exit_code == 1
    bad, good = map(json.loads, result.output.splitlines())
    assert (good["verdict"], good["rules"], good["format"]) == ("accepted", [], "ubl-invoice")
    assert (bad["verdict"], bad["rules"]) == ("rejected", ["BR-CO-15", "BR-CO-16"][: len(bad["rules"])])
    assert len(good["canonical_sha256"]) == hashlib.sha256().digest_size * 2
    assert good["seconds"] >= 0


def test_command__all_good__answers_0_and_writes_where_told(tmp_path):
    (tmp_path / "good.xml").write_bytes(sample(cii=True))
    lines = tmp_path / "lines.json"
    result = CliRunner().invoke(app, ["invoice", "check", str(tmp_path / "good.xml"), "--json", str(lines)])
    assert result.exit_code == 0
    assert json.loads(lines.read_text())["verdict"] == "accepted"


@pytest.mark.parametrize("arguments", [["nowhere.xml"], ["--rules", "all", __file__]])
def test_command__misuse__answers_2(arguments):
    command = [sys.executable, "-m", "trustspace.apps.cli", "invoice", "check", *arguments]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


def test_hostile_files__in_a_process_of_their_own__harm_nothing():
    command = [sys.executable, "-m", "bench.hostile_run", str(4 * len(KINDS)), "none"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    figures = json.loads(ended.stdout)
    assert figures["without_reason"] == 0
    assert figures["rejected"] > figures["accepted"]
    assert figures["peak_mb"] < 200


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("einvoices")
    with zipfile.ZipFile(Path(DATA or "", "einvoices", "einvoices.zip")) as archive:
        archive.extractall(folder)
    return folder


@needs_data
def test_published__pairs__have_one_hash(published):
    pairs = [(path, path.with_name(path.name.replace("_ubl", "_uncefact"))) for path in published.rglob("*_ubl.xml")]
    corpus = published / "invoice" / "zugferd-corpus"
    pairs += [
        (path, corpus / "XML-Rechnung_CII" / path.name.replace(".ubl.", ".cii.")) for path in corpus.rglob("*.ubl.xml")
    ]
    pairs = [pair for pair in pairs if pair[1].exists()]
    hashes = [[check_file(path, Rules.NONE).canonical_sha256 for path in pair] for pair in pairs]
    assert len(hashes) == 26
    assert all(first == second is not None for first, second in hashes)
    assert len({first for first, _ in hashes}) > 20


@needs_data
def test_published__whole_invoices__are_judged_as_expected(published):
    with Path(DATA or "", "einvoices", "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["kind"] == "invoice" and row["expected"] != "unlabelled"]
    wrong = [
        row["file"]
        for row in rows
        if check_file(published / row["file"]).verdict.accepted is not row["expected"].startswith("valid")
    ]
    assert wrong == []


@needs_data
def test_published__single_rule_tests__hold(published):
    tests = [test for test in rule_tests(published / "rule_test") if test.is_official]
    assert len(tests) > 500
    assert [f"{test.file}#{test.place}" for test in tests if not test.holds()] == []
