"""`./run bench signals`: planted fraud found, false alarms on clean books, and seconds on real tables."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.common import machine, parser_of, peak_mb, show, write_json
from bench.planting import Plant, Trade, clean_trade, plant
from trustspace.adapters.invoices.cumcm import read_cumcm
from trustspace.services.signals.report import SignalReport, find_signals

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET_SECONDS = 30
VARIABLE = "TRUSTSPACE_CUMCM"


def found(report: SignalReport, case: Plant) -> bool:
    """Whether a finding names the planted party, or holds an invoice with a planted number."""
    findings = report.signal(case.signal).findings
    if not case.numbers:
        return any(finding.party == case.party for finding in findings)
    return any(case.numbers & {report.records[row].invoice.number for row in finding.rows} for finding in findings)


def measure(cumcm: Path | None, *, firms: int = 420, invoices: int = 66_000, each: int = 5) -> dict[str, Any]:
    """Recall by signal, findings on clean books by signal, and the time for the CUMCM tables where they are."""
    at_start = machine()
    clean = clean_trade(firms=firms, invoices=invoices)
    planted: Trade = plant(clean, each=each)
    quiet, loud = find_signals(clean.records), find_signals(planted.records)
    rows = {}
    for signal in quiet.signals:
        cases = [case for case in planted.plants if case.signal == signal.name]
        rows[signal.name] = {
            "planted": len(cases),
            "found": sum(found(loud, case) for case in cases),
            "clean_findings": signal.count,
            "clean_examined": signal.examined,
            "by_chance": signal.by_chance,
        }
    report: dict[str, Any] = {"machine": at_start, "clean_records": len(clean.records), "signals": rows}
    if cumcm is not None:
        started = time.perf_counter()
        book = read_cumcm(cumcm)
        read = time.perf_counter() - started
        real = find_signals(book.records)
        seconds = time.perf_counter() - started
        report |= {
            "cumcm_records": len(book.records),
            "cumcm_read_seconds": read,
            "cumcm_seconds": seconds,
            "cumcm_counts": {signal.name: signal.count for signal in real.signals},
            "target_seconds": TARGET_SECONDS,
            "met": seconds < TARGET_SECONDS,
        }
    return report | {"peak_mb": peak_mb()}


def present(report: dict[str, Any]) -> None:
    """The same for people."""
    real = report.get("cumcm_counts", {})
    rows = [
        (
            name,
            item["planted"],
            item["found"],
            item["clean_findings"],
            item["clean_examined"],
            item["by_chance"],
            real.get(name),
        )
        for name, item in report["signals"].items()
    ]
    notes = [report["machine"]]
    if real:
        notes.append(f"CUMCM: {report['cumcm_records']:,} records in {report['cumcm_seconds']:.1f} s with reading")
    columns = ("signal", "planted", "found", "on clean books", "of", "by chance", "on CUMCM")
    show(f"Signals on {report['clean_records']:,} synthetic records", columns, rows, notes=notes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when the real tables take too long."""
    parser = parser_of("signals", __doc__ or "")
    known = os.environ.get(VARIABLE)
    parser.add_argument("--cumcm", type=Path, default=Path(known) if known else None, help="folder of the CUMCM tables")
    options = parser.parse_args(arguments)
    report = measure(options.cumcm)
    write_json(options.json, report)
    present(report)
    return 0 if report.get("met", True) else 1


if __name__ == "__main__":
    sys.exit(main())
