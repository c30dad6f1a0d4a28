"""XML from strangers: no DTD, no entities, no network, bounded size, nodes and depth.

A document type declaration is refused before the parser sees it: it can only stand before the root element, where
nothing but comments and processing instructions may precede it. The parser is always told UTF-8, so that no declared
encoding chooses how bytes are read.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from trustspace.adapters.invoices.extra import need
from trustspace.errors import UnreadableInvoice

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_XML_BYTES = 16 << 20
MAX_TAGS = 500_000
MAX_ATTRIBUTES = 250_000
MAX_DEPTH = 40
ENCODINGS = ("utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "gb18030", "gbk", "gb2312")

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_REMEDY = "ask the sender for a file as the standard wants it"


def parse_xml(raw: bytes) -> _Element:
    """Root of a document. Raises UnreadableInvoice with the rule that refuses it."""
    etree = need("lxml.etree")
    text = utf8_of(raw)
    check_bounds(text)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
    )
    try:
        root: _Element = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableInvoice(f"is not well-formed XML: {error}", rule="TS-XML", remedy=_REMEDY) from error
    if _is_deep(root):
        raise UnreadableInvoice(f"nests deeper than {MAX_DEPTH} elements", rule="TS-XML-DEPTH", remedy=_REMEDY)
    return root


def utf8_of(raw: bytes) -> bytes:
    """The document in UTF-8 without byte order mark. Raises UnreadableInvoice (TS-ENCODING)."""
    if len(raw) > MAX_XML_BYTES:
        raise UnreadableInvoice(f"is larger than {MAX_XML_BYTES >> 20} MiB", rule="TS-SIZE", remedy=_REMEDY)
    if raw.startswith(_UTF_16):
        return _recoded(raw, "utf-16")
    raw = raw.removeprefix(codecs.BOM_UTF8)
    found = _DECLARED.match(raw)
    name = found[1].decode("ascii") if found else "utf-8"
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        encoding = ""
    if encoding not in ENCODINGS:
        raise UnreadableInvoice(f"declares the encoding {name}", rule="TS-ENCODING", remedy="send it as UTF-8")
    if encoding == "utf-8":
        return raw  # the parser checks it strictly
    return _recoded(raw, encoding)


def _recoded(raw: bytes, encoding: str) -> bytes:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"is not {encoding}: {error.reason}"
        raise UnreadableInvoice(message, rule="TS-ENCODING", remedy="send it as UTF-8") from error
    out = text.encode("utf-8", errors="surrogatepass")
    if len(out) > 2 * MAX_XML_BYTES:
        raise UnreadableInvoice(f"is larger than {MAX_XML_BYTES >> 20} MiB", rule="TS-SIZE", remedy=_REMEDY)
    return out


def check_bounds(text: bytes) -> None:
    """Refuse a DTD, and more nodes than an invoice can have. Raises UnreadableInvoice."""
    position = 0
    while True:
        position = text.find(b"<", position)
        if text.startswith(b"<!--", position) or text.startswith(b"<?", position):
            end = b"-->" if text.startswith(b"<!--", position) else b"?>"
            position = text.find(end, position)
            if position < 0:
                raise UnreadableInvoice("is cut short within a comment or instruction", rule="TS-XML", remedy=_REMEDY)
            position += len(end)
            continue
        break
    if text.startswith(b"<!", position):
        raise UnreadableInvoice(
            "holds a document type declaration (DTD)",
            rule="TS-XML-DTD",
            remedy="e-invoices have none: ask for a clean file",
        )
    if text.count(b"<") > MAX_TAGS or text.count(b"=") > MAX_ATTRIBUTES:
        raise UnreadableInvoice("has more elements or attributes than any invoice", rule="TS-SIZE", remedy=_REMEDY)


def _is_deep(root: _Element) -> bool:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element if len(child)]
        if not level:
            return False
    return True
