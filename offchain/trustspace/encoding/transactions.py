"""Transactions as bytes: type 0 with replay protection (EIP-155) and type 2 (EIP-1559), in RLP.

    type 0: rlp([nonce, gasPrice, gas, to, value, data, v, r, s]),            v = chainId * 2 + 35 + parity
    type 2: 0x02 || rlp([chainId, nonce, priority, maxFee, gas, to, value, data, [], parity, r, s])

The digest to sign is keccak256 of the same list with (chainId, 0, 0) in place of (v, r, s), or without them (type 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.encoding import rlp
from trustspace.encoding.address import address_bytes, checksum_address
from trustspace.encoding.hashing import keccak
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from trustspace.domain.ids import Address
    from trustspace.encoding.rlp import Decoded, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What gas costs, in wei. `priority` None makes a type-0 transaction; both zero on networks without gas price."""

    price: int
    priority: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """An unsigned transaction; `to` is None when it creates a contract."""

    chain_id: int
    nonce: int
    to: Address | None
    data: bytes
    gas: int
    fees: Fees
    value: int = 0

    def digest(self) -> bytes:
        """The 32 bytes that the sender signs."""
        if self.fees.priority is None:
            return keccak(rlp.encode([*self._legacy(), self.chain_id, 0, 0]))
        return keccak(b"\x02" + rlp.encode(self._typed()))

    def signed(self, signature: bytes) -> bytes:
        """The bytes to broadcast, from a 65-byte signature r | s | parity (0 or 1; 27 and 28 are understood too)."""
        if len(signature) != 65:
            raise OutOfRange(f"a signature has 65 bytes, not {len(signature)}", remedy="ask the signer again")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        parity = signature[64] % 27
        if self.fees.priority is None:
            return rlp.encode([*self._legacy(), self.chain_id * 2 + 35 + parity, r, s])
        return b"\x02" + rlp.encode([*self._typed(), parity, r, s])

    @classmethod
    def parse(cls, raw: bytes) -> Transaction:
        """What was signed, without the signature. Raises OutOfRange for bytes of another kind."""
        if raw[:1] == b"\x02":
            chain, nonce, priority, price, gas, to, value, data = _list(raw[1:])[:8]
            fees = Fees(price=_int(price), priority=_int(priority))
            chain_id = _int(chain)
        else:
            nonce, price, gas, to, value, data, v = _list(raw)[:7]
            fees = Fees(price=_int(price))
            chain_id = (_int(v) - 35) // 2
        return cls(
            chain_id=chain_id,
            nonce=_int(nonce),
            to=checksum_address(_bytes(to)) if to else None,
            data=_bytes(data),
            gas=_int(gas),
            fees=fees,
            value=_int(value),
        )

    @classmethod
    def signature_of(cls, raw: bytes) -> bytes:
        """The 65-byte signature r | s | v (27 or 28) that signed bytes carry."""
        typed = raw[:1] == b"\x02"
        v, r, s = _list(raw[1:] if typed else raw)[-3:]
        parity = _int(v) if typed else (_int(v) - 35) % 2
        return _bytes(r).rjust(32, b"\0") + _bytes(s).rjust(32, b"\0") + bytes([27 + parity])

    def _legacy(self) -> list[Item]:
        return [self.nonce, self.fees.price, self.gas, self._to(), self.value, self.data]

    def _typed(self) -> list[Item]:
        priority = self.fees.priority or 0
        return [
            self.chain_id, self.nonce, priority, self.fees.price, self.gas, self._to(), self.value, self.data, [],
        ]  # fmt: skip

    def _to(self) -> bytes:
        return b"" if self.to is None else address_bytes(self.to)


def contract_address(sender: Address, nonce: int) -> bytes:
    """The 20 bytes of the contract that `sender` creates with `nonce`."""
    return keccak(rlp.encode([address_bytes(sender), nonce]))[12:]


def _list(raw: bytes) -> list[Decoded]:
    return rlp.decode_list(raw, where="transaction")


def _bytes(item: Decoded) -> bytes:
    if isinstance(item, bytes):
        return item
    raise OutOfRange("a list stands where bytes should", where="transaction", remedy="pass the bytes that were signed")


def _int(item: Decoded) -> int:
    return int.from_bytes(_bytes(item), "big")
