"""`./run bench invoices`: reading and checking e-invoices a second, verdicts on published files, hostile files."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING

from bench.common import ROOT, machine, parser_of, show, write_json
from bench.rule_tests import rule_tests
from bench.sample_invoices import sample
from trustspace.adapters.invoices.check import Rules, check_document, check_file
from trustspace.adapters.invoices.csv_export import iter_export

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGETS = {"parsed_per_second": 2000, "fully_checked_per_second": 100, "csv_rows_per_second": 300_000}
WHOLE_TARGET, RULE_TARGET, SLOWEST_TARGET, PEAK_TARGET = 0.98, 0.95, 2.0, 200.0
CSV_ROWS = 300_000
EXPECTED = {"valid": True, "valid?": True, "invalid": False}


def documents(folder: Path | None) -> list[bytes]:
    """The published whole invoices, or generated ones where the data is not there."""
    if folder is None:
        return [sample(cii=bool(number % 2), prices=(100,) * 12) for number in range(100)]
    return [path.read_bytes() for path in sorted((folder / "invoice").rglob("*.[xX][mM][lL]"))]


def per_second(raws: Sequence[bytes], rules: Rules, runs: int = 5) -> float:
    """Documents a second of processor time, the best of several runs after one to warm up."""
    times = []
    for _ in range(runs + 1):
        start = process_time()
        for raw in raws:
            check_document(raw, rules)
        times.append(process_time() - start)
    return len(raws) / min(times[1:])


def csv_rate(folder: Path) -> float:
    """Rows a second from a table to canonical values."""
    path = folder / "export.csv"
    row = "91440399N9N19QU00F,sale,4403162130-{:08},2024-04-03,91440399RWYJXX5008,10245.74,922.12,11167.86,CNY,valid\n"
    header = "subject,direction,invoice_no,issue_date,counterparty,net,tax,total,currency,status\n"
    path.write_text(header + "".join(row.format(number) for number in range(CSV_ROWS)))
    start = process_time()
    read = sum(1 for _ in iter_export(path))
    return read / (process_time() - start)


def verdicts(folder: Path, data: Path) -> dict[str, object]:
    """Agreement with the manifest, whole invoices and single rule tests apart."""
    agreed = {"invoice": [0, 0], "invoice_pdf": [0, 0]}
    disagreements = []
    with (data / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["expected"] in EXPECTED]
    for row in rows:
        path = (data if row["kind"] == "invoice_pdf" else folder) / row["file"]
        report = check_file(path)
        same = report.verdict.accepted is EXPECTED[row["expected"]]
        agreed[row["kind"]][0] += same
        agreed[row["kind"]][1] += 1
        if not same:
            disagreements.append({"file": row["file"], "expected": row["expected"], "rules": report.verdict.rules})
    tests = [test for test in rule_tests(folder / "rule_test") if test.is_official]
    failed = [f"{test.file}#{test.place} {test.rule}" for test in tests if not test.holds()]
    return {
        "whole_agreed": agreed["invoice"],
        "pdf_agreed": agreed["invoice_pdf"],
        "disagreements": disagreements,
        "rule_tests_agreed": [len(tests) - len(failed), len(tests)],
        "rule_tests_failed": failed,
    }


def hostile(count: int, rules: Rules) -> dict[str, float]:
    """What a process of its own made of hostile files."""
    command = [sys.executable, "-m", "bench.hostile_run", str(count), rules]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        return {"files": count, "crashed_with": ended.returncode}
    figures: dict[str, float] = json.loads(ended.stdout)
    return figures


def main() -> int:
    parser = parser_of("invoices", __doc__ or "")
    parser.add_argument("--data", type=Path, default=os.environ.get("TRUSTSPACE_DATA"), help="folder of the real files")
    parser.add_argument("--hostile", type=int, default=10_000, help="how many hostile files")
    arguments = parser.parse_args()
    report: dict[str, object] = {"machine": machine(), "targets": TARGETS}
    with TemporaryDirectory() as name:
        folder = Path(name)
        data = None if arguments.data is None else Path(arguments.data) / "einvoices"
        if data is not None:
            with zipfile.ZipFile(data / "einvoices.zip") as archive:
                archive.extractall(folder)
        raws = documents(folder if data is not None else None)
        report["documents"], report["mean_bytes"] = len(raws), sum(map(len, raws)) // len(raws)
        report["parsed_per_second"] = per_second(raws, Rules.NONE)
        report["fully_checked_per_second"] = per_second(raws, Rules.EN16931, runs=2)
        report["csv_rows_per_second"] = csv_rate(folder)
        if data is not None:
            report |= verdicts(folder, data)
    report["hostile"] = hostile(arguments.hostile, Rules.NONE)
    report["missed"] = missed(report)
    write_json(arguments.json, report)
    show("E-invoices", ("figure", "value"), [(key, str(value)) for key, value in report.items() if key != "targets"])
    return 1 if report["missed"] else 0


def missed(report: dict[str, object]) -> list[str]:
    """Targets that were not reached."""
    out = [name for name, target in TARGETS.items() if float(str(report[name])) < target]
    for name, share in (("whole_agreed", WHOLE_TARGET), ("rule_tests_agreed", RULE_TARGET)):
        found = report.get(name)
        if isinstance(found, list) and found[0] < share * found[1]:
            out.append(name)
    run = report["hostile"]
    if not isinstance(run, dict) or "crashed_with" in run:
        return [*out, "hostile"]
    if run["slowest_seconds"] > SLOWEST_TARGET or run["peak_mb"] > PEAK_TARGET or run["without_reason"]:
        out.append("hostile")
    return out


if __name__ == "__main__":
    sys.exit(main())
