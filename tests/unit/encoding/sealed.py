"""Headers of networks with seals, made by an encoder of another origin (pyrlp) and signed like Besu signs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import rlp as reference

from trustspace.crypto.signing import SigningKey
from trustspace.domain.headers import Consensus
from trustspace.encoding.hashing import keccak

KEYS = tuple(SigningKey(number.to_bytes(32, "big")) for number in range(1, 5))
VANITY = bytes(range(32))
ROUND = 0x00FEDCBA
# The header of Besu's BftBlockHashingTest, in order, without its extra data.
HEADER: dict[str, bytes | int] = {
    "parentHash": bytes.fromhex("a7762d3307dbf2ae6a1ae1b09cf61c7603722b2379731b6b90409cdb8c8288a0"),  # not-a-key
    "sha3Uncles": bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"),  # not-a-key
    "miner": bytes(20),
    "stateRoot": bytes.fromhex("ca07595b82f908822971b7e848398e3395e59ee52565c7ef3603df1a1fa7bc80"),  # not-a-key
    "transactionsRoot": bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),  # not-a-key
    "receiptsRoot": bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),  # not-a-key
    "logsBloom": bytes(256),
    "difficulty": 1,
    "number": 1,
    "gasLimit": 4_704_588,
    "gasUsed": 0,
    "timestamp": 1_530_674_616,
    "extraData": b"",
    "mixHash": b"ctical byzantine fault tolerance".rjust(32, b"\0")[-32:],
    "nonce": bytes(8),
}


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A header with seals; `seals` None signs by every key of `signers`."""

    consensus: Consensus
    signers: tuple[SigningKey, ...] = KEYS
    validators: tuple[SigningKey, ...] = KEYS
    fields: dict[str, bytes | int] | None = None
    vote: Any = None
    seals: tuple[bytes, ...] | None = None
    round: int = ROUND

    def extra_data(self, *ending: Any) -> bytes:
        nobody: Any = [] if self.consensus is Consensus.QBFT else b""
        validators = [bytes.fromhex(key.address[2:]) for key in self.validators]
        return reference.encode([VANITY, validators, nobody if self.vote is None else self.vote, *ending])

    def header(self, extra: bytes) -> bytes:
        return reference.encode(
            [
                reference.sedes.big_endian_int.serialize(value) if isinstance(value, int) else value
                for value in {**(self.fields or HEADER), "extraData": extra}.values()
            ]
        )

    @property
    def turn(self) -> Any:
        if self.consensus is Consensus.IBFT2:
            return self.round.to_bytes(4, "big")
        return reference.sedes.big_endian_int.serialize(self.round)

    @property
    def digest(self) -> bytes:
        """What validators sign."""
        ending = (self.turn, []) if self.consensus is Consensus.QBFT else (self.turn,)
        return keccak(self.header(self.extra_data(*ending)))

    @property
    def name(self) -> bytes:
        """The block's hash."""
        return keccak(self.header(self.extra_data(b"", []) if self.consensus is Consensus.QBFT else self.extra_data()))

    def raw(self) -> bytes:
        """The whole header."""
        seals = self.seals
        if seals is None:
            seals = tuple(seal_of(key, self.digest) for key in self.signers)
        return self.header(self.extra_data(self.turn, list(seals)))

    def but(self, **changes: Any) -> Sealed:
        return replace(self, **changes)


def seal_of(key: SigningKey, digest: bytes) -> bytes:
    """65 bytes with the parity last, as Besu writes them."""
    signed = key.sign(digest)
    return signed[:64] + bytes([signed[64] - 27])
