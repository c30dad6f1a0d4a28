"""A party's memory that ends with the process: `ports.PartyMemory`, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class BriefMemory:
    """`ports.PartyMemory` that ends with the process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def recall(self, name: str) -> bytes | None:
        """What is kept."""
        return self._kept.get(name)

    def keep(self, changes: Mapping[str, bytes | None]) -> None:
        """Keep or forget."""
        for name, content in changes.items():
            if content is None:
                self._kept.pop(name, None)
            else:
                self._kept[name] = content
