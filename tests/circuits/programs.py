"""The packaged programs, and Noir's own machine beside ours."""

from __future__ import annotations

import base64
import json
import subprocess
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from tests.circuits.acir import flat, read_program
from tests.circuits.attempts import Attempts
from tests.circuits.machine import Machine
from tests.circuits.statements import statement
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.programs import find_node, find_node_modules
from trustspace.domain.proofs import Circuit
from trustspace.encoding.poseidon2 import FIELD_MODULUS

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def machine_of(circuit: Circuit) -> Machine:
    return Machine(read_program(load_artefacts()[circuit].program_path))


@cache
def attempts_of(circuit: Circuit, seed: int) -> Attempts:
    """Everything that a prover might try against one honest witness."""
    machine = machine_of(circuit)
    return Attempts(machine, machine.run(flat(statement(circuit, Random(seed)))))


class Noir:
    """Runs circuits with Noir's own machine, in one process of node."""

    def __init__(self) -> None:
        command = [str(find_node()), str(Path(__file__).with_name("noir.mjs")), str(find_node_modules())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, program: Path, inputs: dict[str, Any]) -> dict[int, int] | str:
        """All values by witness, or what it says against the inputs."""
        answer = self._ask({"program": str(program), "inputs": _texts(inputs)})
        if "error" in answer:
            return str(answer["error"])
        return {number: int(value, 16) for number, value in answer["witness"]}

    def pack(self, values: Mapping[int, int]) -> bytes:
        """A witness as Barretenberg takes it."""
        answer = self._ask({"values": [[number, f"0x{value:064x}"] for number, value in values.items()]})
        return base64.b64decode(answer["packed"])

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.communicate()


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _texts(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(item) for item in value]
    return str(value % FIELD_MODULUS)
