"""Our ABI codec against eth_abi, on every function, error and event of the contracts and on generated values."""

from __future__ import annotations

from typing import Any

import eth_abi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.adapters.chain.artifacts import load
from trustspace.domain.deployment import CONTRACTS
from trustspace.encoding.abi import ArrayCodec, Codec, TupleCodec, codec_of, tuple_of
from trustspace.encoding.address import checksum_address
from trustspace.errors import OutOfRange

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"


def typed(kind: str, components: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"type": kind, "name": "value", "components": components or []}


def values_of(codec: Codec) -> st.SearchStrategy[Any]:
    """Any value of a type."""
    if isinstance(codec, TupleCodec):
        return st.tuples(*(values_of(item) for item in codec.items))
    if isinstance(codec, ArrayCodec):
        size = (0, 3) if codec.length is None else (codec.length, codec.length)
        return st.lists(values_of(codec.item), min_size=size[0], max_size=size[1]).map(tuple)
    name = codec.name
    if name.startswith("uint"):
        return st.integers(0, 2 ** int(name[4:]) - 1)
    if name == "address":
        return st.binary(min_size=20, max_size=20).map(checksum_address)
    if name == "bool":
        return st.booleans()
    if name == "string":
        return st.text(max_size=40)
    length = int(name[5:]) if name != "bytes" else None
    return st.binary(max_size=70) if length is None else st.binary(min_size=length, max_size=length)


def same(mine: Any, theirs: Any) -> bool:
    """Equal but for the case of addresses."""
    if isinstance(mine, tuple):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    return mine.lower() == theirs.lower() if isinstance(mine, str) else bool(mine == theirs)


def all_tuples() -> dict[str, TupleCodec]:
    found = {}
    for contract in CONTRACTS:
        artifact = load(contract)
        found[f"{contract} constructor"] = artifact.constructor
        for function in artifact.functions.values():
            found[f"{contract}.{function.name} inputs"] = function.inputs
            found[f"{contract}.{function.name} outputs"] = function.outputs
        for error in artifact.errors.values():
            found[f"{contract} error {error.name}"] = error.inputs
    return {name: codec for name, codec in found.items() if codec.items}


@pytest.mark.parametrize("name", sorted(all_tuples()))
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_codec__every_type_of_the_contracts__equals_eth_abi(name: str, data: Any) -> None:
    codec = all_tuples()[name]
    value = data.draw(values_of(codec))
    encoded = codec.encode(value)
    types = [item.name for item in codec.items]
    assert encoded == eth_abi.encode(types, value)
    assert same(codec.decode(encoded, 0), eth_abi.decode(types, encoded))


@pytest.mark.parametrize(
    "kind", ["uint8[3]", "bytes[]", "string[2]", "uint16[][2]", "bytes32[2][]", "address[][]", "bytes4", "bool[]"]
)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_codec__nested_arrays__equal_eth_abi(kind: str, data: Any) -> None:
    codec = tuple_of([typed(kind), typed("uint40"), typed("string")])
    value = data.draw(values_of(codec))
    encoded = codec.encode(value)
    types = [kind, "uint40", "string"]
    assert encoded == eth_abi.encode(types, value)
    assert same(codec.decode(encoded, 0), eth_abi.decode(types, encoded))


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("uint8", 256, "256 is not a uint8"),
        ("uint256", -1, "-1 is not a uint256"),
        ("bytes32", b"short", "expected 32 bytes, got 5"),
        ("address", "0x1234", "is not an address"),
        ("uint8[2]", (1,), "got 1 values"),
    ],
)
def test_encode__value_that_does_not_fit__is_named(kind: str, value: Any, message: str) -> None:
    with pytest.raises(OutOfRange, match=message):
        codec_of(typed(kind)).encode(value)


def test_encode__wrong_number_of_arguments__is_named() -> None:
    with pytest.raises(OutOfRange, match=r"\(uint8,bool\) has 2 values, got 1"):
        tuple_of([typed("uint8"), typed("bool")]).encode((1,))


@pytest.mark.parametrize("kind", ["int256", "fixed128x18", "function", "uint"])
def test_codec_of__type_without_a_codec__is_named(kind: str) -> None:
    with pytest.raises(OutOfRange, match="no codec"):
        codec_of(typed(kind))


@pytest.mark.parametrize("kind", ["uint256", "bytes", "uint8[]", "bytes32[3]", "string"])
def test_decode__answer_cut_anywhere__never_reads_past_its_end(kind: str) -> None:
    codec = tuple_of([typed(kind)])
    value = {"uint256": 7, "bytes": b"x" * 40, "uint8[]": (1, 2), "bytes32[3]": (b"a" * 32,) * 3, "string": "four"}[
        kind
    ]
    encoded = codec.encode((value,))
    needed = len(encoded) - (28 if kind == "string" else 24 if kind == "bytes" else 0)  # padding may be cut off
    for length in range(needed):
        with pytest.raises(OutOfRange, match="shorter than its ABI type"):
            codec.decode(encoded[:length], 0)


@pytest.mark.parametrize("count", [2**255, 2**64, 10**6])
def test_decode__absurd_array_length__is_refused_at_once(count: int) -> None:
    hostile = (32).to_bytes(32, "big") + count.to_bytes(32, "big") + bytes(64)
    with pytest.raises(OutOfRange):
        tuple_of([typed("uint256[]")]).decode(hostile, 0)


@pytest.mark.parametrize(("bits", "value"), [(8, 256), (32, 2**32), (248, 2**255)])
def test_uint__answer_beyond_its_type__is_refused(bits: int, value: int) -> None:
    codec = codec_of(typed(f"uint{bits}"))
    with pytest.raises(OutOfRange, match=f"is no uint{bits}"):
        codec.decode(value.to_bytes(32, "big"), 0)
    assert codec.decode((2**bits - 1).to_bytes(32, "big"), 0) == 2**bits - 1
