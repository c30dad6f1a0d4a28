"""Where a contract keeps what (Solidity documentation, "Layout of State Variables in Storage").

The layout is the compiler's own, written into the package by `tools/export_abi.py`. A variable has a slot and, within
it, an offset from the low end. What a mapping at slot p keeps for key k begins at slot keccak256(k || p), both as 32
bytes; members of a struct follow the struct's first slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustspace.encoding.hashing import keccak
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOTS = 1 << 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A value of `size` bytes, `offset` bytes above the low end of a slot."""

    slot: int
    offset: int
    size: int

    def value_in(self, word: int) -> int:
        """The value, from the slot's word."""
        return word >> 8 * self.offset & (1 << 8 * self.size) - 1


@dataclass(frozen=True, slots=True)
class StorageLayout:
    """The variables of one contract by name, as `tools/export_abi.py` writes them."""

    contract: str
    variables: Mapping[str, Any]

    def place(self, variable: str, *path: str | int | bytes) -> Place:
        """Where a value lies: a variable, then keys of mappings (int or bytes) and names of members (str).

        Raises OutOfRange when the contract has no such value or a key does not fit its type.
        """
        slot, offset = 0, 0
        kind: Mapping[str, Any] = {"members": self.variables}
        for step in (variable, *path):
            if isinstance(step, str):
                member = kind.get("members", {}).get(step)
                if member is None:
                    raise self._unknown(variable, path)
                slot, offset, kind = slot + member["slot"], member["offset"], member["type"]
            else:
                if "key" not in kind:
                    raise self._unknown(variable, path)
                slot = int.from_bytes(keccak(self._key(step, kind["key"]) + slot.to_bytes(32, "big")), "big")
                offset, kind = 0, kind["value"]
            slot %= SLOTS
        if "bytes" not in kind:
            raise self._unknown(variable, path)
        return Place(slot=slot, offset=offset, size=kind["bytes"])

    def _key(self, key: int | bytes, size: int) -> bytes:
        """A key as 32 bytes: numbers, addresses and whole words alike are filled up on the left."""
        number = int.from_bytes(key, "big") if isinstance(key, bytes) else key
        if not 0 <= number < 1 << 8 * size or (isinstance(key, bytes) and len(key) != size):
            raise OutOfRange(f"a key does not fit {size} bytes", where=self.contract, remedy="check the id")
        return number.to_bytes(32, "big")

    def _unknown(self, variable: str, path: tuple[str | int | bytes, ...]) -> OutOfRange:
        steps = ".".join(step for step in (variable, *path) if isinstance(step, str))
        return OutOfRange(f"no value lies at {steps}", where=self.contract, remedy="see the contract's storage")
