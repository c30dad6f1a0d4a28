"""Look-ups in tries: known roots, a slow reference, published vectors, and every way in which a proof can be wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.encoding.tries import ReferenceTrie, packed
from trustspace.encoding import rlp
from trustspace.encoding.hashing import keccak
from trustspace.encoding.patricia import EMPTY_ROOT, TrieNodes
from trustspace.errors import InvalidBundle, OutOfRange

PATH = keccak(b"key").hex()

keys = st.binary(min_size=1, max_size=3)
tries = st.dictionaries(keys, st.binary(min_size=1, max_size=40), min_size=1, max_size=40)


def look_up(trie: ReferenceTrie, key: bytes) -> bytes | None:
    return TrieNodes(trie.nodes.values()).look_up(trie.root, key, where="trie")


def single(node: Any, key: bytes = b"key") -> bytes | None:
    """Look a key up in a trie of one node, made by hand."""
    raw = rlp.encode(node)
    return TrieNodes([raw]).look_up(keccak(raw), key, where="trie")


def test_reference__known_roots() -> None:
    puppies = {b"do": b"verb", b"dog": b"puppy", b"doge": b"coin", b"horse": b"stallion"}
    known = "5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84"  # not-a-key
    assert ReferenceTrie(puppies, secure=False).root.hex() == known
    assert EMPTY_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"  # not-a-key


def test_look_up__empty_trie__nothing_there() -> None:
    assert TrieNodes([]).look_up(EMPTY_ROOT, b"key", where="trie") is None


@given(tries, keys)
@settings(max_examples=200, deadline=None)
def test_look_up__any_trie__what_is_there_and_what_is_not(items: dict[bytes, bytes], absent: bytes) -> None:
    trie = ReferenceTrie(items)
    for key in [*items, absent]:
        assert look_up(trie, key) == items.get(key)


@given(tries, keys)
@settings(max_examples=100, deadline=None)
def test_look_up__visited_nodes_alone__prove_the_same_and_none_can_be_left_out(
    items: dict[bytes, bytes], key: bytes
) -> None:
    trie = ReferenceTrie(items)
    nodes = TrieNodes(trie.nodes.values())
    expected = nodes.look_up(trie.root, key, where="trie")
    visited = nodes.visited
    assert visited[0] == trie.nodes[trie.root]
    again = TrieNodes(visited)
    assert again.look_up(trie.root, key, where="trie") == expected
    assert again.visited == visited
    for index in range(len(visited)):
        with pytest.raises(InvalidBundle, match=r"trie: the node 0x[0-9a-f]{64} of the proof is missing"):
            TrieNodes(visited[:index] + visited[index + 1 :]).look_up(trie.root, key, where="trie")


def test_look_up__any_bit_of_any_node_flipped__missing() -> None:
    trie = ReferenceTrie({bytes([number]): b"value %d" % number for number in range(40)})
    nodes = TrieNodes(trie.nodes.values())
    nodes.look_up(trie.root, b"\x07", where="trie")
    for index, node in enumerate(nodes.visited):
        for at in range(len(node)):
            changed = node[:at] + bytes([node[at] ^ 1 << at % 8]) + node[at + 1 :]
            wrong = TrieNodes([*nodes.visited[:index], changed, *nodes.visited[index + 1 :]])
            with pytest.raises(InvalidBundle, match="is missing"):
                wrong.look_up(trie.root, b"\x07", where="trie")


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        ([], "neither a branch"),
        ([b"\x20", b"value", b""], "neither a branch"),
        ([b""] * 16, "neither a branch"),
        ([b""] * 16 + [b"value"], "neither a branch"),
        ([b"", b"value"], "not packed"),
        ([b"\x40", b"value"], "not packed"),
        ([b"\x21" + keccak(b"key"), b"value"], "not packed"),
        ([b"\x0f" + keccak(b"key"), b"value"], "not packed"),
        ([[], b"value"], "not packed"),
        ([packed(PATH, leaf=True), b""], "without a value"),
        ([packed(PATH, leaf=True), [b"value"]], "without a value"),
        ([packed("", leaf=False), keccak(b"")], "extension by nothing"),
        ([packed(PATH[:2], leaf=False), b""], "neither a hash nor a node"),
        ([packed(PATH[:2], leaf=False), b"short"], "neither a hash nor a node"),
        ([packed(PATH[:2], leaf=False), b"x" * 33], "neither a hash nor a node"),
        ([packed(PATH[:2], leaf=False), [packed(PATH[2:], leaf=True), b"value"]], "32 bytes or more"),
        ([packed(PATH, leaf=False), [b""] * 17], "a branch where the path ends"),
        ([packed(PATH[:2], leaf=False), [b"", b"", b""]], "neither a branch"),
    ],
)
def test_look_up__not_a_node__refused(node: Any, problem: str) -> None:
    with pytest.raises(InvalidBundle, match=f"trie: not a node of a trie: .*{problem}"):
        single(node)


def test_look_up__leaf_below_the_whole_path__is_found() -> None:
    assert single([packed(PATH, leaf=False), [packed("", leaf=True), b"value"]]) == b"value"
    assert single([packed(PATH[:60], leaf=False), [packed(PATH[60:], leaf=True), b"v"]]) == b"v"
    assert single([packed(PATH, leaf=False), [packed("1", leaf=True), b"value"]]) is None
    assert single([packed(PATH, leaf=False), [packed("1", leaf=False), b"xy"]]) is None


def test_look_up__node_that_is_not_canonical_rlp__refused() -> None:
    raw = b"\xf8\x04" + rlp.encode([b"\x20", b"v"])[1:]
    with pytest.raises(InvalidBundle, match="not canonical RLP"):
        TrieNodes([raw]).look_up(keccak(raw), b"key", where="trie")
    with pytest.raises(OutOfRange):
        rlp.decode(raw)


def test_look_up__a_list_nested_forever__refused() -> None:
    raw = b"\xc0"
    for _ in range(40):
        raw = bytes([0xC0 + len(raw)]) + raw
    with pytest.raises(InvalidBundle, match="nested too deeply"):
        TrieNodes([raw]).look_up(keccak(raw), b"key", where="trie")


@pytest.mark.parametrize(
    ("file", "secure"),
    [
        ("hex_encoded_securetrie_test.json", True),
        ("trietest_secureTrie.json", True),
        ("trieanyorder_secureTrie.json", True),
        ("trietest.json", False),
        ("trieanyorder.json", False),
    ],
)
def test_look_up__published_vectors__same_roots_and_values(file: str, secure: bool) -> None:
    folder = os.environ.get("TRUSTSPACE_ETHEREUM_TESTS")
    if not folder:
        pytest.skip("set TRUSTSPACE_ETHEREUM_TESTS to a checkout of github.com/ethereum/tests")
    cases = json.loads((Path(folder) / "TrieTests" / file).read_text(encoding="utf-8"))
    assert len(cases) >= 3
    for case in cases.values():
        pairs = case["in"].items() if isinstance(case["in"], dict) else case["in"]
        final: dict[bytes, bytes | None] = {_bytes(key): _value(value) for key, value in pairs}
        items = {key: value for key, value in final.items() if value is not None}
        trie = ReferenceTrie(items, secure=secure)
        assert "0x" + trie.root.hex() == case["root"]
        if secure:
            for key, value in final.items():
                assert look_up(trie, key) == value


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


def _value(text: str | None) -> bytes | None:
    return None if text is None else _bytes(text)
