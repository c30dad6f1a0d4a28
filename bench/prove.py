"""`./run bench prove`: proofs of every circuit (time, memory, gas), certificates issued with proofs, and peers.

Warm: programs run, set-up and keys are loaded. Memory is Barretenberg's, with Noir's node beside it. Gas is that of a
transaction to the verifier alone (calldata included), and of one that issues a certificate.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from eth_abi.abi import encode

from bench.common import machine, parser_of, show, write_json
from bench.proving_world import ProvingWorld, proving_world
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.dev_setup import dev_setup
from trustspace.adapters.proving.prover import Prover
from trustspace.apps.session import cache
from trustspace.apps.space import Space
from trustspace.domain.proofs import Circuit
from trustspace.domain.verifiers import ProofPolicy
from trustspace.encoding.hashing import keccak
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.adapters.proving.setup_folder import Setup
    from trustspace.domain.proofs import Proof, Statement
    from trustspace.testing.kit import SpaceKit

MEGABYTE = 1 << 20
EZKL = "ezkl==23.0.5"
TARGETS: dict[str, dict[str, float]] = {
    "score_card": {"prove_s": 1.0, "peak_mb": 100.0, "verify_gas": 900_000},
    "score_trees": {"prove_s": 3.0, "peak_mb": 300.0, "verify_gas": 900_000},
    "invoice_range": {"verify_gas": 900_000},
    "turnover_range": {"verify_gas": 900_000},
}
ISSUE_GAS, SECONDS_1000 = 1_000_000, 720.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, write. Exit code 1 when a target is missed."""
    parser = parser_of("prove", __doc__ or "")
    parser.add_argument("--runs", type=int, default=7, help="proofs of each circuit")
    parser.add_argument("--certificates", type=int, default=25, help="issued with proofs; 1000: the whole figure")
    parser.add_argument("--peers", action="store_true", help="also ezkl, installed in a folder that is thrown away")
    options = parser.parse_args(argv)
    report = measure(options.runs, options.certificates) | ({"ezkl": ezkl()} if options.peers else {})
    for circuit in Circuit:
        figures, targets = report[circuit], TARGETS[circuit]
        show(
            circuit,
            ("figure", "found", "target"),
            [(name, value, targets.get(name)) for name, value in figures.items()],
        )
    totals = [
        ("issue gas", report["issue_gas"], ISSUE_GAS),
        ("seconds for 1,000", report["certificates_1000_s"], SECONDS_1000),
    ]
    show("certificates", ("figure", "found", "target"), totals, notes=[_extent(report), report["machine"]])
    if options.peers:
        show("ezkl, a logistic model of 60 features", ("figure", "found"), list(report["ezkl"].items()))
    write_json(options.json, report)
    for name in report["missed"]:
        print(f"{name} misses its target")
    return 1 if report["missed"] else 0


def measure(runs: int, certificates: int) -> dict[str, Any]:
    """All figures."""
    report: dict[str, Any] = {"machine": machine()}
    setup = dev_setup(cache(), load_artefacts().powers)
    with start_kit() as kit:
        world = proving_world(kit, max(1, certificates))
        for circuit, statement in world.statements().items():
            report[circuit] = of_circuit(kit, setup, statement, runs)
        report |= issuing(world, setup, certificates)
    report["missed"] = _missed(report)
    return report


def of_circuit(kit: SpaceKit, setup: Setup, statement: Statement, runs: int) -> dict[str, float]:
    """One circuit: median seconds of a proof, most memory, gas of its verification, size."""
    artefact = load_artefacts()[statement.circuit]
    with Prover(setup) as prover:
        proof = prover.prove(statement)
        seconds = []
        for _ in range(runs):
            started = time.perf_counter()
            proof = prover.prove(statement)
            seconds.append(time.perf_counter() - started)
        peak = prover.peak_bytes()
    return {
        "prove_s": median(seconds),
        "peak_mb": peak["barretenberg"] / MEGABYTE,
        "peak_noir_mb": peak["noir"] / MEGABYTE,
        "verify_gas": verification_gas(kit, proof),
        "gates": artefact.gates,
        "proof_bytes": len(proof.proof),
    }


def verification_gas(kit: SpaceKit, proof: Proof) -> int:
    """Gas of a transaction that does nothing but verify, by the node's estimate; publishes the verifier first."""
    regulator = Space.connect(kit.url, deployment=kit.deployment, signer=kit.actors.regulator.key)
    number = regulator.verifiers.publish(load_artefacts(), proof.circuit).value
    record = regulator.verifiers.verifier(number)
    if record is None or not regulator.verifiers.verify(number, proof.proof, proof.public_inputs):
        raise SystemExit(f"the verifier of {proof.circuit} refuses a good proof")
    inputs = [value.to_bytes(32, "big") for value in proof.public_inputs]
    data = keccak(b"verify(bytes,bytes32[])")[:4] + encode(["bytes", "bytes32[]"], [proof.proof, inputs])
    call = {"from": kit.actors.regulator.address, "to": record.card.verifier, "data": "0x" + data.hex()}
    return int(kit.client.node.rpc.call("eth_estimateGas", call), 16)


def ezkl() -> dict[str, Any]:
    """The peer's figures; a line that says why there are none where it cannot be installed."""
    with tempfile.TemporaryDirectory(prefix="trustspace-ezkl-") as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        venv.create(python.parents[1], with_pip=True)
        wanted = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", EZKL, "onnx", "numpy"]
        if subprocess.run(wanted, check=False, capture_output=True).returncode:
            return {"left_out": f"{EZKL} could not be installed"}
        script = Path(__file__).with_name("ezkl_peer.py")
        told = subprocess.run([python, script, folder], check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


def issuing(world: ProvingWorld, setup: Setup, certificates: int) -> dict[str, Any]:
    """Issue certificates with proofs by one bank: gas of the last one, and seconds for a thousand."""
    kit, gas = world.kit, []
    deployment, actors = kit.deployment, kit.actors
    regulator = Space.connect(kit.url, deployment=deployment, signer=actors.regulator.key)
    verifier = regulator.verifiers.publish(load_artefacts(), Circuit.SCORE_CARD).value
    policy = ProofPolicy(model=world.card.record.model, verifier=verifier, quorum=1, demanded=True)
    regulator.certificates.set_proof_policy(policy)
    bank = Space.connect(
        kit.url,
        deployment=deployment,
        signer=actors.banks[0].key,
        observe=lambda _, receipt: gas.append(receipt.gas_used),
    )
    jobs = [world.job(firm, world.card) for firm in range(certificates)]
    with Prover(setup) as prover:
        issuer = bank.proven_issuer(world.card, prover)
        prover.prove(world.score(world.card))
        started = time.perf_counter()
        issued = sum(now for _, now in issuer.issue_each(jobs))
        seconds = time.perf_counter() - started
    return {"issue_gas": gas[-1], "certificates": issued, "certificates_1000_s": seconds * 1_000 / issued}


def _missed(report: Mapping[str, Any]) -> list[str]:
    missed = [
        f"{circuit}.{figure}"
        for circuit, targets in TARGETS.items()
        for figure, target in targets.items()
        if report[circuit][figure] > target
    ]
    missed += ["issue_gas"] if report["issue_gas"] > ISSUE_GAS else []
    return missed + (["certificates_1000_s"] if report["certificates_1000_s"] > SECONDS_1000 else [])


def _extent(report: Mapping[str, Any]) -> str:
    count = report["certificates"]
    return "all 1,000 were issued" if count == 1_000 else f"{count} were issued; the seconds are scaled up"


if __name__ == "__main__":
    sys.exit(main())
