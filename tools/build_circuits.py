"""Compile the circuits and write what the Python package carries of them: `offchain/trustspace/circuits/`.

Each circuit becomes a program (ACIR and ABI), a verification key under a set-up, and a Solidity verifier with that key,
compiled for Cancun. What is written depends on the sources, the tools' versions and the set-up alone.

`--check` writes nothing and fails when a fresh build differs; `--sources FOLDER` also writes the verifiers' Solidity,
the optimised one that is used and the readable one.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from tools.export_abi import compile_sources
from trustspace.adapters.proving.artefacts import FORMAT, MANIFEST, PACKAGED
from trustspace.adapters.proving.dev_setup import dev_setup
from trustspace.adapters.proving.programs import find_bb, find_node
from trustspace.adapters.proving.setup_folder import Setup, read_setup
from trustspace.apps.session import cache
from trustspace.domain.proofs import Circuit
from trustspace.encoding.hashing import keccak

ROOT = Path(__file__).resolve().parent.parent
CIRCUITS = ROOT / "circuits"
SOLC_SETTINGS: dict[str, Any] = {
    "evmVersion": "cancun",
    "optimizer": {"enabled": True, "runs": 10000},
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
}
# [tau]_2 of the set-up that Barretenberg's verifiers are written for, as EIP-197 orders it. not-a-key: whole file
BUILT_IN_G2 = (
    "0x260e01b251f6f1c7e7ff4e580791dee8ea51d87a358e038b4efe30fac09383c1",
    "0x0118c4d5b837bcc2bc89b5b398b5974e9f5944073b32078b7e231fec938883b0",
    "0x04fc6369f7110fe3d25156c1bb9a72859cf2a04641f99ba4ee413c80da6a5fe4",
    "0x22febda3c0c0632a56475b4214e5615e11e6dd3f96e6cea2854a87d4dacc5e55",
)
WORD = 32
POWERS = (1 << 16) + 1  # of tau: what the largest circuit needs
PAIRING_INPUTS = 8  # public inputs of Barretenberg's own in every key


def compile_circuits(output: Path, circuits: Path = CIRCUITS, names: tuple[str, ...] = tuple(Circuit)) -> None:
    """Write <name>.json of each circuit. Exits with the compiler's message when one does not compile."""
    command = [find_node(), ROOT / "tools" / "compile_circuits.mjs", circuits, output, *names]
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)


