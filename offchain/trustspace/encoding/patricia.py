"""Proofs in Ethereum's Merkle-Patricia tries (Yellow Paper, appendix D), of what is there and of what is not.

A trie is known by the hash of its root node; every further node is named by its hash in the node above, or lies in it
when it has fewer than 32 bytes. The path to a value is the Keccak-256 of its key, 64 half bytes:

    branch     [child 0, …, child 15, ""]     the next half byte chooses the child; "" is nothing
    extension  [packed half bytes, child]     the path goes on with these
    leaf       [packed half bytes, value]     the path ends with these
    packed     0x00, 0x1h (extension), 0x20, 0x3h (leaf), then two half bytes in each byte
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding import rlp
from trustspace.encoding.hashing import keccak
from trustspace.errors import InvalidBundle, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustspace.encoding.rlp import Decoded

EMPTY_ROOT = keccak(rlp.encode(b""))
HASH_BYTES = 32


class TrieNodes:
    """Nodes of one or more tries by their hash. It remembers which ones a look-up went through, in order."""

    def __init__(self, nodes: Iterable[bytes]) -> None:
        """Nodes in any order; a repeated one counts once."""
        self._raw = {keccak(node): node for node in nodes}
        self._decoded: dict[bytes, list[Decoded]] = {}

    @property
    def visited(self) -> tuple[bytes, ...]:
        """The nodes that look-ups went through, in the order of the first visit."""
        return tuple(self._raw[digest] for digest in self._decoded)

    def look_up(self, root: bytes, key: bytes, *, where: str) -> bytes | None:
        """The value at a key of the trie with this root; None when the trie has none there.

        Raises InvalidBundle when a node is missing or is no node.
        """
        if root == EMPTY_ROOT:
            return None
        path = keccak(key).hex()
        node = self._node(root, where)
        while True:
            if len(node) == 17:
                if not path:
                    raise _refusal("a branch where the path ends", where)
                child, path = node[int(path[0], 16)], path[1:]
                if child == b"":
                    return None
            else:
                is_leaf, part = _unpacked(node[0], where)
                if is_leaf or not path.startswith(part):
                    return _value(node[1], where) if is_leaf and path == part else None
                child, path = node[1], path[len(part) :]
            node = self._child(child, where)

    def _child(self, child: Decoded, where: str) -> list[Decoded]:
        if isinstance(child, bytes):
            if len(child) != HASH_BYTES:
                raise _refusal("a child that is neither a hash nor a node", where)
            return self._node(child, where)
        if len(rlp.encode(child)) >= HASH_BYTES:
            raise _refusal("a node of 32 bytes or more within another", where)
        return _checked(child, where)

    def _node(self, digest: bytes, where: str) -> list[Decoded]:
        known = self._decoded.get(digest)
        if known is not None:
            return known
        raw = self._raw.get(digest)
        if raw is None:
            raise InvalidBundle(
                f"the node 0x{digest.hex()} of the proof is missing", where=where, remedy="make the bundle again"
            )
        try:
            node = _checked(rlp.decode_list(raw, where=where), where)
        except OutOfRange as error:
            raise _refusal(error.message, where) from error
        self._decoded[digest] = node
        return node


def _checked(node: list[Decoded], where: str) -> list[Decoded]:
    """The node, when it has the form of one."""
    if len(node) not in (2, 17) or (len(node) == 17 and node[16] != b""):
        raise _refusal("neither a branch nor a leaf nor an extension", where)
    return node


def _unpacked(packed: Decoded, where: str) -> tuple[bool, str]:
    """Whether a node is a leaf, and its part of the path in hexadecimal."""
    digits = packed.hex() if isinstance(packed, bytes) else ""
    if digits[:1] in ("1", "3"):
        part = digits[1:]
    elif digits[:2] in ("00", "20"):
        part = digits[2:]
    else:
        raise _refusal("a path that is not packed as it should be", where)
    is_leaf = digits[0] in "23"
    if not is_leaf and not part:
        raise _refusal("an extension by nothing", where)
    return is_leaf, part


def _value(item: Decoded, where: str) -> bytes:
    if not isinstance(item, bytes) or not item:
        raise _refusal("a leaf without a value", where)
    return item


def _refusal(problem: str, where: str) -> InvalidBundle:
    return InvalidBundle(f"not a node of a trie: {problem}", where=where, remedy="make the bundle again")
