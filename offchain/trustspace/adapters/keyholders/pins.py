"""Public key shares that a bank has met, in a JSON file: {"epoch/seller": {"node": hex}}."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING

from trustspace.crypto.oprf.secp256k1 import parse
from trustspace.errors import InputError, InvalidSettings

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.services.fingerprint_client import Place


class PinFile(MutableMapping["Place", Mapping[int, bytes]]):
    """Replaced at once with every key that is met; one process at a time."""

    def __init__(self, path: Path) -> None:
        """Read what is there. Raises InvalidSettings for a file that is none."""
        self._path = path
        self._known: dict[Place, Mapping[int, bytes]] = {}
        if not path.exists():
            return
        try:
            for name, keys in json.loads(path.read_text(encoding="utf-8")).items():
                epoch, seller = name.split("/")
                shares = {int(node): bytes.fromhex(key) for node, key in keys.items()}
                for share in shares.values():
                    parse(share)
                self._known[int(epoch), seller] = shares
        except (OSError, InputError, ValueError, AttributeError, RecursionError) as error:
            raise InvalidSettings(
                f"not a file of pinned keys: {error}",
                where=str(path),
                remedy="restore it, or move it away to meet anew",
            ) from error

    def __getitem__(self, place: Place) -> Mapping[int, bytes]:
        return self._known[place]

    def __setitem__(self, place: Place, keys: Mapping[int, bytes]) -> None:
        self._known[place] = keys
        self._write()

    def __delitem__(self, place: Place) -> None:
        del self._known[place]
        self._write()

    def __iter__(self) -> Iterator[Place]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _write(self) -> None:
        content = {
            f"{epoch}/{seller}": {str(node): key.hex() for node, key in sorted(keys.items())}
            for (epoch, seller), keys in sorted(self._known.items())
        }
        draft = self._path.with_name(self._path.name + ".part")
        draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        draft.replace(self._path)
