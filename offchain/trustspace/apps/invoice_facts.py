"""The invoices of a file, reduced to what fingerprints are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.errors import InvalidInvoice

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.domain.fingerprints import InvoiceFacts


def read_facts(path: Path) -> tuple[InvoiceFacts, ...]:
    """The sales of a CSV export, or the one invoice of an XML, OFD or PDF file.

    Raises InvalidInvoice naming the broken rules of a document that our own checks reject, ToolMissing where its reader
    is not installed.
    """
    from trustspace.adapters.invoices.csv_export import read_export
    from trustspace.adapters.invoices.detect import HEAD_BYTES, detect
    from trustspace.domain.invoices import Direction
    from trustspace.encoding.fingerprints import facts_of, facts_of_document

    with path.open("rb") as stream:
        is_table = detect(stream.read(HEAD_BYTES)).is_table
    if is_table:
        records = read_export(path).records
        return tuple(facts_of(record.invoice) for record in records if record.direction is Direction.SALE)
    from trustspace.adapters.invoices.check import Rules, check_file

    report = check_file(path, Rules.NONE)
    if report.invoice is None or not report.verdict.accepted:
        raise InvalidInvoice(
            f"breaks {', '.join(report.verdict.rules)}",
            where=path.name,
            remedy=f"see what is wrong: trustspace invoice check {path.name}",
        )
    return (facts_of_document(report.invoice),)
