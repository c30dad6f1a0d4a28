"""Addresses with the checksum of EIP-55."""

from __future__ import annotations

from functools import lru_cache

from trustspace.domain.ids import Address
from trustspace.encoding.hashing import address_word, keccak


@lru_cache(maxsize=65536)
def checksum_address(raw: bytes) -> Address:
    """20 bytes as 0x and 40 hex digits, upper case where the hash of the lower-case text says so (EIP-55)."""
    text = raw.hex()
    digest = keccak(text.encode()).hex()
    return Address("0x" + "".join(c.upper() if digest[i] > "7" else c for i, c in enumerate(text)))


def address_bytes(address: str) -> bytes:
    """The 20 bytes of an address in any case. Raises OutOfRange for anything else."""
    return address_word(address)[12:]


def normal_address(address: str) -> Address:
    """The same address with its checksum. Raises OutOfRange when it is none."""
    return checksum_address(address_bytes(address))
