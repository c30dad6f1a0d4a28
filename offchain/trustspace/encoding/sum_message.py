"""Bytes of a vector in a secure sum: a party's masked contribution, or the opened sum. What is hashed on chain.

offset  size  field
0       4     "TSV1"
4       32    run
36      4     round (uint32, big endian)
40      2     participant (uint16, big endian); 0: this is the opened sum
42      1     length of the tensor's name = t
43      t     tensor (ASCII)
43+t    8     number of cells = n (uint64, big endian)
51+t    8n    cells (see `fixed_point`: uint64, little endian, two's complement)
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256

from trustspace.encoding.fixed_point import UInt64s, pack_words, unpack_words
from trustspace.errors import OutOfRange

MAGIC = b"TSV1"
SUM = 0
_HEAD = struct.Struct(">4s32sIHB")
_COUNT = struct.Struct(">Q")


@dataclass(frozen=True, slots=True, kw_only=True)
class SumHeader:
    """What a vector belongs to."""

    run: bytes
    round: int
    participant: int
    tensor: str


def pack_vector(header: SumHeader, words: UInt64s) -> bytes:
    """Bytes of the layout above. Raises OutOfRange for a field that does not fit."""
    name = header.tensor.encode("ascii")
    try:
        head = _HEAD.pack(MAGIC, header.run, header.round, header.participant, len(name))
    except struct.error as error:
        raise OutOfRange(f"header {header} does not fit", remedy="check the ids") from error
    if len(header.run) != 32:
        raise OutOfRange(f"a run id has 32 bytes, not {len(header.run)}", remedy="pass the whole id")
    return head + name + _COUNT.pack(words.size) + pack_words(words)


def unpack_vector(raw: bytes, *, where: str) -> tuple[SumHeader, UInt64s]:
    """Inverse of `pack_vector`. Raises OutOfRange for bytes of another layout or length."""
    try:
        magic, run, round_number, participant, length = _HEAD.unpack_from(raw)
        tensor = raw[_HEAD.size : _HEAD.size + length].decode("ascii")
        (count,) = _COUNT.unpack_from(raw, _HEAD.size + length)
    except (struct.error, UnicodeDecodeError) as error:
        raise OutOfRange("cut or of another layout", where=where, remedy="ask for the message again") from error
    body = memoryview(raw)[_HEAD.size + length + _COUNT.size :]
    if magic != MAGIC or len(body) != 8 * count:
        raise OutOfRange("cut or of another layout", where=where, remedy="ask for the message again")
    header = SumHeader(run=run, round=round_number, participant=participant, tensor=tensor)
    return header, unpack_words(body, where=where)


def vector_hash(raw: bytes) -> bytes:
    """SHA-256 of a message: the commitment on chain."""
    return sha256(raw).digest()
