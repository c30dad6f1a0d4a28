"""The Solidity ABI (contract ABI specification, section "Formal Specification of the Encoding") for the types we use.

Written out because `eth_abi` takes 0.7 s to import and is many times slower on lists of hashes; tests compare both.
A value is an int, bool, str (addresses, strings), bytes, or a tuple or list of values. Layout of a tuple:

    +--------+--------+---  ---+--------+---  ---+
    | head 0 | head 1 |  ....  | tail 0 |  ....  |     head: the value itself when its size is fixed,
    +--------+--------+---  ---+--------+---  ---+           else uint256 offset of its tail from the tuple's start
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from trustspace.encoding.address import checksum_address
from trustspace.encoding.hashing import address_word, uint_word
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WORD = 32
Value = Any  # int | bool | str | bytes | tuple of values, as the type says


class Codec(Protocol):
    """One ABI type. `size` is the number of bytes in the head, `dynamic` whether the value sits in the tail."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def dynamic(self) -> bool: ...
    def encode(self, value: Value) -> bytes: ...
    def decode(self, data: bytes, at: int) -> Value: ...


@dataclass(frozen=True, slots=True)
class UintCodec:
    """uint8 to uint256, enums included."""

    bits: int
    size: int = WORD
    dynamic: bool = False

    @property
    def name(self) -> str:
        return f"uint{self.bits}"

    def encode(self, value: Value) -> bytes:
        return uint_word(value, self.bits)

    def decode(self, data: bytes, at: int) -> int:
        value = int.from_bytes(_word(data, at), "big")
        if value >> self.bits:
            raise OutOfRange(f"{value} in the node's answer is no {self.name}", remedy="ask another node")
        return value


@dataclass(frozen=True, slots=True)
class BoolCodec:
    name: str = "bool"
    size: int = WORD
    dynamic: bool = False

    def encode(self, value: Value) -> bytes:
        return uint_word(int(value), 1)

    def decode(self, data: bytes, at: int) -> bool:
        return any(_word(data, at))


@dataclass(frozen=True, slots=True)
class AddressCodec:
    name: str = "address"
    size: int = WORD
    dynamic: bool = False

    def encode(self, value: Value) -> bytes:
        return address_word(value)

    def decode(self, data: bytes, at: int) -> str:
        return checksum_address(_word(data, at)[12:])


@dataclass(frozen=True, slots=True)
class FixedBytesCodec:
    """bytes1 to bytes32, padded on the right."""

    length: int
    size: int = WORD
    dynamic: bool = False

    @property
    def name(self) -> str:
        return f"bytes{self.length}"

    def encode(self, value: Value) -> bytes:
        if len(value) != self.length:
            raise OutOfRange(f"expected {self.length} bytes, got {len(value)}", remedy="pass the whole id or hash")
        return bytes(value).ljust(WORD, b"\0")

    def decode(self, data: bytes, at: int) -> bytes:
        return _word(data, at)[: self.length]


@dataclass(frozen=True, slots=True)
class BytesCodec:
    """`bytes`, or `string` as UTF-8."""

    name: str
    size: int = WORD
    dynamic: bool = True

    def encode(self, value: Value) -> bytes:
        raw: bytes = value.encode() if self.name == "string" else bytes(value)
        return uint_word(len(raw)) + raw + bytes(-len(raw) % WORD)

    def decode(self, data: bytes, at: int) -> bytes | str:
        length = int.from_bytes(_word(data, at), "big")
        raw = data[at + WORD : at + WORD + length]
        if len(raw) != length:
            raise _cut()
        return raw.decode("utf-8", "replace") if self.name == "string" else raw


