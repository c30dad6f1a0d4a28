"""Keccak-256 and the two 32-byte paddings of the Solidity ABI."""

from __future__ import annotations

from sha3 import keccak_256

from trustspace.errors import OutOfRange

ZERO_ADDRESS = "0x" + "00" * 20


def keccak(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (original padding, not SHA3-256)."""
    digest: bytes = keccak_256(data).digest()
    return digest


def uint_word(value: int, bits: int = 256, *, where: str = "") -> bytes:
    """abi.encode of an unsigned integer. Raises OutOfRange when it does not fit its type."""
    if not 0 <= value < 1 << bits:
        raise OutOfRange(f"{value} is not a uint{bits}", where=where, remedy="check the id or count")
    return value.to_bytes(32, "big")


def bytes32(value: bytes, *, where: str = "") -> bytes:
    """`value` itself. Raises OutOfRange unless it has 32 bytes."""
    if len(value) != 32:
        raise OutOfRange(f"expected 32 bytes, got {len(value)}", where=where, remedy="pass the whole id or hash")
    return value


def address_word(address: str, *, where: str = "") -> bytes:
    """abi.encode of an address given as 0x and 40 hex digits. Raises OutOfRange for anything else."""
    try:
        raw = bytes.fromhex(address.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 20 or not address.startswith("0x") or len(address) != 42:
        raise OutOfRange(f"{address[:80]!r} is not an address", where=where, remedy="give 0x and 40 hex digits")
    return bytes(12) + raw
