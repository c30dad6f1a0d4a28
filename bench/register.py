"""`./run bench register`: invoices a second from parsed records to mined, by one worker, beside web3.py's."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.common import machine, medians, parser_of, peak_mb, show, write_json
from bench.peer import BATCH, compile_register, peer_rates
from bench.stages import Clocks, TimedLedger, TimedSigner
from trustspace.adapters.chain.invoices import InvoiceRegistry
from trustspace.adapters.chain.sender import Sender
from trustspace.adapters.chain.source_ledger import SourceLedger
from trustspace.adapters.store.openings import write_openings
from trustspace.adapters.store.outbox import Outbox
from trustspace.apps.region import make_region
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.disclosure import CommitmentScheme
from trustspace.domain.ids import SubjectId
from trustspace.domain.invoices import collect
from trustspace.encoding.address import checksum_address
from trustspace.encoding.hashing import keccak
from trustspace.services.registration import draw_openings, register
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.domain.ids import BatchId
    from trustspace.domain.invoices import Invoice, Record
    from trustspace.services.registration import Opening
    from trustspace.testing.kit import SpaceKit

TARGET = 50_000  # invoices a second on an idle machine
PER_FIRM = 500  # invoices of one firm, and so of one batch, on average
FEWEST_FIRMS = 20  # that the region's generator makes


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured how often."""

    invoices: int = 250_000
    runs: int = 5
    peer_invoices: int = 300
    peer_batched: int = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Records by subject, as an export gives them once it is parsed, and the subjects' pseudonyms."""

    records: Mapping[str, Sequence[Record]]
    pseudonyms: Mapping[str, SubjectId]

    @property
    def count(self) -> int:
        """Invoices in all."""
        return sum(map(len, self.records.values()))

    def first(self, count: int) -> list[Invoice]:
        """The first invoices, whoever's they are."""
        records = chain.from_iterable(self.records.values())
        return [record.invoice for record, _ in zip(records, range(count), strict=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: seconds in all and by step, and the worker's own processor time."""

    seconds: float
    processor: float
    steps: dict[str, float]


def make_work(invoices: int) -> Work:
    """A region's records; not part of what is measured."""
    region = make_region(firms=max(FEWEST_FIRMS, invoices // PER_FIRM), invoices=invoices)
    records = collect(region.records).by_subject()
    pseudonyms = {subject: SubjectId(checksum_address(keccak(subject.encode())[12:])) for subject in records}
    return Work(records=records, pseudonyms=pseudonyms)


def run_once(kit: SpaceKit, work: Work, folder: Path, scheme: CommitmentScheme = CommitmentScheme.FIELDS) -> Run:
    """From records to mined as the product does it, with openings and outbox on disk."""
    source = kit.actors.sources[0]
    signer = TimedSigner(source.key)
    outbox = Outbox(folder / "outbox.sqlite")
    ledger = TimedLedger(SourceLedger(InvoiceRegistry(kit.client, Sender(kit.node, signer, outbox))))
    clocks = Clocks()
    started, processor = time.perf_counter(), time.process_time()
    openings = draw_openings(work.records, work.pseudonyms, SystemRandomness(), scheme=scheme)
    drawn = time.perf_counter()
    write_openings(folder / "openings.jsonl", openings)
    kept = time.perf_counter()
    with clocks.running():
        batches = register(openings, ledger)
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    outbox.close()
    _require_anchored(kit, ledger, openings, batches)
    steps = {
        "draw salts": drawn - started,
        "keep openings on disk": kept - drawn,
        **clocks.steps(openings),
        "sign": signer.seconds,
        "encode, store, send, mine": ledger.seconds - signer.seconds,
    }
    return Run(seconds=seconds, processor=processor, steps={**steps, "check and rest": seconds - sum(steps.values())})


def _require_anchored(
    kit: SpaceKit, ledger: TimedLedger, openings: Sequence[Opening], batches: Sequence[BatchId]
) -> None:
    """The figure counts only what the chain shows: every batch, and the roots of some by a second computation."""
    found = kit.actors.outsider.invoices.get_many(batches)
    if any(batch is None for batch in found):
        raise RuntimeError("a batch was not anchored")
    for opening, batch in list(zip(openings, found, strict=True))[:: max(1, len(openings) // 5)]:
        if batch is None or opening.tree(ledger).root != batch.root:
            raise RuntimeError(f"batch of {opening.subject} has another root")


def measure(scale: Scale) -> dict[str, Any]:
    """All figures. Product and peer take turns, so that a busy machine disturbs both."""
    at_start = machine()
    work = make_work(scale.invoices)
    of_records = peak_mb()
    runs: list[Run] = []
    whole: list[Run] = []
    peers: list[dict[str, float]] = []
    compiled = compile_register()
    peer_work = work.first(scale.peer_batched)
    with start_kit() as kit, tempfile.TemporaryDirectory(prefix="bench-register-") as folder:
        hardfork = kit.node.rpc.call("anvil_nodeInfo")["hardFork"]
        for index in range(scale.runs + 1):
            place = Path(folder, str(index))
            place.mkdir()
            found = run_once(kit, work, place)
            (place / "whole").mkdir()
            quick = run_once(kit, work, place / "whole", CommitmentScheme.WHOLE)
            rates = peer_rates(compiled, peer_work, scale.peer_invoices, SystemRandomness())
            if index:  # the first one warms caches
                runs.append(found)
                whole.append(quick)
                peers.append(rates)
    memory = {"peak_mb": peak_mb(), "peak_mb_of_records": of_records}
    return {"machine": at_start, "hardfork": hardfork, **_figures(work, runs, whole, medians(peers)), **memory}


def _figures(work: Work, runs: Sequence[Run], whole: Sequence[Run], peer: Mapping[str, float]) -> dict[str, Any]:
    """Medians over the runs, and ratios of medians."""
    seconds = [run.seconds for run in runs]
    rate = work.count / median(seconds)
    return {
        "invoices": work.count,
        "batches": len(work.records),
        "runs": len(runs),
        "seconds": median(seconds),
        "invoices_per_second": rate,
        "slowest_and_fastest": [work.count / max(seconds), work.count / min(seconds)],
        "whole_invoices_per_second": work.count / median(run.seconds for run in whole),
        "target": TARGET,
        "met": rate >= TARGET,
        "steps": medians([run.steps for run in runs]),
        "processor_seconds": median(run.processor for run in runs),
        "web3_invoices_per_second": peer["one_by_one"],
        "ratio_to_web3": rate / peer["one_by_one"],
        "web3_batches_invoices_per_second": peer["batches"],
        "ratio_to_web3_batches": rate / peer["batches"],
    }


def present(report: dict[str, Any]) -> None:
    """The same for people."""
    total = report["seconds"]
    rows = [(name, seconds, f"{seconds / total:.0%}") for name, seconds in report["steps"].items()]
    rows.append(("in all", total, f"of {report['invoices']:,} invoices"))
    show(f"Registering {report['invoices']:,} invoices in {report['batches']:,} batches", ("step", "seconds", ""), rows)
    slowest, fastest = report["slowest_and_fastest"]
    single, batched = report["web3_invoices_per_second"], report["web3_batches_invoices_per_second"]
    rates = [
        ("product", report["invoices_per_second"], f"{slowest:,.0f} to {fastest:,.0f} in {report['runs']} runs"),
        ("product, invoices as a whole (scheme 1)", report["whole_invoices_per_second"], "no field can be shown alone"),
        ("web3.py, a transaction each", single, f"product x {report['ratio_to_web3']:,.0f}"),
        (f"web3.py, {BATCH} slots a transaction", batched, f"product x {report['ratio_to_web3_batches']:,.1f}"),
    ]
    verdict = "met" if report["met"] else "missed"
    memory = f"peak memory {report['peak_mb']:,.0f} MB, of which records {report['peak_mb_of_records']:,.0f} MB"
    notes = (f"target {TARGET:,} invoices a second: {verdict}", memory, report["machine"])
    show("Invoices a second, from parsed records to mined", ("path", "invoices/s", ""), rates, notes=notes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when the target is missed."""
    parser = parser_of("register", __doc__ or "")
    usual = Scale()
    parser.add_argument("--invoices", type=int, default=usual.invoices, help="about so many (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=usual.runs, help="after one to warm up (default: %(default)s)")
    options = parser.parse_args(arguments)
    report = measure(Scale(invoices=options.invoices, runs=options.runs))
    write_json(options.json, report)
    present(report)
    return 0 if report["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
