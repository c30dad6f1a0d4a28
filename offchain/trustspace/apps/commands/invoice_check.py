"""`trustspace invoice check`: does a file hold an invoice that keeps the rules?"""

from __future__ import annotations

import json as json_text
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from trustspace.apps.exit_codes import ExitCode
from trustspace.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustspace.adapters.invoices.check import Report, Rules

MAX_MESSAGES = 20


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", help="Invoices, or folders of them.")],
    rules: Annotated[
        str, typer.Option(help="en16931: the standard's published rules too; none: reading and arithmetic alone.")
    ] = "en16931",
    trust: Annotated[
        Path | None, typer.Option(metavar="PEM", help="Roots to which signers' certificates must lead.", exists=True)
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the lines there instead.")] = None,
) -> None:
    """Check e-invoices (UBL, CII, Factur-X, Chinese XML and OFD) and tables: one JSON line per file.

    Exit code 0 when all are accepted, 1 when some are rejected, 2 on misuse.
    """
    from trustspace.adapters.invoices.check import Rules

    if rules not in tuple(Rules):
        raise UsageError(f"unknown rules {rules!r}", where="--rules", remedy=f"choose one of: {', '.join(Rules)}")
    paths = list(_files(files))
    if json is None:
        accepted = _write(paths, Rules(rules), trust, sys.stdout)
    else:
        with json.open("w", encoding="utf-8") as stream:
            accepted = _write(paths, Rules(rules), trust, stream)
        typer.echo(f"{accepted} of {len(paths)} files accepted; lines in {json}", err=True)
    if accepted < len(paths):
        raise typer.Exit(ExitCode.NEGATIVE)


def _files(given: Sequence[Path]) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if file.is_file())
            if not found:
                raise UsageError("holds no file", where=str(path), remedy="point to a folder with invoices")
            yield from found
        elif path.is_file():
            yield path
        else:
            raise UsageError("is no file or folder", where=str(path), remedy="check the path")


def _write(paths: Sequence[Path], rules: Rules, trust: Path | None, stream: TextIO) -> int:
    from trustspace.adapters.invoices.check import check_file

    accepted = 0
    for path in paths:
        start = perf_counter()
        report = check_file(path, rules, trust=trust)
        line = line_of(path, report, perf_counter() - start)
        stream.write(json_text.dumps(line, ensure_ascii=False) + "\n")
        accepted += report.verdict.accepted
    return accepted


def line_of(path: Path, report: Report, seconds: float) -> dict[str, object]:
    """What is printed about one file. Messages name values of the file: treat the line like the invoice itself."""
    findings = sorted(report.verdict.findings, key=lambda finding: -finding.severity)
    return {
        "file": str(path),
        "format": report.format.value,
        "profile": report.profile,
        "verdict": "accepted" if report.verdict.accepted else "rejected",
        "rules": list(report.verdict.rules),
        "signature": report.signature.value,
        "warnings": list(report.verdict.warnings),
        "messages": [f"{finding.rule}: {finding.message}" for finding in findings[:MAX_MESSAGES]],
        "invoices": report.invoices,
        "canonical_sha256": report.canonical_sha256,
        "seconds": round(seconds, 6),
    }