@dataclass(frozen=True, slots=True)
class TupleCodec:
    """A struct, or the arguments of a function."""

    items: tuple[Codec, ...]
    names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"({','.join(item.name for item in self.items)})"

    @property
    def dynamic(self) -> bool:
        return any(item.dynamic for item in self.items)

    @property
    def size(self) -> int:
        return WORD if self.dynamic else self.head_size

    @property
    def head_size(self) -> int:
        return sum(item.size for item in self.items)

    def encode(self, value: Value) -> bytes:
        if len(value) != len(self.items):
            raise OutOfRange(f"{self.name} has {len(self.items)} values, got {len(value)}", remedy="check the call")
        return _encode_sequence(self.items, value, self.head_size)

    def decode(self, data: bytes, at: int) -> tuple[Value, ...]:
        return _decode_sequence(self.items, data, at)


@dataclass(frozen=True, slots=True)
class ArrayCodec:
    """`item[length]`, or `item[]` when `length` is None."""

    item: Codec
    length: int | None = None

    @property
    def name(self) -> str:
        return f"{self.item.name}[{'' if self.length is None else self.length}]"

    @property
    def dynamic(self) -> bool:
        return self.length is None or self.item.dynamic

    @property
    def size(self) -> int:
        return WORD if self.dynamic else self.item.size * (self.length or 0)

    def encode(self, value: Value) -> bytes:
        if self.length is not None and len(value) != self.length:
            raise OutOfRange(f"{self.name} got {len(value)} values", remedy="check the call")
        body = _encode_sequence((self.item,) * len(value), value, self.item.size * len(value))
        return body if self.length is not None else uint_word(len(value)) + body

    def decode(self, data: bytes, at: int) -> tuple[Value, ...]:
        count = self.length
        if count is None:
            count = int.from_bytes(_word(data, at), "big")
            at += WORD
            if count * self.item.size > len(data) - at:
                raise _cut()
        return _decode_sequence((self.item,) * count, data, at)


def codec_of(parameter: Mapping[str, Any]) -> Codec:
    """The codec of one entry of `inputs`, `outputs` or `components` in a JSON ABI. Raises OutOfRange otherwise."""
    kind: str = parameter["type"]
    array = re.fullmatch(r"(.*)\[(\d*)\]", kind)
    if array:
        inner = codec_of({**parameter, "type": array[1]})
        return ArrayCodec(inner, int(array[2]) if array[2] else None)
    if kind == "tuple":
        return tuple_of(parameter["components"])
    if kind in ("bytes", "string"):
        return BytesCodec(kind)
    if kind == "address":
        return AddressCodec()
    if kind == "bool":
        return BoolCodec()
    number = re.fullmatch(r"(uint|bytes)(\d+)", kind)
    if number is None:
        raise OutOfRange(f"no codec for the ABI type {kind!r}", remedy="add it to trustspace.encoding.abi")
    return UintCodec(int(number[2])) if number[1] == "uint" else FixedBytesCodec(int(number[2]))


def tuple_of(parameters: Sequence[Mapping[str, Any]]) -> TupleCodec:
    """The codec of a list of parameters."""
    return TupleCodec(
        tuple(codec_of(parameter) for parameter in parameters), tuple(parameter["name"] for parameter in parameters)
    )


def _encode_sequence(items: Sequence[Codec], values: Sequence[Value], head_size: int) -> bytes:
    heads: list[bytes] = []
    tails: list[bytes] = []
    offset = head_size
    for item, value in zip(items, values, strict=True):
        encoded = item.encode(value)
        if item.dynamic:
            heads.append(uint_word(offset))
            tails.append(encoded)
            offset += len(encoded)
        else:
            heads.append(encoded)
    return b"".join(heads + tails)


def _decode_sequence(items: Sequence[Codec], data: bytes, start: int) -> tuple[Value, ...]:
    values: list[Value] = []
    at = start
    for item in items:
        where = start + int.from_bytes(_word(data, at), "big") if item.dynamic else at
        values.append(item.decode(data, where))
        at += item.size
    return tuple(values)


def _word(data: bytes, at: int) -> bytes:
    word = data[at : at + WORD]
    if len(word) != WORD:
        raise _cut()
    return word


def _cut() -> OutOfRange:
    return OutOfRange("the node's answer is shorter than its ABI type", remedy="is the address the right contract?")
