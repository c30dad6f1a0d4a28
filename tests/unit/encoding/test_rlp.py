"""RLP: the documented examples, the reference implementation as an oracle, and nothing but canonical bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import rlp as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.encoding import rlp
from trustspace.errors import OutOfRange

values = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=12)

DOCUMENTED = [  # https://ethereum.org/developers/docs/data-structures-and-encoding/rlp/
    (b"dog", "83646f67"),
    ([b"cat", b"dog"], "c88363617483646f67"),
    (b"", "80"),
    ([], "c0"),
    (0, "80"),
    (b"\0", "00"),
    (15, "0f"),
    (1024, "820400"),
    ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
    (
        b"Lorem ipsum dolor sit amet, consectetur adipisicing elit",
        (
            "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e67"
            "20656c6974"
        ),
    ),
]


@pytest.mark.parametrize(("item", "encoded"), DOCUMENTED)
def test_encode__documented_examples(item: Any, encoded: str) -> None:
    assert rlp.encode(item).hex() == encoded


@pytest.mark.parametrize(("item", "encoded"), DOCUMENTED)
def test_decode__documented_examples__come_back(item: Any, encoded: str) -> None:
    found = rlp.decode(bytes.fromhex(encoded))
    assert rlp.integer(found) == item if isinstance(item, int) else found == item


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "ends too early"),
        ("8100", "needless prefix"),
        ("817f", "needless prefix"),
        ("b800", "shortest form"),
        ("b837" + "61" * 55, "shortest form"),
        ("b90038" + "61" * 56, "shortest form"),
        ("f800", "shortest form"),
        ("f7", "ends too early"),
        ("83646f", "ends too early"),
        ("83646f6700", "1 bytes follow"),
        ("c88363617483646f", "ends too early"),
        ("c583646f67", "ends too early"),
        ("c28363", "ends too early"),
        ("b9", "shortest form"),
        ("bfffffffffffffffff", "ends too early"),
        ("ff" + "ff" * 8, "ends too early"),
    ],
)
def test_decode__not_canonical__refused(raw: str, problem: str) -> None:
    with pytest.raises(OutOfRange, match=f"header: not canonical RLP: .*{problem}"):
        rlp.decode(bytes.fromhex(raw), where="header")


def test_decode__nested_beyond_any_use__refused_without_harm() -> None:
    raw = b""
    for _ in range(20_000):
        raw = rlp.encode([raw]) if len(raw) < 2 else b"\xfa" + len(raw).to_bytes(3, "big") + raw
    with pytest.raises(OutOfRange, match=r"nested too deeply|shortest form"):
        rlp.decode(raw)
    with pytest.raises(OutOfRange, match="nested too deeply"):
        rlp.decode(bytes.fromhex("d1d0cfcecdcccbcac9c8c7c6c5c4c3c2c1c0"))


@given(values)
@settings(max_examples=300, deadline=None)
def test_round_trip__any_value__as_the_reference_does(value: Any) -> None:
    raw = rlp.encode(value)
    assert raw == reference.encode(value)
    assert rlp.decode(raw) == value


@given(
    st.binary(max_size=80)
    | st.tuples(st.sampled_from(range(0x80, 0x100)), st.binary(max_size=70)).map(
        lambda pair: bytes([pair[0]]) + pair[1]
    )
)
@settings(max_examples=600, deadline=None)
def test_decode__any_bytes__accepted_only_when_they_are_written_so(raw: bytes) -> None:
    try:
        value = rlp.decode(raw)
    except OutOfRange:
        with pytest.raises(reference.DecodingError):
            reference.decode(raw)
    else:
        assert rlp.encode(value) == raw
        assert reference.decode(raw) == value


def test_integer__leading_zero_or_list__refused() -> None:
    assert rlp.integer(b"") == 0
    for item in (b"\0", b"\0\1", []):
        with pytest.raises(OutOfRange, match="not a canonical integer"):
            rlp.integer(item)


def test_fixed__other_length_or_list__refused() -> None:
    assert rlp.fixed(b"ab", 2) == b"ab"
    for item in (b"abc", []):
        with pytest.raises(OutOfRange, match="not 2 bytes"):
            rlp.fixed(item, 2)


def published(name: str) -> dict[str, Any]:
    """A file of github.com/ethereum/tests."""
    folder = os.environ.get("TRUSTSPACE_ETHEREUM_TESTS")
    if not folder:
        pytest.skip("set TRUSTSPACE_ETHEREUM_TESTS to a checkout of github.com/ethereum/tests")
    found: dict[str, Any] = json.loads((Path(folder) / "RLPTests" / name).read_text(encoding="utf-8"))
    return found


def test_encode__published_vectors() -> None:
    def item(value: Any) -> Any:
        if isinstance(value, list):
            return [item(part) for part in value]
        if isinstance(value, str):
            return int(value[1:]) if value.startswith("#") else value.encode()
        return value

    cases = published("rlptest.json").values()
    assert len(cases) > 20
    for case in cases:
        assert rlp.encode(item(case["in"])).hex() == case["out"].removeprefix("0x")


def test_decode__published_invalid_vectors__refused() -> None:
    cases = published("invalidRLPTest.json")
    assert len(cases) > 20
    for case in cases.values():
        with pytest.raises(OutOfRange):
            rlp.decode(bytes.fromhex(case["out"].removeprefix("0x")))
