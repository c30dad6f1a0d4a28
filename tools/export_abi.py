"""Compile the contracts and write what the Python package carries: ABI, creation code, code hash, places of immutables
and of storage of each.

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
OUTPUTS = [
    "abi",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
    "storageLayout",
]
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
        "settings": {**settings, "outputSelection": {"*": {"*": list(outputs), "": ["ast"]}}},
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


def immutable_names(answer: dict[str, Any]) -> dict[str, str]:
    """Id in the syntax tree -> name of every immutable of all sources."""
    found: dict[str, str] = {}
    waiting: list[Any] = [source["ast"] for source in answer["sources"].values()]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("nodeType") == "VariableDeclaration" and node.get("mutability") == "immutable":
                found[str(node["id"])] = node["name"]
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return found


def storage(layout: dict[str, Any]) -> dict[str, Any]:
    """Where each variable of a contract lies, with its type written out (see `encoding/storage_layout.py`)."""
    return _members(layout["storage"], layout["types"] or {})


def _members(variables: list[dict[str, Any]], types: dict[str, Any]) -> dict[str, Any]:
    return {
        item["label"]: {"slot": int(item["slot"]), "offset": item["offset"], "type": _type(item["type"], types)}
        for item in variables
    }


def _type(name: str, types: dict[str, Any]) -> dict[str, Any]:
    kind = types[name]
    if kind["encoding"] == "mapping":
        return {"key": int(types[kind["key"]]["numberOfBytes"]), "value": _type(kind["value"], types)}
    if kind["encoding"] == "dynamic_array":
        return {"elements": _type(kind["base"], types)}
    if kind["encoding"] == "bytes":
        return {"text": True}
    if "members" in kind:
        return {"members": _members(kind["members"], types)}
    if "base" in kind or kind["encoding"] != "inplace":
        raise SystemExit(f"no rule yet for storage of type {kind['label']}: extend tools/export_abi.py")
    return {"bytes": int(kind["numberOfBytes"])}


def artifact(contract: str, unit: str, version: str, output: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """What is written for one contract."""
    deployed = output["evm"]["deployedBytecode"]
    places = {
        names[number]: sorted((place["start"], place["length"]) for place in found)
        for number, found in deployed.get("immutableReferences", {}).items()
    }
    if len(places) < len(deployed.get("immutableReferences", {})):
        raise SystemExit(f"{contract} has two immutables of one name")
    immutables = sorted(place for found in places.values() for place in found)
    creation, runtime = output["evm"]["bytecode"]["object"], deployed["object"]
    if creation.count(runtime) != 1:
        raise SystemExit(f"the creation code of {contract} does not hold its runtime code once")
    return {
        "contract": contract,
        "version": version,
        "source": unit,
        "compiler": {"solc": "0.8.30", **SETTINGS},
        "immutables": {name: [list(place) for place in found] for name, found in places.items()},
        "runtime": [creation.index(runtime) // 2, len(runtime) // 2],
        "storage": storage(output["storageLayout"]),
        "code_hash": "0x" + code_hash(bytes.fromhex(runtime), immutables).hex(),
        "abi": output["abi"],
        "bytecode": "0x" + creation,
    }


def build() -> dict[str, str]:
    """File name -> content for all contracts."""
    paths = {contract: find_source(contract) for contract in CONTRACTS}
    sources = gather(list(paths.values()))
    answer = compile_sources(sources)
    version = version_of(sources)
    names = immutable_names(answer)
    files = {}
    for contract, path in paths.items():
        unit = path.relative_to(ROOT).as_posix()
        content = artifact(contract, unit, version, answer["contracts"][unit][contract], names)
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
