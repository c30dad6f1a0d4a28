"""Seeds by epoch, unsealed when an epoch is asked for first: an epoch that opens needs no restart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from trustspace.adapters.keyholders.setup import own_node
from trustspace.services.keyholder import EpochSeeds

if TYPE_CHECKING:
    from trustspace.adapters.chain.fingerprint_keys import FingerprintKeys
    from trustspace.adapters.chain.participants import ParticipantRegistry
    from trustspace.adapters.keyholders.seed_files import SeedFiles


class SeedShelf(Mapping[int, EpochSeeds]):
    """A keyholder's seeds. Epochs whose file is deleted are forgotten."""

    def __init__(self, files: SeedFiles, keys: FingerprintKeys, participants: ParticipantRegistry) -> None:
        """Nothing is unsealed yet."""
        self._files = files
        self._keys = keys
        self._participants = participants
        self._known: dict[int, EpochSeeds] = {}
        self._lock = Lock()

    def __getitem__(self, epoch: int) -> EpochSeeds:
        with self._lock:
            if not self._files.has_seeds(epoch):
                self._known.pop(epoch, None)
                raise KeyError(epoch)
            if epoch not in self._known:
                record = self._keys.epoch(epoch)
                number = own_node(record, self._keys, self._participants)
                self._known[epoch] = self._files.seeds(record, number)
            return self._known[epoch]

    def __iter__(self) -> Iterator[int]:
        return iter(tuple(self._known))

    def __len__(self) -> int:
        return len(self._known)
