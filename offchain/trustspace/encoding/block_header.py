"""Headers of blocks: the list of fields whose Keccak-256 is the block's hash.

    [parentHash, sha3Uncles, miner, stateRoot, transactionsRoot, receiptsRoot, logsBloom, difficulty, number, gasLimit,
     gasUsed, timestamp, extraData, mixHash, nonce,                          (Yellow Paper, section 4.4)
     baseFeePerGas,                                                          since London (EIP-1559)
     withdrawalsRoot,                                                        since Shanghai (EIP-4895)
     blobGasUsed, excessBlobGas, parentBeaconBlockRoot,                      since Cancun (EIP-4844, EIP-4788)
     requestsHash]                                                           since Prague (EIP-7685)

On QBFT and IBFT 2.0 the hash leaves out what differs from one honest node to the next, see `bft_extra`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from trustspace.encoding import rlp
from trustspace.encoding.hashing import keccak
from trustspace.errors import InvalidBundle, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.encoding.rlp import Decoded

# Names as in JSON-RPC, with their length in bytes; 0 is an integer, None any bytes.
FIELDS: tuple[tuple[str, int | None], ...] = (
    ("parentHash", 32), ("sha3Uncles", 32), ("miner", 20), ("stateRoot", 32), ("transactionsRoot", 32),
    ("receiptsRoot", 32), ("logsBloom", 256), ("difficulty", 0), ("number", 0), ("gasLimit", 0), ("gasUsed", 0),
    ("timestamp", 0), ("extraData", None), ("mixHash", 32), ("nonce", 8),
    ("baseFeePerGas", 0), ("withdrawalsRoot", 32), ("blobGasUsed", 0), ("excessBlobGas", 0),
    ("parentBeaconBlockRoot", 32), ("requestsHash", 32),
)  # fmt: skip
LENGTHS = frozenset({15, 16, 17, 20, 21})
"""How many fields a header has, by fork."""
LARGEST_NUMBER = (1 << 64) - 1
LARGEST_EXTRA = 65_536  # the seals of 700 validators
_AT = {name: index for index, (name, _) in enumerate(FIELDS)}


@dataclass(frozen=True)
class BlockHeader:
    """The fields of one header, in order, integers as RLP has them."""

    fields: tuple[bytes, ...]

    @classmethod
    def of(cls, found: Mapping[str, bytes | int]) -> BlockHeader:
        """From values by their JSON-RPC names; the first absent one ends the list. Raises InvalidBundle."""
        fields: list[Decoded] = []
        for name, _ in FIELDS:
            if name not in found:
                break
            value = found[name]
            fields.append(value.to_bytes((value.bit_length() + 7) // 8, "big") if isinstance(value, int) else value)
        return cls(_checked(fields))

    @classmethod
    def parse(cls, raw: bytes) -> BlockHeader:
        """Inverse of `to_bytes`. Raises InvalidBundle for anything else."""
        try:
            return cls(_checked(rlp.decode_list(raw, where="header")))
        except OutOfRange as error:
            raise _refusal(error.message) from error

    def to_bytes(self) -> bytes:
        """The bytes whose hash names the block, except on networks with seals in `extraData`."""
        return rlp.encode(self.fields)

    @cached_property
    def plain_hash(self) -> bytes:
        """Keccak-256 of all fields."""
        return keccak(self.to_bytes())

    @property
    def state_root(self) -> bytes:
        """Root of the trie of all accounts after this block."""
        return self.fields[_AT["stateRoot"]]

    @property
    def number(self) -> int:
        """Height of the block."""
        return int.from_bytes(self.fields[_AT["number"]], "big")

    @property
    def timestamp(self) -> int:
        """Time of the block in UTC seconds."""
        return int.from_bytes(self.fields[_AT["timestamp"]], "big")

    @property
    def extra_data(self) -> bytes:
        """What the consensus keeps in the header."""
        return self.fields[_AT["extraData"]]

    def with_extra_data(self, extra: bytes) -> BlockHeader:
        """The same header with other extra data."""
        at = _AT["extraData"]
        return replace(self, fields=(*self.fields[:at], extra, *self.fields[at + 1 :]))


def _checked(fields: list[Decoded]) -> tuple[bytes, ...]:
    if len(fields) not in LENGTHS:
        raise _refusal(f"{len(fields)} fields are those of no fork known here")
    checked: list[bytes] = []
    for (name, length), field in zip(FIELDS, fields, strict=False):
        if not isinstance(field, bytes):
            raise _refusal(f"{name} is a list")
        is_integer = field[:1] != b"\0" and len(field) <= 32
        is_short = len(field) <= LARGEST_EXTRA
        if not (is_short if length is None else len(field) == length if length else is_integer):
            raise _refusal(f"{name} has another form")
        checked.append(field)
    for name in ("number", "timestamp"):
        if int.from_bytes(checked[_AT[name]], "big") > LARGEST_NUMBER:
            raise _refusal(f"{name} is out of range")
    return tuple(checked)


def _refusal(problem: str) -> InvalidBundle:
    return InvalidBundle(f"not the header of a block: {problem}", where="header", remedy="make the bundle again")
