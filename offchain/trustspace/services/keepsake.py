"""What a bank keeps of a run so that an auditor inside it can recompute its contributions: a file for its owner only.

Lines of canonical JSON: first the run, the participant and the secret of its rows' salts; then, for each round it made
an offer in, the private round key and the seed of its own mask.

Whoever reads the file and the public transcript can open this bank's vectors of these rounds, and no other bank's: keep
it where the bank's table is kept, or keep none.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustspace.crypto.masks import KEY_BYTES, MaskKey
from trustspace.domain.ids import ParticipantId, RunId
from trustspace.encoding import canonical_json
from trustspace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustspace.crypto.round_secrets import RoundSecrets
    from trustspace.encoding.canonical_json import Json

FORMAT = "trustspace.keepsake/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """A file's content. rounds: round -> private round key and seed."""

    run: RunId
    participant: ParticipantId
    rows_secret: bytes = field(repr=False)
    rounds: dict[int, tuple[MaskKey, bytes]] = field(repr=False)


class Keepsake:
    """Writes such a file, line by line."""

    def __init__(self, path: Path) -> None:
        """The file appears when the run begins, readable by its owner alone."""
        self._path = path

    def begin(self, run: RunId, participant: ParticipantId, rows_secret: bytes) -> Callable[[int, RoundSecrets], None]:
        """Start the file, or go on with that of the same run; the result adds a round. Raises InputError otherwise."""
        head: Json = {
            "format": FORMAT, "run": run.hex(), "participant": participant, "rows_secret": rows_secret.hex()
        }  # fmt: skip
        if self._path.exists():
            if self._path.read_bytes().split(b"\n", 1)[0] != canonical_json.dumps(head):
                raise InputError("is kept of another run", where=str(self._path), remedy="name a new file")
        else:
            self._append(head)
        return self.add

    def add(self, round_number: int, secrets: RoundSecrets) -> None:
        """Keep a round's secrets; returns when they are on disk."""
        self._append({"round": round_number, "key": secrets.key.private.hex(), "seed": secrets.seed.hex()})

    def _append(self, line: Json) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(canonical_json.dumps(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_keepsake(path: Path) -> KeptRun:
    """Inverse. Raises InputError naming file and line."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), remedy="check the path") from error
    kept: KeptRun | None = None
    for number, line in enumerate(lines, 1):
        where = f"{path.name}, line {number}"
        record = canonical_json.loads(line, where=where)
        try:
            if kept is None:
                kept = _head(record)
            else:
                at, key, seed = _round(record)
                kept.rounds[at] = (MaskKey(key), seed)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("no line of a keepsake", where=where, remedy="use the file as it was written") from error
    if kept is None:
        raise InputError("is empty", where=path.name, remedy="name the file that was kept of the run")
    return kept


def _head(record: Json) -> KeptRun:
    if not isinstance(record, dict) or record["format"] != FORMAT:
        raise ValueError("another format")
    return KeptRun(
        run=RunId(bytes.fromhex(str(record["run"]))),
        participant=ParticipantId(int(str(record["participant"]))),
        rows_secret=bytes.fromhex(str(record["rows_secret"])),
        rounds={},
    )


def _round(record: Json) -> tuple[int, bytes, bytes]:
    if not isinstance(record, dict):
        raise TypeError("not an object")
    key, seed = bytes.fromhex(str(record["key"])), bytes.fromhex(str(record["seed"]))
    if len(key) != KEY_BYTES or len(seed) != KEY_BYTES:
        raise ValueError("not 32 bytes")
    return int(str(record["round"])), key, seed
