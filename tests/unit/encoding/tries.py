"""Tries made the slow and obvious way (Yellow Paper, appendix D): what the look-up is tested against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustspace.encoding import rlp
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.encoding.rlp import Item


@dataclass
class ReferenceTrie:
    """Root and nodes of a trie over `items`; keys are hashed when it is a secure one."""

    items: Mapping[bytes, bytes]
    secure: bool = True
    nodes: dict[bytes, bytes] = field(default_factory=dict)
    root: bytes = b""

    def __post_init__(self) -> None:
        paths = {(keccak(key) if self.secure else key).hex(): value for key, value in self.items.items()}
        raw = rlp.encode(self._node(paths))
        self.root = keccak(raw)
        self.nodes[self.root] = raw

    def _node(self, paths: dict[str, bytes]) -> Item:
        if not paths:
            return b""
        if len(paths) == 1:
            ((path, value),) = paths.items()
            return [packed(path, leaf=True), value]
        first = min(paths)
        shared = 0
        while all(path[shared : shared + 1] == first[shared : shared + 1] != "" for path in paths):
            shared += 1
        if shared:
            rest = {path[shared:]: value for path, value in paths.items()}
            return [packed(first[:shared], leaf=False), self._child(rest)]
        children: list[Item] = [
            self._child({path[1:]: value for path, value in paths.items() if path[:1] == digit})
            for digit in "0123456789abcdef"
        ]
        return [*children, paths.get("", b"")]

    def _child(self, paths: dict[str, bytes]) -> Item:
        node = self._node(paths)
        raw = rlp.encode(node)
        if len(raw) < 32:
            return node
        digest = keccak(raw)
        self.nodes[digest] = raw
        return digest


def packed(path: str, *, leaf: bool) -> bytes:
    """Half bytes with the flag before them."""
    flag = 2 * leaf + len(path) % 2
    return bytes.fromhex(f"{flag:x}{path}" if len(path) % 2 else f"{flag:x}0{path}")
