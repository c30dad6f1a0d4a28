"""Writes circuits/common/src/statistics_layout.nr: the layout of committed statistics, from the package's own tables.

python tools/circuit_layout.py > circuits/common/src/statistics_layout.nr
"""

from __future__ import annotations

import sys
from itertools import groupby

from trustspace.domain.statistics import CELLS
from trustspace.encoding.feature_commitment import (
    BASES_TEXT,
    CELL_OFFSETS,
    CELL_PLACES,
    CELL_WIDTHS,
    ELEMENTS,
)
from trustspace.encoding.grumpkin import draw_points
from trustspace.encoding.weierstrass import Point

PER_LINE = 8


def layout() -> str:
    """The Noir source."""
    *bases, blinding = draw_points(BASES_TEXT, ELEMENTS + 1)
    lines = [
        "//! Written by tools/circuit_layout.py: do not edit. Public constants; not-a-key: whole file",
        "use std::embedded_curve_ops::EmbeddedCurvePoint;",
        "",
        "/// Cells of the statistics.",
        f"pub global CELLS: u32 = {len(CELLS)};",
        "/// Field elements that hold them.",
        f"pub global ELEMENTS: u32 = {ELEMENTS};",
        "/// What a cell is raised by for each source.",
        *_table("pub global OFFSETS: [Field; CELLS]", [hex(offset) for offset in CELL_OFFSETS]),
        "/// The element that holds a cell, and the power of two of its lowest bit there.",
        *_table("global PLACES: [u32; CELLS]", [str(element) for element, _ in CELL_PLACES]),
        *_table("global SHIFTS: [Field; CELLS]", [hex(1 << shift) for _, shift in CELL_PLACES]),
        "/// Nobody knows a relation between these points: they are drawn by hashing.",
        "pub global BASES: [EmbeddedCurvePoint; ELEMENTS] = [",
        *(f"    {_point(base)}," for base in bases),
        "];",
        f"pub global BLINDING_BASE: EmbeddedCurvePoint = {_point(blinding)};",
        "",
        "/// Asserts that every cell, raised by its offsets, keeps to its own bits.",
        "pub fn assert_widths(raised: [Field; CELLS]) {",
        *_width_checks(),
        "}",
        "",
        "/// Cells side by side, as they are committed to.",
        "pub fn pack(raised: [Field; CELLS]) -> [Field; ELEMENTS] {",
        "    let mut elements: [Field; ELEMENTS] = [0; ELEMENTS];",
        "    for i in 0..CELLS {",
        "        elements[PLACES[i]] += raised[i] * SHIFTS[i];",
        "    }",
        "    elements",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _table(name: str, values: list[str]) -> list[str]:
    rows = [values[at : at + PER_LINE] for at in range(0, len(values), PER_LINE)]
    return [f"{name} = [", *(f"    {', '.join(row)}," for row in rows), "];"]


def _point(point: Point) -> str:
    return f"EmbeddedCurvePoint {{ x: {point[0]:#066x}, y: {point[1]:#066x} }}"


def _width_checks() -> list[str]:
    lines, first = [], 0
    for width, cells in groupby(CELL_WIDTHS):
        count = len(list(cells))
        lines += [
            f"    for i in {first}..{first + count} {{",
            f"        raised[i].assert_max_bit_size::<{width}>();",
            "    }",
        ]
        first += count
    return lines


if __name__ == "__main__":
    sys.stdout.write(layout())
