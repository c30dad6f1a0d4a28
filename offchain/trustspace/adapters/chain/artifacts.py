"""The compiled contracts inside the package: `trustspace/abi/<Contract>.json`, parsed into codecs.

Written by `tools/export_abi.py`. A bank that installs the package needs no compiler.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from trustspace.domain.deployment import CONTRACTS
from trustspace.encoding.abi import Codec, TupleCodec, codec_of, tuple_of
from trustspace.encoding.hashing import keccak
from trustspace.encoding.storage_layout import StorageLayout
from trustspace.errors import OutOfRange, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how to write its call and read its answer."""

    name: str
    selector: bytes
    inputs: TupleCodec
    outputs: TupleCodec

    def encode(self, arguments: Sequence[Any]) -> bytes:
        """Call data."""
        return self.selector + self.inputs.encode(arguments)

    def decode(self, answer: bytes) -> Any:
        """The value, or a tuple when the function returns several."""
        values = self.outputs.decode(answer, 0)
        return values[0] if len(values) == 1 else values


@dataclass(frozen=True, slots=True)
class ErrorType:
    """A custom error."""

    name: str
    selector: bytes
    inputs: TupleCodec


@dataclass(frozen=True, slots=True)
class EventType:
    """An event; `indexed` tells for each argument whether it is a topic. Topics of our events are one-word values."""

    name: str
    topic: bytes
    names: tuple[str, ...]
    codecs: tuple[Codec, ...]
    indexed: tuple[bool, ...]

    def decode(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """Arguments by name."""
        rest = TupleCodec(tuple(codec for codec, topic in zip(self.codecs, self.indexed, strict=True) if not topic))
        from_data = iter(rest.decode(data, 0))
        from_topics = iter(topics[1:])
        return {
            name: codec.decode(next(from_topics), 0) if topic else next(from_data)
            for name, codec, topic in zip(self.names, self.codecs, self.indexed, strict=True)
        }

    def topics(self, wanted: dict[str, Any]) -> list[str | None]:
        """Topics for a filter on indexed arguments."""
        found: list[str | None] = ["0x" + self.topic.hex()]
        for name, codec, topic in zip(self.names, self.codecs, self.indexed, strict=True):
            if topic:
                found.append("0x" + codec.encode(wanted[name]).hex() if name in wanted else None)
        unknown = wanted.keys() - {name for name, topic in zip(self.names, self.indexed, strict=True) if topic}
        if unknown:
            raise UsageError(f"{self.name} is not indexed by {', '.join(sorted(unknown))}", remedy="filter afterwards")
        return found


@dataclass(frozen=True)
class Artifact:
    """One compiled contract."""

    contract: str
    version: str
    code_hash: bytes
    immutables: Mapping[str, tuple[tuple[int, int], ...]]
    runtime: tuple[int, int]
    layout: StorageLayout
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes

    @cached_property
    def functions(self) -> dict[str, Function]:
        """By name; none of our contracts overloads one."""
        return {
            item["name"]: Function(
                item["name"], _selector(item), tuple_of(item["inputs"]), tuple_of(item.get("outputs", []))
            )
            for item in self.abi
            if item["type"] == "function"
        }

    @cached_property
    def events(self) -> dict[str, EventType]:
        """By name."""
        return {item["name"]: _event(item) for item in self.abi if item["type"] == "event"}

    @cached_property
    def errors(self) -> dict[bytes, ErrorType]:
        """By selector."""
        found = (
            ErrorType(item["name"], _selector(item), tuple_of(item["inputs"]))
            for item in self.abi
            if item["type"] == "error"
        )
        return {error.selector: error for error in found}

    @cached_property
    def constructor(self) -> TupleCodec:
        """Codec of the constructor's arguments."""
        found = [item for item in self.abi if item["type"] == "constructor"]
        return tuple_of(found[0]["inputs"] if found else [])

    @cached_property
    def abi_hash(self) -> str:
        """SHA-256 of the canonical JSON of the ABI, in hexadecimal."""
        text = json.dumps(self.abi, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def creation_code(self, arguments: Sequence[Any]) -> bytes:
        """What a deploying transaction carries."""
        return self.bytecode + self.constructor.encode(arguments)

    def immutables_in(self, code: bytes) -> dict[str, bytes]:
        """Values of the immutables by name, from deployed code."""
        return {
            name: code[places[0][0] : places[0][0] + places[0][1]] for name, places in sorted(self.immutables.items())
        }

    def runtime_code(self, immutables: Mapping[str, bytes]) -> bytes:
        """The deployed code with these immutables. Raises OutOfRange when they are others than the contract's."""
        start, length = self.runtime
        code = bytearray(self.bytecode[start : start + length])
        if immutables.keys() != self.immutables.keys():
            raise OutOfRange("other immutables than the contract's", where=self.contract, remedy="use its own")
        for name, places in self.immutables.items():
            for at, size in places:
                if len(immutables[name]) != size:
                    raise OutOfRange(f"{name} has {size} bytes", where=self.contract, remedy="pass whole words")
                code[at : at + size] = immutables[name]
        return bytes(code)

    def matches(self, code: bytes) -> bool:
        """Whether code found on a chain is this contract, whatever its immutables and metadata say."""
        return code_hash(code, [place for places in self.immutables.values() for place in places]) == self.code_hash


@lru_cache(maxsize=len(CONTRACTS))
def load(contract: str) -> Artifact:
    """Read one artefact of the package. Raises UsageError for an unknown name."""
    file = files("trustspace").joinpath("abi", f"{contract}.json")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"the package has no contract {contract}", remedy=f"known: {', '.join(CONTRACTS)}") from None
    return Artifact(
        contract=content["contract"],
        version=content["version"],
        code_hash=bytes.fromhex(content["code_hash"][2:]),
        immutables={
            name: tuple((start, length) for start, length in places) for name, places in content["immutables"].items()
        },
        runtime=(content["runtime"][0], content["runtime"][1]),
        layout=StorageLayout(contract, content["storage"]),
        abi=tuple(content["abi"]),
        bytecode=bytes.fromhex(content["bytecode"][2:]),
    )


def code_hash(code: bytes, immutables: Sequence[tuple[int, int]]) -> bytes:
    """Keccak-256 of deployed code with its immutables zeroed and without the compiler's metadata at its end.

    Metadata is CBOR followed by its length in two bytes (Solidity documentation, "Contract Metadata"); it depends on
    paths and settings that do not change what the code does.
    """
    masked = bytearray(code)
    for start, length in immutables:
        masked[start : start + length] = bytes(min(length, max(len(masked) - start, 0)))
    tail = int.from_bytes(masked[-2:], "big") + 2
    return keccak(bytes(masked[:-tail] if 2 < tail <= len(masked) else masked))


def _event(item: dict[str, Any]) -> EventType:
    inputs = item["inputs"]
    return EventType(
        name=item["name"],
        topic=keccak(_signature(item)),
        names=tuple(parameter["name"] for parameter in inputs),
        codecs=tuple(codec_of(parameter) for parameter in inputs),
        indexed=tuple(parameter["indexed"] for parameter in inputs),
    )


def _signature(item: dict[str, Any]) -> bytes:
    return f"{item['name']}{tuple_of(item['inputs']).name}".encode()


def _selector(item: dict[str, Any]) -> bytes:
    return keccak(_signature(item))[:4]
