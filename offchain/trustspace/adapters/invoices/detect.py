"""What a file is, told from its content; names are never believed."""

from __future__ import annotations

from enum import StrEnum

from trustspace.adapters.invoices import chinese, cii, csv_export, cumcm, ubl
from trustspace.errors import UnreadableInvoice

HEAD_BYTES = 1024
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"


class Format(StrEnum):
    UBL_INVOICE = "ubl-invoice"
    UBL_CREDIT_NOTE = "ubl-creditnote"
    CII = "cii"
    HYBRID_PDF = "facturx-pdf"
    CN_FULLY_DIGITAL = "cn-fully-digital"
    CN_VAT_2019 = "cn-vat-2019"
    OFD = "ofd"
    CSV_EXPORT = "csv-export"
    CUMCM = "cumcm"
    XML = "xml"
    UNKNOWN = "unknown"

    @property
    def is_table(self) -> bool:
        return self in {Format.CSV_EXPORT, Format.CUMCM}

    @property
    def is_chinese(self) -> bool:
        return self in {Format.CN_FULLY_DIGITAL, Format.CN_VAT_2019, Format.OFD}

    @property
    def is_ubl(self) -> bool:
        return self in {Format.UBL_INVOICE, Format.UBL_CREDIT_NOTE}


ROOTS = {
    ubl.INVOICE: Format.UBL_INVOICE,
    ubl.CREDIT_NOTE: Format.UBL_CREDIT_NOTE,
    cii.ROOT: Format.CII,
    chinese.FULLY_DIGITAL: Format.CN_FULLY_DIGITAL,
    chinese.VAT_2019: Format.CN_VAT_2019,
    chinese.VAT_2019_PLAIN: Format.CN_VAT_2019,
}
_HEADERS = {",".join(csv_export.HEADER): Format.CSV_EXPORT, ",".join(cumcm.HEADER): Format.CUMCM}


def detect(head: bytes) -> Format:
    """Format by the first bytes of a file: XML stays `XML` until its root is known (`format_of_root`).

    Raises UnreadableInvoice (TS-FORMAT) with what the file seems to be.
    """
    if b"%PDF-" in head[:HEAD_BYTES]:
        return Format.HYBRID_PDF
    if head.startswith(_ZIP):
        return Format.OFD
    if head.startswith(_GZIP):
        head = _unpacked(head)
    text = head
    for bom in _BOMS:
        text = text.removeprefix(bom)
    text = text.replace(b"\0", b"").lstrip()
    if text.startswith(b"<"):
        return Format.XML
    first = text.partition(b"\n")[0].strip().decode("utf-8", errors="replace").replace('"', "")
    table = _HEADERS.get(first)
    if table is not None:
        return table
    kind = "of no known format" if text else "empty"
    remedy = "give UBL, CII, Factur-X, a Chinese e-invoice or a table of the documented layout"
    raise UnreadableInvoice(f"is {kind}", rule="TS-FORMAT", remedy=remedy)


def format_of_root(tag: str) -> Format:
    """Format by the root element. Raises UnreadableInvoice (TS-FORMAT)."""
    found = ROOTS.get(tag)
    if found is None:
        raise UnreadableInvoice(
            f"is XML with the root {tag[:120]}, no invoice",
            rule="TS-FORMAT",
            remedy="give UBL, CII or a Chinese e-invoice",
        )
    return found


def _unpacked(head: bytes) -> bytes:
    import zlib

    try:
        return zlib.decompressobj(31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""


def profile_name(profile: str) -> str:
    """Short name of a specification identifier (BT-24)."""
    lowered = profile.strip().lower()
    for word, name in _PROFILES:
        if word in lowered:
            return name
    return "en16931" if lowered.startswith("urn:cen.eu:en16931") else ""


_PROFILES = (
    ("extension:xrechnung", "xrechnung-extension"),
    ("xrechnung", "xrechnung"),
    ("peppol.eu:2017:poacc:billing:3.0", "peppol-bis-3"),
    ("factur-x.eu:1p0:minimum", "facturx-minimum"),
    ("factur-x.eu:1p0:basicwl", "facturx-basicwl"),
    ("factur-x.eu:1p0:basic", "facturx-basic"),
    ("factur-x.eu:1p0:extended", "facturx-extended"),
    ("zugferd", "zugferd"),
)