def barretenberg(*arguments: object) -> str:
    """What bb prints. Exits with its message when it fails."""
    done = subprocess.run([find_bb(), *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bb {' '.join(map(str, arguments))}\n{done.stderr or done.stdout}")
    return done.stdout


def adapt_verifier(source: str, constants: tuple[int, ...]) -> str:
    """The verifier's source for another [tau]_2. Exits unless each of the built-in ones is there once, and in order."""
    if any(source.count(constant) != 1 for constant in BUILT_IN_G2):
        raise SystemExit("the verifier does not hold the known [tau]_2 once: is this another version of Barretenberg?")
    places = [source.index(constant) for constant in BUILT_IN_G2]
    if places != sorted(places):
        raise SystemExit("the verifier holds [tau]_2 in another order")
    for built_in, constant in zip(BUILT_IN_G2, constants, strict=True):
        source = source.replace(built_in, f"{constant:#066x}")
    return source


def verifier_source(key: Path, setup: Setup, folder: Path, *, optimised: bool) -> str:
    """Solidity of the verifier with this key under this set-up."""
    target = folder / "verifier.sol"
    flags = ["--optimized"] if optimised else []
    barretenberg("write_solidity_verifier", "-k", key, "-o", target, "-t", "evm", *flags)
    return adapt_verifier(target.read_text(encoding="utf-8"), setup.verifier_constants)


def compile_verifier(source: str) -> tuple[bytes, bytes]:
    """Creation and deployed code of the optimised verifier. Exits if it wants libraries or has immutables."""
    outputs = ["evm.bytecode", "evm.deployedBytecode"]
    answer = compile_sources({"verifier.sol": source}, settings=SOLC_SETTINGS, outputs=outputs)
    compiled = answer["contracts"]["verifier.sol"]["HonkVerifier"]["evm"]
    deployed = compiled["deployedBytecode"]
    if compiled["bytecode"]["linkReferences"] or deployed.get("immutableReferences"):
        raise SystemExit("the verifier needs libraries or has immutables: it is not the optimised one")
    return bytes.fromhex(compiled["bytecode"]["object"]), bytes.fromhex(deployed["object"])


def build_circuit(circuit: Circuit, setup: Setup, folder: Path) -> dict[str, Any]:
    """Write key and verifier beside the circuit's program; returns its entry of the manifest."""
    program, key, code = (folder / f"{circuit}.{kind}" for kind in ("json", "vk", "bin"))
    size = json.loads(barretenberg("gates", "-b", program, "-t", "evm"))["functions"][0]
    with tempfile.TemporaryDirectory() as scratch:
        barretenberg("write_vk", "-c", setup.folder, "-b", program, "-o", scratch, "-t", "evm")
        key.write_bytes((Path(scratch) / "vk").read_bytes())
        creation, deployed = compile_verifier(verifier_source(key, setup, Path(scratch), optimised=True))
    code.write_bytes(creation)
    log_size, inputs = (int.from_bytes(key.read_bytes()[at : at + WORD], "big") for at in (0, WORD))
    setup.require_powers((1 << log_size) + 1)
    return {
        "circuit_hash": sha256(acir_of(program)).hexdigest(),
        "verifier_hash": keccak(deployed).hex(),
        "gates": size["circuit_size"],
        "opcodes": size["acir_opcodes"],
        "log_size": log_size,
        "public_inputs": inputs - PAIRING_INPUTS,
        "files": {file.name: sha256(file.read_bytes()).hexdigest() for file in (program, key, code)},
    }


def acir_of(program: Path) -> bytes:
    """The bytecode, unpacked."""
    return gzip.decompress(base64.b64decode(json.loads(program.read_text(encoding="utf-8"))["bytecode"]))


def build(setup: Setup, folder: Path) -> None:
    """Fill a folder with all circuits and their manifest."""
    compile_circuits(folder)
    circuits = {circuit.value: build_circuit(circuit, setup, folder) for circuit in Circuit}
    manifest = {
        "format": FORMAT,
        "tools": tools(folder),
        "setup": {"mode": setup.mode.name.lower(), "hash": setup.digest.hex()},
        "circuits": circuits,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def tools(folder: Path) -> dict[str, str]:
    """Versions of what the artefacts depend on."""
    program = json.loads((folder / f"{Circuit.SCORE_CARD}.json").read_text(encoding="utf-8"))
    solc = f"0.8.30 {json.dumps(SOLC_SETTINGS, sort_keys=True)}"
    return {"noir": program["noir_version"], "barretenberg": barretenberg("--version").strip(), "solc": solc}


def write_sources(setup: Setup, built: Path, target: Path) -> None:
    """The verifiers' Solidity, optimised and readable."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for circuit in Circuit:
            for kind, optimised in (("optimised", True), ("readable", False)):
                source = verifier_source(built / f"{circuit}.vk", setup, Path(scratch), optimised=optimised)
                (target / f"{circuit}.{kind}.sol").write_text(source, encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """File name -> content."""
    return {path.name: path.read_bytes() for path in folder.glob("*")} if folder.is_dir() else {}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run circuits", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--setup", type=Path, help="folder of a set-up; the one for development by default")
    parser.add_argument("--output", type=Path, default=PACKAGED, help="folder to write; the package's own by default")
    parser.add_argument("--sources", type=Path, help="folder for the verifiers' Solidity")
    arguments = parser.parse_args()
    setup = read_setup(arguments.setup) if arguments.setup else dev_setup(cache(), POWERS)
    with tempfile.TemporaryDirectory() as scratch:
        built = Path(scratch)
        build(setup, built)
        if arguments.sources is not None:
            write_sources(setup, built, arguments.sources)
        fresh, known = contents(built), contents(arguments.output)
    changed = sorted(name for name in fresh.keys() | known.keys() if fresh.get(name) != known.get(name))
    if arguments.check:
        print("\n".join(f"{name}: differs from a fresh build: ./run circuits" for name in changed))
        return 1 if changed else 0
    if changed:
        shutil.rmtree(arguments.output, ignore_errors=True)
        arguments.output.mkdir(parents=True)
        for name, content in fresh.items():
            (arguments.output / name).write_bytes(content)
    print(f"{len(Circuit)} circuits, {len(changed)} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
