"""`trustspace signals`: signs of fraud in one's own invoices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustspace.apps.console import Output
from trustspace.errors import ToolMissing, UsageError

if TYPE_CHECKING:
    from trustspace.domain.invoices import InvoiceBook


def signals(
    path: Annotated[
        Path, typer.Argument(help="An invoice export, a folder of exports, or the CUMCM tables.", exists=True)
    ],
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    limit: Annotated[int, typer.Option(help="Examples of each signal.", min=0)] = 3,
) -> None:
    """Look for signs of fraud: altered copies, gaps, bursts, circles, one-sided invoices, digits, cancellations.

    Everything stays on this machine. A signal is a reason to look, never a verdict: docs/reference-signals.md.
    """
    from importlib.util import find_spec
    from json import dumps

    from trustspace.adapters.store.files import write_private
    from trustspace.services.signals.report import find_signals

    if find_spec("scipy") is None:
        raise ToolMissing("SciPy is not installed", where="signals", remedy="pip install 'trustspace[signals]'")
    book = read_records(path)
    document = find_signals(book.records).as_document(limit)
    document = {"read": book.census.read, "exact_duplicates": book.census.duplicates, **document}
    if json is not None:
        write_private(json, (dumps(document, indent=1, ensure_ascii=False) + "\n").encode())
    show_report(document)


def read_records(path: Path) -> InvoiceBook:
    """Book of a file or folder in any layout that is known. Raises UsageError for a folder without tables."""
    from trustspace.adapters.invoices.csv_export import read_export
    from trustspace.adapters.invoices.cumcm import is_cumcm_folder, read_cumcm

    if path.is_file():
        return read_export(path)
    if is_cumcm_folder(path):
        return read_cumcm(path)
    exports = sorted([*path.glob("*invoices*.csv"), *path.glob("*invoices*.csv.gz")])
    if not exports:
        raise UsageError(
            f"{path} holds neither the CUMCM tables nor an export (*invoices*.csv)",
            where="PATH",
            remedy="see docs/reference-csv-layout.md for the layouts and file names",
        )
    return read_export(*exports)


def show_report(document: dict[str, Any]) -> None:
    """Counts of all signals, then the examples of those that found something."""
    output = Output(as_json=False)
    rows = [
        {
            "signal": item["name"],
            "found": None if item["not_applied"] else item["count"],
            "of": f"{item['examined']:,} {item['unit']}",
            "note": item["not_applied"] or _expected(item["by_chance"]),
        }
        for item in document["signals"]
    ]
    output.rows(f"Signals in {document['records']:,} distinct records", ("signal", "found", "of", "note"), rows)
    for item in document["signals"]:
        if item["examples"]:
            examples = [_example(example) for example in item["examples"]]
            output.rows(f"{item['name']}: {item['means']}", ("party", "why", "adjusted_p", "invoices"), examples)
            typer.echo(f"  It does not mean: {item['does_not_mean']}")
            aside = "; ".join(f"{count:,} {why}" for why, count in item["set_aside"].items() if count)
            typer.echo(f"  Set aside: {aside}\n" if aside else "")


def _expected(by_chance: float | None) -> str | None:
    return f"about {by_chance:,.1f} by chance" if by_chance else None


def _example(example: dict[str, Any]) -> dict[str, object]:
    shown = [f"{row['number']} of {row['issue_date']} {row['total_fen'] / 100:,.2f}" for row in example["rows"][:3]]
    more = len(example["rows"]) - len(shown)
    return {
        "party": example["party"],
        "why": example["why"],
        "adjusted_p": None if example["adjusted_p"] is None else f"{example['adjusted_p']:.1e}",
        "invoices": "; ".join(shown) + (f" and {more} more" if more else ""),
    }
