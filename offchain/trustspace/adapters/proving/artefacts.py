"""The compiled circuits inside the package, `trustspace/circuits/`, as `./run circuits` writes them.

    <circuit>.json    program and ABI, as the witness process and `bb -b` take it
    <circuit>.vk      verification key under the set-up that the manifest names
    <circuit>.bin     creation code of the Solidity verifier with that key
    manifest.json     SHA-256 of each, sizes, tools, set-up

A folder of the same layout holds the keys of another set-up: circuits are the same, keys and verifiers are not.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from trustspace.domain.proofs import Circuit, SetupMode
from trustspace.errors import InvalidSettings, ToolMissing

PACKAGED = Path(__file__).resolve().parents[2] / "circuits"
MANIFEST = "manifest.json"
FORMAT = 1
_REBUILD = "in a checkout: ./run circuits; elsewhere install the package again"


@dataclass(frozen=True)
class CircuitArtefact:
    """One compiled circuit.

    `circuit_hash` is the SHA-256 of its ACIR (before gzip), `key_hash` of its verification key, `verifier_hash` the
    Keccak-256 of the verifier's deployed code. `gates` are those of Barretenberg, before they are filled up to
    2^`log_size`.
    """

    circuit: Circuit
    folder: Path
    circuit_hash: bytes
    key_hash: bytes
    verifier_hash: bytes
    gates: int
    log_size: int
    public_inputs: int
    digests: dict[str, str]

    @property
    def program_path(self) -> Path:
        """Program and ABI in JSON."""
        return self.folder / f"{self.circuit}.json"

    @property
    def key_path(self) -> Path:
        """Verification key in Barretenberg's own format."""
        return self.folder / f"{self.circuit}.vk"

    @property
    def verifier_path(self) -> Path:
        """Creation code of the verifier; it takes no arguments."""
        return self.folder / f"{self.circuit}.bin"

    @cached_property
    def program(self) -> dict[str, Any]:
        """Noir's version, the ABI and the bytecode (base64 of gzip). Raises like `read`."""
        content: dict[str, Any] = json.loads(self.read(self.program_path))
        return content

    @property
    def acir(self) -> bytes:
        """The program's bytecode, unpacked: what `circuit_hash` is the hash of. Raises like `read`."""
        return gzip.decompress(base64.b64decode(self.program["bytecode"]))

    @cached_property
    def verifier_code(self) -> bytes:
        """Creation code of the verifier. Raises like `read`."""
        return self.read(self.verifier_path)

    def read(self, path: Path) -> bytes:
        """A file of this circuit, compared with the manifest. Raises ToolMissing, or InvalidSettings if it differs."""
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise ToolMissing("compiled circuit missing", where=str(path), remedy=_REBUILD) from None
        if hashlib.sha256(content).hexdigest() != self.digests[path.name]:
            raise InvalidSettings("not the file that the manifest names", where=str(path), remedy=_REBUILD)
        return content

    def check(self) -> None:
        """Compare all files with the manifest. Raises like `read`."""
        for path in (self.program_path, self.key_path, self.verifier_path):
            self.read(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefacts:
    """All circuits under one set-up. `setup_hash` is what the regulator registers verifiers under."""

    folder: Path
    mode: SetupMode
    setup_hash: bytes
    tools: dict[str, str]
    circuits: dict[Circuit, CircuitArtefact]

    def __getitem__(self, circuit: Circuit) -> CircuitArtefact:
        return self.circuits[circuit]

    @property
    def powers(self) -> int:
        """How many powers of tau a set-up needs for the largest circuit."""
        return (1 << max(artefact.log_size for artefact in self.circuits.values())) + 1

    def check(self) -> None:
        """Compare all files with the manifest. Raises ToolMissing or InvalidSettings."""
        for artefact in self.circuits.values():
            artefact.check()


@lru_cache(maxsize=4)
def load_artefacts(folder: Path = PACKAGED) -> Artefacts:
    """Read a manifest; the files are read, and compared with it, when they are needed.

    Raises ToolMissing when there is none, InvalidSettings when it is damaged or of another version.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("not an object")
    except FileNotFoundError:
        raise ToolMissing("no compiled circuits", where=str(path), remedy=_REBUILD) from None
    except (ValueError, RecursionError) as error:
        raise InvalidSettings(f"no manifest of circuits: {error}", where=str(path), remedy=_REBUILD) from None
    if content.get("format") != FORMAT:
        raise InvalidSettings(f"format {content.get('format')}, not {FORMAT}", where=str(path), remedy=_REBUILD)
    try:
        return Artefacts(
            folder=folder,
            mode=SetupMode[content["setup"]["mode"].upper()],
            setup_hash=bytes.fromhex(content["setup"]["hash"]),
            tools=content["tools"],
            circuits={circuit: _artefact(circuit, folder, content["circuits"][circuit]) for circuit in Circuit},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidSettings(f"damaged manifest: {error!r}", where=str(path), remedy=_REBUILD) from None


def _artefact(circuit: Circuit, folder: Path, entry: dict[str, Any]) -> CircuitArtefact:
    return CircuitArtefact(
        circuit=circuit,
        folder=folder,
        circuit_hash=bytes.fromhex(entry["circuit_hash"]),
        key_hash=bytes.fromhex(entry["files"][f"{circuit}.vk"]),
        verifier_hash=bytes.fromhex(entry["verifier_hash"]),
        gates=int(entry["gates"]),
        log_size=int(entry["log_size"]),
        public_inputs=int(entry["public_inputs"]),
        digests={name: entry["files"][name] for name in (f"{circuit}.{kind}" for kind in ("json", "vk", "bin"))},
    )
