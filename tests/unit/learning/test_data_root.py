from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from trustspace.crypto.masks import MaskKey
from trustspace.domain.sums import NOTHING_STATED
from trustspace.encoding.merkle import MerkleTree, verify_proof
from trustspace.learning.data_root import rows_secret, statement_of

SECRET = b"s" * 32


def slow_leaf(rows, number: int) -> bytes:
    cipher = Cipher(algorithms.ChaCha20(SECRET, bytes(16)), mode=None).encryptor()
    salt = cipher.update(bytes(32 * (number + 1)))[-32:]
    values = b"".join(int(value).to_bytes(8, "big", signed=True) for value in rows.values[number])
    label = bytes([int(rows.labels[number])])
    return sha256(b"TDS.ROW1" + salt + label + values + rows.ids[number].encode()).digest()


def test_statement__against_a_slow_reference__same_root_and_each_row_can_be_shown(loan_book) -> None:
    rows = loan_book.rows(range(300))
    leaves = [slow_leaf(rows, number) for number in range(300)]
    branches = [sha256(b"TDS.ROWS" + b"".join(part)).digest() for part in (leaves[:256], leaves[256:])]
    tree = MerkleTree.of(branches)
    stated = statement_of(rows, SECRET)
    assert (stated.rows, stated.root) == (300, tree.root)
    assert verify_proof(branches[1], tree.proof(1), stated.root)


@pytest.mark.parametrize("change", ["value", "label", "id", "order", "missing", "secret"])
def test_statement__anything_changed__another_root(loan_book, change: str) -> None:
    rows = loan_book.rows(range(9))
    before = statement_of(rows, SECRET).root
    if change == "value":
        rows.values[8, 2] += 1
    elif change == "label":
        rows.labels[0] = not rows.labels[0]
    elif change == "id":
        object.__setattr__(rows, "ids", ("another", *rows.ids[1:]))
    elif change == "order":
        rows = loan_book.rows([1, 0, *range(2, 9)])
    elif change == "missing":
        rows = loan_book.rows(range(8))
    assert statement_of(rows, b"t" * 32 if change == "secret" else SECRET).root != before


def test_statement__no_rows__nothing_stated(loan_book) -> None:
    assert statement_of(loan_book.rows([]), SECRET) == NOTHING_STATED


def test_rows_secret__of_a_key__its_own_and_not_the_key() -> None:
    key = MaskKey(b"k" * 32)
    assert rows_secret(key) == rows_secret(MaskKey(b"k" * 32)) != key.private
    assert rows_secret(key) != rows_secret(MaskKey(b"l" * 32))
