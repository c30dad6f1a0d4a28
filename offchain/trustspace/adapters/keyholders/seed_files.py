"""A keyholder's secrets in its own folder, sealed by its password: the ceremony's while it lasts, then the seeds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from trustspace.crypto.masks import MaskKey
from trustspace.crypto.oprf.replicated import SEED_BYTES, Members, Sharing
from trustspace.crypto.sealed import COST, seal, unseal
from trustspace.errors import InvalidKey
from trustspace.services.keyholder import EpochSeeds
from trustspace.services.seed_ceremony import Ceremony, CeremonySecrets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trustspace.domain.fingerprints import EpochRecord

_KEY_BYTES = 32
_CEREMONY = b"trustspace.fingerprint.ceremony.v1"
_SEEDS = b"trustspace.fingerprint.seeds.v1"


class SeedFiles:
    """`ceremony-<identity>.sealed` and `seeds-<epoch>.sealed` in a folder that only its owner can read."""

    def __init__(self, folder: Path, password: str, *, cost: int = COST) -> None:
        """Make the folder when it is not there. A lower scrypt `cost` is for passwords that cannot be guessed."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._password = password
        self._cost = cost

    def ceremony_secrets(self, ceremony: Ceremony) -> CeremonySecrets:
        """Those drawn for a ceremony: kept ones, or fresh ones that are on disk when this returns."""
        path = self._ceremony_path(ceremony)
        sets = ceremony.sharing.sets_of(ceremony.node)
        label = _CEREMONY + ceremony.identity
        if path.exists():
            raw = unseal(path.read_bytes(), self._password, label, where=str(path))
            return CeremonySecrets(key=MaskKey(raw[:_KEY_BYTES]), contributions=_cut(raw[_KEY_BYTES:], sets, path))
        private, drawn = CeremonySecrets.draw_private(ceremony)
        content = private + b"".join(drawn.contributions[members] for members in sets)
        self._write(path, seal(content, self._password, label, cost=self._cost))
        return drawn

    def keep_seeds(self, ceremony: Ceremony, seeds: Mapping[Members, bytes]) -> None:
        """Write the seeds of an epoch; they are on disk when this returns."""
        content = b"".join(seeds[members] for members in ceremony.sharing.sets_of(ceremony.node))
        label = _SEEDS + ceremony.identity
        self._write(self._seeds_path(ceremony.epoch), seal(content, self._password, label, cost=self._cost))

    def forget_ceremony(self, ceremony: Ceremony) -> None:
        """Delete what only the ceremony needed: kept offers open nothing from now on."""
        _erase(self._ceremony_path(ceremony))

    def has_seeds(self, epoch: int) -> bool:
        """Whether there is a file of seeds."""
        return self._seeds_path(epoch).exists()

    def seeds(self, record: EpochRecord, node: int) -> EpochSeeds:
        """Seeds of an epoch. Raises InvalidKey for a wrong password or a file of another ceremony."""
        path = self._seeds_path(record.epoch)
        sharing = Sharing(record.threshold, len(record.nodes))
        raw = unseal(path.read_bytes(), self._password, _SEEDS + record.ceremony, where=str(path))
        seeds = _cut(raw, sharing.sets_of(node), path)
        return EpochSeeds(epoch=record.epoch, node=node, sharing=sharing, seeds=seeds)

    def destroy_seeds(self, epoch: int) -> None:
        """Overwrite and delete the seeds of an epoch: its fingerprints can never be computed again with them."""
        _erase(self._seeds_path(epoch))

    def _ceremony_path(self, ceremony: Ceremony) -> Path:
        return self._folder / f"ceremony-{ceremony.identity.hex()[:16]}.sealed"

    def _seeds_path(self, epoch: int) -> Path:
        return self._folder / f"seeds-{epoch}.sealed"

    def _write(self, path: Path, content: bytes) -> None:
        draft = path.with_suffix(".part")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _cut(raw: bytes, sets: tuple[Members, ...], path: Path) -> dict[Members, bytes]:
    if len(raw) != SEED_BYTES * len(sets):
        raise InvalidKey("holds seeds of other sets", where=str(path), remedy="restore the file of this epoch")
    return {members: raw[SEED_BYTES * at : SEED_BYTES * (at + 1)] for at, members in enumerate(sets)}


def _erase(path: Path) -> None:
    """Overwrite before deleting; copies and backups are their owner's matter."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
