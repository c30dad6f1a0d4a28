"""What the commitments of all models that a circuit takes have in common.

    commitment = poseidon2_hash([header, packed integers ..., salt])       an element of the BN254 scalar field
    packed     = integers side by side, each raised by half its range, the first in the lowest bits
    salt       = SHA-256("trustspace/model-commitment/1" || canonical bytes of the model), its first 31 bytes

Whoever has the model's document computes the same element; whoever has not cannot test guesses, as the salt takes the
whole document. Headers and order: `provable_card`, `provable_trees`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from trustspace.encoding.poseidon2 import poseidon2_hash
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.proofs import Circuit

VERSION = 1
SLOTS = 60
"""Places for features; those beyond the schema's are kept for later schemas and hold 0."""
GRADES = 5
CUT_BITS = 64
POINT_BITS = 24
SALT_BYTES = 31
_SALT_TAG = b"trustspace/model-commitment/1"
_ELEMENT_BITS = 253

Inputs = dict[str, object]
"""Inputs of a circuit by name: integers (field elements), and lists and such dictionaries of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvableModel(ABC):
    """A model in the form that `circuit` takes. cut_offs: GRADES - 1, ascending."""

    circuit: ClassVar[Circuit]

    cut_offs: tuple[int, ...]
    salt: int

    @abstractmethod
    def elements(self) -> list[int]:
        """What is hashed. Raises OutOfRange naming an integer that its place does not hold."""

    @abstractmethod
    def total(self, values: Sequence[int]) -> int:
        """What is compared with the cut-offs, for SLOTS feature values."""

    @abstractmethod
    def inputs(self) -> Inputs:
        """The circuit's private input, by its name."""

    def commitment(self) -> int:
        """The element that the chain holds."""
        return poseidon2_hash(self.elements())

    def grade(self, values: Sequence[int]) -> int:
        """1 (best) to GRADES for SLOTS feature values: GRADES less the number of cut-offs reached."""
        total = self.total(values)
        return GRADES - sum(total >= cut_off for cut_off in self.cut_offs)


def salt_of(document: bytes) -> int:
    """The salt of a model with these canonical bytes."""
    return int.from_bytes(sha256(_SALT_TAG + document).digest()[:SALT_BYTES], "big")


def raised(integer: int, bits: int, *, where: str) -> int:
    """An integer of [-2^(bits - 1), 2^(bits - 1)) plus 2^(bits - 1). Raises OutOfRange for another one."""
    half = 1 << (bits - 1)
    if not -half <= integer < half:
        raise OutOfRange(f"{integer} does not fit {bits} bits", where=where, remedy="no circuit takes this model")
    return integer + half


def side_by_side(parts: Sequence[int], bits: int) -> list[int]:
    """Non-negative integers of so many bits, as many in an element as fit, the first in the lowest bits."""
    each = _ELEMENT_BITS // bits
    return [
        sum(part << bits * place for place, part in enumerate(parts[at : at + each]))
        for at in range(0, len(parts), each)
    ]
