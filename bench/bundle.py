"""`./run bench bundle`: making a certificate's bundle with a node, and judging it without one."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.common import first_call, machine, milliseconds, parser_of, show, write_json
from bench.operations.certificates import Issuer
from bench.operations.setting import anchor_batches, features_of, final_model, record_agreements, subject_key
from trustspace.adapters.chain.deployment import write_deployment
from trustspace.apps.offline import verify_bundle
from trustspace.apps.space import Space
from trustspace.domain.headers import PinnedHash
from trustspace.domain.ids import SubjectId
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.ids import CertificateId
    from trustspace.testing.kit import SpaceKit

TARGET_MS = 50.0
BATCHES = {"usual": 2, "large": 32}
"""Batches of invoices behind each source's features; a source can name no more than 32."""
FIRST_CALL = """
import sys, time
file, digest, deployment = sys.argv[1:]
started = time.perf_counter()
from trustspace.apps.offline import verify_bundle
from trustspace.domain.headers import PinnedHash
ready = time.perf_counter()
verdict = verify_bundle(file, trust=PinnedHash(block_hash=bytes.fromhex(digest)), deployment=deployment)
done = time.perf_counter()
assert verdict.valid, verdict
print((ready - started) * 1000, (done - ready) * 1000)
"""


def certify(kit: SpaceKit) -> dict[str, CertificateId]:
    """By size of its evidence, a certificate of subject 0 on features of every source."""
    actors = kit.actors
    issuer = Issuer(kit, final_model(actors, "certified"), record_agreements(kit, actors.banks[0], 2))
    found = {}
    for subject, (name, count) in enumerate(BATCHES.items()):
        for source in actors.sources:
            batches = anchor_batches(source, count)
            source.features.commit(features_of(SubjectId(subject_key(subject).address), *batches))
        found[name] = issuer.issue(subject, months=3)
    return found


def measure(*, runs: int = 50, processes: int = 5) -> dict[str, Any]:
    """All figures, in milliseconds unless they say bytes or nodes."""
    report: dict[str, Any] = {"machine": machine()}
    with start_kit() as kit, tempfile.TemporaryDirectory() as folder:
        space = Space.connect(kit.url, deployment=kit.deployment)
        deployment = Path(folder) / "deployment.json"
        write_deployment(kit.deployment, deployment)
        for name, certificate in certify(kit).items():
            bundle, made = space.bundle(certificate)
            file = Path(folder) / name
            file.write_bytes(bundle.to_bytes())
            trust = PinnedHash(block_hash=made.block_hash)
            asked = (str(file), made.block_hash.hex(), str(deployment))
            imported, first = first_call(FIRST_CALL, asked, processes)
            report[name] = {
                "make_ms": milliseconds(lambda of=certificate: space.bundle(of), max(runs // 10, 1)),  # type: ignore[misc]
                "verify_ms": milliseconds(
                    lambda f=file, t=trust: verify_bundle(f, trust=t, deployment=deployment),  # type: ignore[misc]
                    runs,
                ),
                "verify_first_ms": first,
                "import_ms": imported,
                "bytes": file.stat().st_size,
                "nodes": len(bundle.nodes),
            }
    slowest = max(max(report[name]["verify_ms"], report[name]["verify_first_ms"]) for name in BATCHES)
    return report | {"target_ms": TARGET_MS, "met": slowest <= TARGET_MS}


def present_report(report: dict[str, Any]) -> None:
    """The same for people."""
    keys = ("make_ms", "verify_ms", "verify_first_ms", "import_ms", "bytes", "nodes")
    rows = [(name, *(report[name][key] for key in keys)) for name in BATCHES]
    columns = ("evidence", "make ms", "verify ms", "first verify ms", "import ms", "bytes", "nodes")
    met = "met" if report["met"] else "missed"
    show("Bundles", columns, rows, notes=[f"target without a node, {TARGET_MS:g} ms: {met}", report["machine"]])


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when verification without a node takes too long."""
    options = parser_of("bundle", __doc__ or "").parse_args(arguments)
    report = measure()
    write_json(options.json, report)
    present_report(report)
    return 0 if report["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
