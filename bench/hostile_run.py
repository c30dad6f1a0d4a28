"""Runs hostile files through the reader in a process of its own, under limits; prints what happened as JSON.

`python -m bench.hostile_run COUNT [en16931|none]`. A file that takes over two seconds ends the process by an alarm.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.common import peak_mb
from bench.hostile import hostile_files
from bench.sample_invoices import hybrid, sample
from trustspace.adapters.invoices.check import Rules, check_file

SECONDS = 2
ADDRESS_SPACE = 2 << 30  # a net below the figure that is measured: resident memory


def own_peak_mb() -> float:
    """Peak memory since this program began; what getrusage says may be that of the process that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_mb()
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    count, rules = int(sys.argv[1]), Rules(sys.argv[2] if len(sys.argv) > 2 else "none")
    if rules is Rules.NONE:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    verdicts, slowest, silent = Counter[str](), (0.0, ""), 0
    with TemporaryDirectory() as folder:
        path = Path(folder, "file")
        for warm_up in (sample(), hybrid(sample(cii=True))):  # imports are not the files' doing
            path.write_bytes(warm_up)
            check_file(path, rules)
        for kind, raw in hostile_files(count):
            path.write_bytes(raw)
            signal.setitimer(signal.ITIMER_REAL, 5 * SECONDS)
            start = perf_counter()
            report = check_file(path, rules)
            slowest = max(slowest, (perf_counter() - start, kind))
            signal.setitimer(signal.ITIMER_REAL, 0)
            verdicts["accepted" if report.verdict.accepted else "rejected"] += 1
            silent += not report.verdict.accepted and not all(item.message for item in report.verdict.findings)
    figures = {
        "files": count,
        **verdicts,
        "without_reason": silent,
        "slowest_seconds": slowest[0],
        "slowest_kind": slowest[1],
        "peak_mb": own_peak_mb(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
