"""`./run bench credential`: exporting, presenting and verifying a credential, without a node and with one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.common import machine, parser_of, show, write_json
from bench.operations.certificates import Issuer
from bench.operations.setting import anchor_batches, features_of, final_model, record_agreements, subject_key
from trustspace.adapters.chain.deployment import write_deployment
from trustspace.apps.space import Space
from trustspace.domain.credentials import CredentialField
from trustspace.domain.ids import SubjectId
from trustspace.services.credential_issue import present_credential
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.domain.ids import CertificateId
    from trustspace.testing.kit import SpaceKit

TARGET_MS = 10.0
AUDIENCE = "bank-9.example"
FIRST_CALL = """
import sys, time
text, challenge, issuer, deployment = sys.argv[1:]
started = time.perf_counter()
from trustspace.apps.space import Space
space = Space.connect("http://127.0.0.1:9", deployment=deployment)
ready = time.perf_counter()
verdict = space.credentials.verify(text, audience="bank-9.example", challenge=challenge, offline=True, issuers=[issuer])
done = time.perf_counter()
assert verdict.valid, verdict
print((ready - started) * 1000, (done - ready) * 1000)
"""


def milliseconds(work: Callable[[], object], runs: int) -> float:
    """Median time of a call."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1_000)
    return median(times)


def certify(kit: SpaceKit) -> CertificateId:
    """A certificate that holds, of subject 0."""
    actors = kit.actors
    agreements = record_agreements(kit, actors.banks[0], 1)
    (batch,) = anchor_batches(actors.sources[0], 1)
    actors.sources[0].features.commit(features_of(SubjectId(subject_key(0).address), batch))
    return Issuer(kit, final_model(actors, "certified"), agreements).issue(0, months=3)


def first_call(arguments: Sequence[str], runs: int) -> tuple[float, float]:
    """Medians of import and of the first verification, each in a new process."""
    found = [
        [float(word) for word in subprocess.check_output([sys.executable, "-c", FIRST_CALL, *arguments]).split()]
        for _ in range(runs)
    ]
    return median(run[0] for run in found), median(run[1] for run in found)


def measure(*, runs: int = 200, processes: int = 5) -> dict[str, Any]:
    """All figures, in milliseconds unless they say bytes."""
    at_start = machine()
    with start_kit() as kit, tempfile.TemporaryDirectory() as folder:
        certificate, bank, firm = certify(kit), kit.actors.banks[0].key, subject_key(0)
        space = Space.connect(kit.url, deployment=kit.deployment)
        credential, challenge = space.credentials.issue(certificate, bank), space.credentials.challenge()

        def present(*fields: CredentialField) -> str:
            now = int(time.time())
            return present_credential(credential, fields, audience=AUDIENCE, challenge=challenge, key=firm, now=now)

        def verify(text: str, *, offline: bool) -> None:
            verdict = space.credentials.verify(
                text, audience=AUDIENCE, challenge=challenge, offline=offline, issuers=[bank.address]
            )
            if not verdict.valid:
                raise RuntimeError(verdict.reason.value)

        grade, everything = present(CredentialField.GRADE), present(*CredentialField)
        file = Path(folder) / "deployment.json"
        write_deployment(kit.deployment, file)
        imported, first = first_call((grade, challenge, bank.address, str(file)), processes)
        report = {
            "machine": at_start,
            "export_ms": milliseconds(lambda: space.credentials.issue(certificate, bank), max(runs // 10, 1)),
            "present_ms": milliseconds(lambda: present(CredentialField.GRADE), runs),
            "verify_offline_ms": milliseconds(lambda: verify(grade, offline=True), runs),
            "verify_offline_all_fields_ms": milliseconds(lambda: verify(everything, offline=True), runs),
            "verify_offline_first_ms": first,
            "import_ms": imported,
            "verify_online_ms": milliseconds(lambda: verify(grade, offline=False), max(runs // 10, 1)),
            "credential_bytes": len(credential),
            "presentation_bytes": len(grade),
        }
    slowest = max(report["verify_offline_ms"], report["verify_offline_all_fields_ms"], first)
    return report | {"target_ms": TARGET_MS, "met": slowest <= TARGET_MS}


def present_report(report: dict[str, Any]) -> None:
    """The same for people."""
    rows = [
        ("export, with the chain", report["export_ms"]),
        ("present the grade", report["present_ms"]),
        ("verify the grade without a node", report["verify_offline_ms"]),
        ("verify all fields without a node", report["verify_offline_all_fields_ms"]),
        ("first verification in a new process", report["verify_offline_first_ms"]),
        ("verify with its status on a local chain", report["verify_online_ms"]),
    ]
    met, sizes = "met" if report["met"] else "missed", (report["credential_bytes"], report["presentation_bytes"])
    notes = [
        f"target without a node, {TARGET_MS:g} ms: {met}",
        f"credential {sizes[0]:,} bytes, presentation of one field {sizes[1]:,}; import {report['import_ms']:.0f} ms",
        report["machine"],
    ]
    show("Credentials", ("what", "ms"), rows, notes=notes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when verification without a node takes too long."""
    options = parser_of("credential", __doc__ or "").parse_args(arguments)
    report = measure()
    write_json(options.json, report)
    present_report(report)
    return 0 if report["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
