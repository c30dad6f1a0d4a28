"""OFD (GB/T 33190), the layout format of Chinese invoices: a ZIP of XML, unpacked within limits.

Many files carry the invoice's own XML as an attachment; where they do not, number, parties and sums stand in `OFD.xml`
as custom data, and `CustomTag.xml` says which text of the page is which field.
"""

from __future__ import annotations

import lzma
import re
import zlib
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from trustspace.adapters.invoices.chinese import (
    FULLY_DIGITAL,
    VAT_2019,
    VAT_2019_PLAIN,
    add_line,
    add_taxes,
    iso_day,
    read_fully_digital,
    read_named,
    read_vat_2019,
)
from trustspace.adapters.invoices.safe_xml import parse_xml
from trustspace.domain.verdicts import Finding
from trustspace.errors import UnreadableInvoice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.etree import _Element

    from trustspace.adapters.invoices.draft import Draft

MAX_OFD_BYTES = 20 << 20
MAX_ENTRIES = 2_000
MAX_ENTRY_BYTES = 8 << 20
MAX_UNPACKED_BYTES = 24 << 20
ROOT = "OFD.xml"
READERS = {FULLY_DIGITAL: read_fully_digital, VAT_2019: read_vat_2019, VAT_2019_PLAIN: read_vat_2019}
_OFD = "{http://www.ofdspec.org/2016}"
_REMEDY = "ask the sender for the file as the tax bureau issued it"
_CUSTOM = {
    "发票号码": "number",
    "开票日期": "issued",
    "合计金额": "net",
    "合计税额": "tax",
    "销售方纳税人识别号": "SellerTaxID",
    "购买方纳税人识别号": "BuyerTaxID",
}
_TAGGED = {
    "InvoiceNo": "number",
    "IssueDate": "issued",
    "TaxExclusiveTotalAmount": "net",
    "TaxTotalAmount": "tax",
    "TaxInclusiveTotalAmount": "gross",
    "SellerName": "SellerName",
    "SellerTaxID": "SellerTaxID",
    "BuyerName": "BuyerName",
    "BuyerTaxID": "BuyerTaxID",
}
_MONEY = re.compile(r"-?\d+(?:\.\d+)?")


