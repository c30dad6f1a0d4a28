"""Compile the contracts and write what the Python package carries: ABI, creation code and code hash of each.

One self-contained standard-JSON request goes to the pinned compiler, so the result depends on the sources alone.
`--check` writes nothing and fails when the committed files differ.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trustspace.adapters.chain.artifacts import code_hash
from trustspace.domain.deployment import CONTRACTS

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "offchain" / "trustspace" / "abi"
SETTINGS: dict[str, Any] = {
    "evmVersion": "london",
    "optimizer": {"enabled": True, "runs": 10000},
    "metadata": {"bytecodeHash": "none"},  # the same code wherever the checkout lies
}
OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]
IMPORT = re.compile(r'^\s*import\s+(?:[^"]*?from\s+)?"([^"]+)"', re.MULTILINE)
VERSION = re.compile(r'string\s+constant\s+VERSION\s*=\s*"([^"]+)"')


def find_source(contract: str) -> Path:
    """The file in contracts/ named after the contract."""
    found = sorted((ROOT / "contracts").rglob(f"{contract}.sol"))
    if len(found) != 1:
        raise SystemExit(f"expected one contracts/**/{contract}.sol, found {len(found)}")
    return found[0]


def gather(paths: list[Path]) -> dict[str, str]:
    """Source unit name -> text of `paths` and everything they import."""
    sources: dict[str, str] = {}
    waiting = [path.relative_to(ROOT).as_posix() for path in paths]
    while waiting:
        unit = waiting.pop()
        if unit in sources:
            continue
        file = ROOT / ("node_modules/" + unit if unit.startswith("@") else unit)
        sources[unit] = file.read_text(encoding="utf-8")
        waiting.extend(_resolve(unit, name) for name in IMPORT.findall(sources[unit]))
    return dict(sorted(sources.items()))


def _resolve(unit: str, name: str) -> str:
    return os.path.normpath(str(Path(unit).parent / name)) if name.startswith(".") else name


def compile_sources(
    sources: dict[str, str], *, settings: dict[str, Any] = SETTINGS, outputs: Sequence[str] = OUTPUTS
) -> dict[str, Any]:
    """Answer of the compiler. Exits with its message when the sources do not compile."""
    compiler = os.environ.get("FOUNDRY_SOLC") or str(ROOT / ".tools" / "solcx" / "solc-v0.8.30")
    request = {
        "language": "Solidity",
        "sources": {unit: {"content": text} for unit, text in sources.items()},
        "settings": {**settings, "outputSelection": {"*": {"*": list(outputs)}}},
    }
    process = subprocess.run(
        [compiler, "--standard-json"], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(process.stdout)
    problems = [item["formattedMessage"] for item in answer.get("errors", []) if item["severity"] == "error"]
    if problems:
        raise SystemExit("\n".join(problems))
    return answer


def version_of(sources: dict[str, str]) -> str:
    """What `version()` of every contract returns: they are released together."""
    found = {match[1] for text in sources.values() for match in VERSION.finditer(text)}
    if len(found) != 1:
        raise SystemExit(f"expected one VERSION in the contracts, found {sorted(found)}")
    return found.pop()


def artifact(contract: str, unit: str, version: str, output: dict[str, Any]) -> dict[str, Any]:
    """What is written for one contract."""
    deployed = output["evm"]["deployedBytecode"]
    immutables = sorted(
        (place["start"], place["length"])
        for places in deployed.get("immutableReferences", {}).values()
        for place in places
    )
    return {
        "contract": contract,
        "version": version,
        "source": unit,
        "compiler": {"solc": "0.8.30", **SETTINGS},
        "immutables": [list(place) for place in immutables],
        "code_hash": "0x" + code_hash(bytes.fromhex(deployed["object"]), immutables).hex(),
        "abi": output["abi"],
        "bytecode": "0x" + output["evm"]["bytecode"]["object"],
    }


def build() -> dict[str, str]:
    """File name -> content for all contracts."""
    paths = {contract: find_source(contract) for contract in CONTRACTS}
    sources = gather(list(paths.values()))
    answer = compile_sources(sources)
    version = version_of(sources)
    files = {}
    for contract, path in paths.items():
        unit = path.relative_to(ROOT).as_posix()
        content = artifact(contract, unit, version, answer["contracts"][unit][contract])
        files[f"{contract}.json"] = json.dumps(content, indent=1, sort_keys=True) + "\n"
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    files = build()
    known = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*.json")}
    changed = sorted(name for name in files.keys() | known.keys() if files.get(name) != known.get(name))
    if arguments.check:
        print("\n".join(f"{name}: differs from a fresh compilation: ./run abi" for name in changed))
        return 1 if changed else 0
    TARGET.mkdir(exist_ok=True)
    for name in changed:
        if name in files:
            (TARGET / name).write_text(files[name], encoding="utf-8")
        else:
            (TARGET / name).unlink()
    print(f"{len(files)} contracts, {len(changed)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
