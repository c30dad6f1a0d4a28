"""`./run bench fingerprints`: outputs a second with 3 of 5 keyholders and proofs in batches, beside pure Python.

In service: five keyholders as processes, mutual TLS, consent asked of the chain, quota and log on disk for every batch.
An invoice has three outputs (strict, parties, digits); figures count outputs. Alone: one invoice at a time.
The protocol alone: the same without network, chain and disk, in one thread.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import plain_curve
from bench.common import machine, parser_of, peak_mb, show, write_json
from bench.keyholders import running
from trustspace.crypto.oprf.replicated import Sharing, interpolate, share
from trustspace.crypto.oprf.voprf import blind, evaluate, public_of, unblind, verify
from trustspace.domain.fingerprints import MAX_BATCH, DocumentType, FingerprintQuery, InvoiceFacts
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TARGETS = {"in_service_per_second": 500.0, "alone_ms": 20.0}
OUTPUTS = 3  # of one invoice
NODES = (1, 2, 3)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, write. Exit code 1 when a target is missed."""
    parser = parser_of("fingerprints", __doc__ or "")
    parser.add_argument("--invoices", type=int, default=1_000, help="in service, in batches")
    parser.add_argument("--alone", type=int, default=100, help="in service, one at a time")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args(argv)
    report = measure(arguments.invoices, arguments.alone, arguments.runs)
    rows = [(name.replace("_", " "), value, TARGETS.get(name)) for name, value in report["figures"].items()]
    show("fingerprints, 3 of 5 keyholders", ("figure", "measured", "target"), rows, notes=[report["machine"]])
    write_json(arguments.json, report)
    return 0 if report["met"] else 1


def measure(invoices: int, alone: int, runs: int) -> dict[str, Any]:
    """All figures."""
    at_start = machine()
    figures = in_service(invoices, alone, runs) | protocol(runs) | {"baseline_ms": baseline()}
    figures["ratio_to_baseline"] = figures["baseline_ms"] * figures["in_service_per_second"] / 1_000
    figures["peak_mb"] = peak_mb()
    fast = figures["in_service_per_second"] >= TARGETS["in_service_per_second"]
    return {
        "machine": at_start,
        "targets": TARGETS,
        "met": fast and figures["alone_ms"] < TARGETS["alone_ms"],
        "figures": figures,
    }


def in_service(invoices: int, alone: int, runs: int) -> dict[str, float]:
    """Outputs a second in batches, and milliseconds of one invoice."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_kit() as kit,
        running(kit, Path(folder)) as (client, agreement),
    ):
        subject = kit.actors.subjects[0].subject

        def ask(first: int, count: int) -> None:
            wanted = tuple(facts(number) for number in range(first, first + count))
            client.fingerprints(FingerprintQuery(seller=subject, agreement=agreement, invoices=wanted))

        ask(0, 1)  # meets the keys, opens the connections, counts the day's use
        batched = [timed(lambda start=run * invoices: ask(start, invoices)) for run in range(runs)]
        single = [timed(lambda number=number: ask(10**6 + number, 1)) for number in range(alone)]
    return {
        "in_service_per_second": OUTPUTS * invoices / median(batched),
        "in_service_invoices_per_second": invoices / median(batched),
        "alone_ms": median(single) * 1_000,
        "alone_ms_90th": sorted(single)[int(0.9 * len(single))] * 1_000,
    }


def protocol(runs: int) -> dict[str, float]:
    """Microseconds of every step for one output, in batches of the largest size; three nodes' work is added up."""
    sharing = Sharing(3, 5)
    seeds = {members: secrets.token_bytes(32) for members in sharing.sets}
    keys = {node: share(sharing, node, seeds, b"bench") for node in NODES}
    publics = {node: public_of(key) for node, key in keys.items()}
    found: dict[str, list[float]] = {"blind": [], "evaluate": [], "verify": [], "combine": []}
    for _ in range(runs):
        clock = time.perf_counter()
        hidden = [blind(b"invoice %d" % number) for number in range(MAX_BATCH)]
        clock = _lap(found["blind"], clock)
        sent = [item.element for item in hidden]
        evaluations = {node: evaluate(key, sent) for node, key in keys.items()}
        clock = _lap(found["evaluate"], clock)
        answers = {node: verify(publics[node], sent, evaluations[node]) or [] for node in NODES}
        clock = _lap(found["verify"], clock)
        outputs = [
            unblind(item, interpolate({node: answers[node][place] for node in NODES}))
            for place, item in enumerate(hidden)
        ]
        _lap(found["combine"], clock)
    whole = {node: int.from_bytes(key, "big") for node, key in keys.items()}
    assert plain_curve.fingerprint(b"invoice 0", whole) == outputs[0]
    steps = {f"{name}_us": median(times) / MAX_BATCH * 1e6 for name, times in found.items()}
    return {**steps, "protocol_per_second": 1e6 / sum(steps.values())}


def baseline(runs: int = 5) -> float:
    """Milliseconds of one output in pure Python."""
    shares = {node: secrets.randbelow(plain_curve.ORDER - 1) + 1 for node in NODES}
    return median(timed(lambda: plain_curve.fingerprint(b"invoice", shares)) for _ in range(runs)) * 1_000


def facts(number: int) -> InvoiceFacts:
    """An invoice that differs from the others in everything that counts."""
    return InvoiceFacts(
        seller="91330106MA2KC3UB8X",
        buyer="91440300279279350N",
        document=DocumentType.INVOICE,
        number=f"25332{number:015}",
        issue_date=date(2026, 3, 9),
        total_minor=1_130_000 + number,
        currency="CNY",
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _lap(times: list[float], began: float) -> float:
    now = time.perf_counter()
    times.append(now - began)
    return now


if __name__ == "__main__":
    sys.exit(main())