class OfdFile:
    """The parts of one file, each unpacked when asked for and counted against one budget."""

    def __init__(self, raw: bytes) -> None:
        """Open it. Raises UnreadableInvoice (TS-OFD, TS-SIZE)."""
        if len(raw) > MAX_OFD_BYTES:
            raise UnreadableInvoice(f"is larger than {MAX_OFD_BYTES >> 20} MiB", rule="TS-SIZE", remedy=_REMEDY)
        try:
            self._zip = ZipFile(BytesIO(raw))
        except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise UnreadableInvoice(f"is a damaged ZIP file: {error}"[:300], rule="TS-OFD", remedy=_REMEDY) from error
        self.names = [item.filename for item in self._zip.infolist()]
        if len(self.names) > MAX_ENTRIES or len(set(self.names)) != len(self.names):
            raise UnreadableInvoice("has too many parts, or two of one name", rule="TS-OFD", remedy=_REMEDY)
        if ROOT not in self.names:
            raise UnreadableInvoice(f"is a ZIP file without {ROOT}", rule="TS-OFD", remedy=_REMEDY)
        self._left = MAX_UNPACKED_BYTES

    def part(self, name: str) -> bytes:
        """Bytes of a part. Raises UnreadableInvoice for one that is damaged, encrypted or too large."""
        limit = min(MAX_ENTRY_BYTES, self._left)
        try:
            with self._zip.open(name) as stream:
                raw = stream.read(limit + 1)
        except (BadZipFile, KeyError, RuntimeError, ValueError, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise UnreadableInvoice(
                f"{name} cannot be unpacked: {error}"[:300], rule="TS-OFD", remedy=_REMEDY
            ) from error
        if len(raw) > limit:
            raise UnreadableInvoice(f"{name} unpacks to more than {limit} bytes", rule="TS-SIZE", remedy=_REMEDY)
        self._left -= len(raw)
        return raw

    @property
    def is_signed(self) -> bool:
        """Whether it carries a signature; nobody has verified it."""
        return any(PurePosixPath(name).name in ("SignedValue.dat", "Signature.xml") for name in self.names)


def read_ofd(file: OfdFile) -> Draft:
    """Draft of the attached XML, or of the fields that the file names. Raises UnreadableInvoice."""
    for name in sorted(file.names):
        path = PurePosixPath(name)
        if path.suffix == ".xml" and "Attachs" in path.parts and path.name != "Attachments.xml":
            root = parse_xml(file.part(name))
            reader = READERS.get(str(root.tag))
            if reader is not None:
                return reader(root)
    return _draft_of_fields(file)


def _draft_of_fields(file: OfdFile) -> Draft:
    custom = {
        _CUSTOM[name]: (item.text or "").strip()
        for item in parse_xml(file.part(ROOT)).iter(f"{_OFD}CustomData")
        if (name := item.get("Name", "")) in _CUSTOM
    }
    tagged = _tagged(file)
    stated = {field: " ".join(tagged[tag]) for tag, field in _TAGGED.items() if tag in tagged}
    for field in ("net", "tax", "gross"):
        if field in stated:
            stated[field] = _money(stated[field])
    if not custom.get("number") and not stated.get("number"):
        raise UnreadableInvoice(
            "carries no invoice: neither attached XML nor named fields", rule="TS-OFD", remedy=_REMEDY
        )
    draft = read_named({**stated, **custom})
    for name, value in custom.items():
        if name in stated and iso_day(stated[name]) != iso_day(value):
            message = f"{name} is {value[:40]} in {ROOT} and {stated[name][:40]} on the page"
            draft.problems.append(Finding("TS-OFD", message))
    columns = [tagged.get(tag, []) for tag in ("Amount", "TaxScheme", "TaxAmount")]
    rows = len(columns[0])
    if rows and all(len(column) == rows for column in columns):
        items = tagged.get("Item", [])
        names = ["".join(items)] if rows == 1 else items if len(items) == rows else [""] * rows
        quantities, prices = (_column(tagged, tag, rows) for tag in ("Quantity", "Price"))
        for name, quantity, price, net, rate, tax in zip(names, quantities, prices, *columns, strict=True):
            add_line(draft, name, None, quantity, price, net, rate, tax)
        add_taxes(draft)
    return draft


def _column(tagged: Mapping[str, list[str]], tag: str, rows: int) -> list[str]:
    found = tagged.get(tag, [])
    return found if len(found) == rows else [""] * rows


def _tagged(file: OfdFile) -> dict[str, list[str]]:
    """Texts of the pages by the tag that refers to them, in the order of the tags."""
    texts: dict[str, str] = {}
    for name in file.names:
        if PurePosixPath(name).name == "Content.xml" and "Pages" in PurePosixPath(name).parts:
            for item in parse_xml(file.part(name)).iter(f"{_OFD}TextObject"):
                codes = [code.text or "" for code in item.iter(f"{_OFD}TextCode")]
                texts[item.get("ID", "")] = "".join(codes).strip()
    found: dict[str, list[str]] = {}
    for name in file.names:
        if PurePosixPath(name).name in ("CustomTag.xml", "Tag_Invoice.xml"):
            for tag, reference in _references(parse_xml(file.part(name))):
                if texts.get(reference):
                    found.setdefault(tag, []).append(texts[reference])
    return found


def _references(root: _Element) -> Iterator[tuple[str, str]]:
    for item in root.iter(f"{_OFD}ObjectRef"):
        parent = item.getparent()
        if parent is not None:
            yield str(parent.tag).rpartition("}")[2], (item.text or "").strip()


def _money(text: str) -> str:
    """The number among currency signs and words; the text itself where there is none."""
    found = _MONEY.findall(text.replace(",", ""))
    return found[-1] if found else text
