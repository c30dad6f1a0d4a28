"""What circuits take: contexts, and inputs as Noir reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding.hashing import address_word, bytes32, keccak
from trustspace.encoding.poseidon2 import FIELD_MODULUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.ids import Address

MOST_SOURCES = 8
"""Sources of one subject and day that circuits have places for."""


def context_of(digest: bytes, sender: Address) -> int:
    """Whom a proof is for and what it is used for: the high 248 bits of keccak256(abi.encode(digest, sender)).

    `digest`: EIP-712 digest of the claim, which binds chain and contract; of a certificate, its id. Raises OutOfRange
    for a digest that has not 32 bytes, or no address.
    """
    words = bytes32(digest, where="digest") + address_word(sender, where="sender")
    return int.from_bytes(keccak(words), "big") >> 8


def scope_of(text: str) -> int:
    """The field element of a scope that people name in words: the high 248 bits of keccak256 of its UTF-8."""
    return int.from_bytes(keccak(text.encode()), "big") >> 8


def noir_inputs(inputs: Mapping[str, object]) -> dict[str, object]:
    """Integers as decimal field elements, however deep they lie; truth values stay."""
    return {name: _noir(value) for name, value in inputs.items()}


def _noir(value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value % FIELD_MODULUS)
    if isinstance(value, dict):
        return noir_inputs(value)
    if isinstance(value, list | tuple):
        return [_noir(part) for part in value]
    raise TypeError(f"{type(value).__name__} is no input of a circuit")
