"""One file in, one report out: format, verdict with its rules, hash of the canonical bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.adapters.invoices.cii import read_cii
from trustspace.adapters.invoices.csv_export import iter_export
from trustspace.adapters.invoices.cumcm import TABLES, CumcmLayout
from trustspace.adapters.invoices.detect import Format, detect, format_of_root, profile_name
from trustspace.adapters.invoices.extra import need
from trustspace.adapters.invoices.facturx_pdf import MAX_PDF_BYTES, embedded_xml
from trustspace.adapters.invoices.ofd import MAX_OFD_BYTES, READERS, OfdFile, read_ofd
from trustspace.adapters.invoices.safe_xml import MAX_XML_BYTES, parse_xml
from trustspace.adapters.invoices.settle import settle
from trustspace.adapters.invoices.signatures import Signature, check_signature, not_verified
from trustspace.adapters.invoices.table import read_table
from trustspace.adapters.invoices.ubl import read_ubl
from trustspace.domain.verdicts import Finding, Severity, Verdict
from trustspace.encoding.canonical import canonical_encoder
from trustspace.encoding.canonical_einvoice import einvoice_sha256
from trustspace.errors import InvalidTable, UnreadableInvoice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.etree import _Element

    from trustspace.adapters.invoices.draft import Draft
    from trustspace.adapters.invoices.signatures import SignatureReport
    from trustspace.domain.einvoices import EInvoice
    from trustspace.domain.invoices import Record

_HEAD = 4096
OFD_SIGNATURE = "no maintained library reads the SM2 seals of OFD (GB/T 38540)"
_HARMFUL = ("TS-AMOUNT", "TS-DATE", "TS-TEXT", "TS-LIMIT", "TS-REPEATED")
"""Findings that make a document unfit for the rule engine: it would read what the reader refused."""


class Rules(StrEnum):
    """Which published rules are run besides the arithmetic, which is always checked."""

    EN16931 = "en16931"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is said about one file. `invoice` is None for tables and for what cannot be read."""

    format: Format
    profile: str = ""
    verdict: Verdict
    invoice: EInvoice | None = None
    invoices: int = 0
    canonical_sha256: str | None = None
    signature: Signature = Signature.NONE


def check_file(path: Path, rules: Rules = Rules.EN16931, *, trust: Path | None = None) -> Report:
    """Read and check one file of any known format. `trust`: roots (PEM) to which a signer's certificate must lead.

    Raises OSError when it cannot be opened, ToolMissing when the extra `invoices` is not installed.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    found = Format.UNKNOWN
    try:
        found = detect(head)
        if found.is_table:
            return _check_table(path, found)
        limit = {Format.HYBRID_PDF: MAX_PDF_BYTES, Format.OFD: MAX_OFD_BYTES}.get(found, MAX_XML_BYTES)
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
        return check_document(raw, rules, trust=trust)
    except UnreadableInvoice as error:
        return _refused(found, error)


def check_document(raw: bytes, rules: Rules = Rules.EN16931, *, trust: Path | None = None) -> Report:
    """Check the bytes of an XML document, an OFD or a hybrid PDF."""
    found = Format.UNKNOWN
    try:
        found = detect(raw[:_HEAD])
        if found is Format.OFD:
            return _check_ofd(raw)
        if found is Format.HYBRID_PDF:
            raw = embedded_xml(raw)
            root = parse_xml(raw)
            format_of_root(root.tag)
        else:
            root = parse_xml(raw)
            found = format_of_root(root.tag)
        return _signed(_check_root(root, found, rules), check_signature(raw, trust))
    except UnreadableInvoice as error:
        return _refused(found, error)


def _refused(found: Format, error: UnreadableInvoice) -> Report:
    message = f"{error.message} ({error.remedy})"
    return Report(format=found, verdict=Verdict(findings=(Finding(error.rule, message),)))


def _check_ofd(raw: bytes) -> Report:
    file = OfdFile(raw)
    report = _report(Format.OFD, read_ofd(file))
    return _signed(report, not_verified(OFD_SIGNATURE)) if file.is_signed else report


def _check_root(root: _Element, found: Format, rules: Rules) -> Report:
    if found.is_chinese:
        return _report(found, READERS[str(root.tag)](root))
    is_ubl = format_of_root(root.tag).is_ubl
    draft = read_ubl(root) if is_ubl else read_cii(root)
    report = _report(found, draft)
    if rules is Rules.NONE or any(item.rule in _HARMFUL for item in report.verdict.findings):
        return report
    from trustspace.adapters.invoices.en16931 import check_official

    xml = need("lxml.etree").tostring(root, encoding="unicode")
    return _with(report, *check_official(xml, is_ubl=is_ubl, profile=draft.profile))


def _report(found: Format, draft: Draft) -> Report:
    reading = settle(draft)
    invoice = reading.invoice
    return Report(
        format=found,
        profile=profile_name(draft.profile),
        verdict=Verdict(findings=reading.findings),
        invoice=invoice,
        invoices=int(invoice is not None),
        canonical_sha256=None if invoice is None else einvoice_sha256(invoice),
    )


def _signed(report: Report, signature: SignatureReport) -> Report:
    report = replace(report, signature=signature.state)
    return report if signature.finding is None else _with(report, signature.finding)


def _with(report: Report, *findings: Finding) -> Report:
    return replace(report, verdict=Verdict(findings=(*report.verdict.findings, *findings)))


def _check_table(path: Path, found: Format) -> Report:
    """A table's hash: SHA-256 over the canonical bytes (version 1) of its rows, each after its length in four bytes."""
    encode, digest = canonical_encoder(), sha256()
    rows = inconsistent = 0
    try:
        for _, invoice in _records(path, found):
            rows += 1
            inconsistent += abs(invoice.amount_fen + invoice.tax_fen - invoice.total_fen) > 1
            raw = encode(invoice)
            digest.update(len(raw).to_bytes(4, "big") + raw)
    except InvalidTable as error:
        return Report(format=found, verdict=Verdict(findings=(Finding("TS-TABLE", str(error)),)))
    findings = []
    if inconsistent:
        message = f"net and tax miss the total by more than a fen in {inconsistent} of {rows} rows"
        findings.append(Finding("TS-SUM", message, Severity.WARNING))
    return Report(
        format=found, verdict=Verdict(findings=tuple(findings)), invoices=rows, canonical_sha256=digest.hexdigest()
    )


def _records(path: Path, found: Format) -> Iterator[Record]:
    if found is Format.CSV_EXPORT:
        return iter_export(path)
    stem = path.name.partition(".")[0]
    direction = dict(TABLES).get(stem)
    if direction is None:
        known = " or ".join(name for name, _ in TABLES)
        message = "does not say whether it holds sales or purchases"
        raise InvalidTable(message, file=path.name, remedy=f"name it {known}")
    return read_table(path, CumcmLayout(path.name, direction))
