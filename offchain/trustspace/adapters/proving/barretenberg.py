"""Barretenberg as a process that stays: programs, keys and witnesses go in, proofs come out (`bb msgpack run`)."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING, Any

from trustspace.adapters.proving.child import Child
from trustspace.adapters.proving.programs import find_bb
from trustspace.domain.proofs import Proof
from trustspace.errors import ProverFailed, ToolMissing

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.adapters.proving.artefacts import CircuitArtefact
    from trustspace.adapters.proving.setup_folder import Setup

TITLE = "Barretenberg"
ELEMENT_BYTES = 32
DEFAULT_MEMORY = 1 << 30
_SETTINGS = {  # proofs of UltraHonk with zero knowledge, as the Solidity verifier takes them
    "ipa_accumulation": False,
    "oracle_hash_type": "keccak",
    "disable_zk": False,
    "optimized_solidity_verifier": False,
}


class Barretenberg:
    """One process over one set-up. Not to be shared by threads."""

    def __init__(self, setup: Setup, *, program: Path | None = None, memory_bytes: int = DEFAULT_MEMORY) -> None:
        """Start it. Raises ToolMissing without Barretenberg or msgpack."""
        try:
            import msgpack
        except ImportError as error:
            raise ToolMissing("msgpack is missing", where=TITLE, remedy="pip install 'trustspace[proving]'") from error
        self._msgpack = msgpack
        self._setup = setup
        environment = {
            "CRS_PATH": str(setup.folder),
            "HOME": "/nonexistent",  # it keeps no files of its own
            "HARDWARE_CONCURRENCY": str(len(os.sched_getaffinity(0))),
            "BB_MSM_NEW": "1",  # its newer multi-scalar product: a quarter less work for the same proof
        }
        command = [str(program or find_bb()), "msgpack", "run"]
        self.child = Child(TITLE, command, environment=environment, order="little", memory_bytes=memory_bytes)

    def prove(self, artefact: CircuitArtefact, witness: bytes, seconds: float) -> Proof:
        """The proof of a solved witness (gzip, as Noir writes it).

        Raises ProverFailed, and InvalidSetup for too few powers.
        """
        self._setup.require_powers((1 << artefact.log_size) + 1)
        circuit = {
            "name": str(artefact.circuit),
            "bytecode": artefact.acir,
            "verification_key": artefact.read(artefact.key_path),
        }
        question = {"circuit": circuit, "witness": gzip.decompress(witness), "settings": _SETTINGS}
        answer = self._call("CircuitProve", question, seconds)
        try:
            elements, inputs = answer["proof"], answer["public_inputs"]
            if any(len(element) != ELEMENT_BYTES for element in (*elements, *inputs)):
                raise ValueError("elements are not 32 bytes long")
        except (KeyError, TypeError, ValueError) as error:
            raise ProverFailed(f"answered no proof: {error}", where=TITLE, remedy="use version 5.0.0") from error
        return Proof(
            circuit=artefact.circuit,
            proof=b"".join(elements),
            public_inputs=tuple(int.from_bytes(element, "big") for element in inputs),
        )

    def _call(self, name: str, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        raw = self.child.exchange(self._msgpack.packb([[name, question]]), seconds)
        try:
            kind, answer = self._msgpack.unpackb(raw)
        except (ValueError, TypeError, self._msgpack.UnpackException) as error:
            raise ProverFailed(f"answered nonsense: {error}", where=TITLE, remedy="use version 5.0.0") from error
        if kind != f"{name}Response" or not isinstance(answer, dict):
            said = answer.get("message", "") if isinstance(answer, dict) else ""
            raise ProverFailed(f"refused: {said[:200]}", where=TITLE, remedy="is the witness that of this circuit?")
        return answer
