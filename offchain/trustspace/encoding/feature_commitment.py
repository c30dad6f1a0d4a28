"""Commitment of a source's statistics: Poseidon2 over packed cells, cheap to open inside a proof.

    commitment = poseidon2_hash([header, salt, element 0, element 1, ...])     big endian in 32 bytes

    header  = version (= 1) << 192 | as-of day << 176 | source << 160 | subject address
    salt    = 31 random bytes, big endian
    element = cells side by side, the first in the lowest bits; one that does not fit below bit 253 starts the next

A cell takes as many bits as its bound needs; a signed cell is stored plus 2^(bits - 1):

    unsigned fen 54 bits | signed fen 55 bits | count 31 bits | limb 40 bits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.statistics import CELLS, check_cells
from trustspace.encoding.hashing import address_word, uint_word
from trustspace.encoding.poseidon2 import poseidon2_hash
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.ids import AsOfDay, ParticipantId, SubjectId
    from trustspace.domain.statistics import Cell

VERSION = 1
SALT_BYTES = 31
ELEMENT_BITS = 253


def _bits(cell: Cell) -> int:
    return cell.bound.bit_length() + cell.signed


_OFFSETS = tuple(1 << (_bits(cell) - 1) if cell.signed else 0 for cell in CELLS)
_WIDTHS = tuple(_bits(cell) for cell in CELLS)


def pack_cells(cells: Sequence[int]) -> list[int]:
    """Field elements holding all cells of one source. Raises OutOfRange naming a cell beyond its bound."""
    check_cells(cells)
    elements, element, used = [], 0, 0
    for value, offset, width in zip(cells, _OFFSETS, _WIDTHS, strict=True):
        if used + width > ELEMENT_BITS:
            elements.append(element)
            element = used = 0
        element |= (value + offset) << used
        used += width
    return [*elements, element]


def unpack_cells(elements: Sequence[int]) -> tuple[int, ...]:
    """Inverse of `pack_cells`. Raises OutOfRange for elements that it would not make."""
    cells, place, used = [], 0, 0
    for offset, width in zip(_OFFSETS, _WIDTHS, strict=True):
        if used + width > ELEMENT_BITS:
            place, used = place + 1, 0
        if place < len(elements):
            cells.append((elements[place] >> used & ((1 << width) - 1)) - offset)
        used += width
    if len(cells) != len(CELLS) or pack_cells(cells) != list(elements):
        raise OutOfRange("these elements pack no statistics", remedy="pass what pack_cells made")
    return tuple(cells)


def feature_commitment(
    cells: Sequence[int], salt: bytes, *, subject: SubjectId, as_of: AsOfDay, source: ParticipantId
) -> bytes:
    """Commitment of 32 bytes, an element of the BN254 scalar field.

    Raises OutOfRange for a salt that has not 31 bytes, and for cells or ids that do not fit.
    """
    if len(salt) != SALT_BYTES:
        raise OutOfRange(f"the salt has {len(salt)} bytes, not {SALT_BYTES}", remedy="draw 31 random bytes")
    uint_word(as_of, 16, where="as_of")
    uint_word(source, 16, where="source")
    account = int.from_bytes(address_word(subject, where="subject"), "big")
    header = VERSION << 192 | as_of << 176 | source << 160 | account
    digest = poseidon2_hash([header, int.from_bytes(salt, "big"), *pack_cells(cells)])
    return digest.to_bytes(32, "big")
