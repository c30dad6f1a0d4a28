"""Bytes of a vector in a secure sum: a party's masked contribution, or the opened sum. What is hashed on chain.

offset  size  field
0       4     "TSV2"
4       32    run
36      4     round (uint32, big endian)
40      2     participant (uint16, big endian); 0: this is the opened sum
42      32    roster: digest of the offers it is masked against (see `sum_round`); zero in a sum
74      1     bytes per cell = w: 4 or 8
75      1     length of the tensor's name = t
76      t     tensor (ASCII)
76+t    8     number of cells = n (uint64, big endian)
84+t    wn    cells (little endian, two's complement, of the ring Z_2^(8w); see `fixed_point`)
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256

from trustspace.encoding.fixed_point import WIDTHS, Words, pack_words, unpack_words
from trustspace.errors import OutOfRange

MAGIC = b"TSV2"
SUM = 0
NO_ROSTER = bytes(32)
_HEAD = struct.Struct(">4s32sIH32sBB")
_COUNT = struct.Struct(">Q")


@dataclass(frozen=True, slots=True, kw_only=True)
class SumHeader:
    """What a vector belongs to."""

    run: bytes
    round: int
    participant: int
    tensor: str
    roster: bytes = NO_ROSTER


def pack_vector(header: SumHeader, words: Words) -> bytes:
    """Bytes of the layout above. Raises OutOfRange for a field that does not fit."""
    name = header.tensor.encode("ascii")
    try:
        head = _HEAD.pack(
            MAGIC, header.run, header.round, header.participant, header.roster, words.dtype.itemsize, len(name)
        )
    except struct.error as error:
        raise OutOfRange(f"header {header} does not fit", remedy="check the ids") from error
    if len(header.run) != 32 or len(header.roster) != 32:
        raise OutOfRange(f"run and roster have 32 bytes each, not {len(header.run)}", remedy="pass the whole id")
    return head + name + _COUNT.pack(words.size) + pack_words(words)


def unpack_vector(raw: bytes, *, where: str) -> tuple[SumHeader, Words]:
    """Inverse of `pack_vector`. Raises OutOfRange for bytes of another layout or length."""
    try:
        magic, run, round_number, participant, roster, width, length = _HEAD.unpack_from(raw)
        tensor = raw[_HEAD.size : _HEAD.size + length].decode("ascii")
        (count,) = _COUNT.unpack_from(raw, _HEAD.size + length)
    except (struct.error, UnicodeDecodeError) as error:
        raise OutOfRange("cut or of another layout", where=where, remedy="ask for the message again") from error
    body = memoryview(raw)[_HEAD.size + length + _COUNT.size :]
    if magic != MAGIC or width not in WIDTHS or len(body) != width * count:
        raise OutOfRange("cut or of another layout", where=where, remedy="ask for the message again")
    header = SumHeader(run=run, round=round_number, participant=participant, tensor=tensor, roster=roster)
    return header, unpack_words(body, width=width, where=where)


def vector_hash(raw: bytes) -> bytes:
    """SHA-256 of a message: the commitment on chain."""
    return sha256(raw).digest()
