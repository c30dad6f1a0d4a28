"""One proof by Noir and Barretenberg themselves, a process each: for measuring gas and for tests of the contracts."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.programs import find_bb, find_node, find_node_modules
from trustspace.domain.proofs import Proof

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.adapters.proving.setup_folder import Setup
    from trustspace.domain.proofs import Statement

WITNESS = """
import { Noir } from '@noir-lang/noir_js';
import { readFileSync, writeFileSync } from 'fs';
const [program, inputs, target] = process.argv.slice(2);
const noir = new Noir(JSON.parse(readFileSync(program)));
writeFileSync(target, (await noir.execute(JSON.parse(readFileSync(inputs)))).witness);
"""


def prove(statement: Statement, setup: Setup, folder: Path) -> Proof:
    """A proof for the package's verifier of the circuit. Raises CalledProcessError for a statement that is not true."""
    artefact = load_artefacts()[statement.circuit]
    setup.require_powers((1 << artefact.log_size) + 1)
    folder.mkdir(exist_ok=True)
    (folder / "node_modules").symlink_to(find_node_modules())
    (folder / "witness.mjs").write_text(WITNESS)
    (folder / "inputs.json").write_text(json.dumps(statement.inputs))
    names = ("witness.mjs", artefact.program_path, "inputs.json", "witness.gz")
    subprocess.run([find_node(), *names], cwd=folder, check=True, capture_output=True)
    subprocess.run(
        [
            find_bb(), "prove", "-c", setup.folder, "-b", artefact.program_path, "-w", "witness.gz",
            "-k", artefact.key_path, "-o", folder, "-t", "evm",
        ],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    words = (folder / "public_inputs").read_bytes()
    inputs = tuple(int.from_bytes(words[at : at + 32], "big") for at in range(0, len(words), 32))
    return Proof(circuit=statement.circuit, proof=(folder / "proof").read_bytes(), public_inputs=inputs)
