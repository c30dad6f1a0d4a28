"""What the benches share: arguments, the machine they ran on, medians, peak memory, a table, JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
JSON_INDENT = 2


def parser_of(program: str, description: str) -> argparse.ArgumentParser:
    """An argument parser that knows --json."""
    parser = argparse.ArgumentParser(prog=f"./run bench {program}", description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


def machine() -> str:
    """The machine in one line, and how busy it was: figures without it mean little."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, load {load:.1f} at the start"
    )


def peak_mb() -> float:
    """Largest memory this process ever held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Median of each entry over several runs with the same entries."""
    return {name: median(run[name] for run in runs) for name in runs[0]}


def milliseconds(work: Callable[[], object], runs: int) -> float:
    """Median time of a call."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1_000)
    return median(times)


def first_call(script: str, arguments: Sequence[str], runs: int) -> tuple[float, float]:
    """Medians of the two numbers that a script prints in a new process: time to import, time of the first call."""
    command = [sys.executable, "-c", script, *arguments]
    found = [[float(word) for word in subprocess.check_output(command).split()] for _ in range(runs)]
    return median(run[0] for run in found), median(run[1] for run in found)


def write_json(path: Path | None, report: Mapping[str, object]) -> None:
    """Replace the file at once; nothing happens without one."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.write_text(json.dumps(report, indent=JSON_INDENT) + "\n")
    draft.replace(path)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, notes: Sequence[str] = ()) -> None:
    """Print a table; the first column is text, the others stand right."""
    table = Table(title=title, title_justify="left")
    for position, column in enumerate(columns):
        table.add_column(column, justify="right" if position else "left", no_wrap=position == 0)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    # a file or a pipe has no width of its own
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    for note in notes:
        console.print(note, highlight=False, markup=False)


def cell(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"
