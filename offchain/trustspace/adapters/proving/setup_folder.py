"""A set-up as a folder that Barretenberg takes for its `--crs_path`.

    bn254_g1.dat   tau^i * G, 64 bytes each      bn254_g2.dat   tau in G2, 128 bytes
    setup.json     mode, number of powers, digest, SHA-256 of both files

Reading checks sizes, hashes and the first point, so a damaged folder is found; that the powers belong together was
checked by whoever made the folder.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustspace.adapters.store.files import write_private
from trustspace.domain.proofs import SetupMode
from trustspace.encoding.bn254 import (
    BN254,
    POINT_BYTES,
    TWIST_POINT_BYTES,
    TwistPoint,
    eip197_words,
    encode_point,
    read_twist_point,
)
from trustspace.errors import InvalidSetup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

G1_FILE, G2_FILE, FACTS_FILE = "bn254_g1.dat", "bn254_g2.dat", "setup.json"
FORMAT = "trustspace set-up 1"
LEAST_POWERS = 2
MOST_POWERS = 1 << 28
"""As many as the public ceremonies have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A set-up that was read and found intact.

    powers: points of G1 in the folder, tau^0 * G first. tau: [tau] in G2, which verifiers carry. digest: 32 bytes that
    name the set-up on chain: the hash of a ceremony's transcript, in the other modes SHA-256 of bn254_g2.dat.
    points_hash: SHA-256 of bn254_g1.dat.
    """

    folder: Path
    mode: SetupMode
    powers: int
    tau: TwistPoint
    digest: bytes
    points_hash: bytes

    @property
    def verifier_constants(self) -> tuple[int, int, int, int]:
        """[tau] in G2 in the order of a Solidity verifier: x.c1, x.c0, y.c1, y.c0."""
        return eip197_words(self.tau)

    def require_powers(self, count: int) -> None:
        """Raises InvalidSetup when it has fewer: Barretenberg would then look for other ones on the internet."""
        if self.powers < count:
            raise InvalidSetup(
                f"has {self.powers} powers, and {count} are needed", where=str(self.folder), remedy="use a larger one"
            )


def read_setup(folder: Path) -> Setup:
    """The set-up in a folder. Raises InvalidSetup for one that is missing, cut off, changed or no set-up."""
    facts = _facts(folder / FACTS_FILE)
    try:
        mode, powers = SetupMode[str(facts["mode"]).upper()], facts["powers"]
        hashes = {name: facts["sha256"][name] for name in (G1_FILE, G2_FILE)}
        digest = bytes.fromhex(facts["digest"])
    except (KeyError, TypeError, ValueError) as error:
        raise _invalid(folder / FACTS_FILE, f"has no valid {error}") from error
    if facts.get("format") != FORMAT or type(powers) is not int or not LEAST_POWERS <= powers <= MOST_POWERS:
        raise _invalid(folder / FACTS_FILE, "is not in the documented form")
    first = _checked(folder / G1_FILE, powers * POINT_BYTES, hashes[G1_FILE])
    tau = _checked(folder / G2_FILE, TWIST_POINT_BYTES, hashes[G2_FILE])
    if first[:POINT_BYTES] != encode_point(BN254.generator):
        raise _invalid(folder / G1_FILE, "does not begin with the generator")
    if len(digest) != 32 or (mode is not SetupMode.CONSORTIUM and digest != sha256(tau).digest()):
        raise _invalid(folder / FACTS_FILE, "has a digest that does not belong to these files")
    return Setup(
        folder=folder,
        mode=mode,
        powers=powers,
        tau=read_twist_point(tau),
        digest=digest,
        points_hash=bytes.fromhex(hashes[G1_FILE]),
    )


def write_setup(
    folder: Path,
    mode: SetupMode,
    g1: bytes,
    g2: bytes,
    *,
    digest: bytes | None = None,
    others: Mapping[str, bytes] | None = None,
) -> Setup:
    """Put a set-up where none is, all of it or nothing, readable by its owner only. Raises InvalidSetup, OSError.

    `digest` names a ceremony's set-up, the other modes have their own; `others` are files to keep beside it.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        facts = {
            "format": FORMAT,
            "mode": mode.name.lower(),
            "powers": len(g1) // POINT_BYTES,
            "digest": (digest or sha256(g2).digest()).hex(),
            "sha256": {G1_FILE: sha256(g1).hexdigest(), G2_FILE: sha256(g2).hexdigest()},
        }
        write_private(part / G1_FILE, g1)
        write_private(part / G2_FILE, g2)
        for name, content in (others or {}).items():
            write_private(part / name, content)
        write_private(part / FACTS_FILE, (json.dumps(facts, indent=1) + "\n").encode())
        read_setup(part)
        move_into_place(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return read_setup(folder)


def move_into_place(part: Path, folder: Path) -> None:
    """Rename a finished folder to one that must not be there. Raises InvalidSetup."""
    try:
        part.rename(folder)
    except OSError as error:
        raise InvalidSetup(
            "is there already", where=str(folder), remedy="name a folder that is not there yet"
        ) from error
    parent = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _invalid(path, "is missing or no JSON") from error
    if not isinstance(facts, dict):
        raise _invalid(path, "is not in the documented form")
    return facts


def _checked(path: Path, size: int, expected: str) -> bytes:
    """The content's beginning, once all of it has the right size and hash."""
    digest, head, length = sha256(), b"", 0
    for block in _blocks(path):
        digest.update(block)
        head, length = head or block, length + len(block)
    if length != size:
        raise _invalid(path, f"has {length} bytes, not {size}")
    if digest.hexdigest() != expected:
        raise _invalid(path, "has another SHA-256 than setup.json says")
    return head


def _blocks(path: Path) -> Iterable[bytes]:
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                yield block
    except OSError as error:
        raise _invalid(path, "cannot be read") from error


def _invalid(path: Path, fault: str) -> InvalidSetup:
    return InvalidSetup(fault, where=str(path), remedy="make the set-up again, or get the folder again")
