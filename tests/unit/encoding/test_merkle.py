import pytest
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from trustspace.encoding.merkle import MerkleTree, merkle_root, node, verify_proof
from trustspace.errors import OutOfRange

LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


def reference_root(nodes: list[bytes]) -> bytes:
    """The definition, written with sorting and recursion."""
    if len(nodes) == 1:
        return nodes[0]
    pairs = [nodes[at : at + 2] for at in range(0, len(nodes), 2)]
    return reference_root([keccak(b"".join(sorted(pair))) if len(pair) == 2 else pair[0] for pair in pairs])


@given(LEAVES)
def test_root__any_leaves__is_the_reference(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == reference_root(leaves) == MerkleTree.of(leaves).root


@given(LEAVES, st.data())
def test_proof__any_leaf__verifies_and_is_short(leaves: list[bytes], data: st.DataObject) -> None:
    tree = MerkleTree.of(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = tree.proof(index)
    assert verify_proof(leaves[index], proof, tree.root)
    assert len(proof) <= max(0, (len(leaves) - 1).bit_length())


@given(LEAVES.filter(lambda leaves: len(leaves) > 1), st.data())
def test_proof__changed_leaf_or_sibling__fails(leaves: list[bytes], data: st.DataObject) -> None:
    tree = MerkleTree.of(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = tree.proof(index)
    flipped = bytes([leaves[index][0] ^ 1]) + leaves[index][1:]
    assert not verify_proof(flipped, proof, tree.root)
    broken = (bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:])
    assert not verify_proof(leaves[index], broken, tree.root)
    assert not verify_proof(leaves[index], proof[1:], tree.root)


def test_node__either_order__same() -> None:
    assert node(b"a" * 32, b"b" * 32) == node(b"b" * 32, b"a" * 32) == keccak(b"a" * 32 + b"b" * 32)


def test_root__three_leaves__the_odd_one_moves_up() -> None:
    a, b, c = (bytes([value]) * 32 for value in (1, 2, 3))
    assert merkle_root([a, b, c]) == node(node(a, b), c)
    assert MerkleTree.of([a, b, c]).proof(2) == (node(a, b),)


def test_root__swapped_neighbours__same_but_across_pairs_not() -> None:
    a, b, c, d = (bytes([value]) * 32 for value in (1, 2, 3, 4))
    assert merkle_root([b, a, c, d]) == merkle_root([a, b, c, d])  # hence the index inside each leaf
    assert merkle_root([a, c, b, d]) != merkle_root([a, b, c, d])


def test_tree__no_leaves_or_wrong_sizes__refused() -> None:
    with pytest.raises(OutOfRange):
        merkle_root([])
    with pytest.raises(OutOfRange):
        MerkleTree.of([bytes(31)])
    tree = MerkleTree.of([bytes(32)] * 3)
    for index in (-1, 3):
        with pytest.raises(OutOfRange):
            tree.proof(index)
