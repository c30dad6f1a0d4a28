"""A party's rows committed to before the first round, so that it cannot change them during the run or afterwards.

    salts  = ChaCha20 key stream under a secret of the run, 32 bytes for each row
    leaf   = SHA-256("TDS.ROW1" | salt 32 | label 1 | values and groups 8 each | id)
    branch = SHA-256("TDS.ROWS" | 256 leaves), the last one of fewer
    root   = Merkle tree over the branches (`encoding.merkle`), zero for no rows

Integers are big endian, values two's complement in the plan's order. Whoever shows a row, its salt and the other leaves
of its branch shows that the row took part; without the secret a root says nothing, however few rows are plausible.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from trustspace.crypto.masks import derive_key, key_stream
from trustspace.domain.sums import NOTHING_STATED, DataStatement
from trustspace.encoding.merkle import merkle_root

if TYPE_CHECKING:
    from trustspace.crypto.masks import MaskKey
    from trustspace.learning.table import LabelledRows

TAG, BRANCH_TAG = b"TDS.ROW1", b"TDS.ROWS"
SALT_BYTES = 32
BRANCH = 256
_SECRET = b"trustspace.rows.v1"


def rows_secret(key: MaskKey) -> bytes:
    """The secret of a run's salts, from the party's key for that run."""
    return derive_key(key.private, _SECRET)


def statement_of(rows: LabelledRows, secret: bytes) -> DataStatement:
    """Number of rows and root of their commitments."""
    if not len(rows):
        return NOTHING_STATED
    values = np.concatenate([rows.values, rows.groups], axis=1).astype(">i8").tobytes()
    width = len(values) // len(rows)
    labels = rows.labels.astype("u1").tobytes()
    salts = key_stream(secret, len(rows) * SALT_BYTES // 8).astype("<u8").tobytes()
    leaves = [
        sha256(
            TAG
            + salts[SALT_BYTES * number : SALT_BYTES * (number + 1)]
            + labels[number : number + 1]
            + values[width * number : width * (number + 1)]
            + name.encode()
        ).digest()
        for number, name in enumerate(rows.ids)
    ]
    starts = range(0, len(leaves), BRANCH)
    branches = [sha256(BRANCH_TAG + b"".join(leaves[start : start + BRANCH])).digest() for start in starts]
    return DataStatement(rows=len(rows), root=merkle_root(branches))
