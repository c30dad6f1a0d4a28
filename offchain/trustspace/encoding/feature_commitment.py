"""Commitment of a source's statistics: Pedersen on Grumpkin, so that those of several sources add up to their total's.

    point      = element 0 * G_0 + element 1 * G_1 + ... + blinding * H
    commitment = poseidon2_hash([header, x of point, y of point])          big endian in 32 bytes, what the chain holds
    header     = version (= 2) << 192 | as-of day << 176 | source << 160 | subject address
    element    = cells side by side, the first in the lowest bits; one that does not fit below bit 253 starts the next

A cell takes as many bits as its bound needs, and 5 more, so that cells of 32 sources add up without a carry into their
neighbours; a signed cell is stored plus 2^(bits - 1) per source:

    unsigned fen 54 + 5 bits | signed fen 55 + 5 bits | count 31 + 5 bits | limb 40 + 5 bits

Thus the sum of the sources' points is the commitment of the packed total under the sum of the blindings, and the total
can be opened, inside a proof or outside, while no source's part ever is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.features import MAX_SOURCES
from trustspace.domain.statistics import CELLS, SCHEMA, check_cells
from trustspace.encoding.grumpkin import IDENTITY, ORDER, Point, add, is_on_curve, pedersen_bases
from trustspace.encoding.hashing import address_word, uint_word
from trustspace.encoding.poseidon2 import poseidon2_hash
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trustspace.domain.ids import AsOfDay, ParticipantId, SubjectId
    from trustspace.domain.statistics import Cell

VERSION = 2
BASES_TEXT = f"trustspace/{SCHEMA}"
ELEMENT_BITS = 253
BLINDING_LIMBS = 7
BLINDING_BYTES = 48
_LIMB_BITS = 40
_LIMB_MASK = (1 << _LIMB_BITS) - 1
_HEADROOM = (MAX_SOURCES - 1).bit_length()


def _bits(cell: Cell) -> int:
    return cell.bound.bit_length() + cell.signed


CELL_OFFSETS = tuple(1 << (_bits(cell) - 1) if cell.signed else 0 for cell in CELLS)
"""What is added to a cell for each source before it is packed."""
CELL_WIDTHS = tuple(_bits(cell) + _HEADROOM for cell in CELLS)


def _places() -> tuple[tuple[int, int], ...]:
    places, element, used = [], 0, 0
    for width in CELL_WIDTHS:
        if used + width > ELEMENT_BITS:
            element, used = element + 1, 0
        places.append((element, used))
        used += width
    return tuple(places)


CELL_PLACES = _places()
"""Element and lowest bit of every cell."""
ELEMENTS = CELL_PLACES[-1][0] + 1


def pack_cells(cells: Sequence[int], *, sources: int = 1) -> list[int]:
    """ELEMENTS integers that hold all cells of a source, or the totals of several.

    Raises OutOfRange naming a cell beyond its bound.
    """
    check_cells(cells, sources=sources)
    elements = [0] * ELEMENTS
    for value, offset, (element, shift) in zip(cells, CELL_OFFSETS, CELL_PLACES, strict=True):
        elements[element] |= (value + offset * sources) << shift
    return elements


def unpack_cells(elements: Sequence[int], *, sources: int = 1) -> tuple[int, ...]:
    """Inverse of `pack_cells`. Raises OutOfRange for elements that it would not make."""
    cells: tuple[int, ...] = ()
    if len(elements) == ELEMENTS:
        cells = tuple(
            (elements[element] >> shift & ((1 << width) - 1)) - offset * sources
            for width, offset, (element, shift) in zip(CELL_WIDTHS, CELL_OFFSETS, CELL_PLACES, strict=True)
        )
    if not cells or pack_cells(cells, sources=sources) != list(elements):
        raise OutOfRange("these elements pack no statistics", remedy="pass what pack_cells made")
    return cells


def blinding_of(raw: bytes) -> int:
    """The scalar of BLINDING_BYTES random bytes, uniform but for 2^-130.

    Raises OutOfRange for another number of bytes.
    """
    if len(raw) != BLINDING_BYTES:
        raise OutOfRange(f"{len(raw)} bytes", where="blinding", remedy=f"draw {BLINDING_BYTES} random bytes")
    return int.from_bytes(raw, "big") % ORDER


def split_blinding(blinding: int) -> list[int]:
    """BLINDING_LIMBS limbs of 40 bits, the lowest first: they add up cell by cell like statistics."""
    return [blinding >> _LIMB_BITS * place & _LIMB_MASK for place in range(BLINDING_LIMBS)]


def join_blinding(limbs: Sequence[int]) -> int:
    """The scalar of limbs that were added up over sources."""
    return sum(limb << _LIMB_BITS * place for place, limb in enumerate(limbs)) % ORDER


def commitment_point(cells: Sequence[int], blinding: int, *, sources: int = 1) -> Point:
    """The Pedersen commitment of a source's cells, or of the total of several under the sum of their blindings.

    Raises OutOfRange for a cell beyond its bound or a blinding not in [0, curve order).
    """
    return pedersen_bases(BASES_TEXT, ELEMENTS).commit([*pack_cells(cells, sources=sources), blinding])


def feature_commitment(point: Point, *, subject: SubjectId, as_of: AsOfDay, source: ParticipantId) -> bytes:
    """What the chain holds of a source's point: 32 bytes, an element of the BN254 scalar field.

    Raises OutOfRange for a point off the curve and for ids that do not fit.
    """
    if not is_on_curve(point):
        raise OutOfRange(
            "not on the curve", where=f"commitment of source {source}", remedy="send the point committed to"
        )
    return poseidon2_hash([commitment_header(subject=subject, as_of=as_of, source=source), *point]).to_bytes(32, "big")


def commitment_header(*, subject: SubjectId, as_of: AsOfDay, source: ParticipantId) -> int:
    """What binds a commitment to its subject, day and source. Raises OutOfRange for ids that do not fit."""
    uint_word(as_of, 16, where="as_of")
    uint_word(source, 16, where="source")
    account = int.from_bytes(address_word(subject, where="subject"), "big")
    return VERSION << 192 | as_of << 176 | source << 160 | account


def opens(points: Iterable[Point], cells: Sequence[int], blinding: int, *, sources: int) -> bool:
    """Whether the sum of the sources' points commits to the total `cells` under the summed blinding.

    Raises OutOfRange for a cell beyond its bound.
    """
    total = IDENTITY
    for point in points:
        total = add(total, point)
    return total == commitment_point(cells, blinding, sources=sources)
