"""Factur-X, ZUGFeRD and XRechnung hybrids: the XML that a PDF/A-3 carries along, unpacked within limits."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any

from trustspace.adapters.invoices.extra import need
from trustspace.adapters.invoices.safe_xml import MAX_XML_BYTES
from trustspace.errors import UnreadableInvoice

NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
MAX_PDF_BYTES = 20 << 20
MAX_STREAM_BYTES = 1 << 20
"""Of any stream that is read, packed: the ASCII filters need a hundred times their input before they can be stopped."""
MAX_NAMES = 100
MAX_NODES = 200
MAX_OBJECTS = 200_000
MAX_KEYWORDS = 200_000
"""`obj`, `endobj`, `startxref`, `trailer`: each is looked at when a table of objects is damaged."""
_KEYWORDS = (b"obj", b"startxref", b"trailer")
MAX_READS = 1_000_000
"""Outside streams the parser goes byte by byte; real hybrids take some ten thousand reads."""
_PACKINGS = ("zlib", "lzw", "run_length", "brotli", "array_based_stream")
_LIMITS = {
    **{f"{packing}_maximum_output_length": MAX_XML_BYTES for packing in _PACKINGS},
    "maximum_declared_stream_length": MAX_STREAM_BYTES,
    "stream_filters_maximum_length": 2,
    "stream_decoding_work_maximum_length": 2 * MAX_XML_BYTES,
}
_REMEDY = "ask the sender for the invoice as XML"


class _Metered(BytesIO):
    """A file that stops whoever reads it too often: what takes long costs the reader, not the sender."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Count, then read."""
        self.reads += 1
        self.check()
        return super().read(size)

    def check(self) -> None:
        """Raises UnreadableInvoice (TS-SIZE) once it was read too often."""
        if self.reads > MAX_READS:
            raise UnreadableInvoice("takes more work to read than any invoice", rule="TS-SIZE", remedy=_REMEDY)


def embedded_xml(raw: bytes) -> bytes:
    """The invoice inside a hybrid. Raises UnreadableInvoice (TS-PDF, TS-SIZE)."""
    if len(raw) > MAX_PDF_BYTES:
        raise UnreadableInvoice(f"is larger than {MAX_PDF_BYTES >> 20} MiB", rule="TS-SIZE", remedy=_REMEDY)
    if sum(map(raw.count, _KEYWORDS)) > MAX_KEYWORDS:
        raise UnreadableInvoice("has more objects than any invoice", rule="TS-SIZE", remedy=_REMEDY)
    file = _Metered(raw)
    pypdf, errors = need("pypdf"), need("pypdf.errors")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what the file says
    try:
        with pypdf.apply_configuration(**_LIMITS):
            found = _find(pypdf.PdfReader(file, xref_stream_maximum_entries=MAX_OBJECTS))
    except UnreadableInvoice:
        raise
    except errors.LimitReachedError as error:
        raise UnreadableInvoice(
            f"unpacks to more than it may: {error}"[:300], rule="TS-SIZE", remedy=_REMEDY
        ) from error
    except (errors.PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UnreadableInvoice(f"is a damaged PDF: {error}"[:300], rule="TS-PDF", remedy=_REMEDY) from error
    except (RecursionError, NotImplementedError, OverflowError, OSError) as error:
        raise UnreadableInvoice(f"is a PDF built to harm: {error}"[:300], rule="TS-PDF", remedy=_REMEDY) from error
    file.check()  # the library goes on after some of its errors
    if found is None:
        raise UnreadableInvoice(f"is a PDF without {' or '.join(NAMES)} inside", rule="TS-PDF", remedy=_REMEDY)
    return found


def _find(reader: Any) -> bytes | None:
    catalog = reader.trailer["/Root"].get_object()
    names = catalog.get("/Names")
    tree = names.get_object().get("/EmbeddedFiles") if names is not None else None
    waiting = [tree.get_object()] if tree is not None else []
    nodes = 0
    while waiting and nodes < MAX_NODES:
        nodes += 1
        node = waiting.pop()
        waiting += [kid.get_object() for kid in list(node.get("/Kids", ()))[:MAX_NAMES]]
        entries = list(node.get("/Names", ()))[: 2 * MAX_NAMES]
        for name, entry in zip(entries[::2], entries[1::2], strict=False):
            file = entry.get_object()
            called = {str(name).lower(), str(file.get("/F", "")).lower(), str(file.get("/UF", "")).lower()}
            if called & set(NAMES):
                data: bytes = file["/EF"]["/F"].get_object().get_data()
                return data
    return None
