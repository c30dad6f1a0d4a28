"""Reads compiled programs: ACIR as Noir 1.0.0-beta.26 serialises it (format 3, compact MessagePack)."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgpack

from trustspace.encoding.poseidon2 import FIELD_MODULUS

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 3


@dataclass(frozen=True, slots=True)
class Expression:
    """Sum of factor * left * right, of factor * witness, and of a constant."""

    products: tuple[tuple[int, int, int], ...]
    terms: tuple[tuple[int, int], ...]
    constant: int

    @property
    def witnesses(self) -> set[int]:
        return {w for _, *both in self.products for w in both} | {w for _, w in self.terms}


@dataclass(frozen=True, slots=True)
class Operand:
    """A witness, or a constant where `witness` is -1."""

    witness: int
    constant: int = 0


@dataclass(frozen=True, slots=True)
class Zero:
    """The expression is zero."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Range:
    operand: Operand
    bits: int


@dataclass(frozen=True, slots=True)
class Call:
    """A black box: Poseidon2Permutation, EmbeddedCurveAdd or MultiScalarMul."""

    name: str
    inputs: tuple[Operand, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """Fills a block of memory."""

    block: int
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """value = block[index]."""

    block: int
    index: int
    value: int


@dataclass(frozen=True, slots=True)
class Hint:
    """What the prover computes without constraint; a list for an array."""

    name: str
    inputs: tuple[Expression, ...]
    outputs: tuple[int, ...]


Opcode = Zero | Range | Call | Store | Load | Hint


@dataclass(frozen=True, slots=True)
class Program:
    """A circuit: its opcodes in order, its public and private parameters, and the names of all leaves of the ABI."""

    opcodes: tuple[Opcode, ...]
    public: tuple[int, ...]
    private: tuple[int, ...]
    leaves: tuple[str, ...]

    @property
    def parameters(self) -> dict[str, int]:
        """Name of a leaf -> its witness: parameters are numbered in the order of the ABI."""
        return {name: number for number, name in enumerate(self.leaves)}


def read_program(path: Path) -> Program:
    content = json.loads(path.read_text(encoding="utf-8"))
    packed = gzip.decompress(base64.b64decode(content["bytecode"]))
    assert packed[0] == FORMAT
    functions, hints = msgpack.unpackb(packed[1:], strict_map_key=False)
    ((_name, opcodes, private, public, returned, _messages),) = functions
    assert returned == []
    leaves = [
        leaf for parameter in content["abi"]["parameters"] for leaf in _leaves(parameter["name"], parameter["type"])
    ]
    assert sorted([*private, *public]) == list(range(len(leaves)))
    names = [name for name, *_ in hints]
    return Program(tuple(_opcode(item, names) for item in opcodes), tuple(public), tuple(private), tuple(leaves))


def flat(value: Any) -> list[int]:
    """Inputs in the order of the ABI's leaves, given in that order of fields."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in flat(item)]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in flat(item)]
    return [int(value) % FIELD_MODULUS]


def _leaves(name: str, kind: dict[str, Any]) -> list[str]:
    if kind["kind"] == "array":
        return [leaf for at in range(kind["length"]) for leaf in _leaves(f"{name}[{at}]", kind["type"])]
    if kind["kind"] == "struct":
        return [leaf for field in kind["fields"] for leaf in _leaves(f"{name}.{field['name']}", field["type"])]
    assert kind["kind"] in {"field", "integer", "boolean"}
    return [name]


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _expression(raw: list[Any]) -> Expression:
    products, terms, constant = raw
    return Expression(
        tuple((_number(factor), left, right) for factor, left, right in products),
        tuple((_number(factor), witness) for factor, witness in terms),
        _number(constant),
    )


def _operand(raw: dict[str, Any]) -> Operand:
    ((kind, value),) = raw.items()
    return Operand(value) if kind == "Witness" else Operand(-1, _number(value))


def _opcode(raw: dict[str, Any], names: list[str]) -> Opcode:
    ((kind, body),) = raw.items()
    if kind == "AssertZero":
        return Zero(_expression(body))
    if kind == "BlackBoxFuncCall":
        return _call(body)
    if kind == "MemoryInit":
        return Store(body[0], tuple(body[1]))
    if kind == "MemoryOp":
        block, (writes, index, value) = body
        assert not writes
        return Load(block, index, value)
    assert kind == "BrilligCall", kind
    number, inputs, outputs, predicate = body
    assert predicate == [[], [], (1).to_bytes(32, "big")]
    return Hint(names[number], tuple(_inputs(inputs)), tuple(_outputs(outputs)))


def _call(body: dict[str, Any]) -> Opcode:
    ((name, arguments),) = body.items()
    if name == "RANGE":
        return Range(_operand(arguments[0]), arguments[1])
    *inputs, outputs = arguments
    if name != "Poseidon2Permutation":
        *inputs, predicate = inputs
        assert _operand(predicate) == Operand(-1, 1)
    return Call(name, tuple(_operand(item) for group in inputs for item in group), tuple(outputs))


def _inputs(raw: list[dict[str, Any]]) -> list[Expression]:
    assert all(set(item) == {"Single"} for item in raw)
    return [_expression(item["Single"]) for item in raw]


def _outputs(raw: list[dict[str, Any]]) -> list[int]:
    found: list[int] = []
    for item in raw:
        ((kind, value),) = item.items()
        found += [value] if kind == "Simple" else value
    return found
