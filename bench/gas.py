"""`./run bench gas`: gas of every external write of the contracts in its steady state, against targets and floors."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bench.common import machine, parser_of, show, write_json
from bench.operations import (
    agreements,
    certificates,
    features,
    fingerprints,
    governance,
    invoices,
    liens,
    models,
    participants,
    proofs,
)
from bench.operations.metering import BATCH_SIZES, Meter
from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.rpc import number
from trustspace.services.governance import GOVERNED, MANAGER
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.testing.kit import SpaceKit

SECTIONS = (participants, agreements, invoices, features, models, certificates, fingerprints, liens, proofs, governance)
BY_MANAGER_ONLY = "setAuthority"  # AccessManaged's: nobody but the AccessManager can call it
READS = ("view", "pure")


# See docs/decisions/0003: a signature costs more than the 6,000 of the target before any work; and 0018: an account's
# check and an event besides the proof, when it goes alone.
ACCEPTED = ("certificate_issue_3", "certificate_issue_4", "certificate_issue_relayed", "lien_prove_and_mark")


def external_writes() -> set[str]:
    """`Contract.function` of every function of our contracts that changes the chain."""
    return {
        f"{contract}.{item['name']}"
        for contract in GOVERNED
        for item in load(contract).abi
        if item["type"] == "function" and item["stateMutability"] not in READS and item["name"] != BY_MANAGER_ONLY
    }


def measure(sizes: Sequence[int] = BATCH_SIZES) -> dict[str, Any]:
    """All figures, on a chain of their own. Each section starts from the same freshly deployed space."""
    at_start = machine()
    with start_kit() as kit:
        meter = Meter(kit, sizes)
        for section in SECTIONS:
            with kit.isolated():
                section.measure(kit, meter)
        return {
            "machine": at_start,
            "hardfork": kit.node.rpc.call("anvil_nodeInfo")["hardFork"],
            "node": kit.node.rpc.call("web3_clientVersion"),
            "compiler": _compiler(),
            "block_gas": meter.block_gas,
            **_figures(meter),
            "deployment": _deployment(kit),
            "not_measured": sorted(external_writes() - meter.functions),
        }


def _compiler() -> dict[str, Any]:
    """Compiler and settings of the contracts that the package carries."""
    text = files("trustspace").joinpath("abi", f"{MANAGER}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)["compiler"]
    return found


def _figures(meter: Meter) -> dict[str, Any]:
    operations = meter.operations
    return {
        "operations": {name: found.gas for name, found in operations.items()},
        "floors": {name: found.floor for name, found in operations.items()},
        "targets": {name: found.target for name, found in operations.items() if found.target is not None},
        "missed": [name for name, found in operations.items() if found.missed],
        "accepted": [name for name, found in operations.items() if found.missed and name.startswith(ACCEPTED)],
        "functions": {name: found.function for name, found in operations.items()},
        "states": {name: found.state for name, found in operations.items()},
        "per_item": {
            name: {
                "function": found.function,
                "item": found.item,
                "gas": {str(size): gas for size, gas in found.sizes.items()},
                "largest_in_a_block": found.largest,
            }
            for name, found in meter.per_item.items()
        },
    }


def _deployment(kit: SpaceKit) -> dict[str, int]:
    """Gas of the deployment of each contract, and of the grants that follow."""
    found = {}
    for contract in kit.deployment.contracts:
        receipt = kit.node.rpc.call("eth_getTransactionReceipt", contract.transaction)
        found[contract.name] = number(receipt["gasUsed"])
    return found


def present(report: dict[str, Any]) -> None:
    """The same for people."""
    compiler = report["compiler"]
    title = f"Gas of writes, hardfork {report['hardfork']}, solc {compiler['solc']} for {compiler['evmVersion']}"
    rows = []
    for name, gas in report["operations"].items():
        target = report["targets"].get(name)
        verdict = "" if target is None else "missed" if name in report["missed"] else "met"
        floor = report["floors"][name]
        rows.append((name, gas, floor, gas - floor, target, verdict, report["states"][name]))
    show(title, ("operation", "gas", "floor", "above", "target", "", "state before"), rows)
    items = []
    for name, found in report["per_item"].items():
        gas = ", ".join(f"{value:,} of {size}" for size, value in found["gas"].items())
        items.append((name, found["item"], gas, found["largest_in_a_block"]))
    show(
        f"Gas per item in batches, blocks of {report['block_gas']:,}",
        ("operation", "item", "gas each", "most in a block"),
        items,
    )
    show("Deployment", ("contract", "gas"), list(report["deployment"].items()), notes=(report["machine"],))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when a target is missed that no decision accepts, or a write was not measured."""
    options = parser_of("gas", __doc__ or "").parse_args(arguments)
    report = measure()
    write_json(options.json, report)
    present(report)
    problems = [f"{name} misses its target" for name in report["missed"] if name not in report["accepted"]]
    problems += [f"{name} was not measured" for name in report["not_measured"]]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
