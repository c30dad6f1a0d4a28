from datetime import date
from hashlib import sha256
from secrets import token_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.domain.invoices import BookStatus, Invoice
from trustspace.encoding.canonical import canonical_bytes
from trustspace.encoding.poseidon2 import poseidon2_hash
from trustspace.encoding.provable_batch import (
    DEPTH,
    NO_LEAF,
    SECRET_BYTES,
    ProvableTree,
    climb,
    empty,
    leaf,
    nullifier_of,
    provable_tree,
    rest_of,
    secrets_for,
)
from trustspace.errors import OutOfRange


def invoice(number: int = 0, total: int = 113, status: BookStatus = BookStatus.VALID) -> Invoice:
    return Invoice("F1", "B1", f"N{number}", date(2025, 1, 2), total - 13, 13, total, status=status)


def slow_root(leaves: list[int], depth: int = DEPTH) -> int:
    """Top down, as the definition reads; empty halves alike."""
    if depth == 0:
        return leaves[0] if leaves else 0
    half = 1 << (depth - 1)
    left = slow_root(leaves[:half], depth - 1)
    right = slow_root(leaves[half:], depth - 1) if leaves[half:] else slow_empty(depth - 1)
    return poseidon2_hash([2, left, right])


def slow_empty(depth: int) -> int:
    value = 0
    for _ in range(depth):
        value = poseidon2_hash([2, value, value])
    return value


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 2**253), min_size=1, max_size=9))
def test_tree__any_leaves__root_by_definition_and_every_path_climbs_to_it(leaves: list[int]) -> None:
    tree = ProvableTree.of(leaves)
    assert tree.root == slow_root(leaves)
    for index, own in enumerate(leaves):
        assert len(tree.siblings(index)) == DEPTH
        assert climb(own, index, tree.siblings(index)) == tree.root


def test_empty__every_level__of_twins() -> None:
    assert [empty(level) for level in (0, 1, 20)] == [0, slow_empty(1), slow_empty(20)]


def test_leaf__of_an_invoice__holds_total_rest_and_secret() -> None:
    one = invoice(total=1_000)
    rest = int.from_bytes(sha256(canonical_bytes(one)).digest()[:31], "big")
    secret = token_bytes(SECRET_BYTES)
    tree = provable_tree([one], secret)
    assert tree.layers[0] == (poseidon2_hash([1, 1_000, rest, int.from_bytes(secret, "big")]),)
    assert rest_of(one) == rest


def test_tree__void_and_negative__have_no_leaf() -> None:
    invoices = [invoice(0), invoice(1, status=BookStatus.VOID), invoice(2, total=-5), invoice(3, total=0), invoice(4)]
    secrets = secrets_for(invoices, token_bytes(SECRET_BYTES * 5))
    found = provable_tree(invoices, secrets).layers[0]
    assert [own == NO_LEAF for own in found] == [False, True, True, True, False]
    forgotten = [one._replace(status=BookStatus.VALID) for one in invoices]  # openings on file do not say it
    assert provable_tree(forgotten, secrets).layers[0] == found


def test_leaf_and_nullifier__each_part__counts() -> None:
    assert len({leaf(1, 2, 3), leaf(2, 1, 3), leaf(1, 3, 2), leaf(1, 2, 4)}) == 4
    assert len({nullifier_of(3, 1), nullifier_of(3, 2), nullifier_of(4, 1), nullifier_of(1, 3)}) == 4


def test_tree__no_leaves_other_secrets_or_index__refused() -> None:
    for broken in (
        lambda: ProvableTree.of([]),
        lambda: provable_tree([invoice()], bytes(SECRET_BYTES - 1)),
        lambda: provable_tree([invoice()], b""),
        lambda: ProvableTree.of([1]).siblings(1),
        lambda: ProvableTree.of([1]).siblings(-1),
    ):
        with pytest.raises(OutOfRange, match="provable batch"):
            broken()
