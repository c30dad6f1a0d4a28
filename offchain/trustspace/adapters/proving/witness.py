"""Noir in a node process that stays: programs and inputs go in, solved witnesses come out."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustspace.adapters.proving.child import Child
from trustspace.adapters.proving.programs import find_node, find_node_modules
from trustspace.errors import FalseStatement, ProverFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.adapters.proving.artefacts import CircuitArtefact

TITLE = "Noir"
SCRIPT = Path(__file__).with_suffix(".mjs")
HEAP_MEGABYTES = 512
_REMEDY = "use @noir-lang/noir_js 1.0.0-beta.26"


class WitnessSolver:
    """One process. Not to be shared by threads."""

    def __init__(self, *, node: Path | None = None) -> None:
        """Start it. Raises ToolMissing without node or Noir's packages."""
        modules = find_node_modules()
        command = [str(node or find_node()), f"--max-old-space-size={HEAP_MEGABYTES}", str(SCRIPT), str(modules.parent)]
        self.child = Child(TITLE, command, environment={"HOME": "/nonexistent"}, order="big")
        self._kept: set[str] = set()

    def solve(self, artefact: CircuitArtefact, inputs: Mapping[str, object], seconds: float) -> bytes:
        """The solved witness, gzip. Raises FalseStatement when the inputs do not satisfy the circuit, ProverFailed."""
        name = str(artefact.circuit)
        if name not in self._kept:
            self._ask({"name": name, "program": artefact.program}, "kept", seconds)
            self._kept.add(name)
        answer = self._ask({"name": name, "inputs": inputs}, "witness", seconds)
        return base64.b64decode(answer)

    def _ask(self, question: dict[str, object], key: str, seconds: float) -> str:
        raw = self.child.exchange(json.dumps(question).encode(), seconds)
        try:
            answer: dict[str, Any] = json.loads(raw)
        except ValueError as error:
            raise ProverFailed(f"answered nonsense: {error}", where=TITLE, remedy=_REMEDY) from error
        if "unsatisfied" in answer:
            raise FalseStatement(
                f"the circuit {question['name']} cannot be satisfied",  # what Noir says may quote inputs
                where="statement",
                remedy="build it from what the chain holds; damaged inputs look like this too",
            )
        if key not in answer:
            raise ProverFailed("answered something else", where=TITLE, remedy=_REMEDY)
        found: str = answer[key]
        return found
