"""Writes features.json: commitments of statistics, packed and committed to here by plain arithmetic.

Widths are the documented ones; the points are multiplied by doubling and adding, without tables.

python tests/vectors/make_features.py > tests/vectors/features.json
"""

import json
import sys

from trustspace.encoding.grumpkin import IDENTITY, add, draw_points, multiply
from trustspace.encoding.poseidon2 import poseidon2_hash  # held to published vectors by its own test

MONEY, COUNT, LIMB, HEADROOM = 54, 31, 40, 5


def layout() -> list[tuple[str, int, int]]:
    """(name, width, offset) of every cell, as in docs/reference-features.md."""
    cells: list[tuple[str, int, int]] = []
    for side in ("sales", "purchases"):
        cells += [(f"{side}_net_m{month:02}", MONEY + 1, 1 << MONEY) for month in range(24)]
        cells += [(f"{side}_count_m{month:02}", COUNT, 0) for month in range(24)]
        cells += [(f"{side}_void_count", COUNT, 0), (f"{side}_red_count", COUNT, 0), (f"{side}_red_net", MONEY, 0)]
        cells += [(f"{side}_tax", MONEY + 1, 1 << MONEY)]
        cells += [(f"{side}_{name}", COUNT, 0) for name in ("parties_24m", "parties_12m", "parties_kept")]
        cells += [(f"{side}_positive_net", MONEY, 0)]
        cells += [(f"{side}_square_limb{limb}", LIMB, 0) for limb in range(3)]
    return cells


def vector(values: dict[str, int], blinding: int, subject: str, as_of: int, source: int) -> dict[str, object]:
    groups: list[list[tuple[int, int]]] = [[]]
    for name, bits_of_one, offset in layout():
        width = bits_of_one + HEADROOM
        if sum(bits for bits, _ in groups[-1]) + width > 253:
            groups.append([])
        groups[-1].append((width, values.get(name, 0) + offset))
    elements = [
        sum(value * 2 ** sum(bits for bits, _ in group[:place]) for place, (_, value) in enumerate(group))
        for group in groups
    ]
    point = IDENTITY
    for scalar, base in zip(
        [*elements, blinding], draw_points("trustspace/statistics-1", len(elements) + 1), strict=True
    ):
        point = add(point, multiply(scalar, base))
    header = (2 * 2**16 + as_of) * 2**176 + source * 2**160 + int(subject, 16)
    return {
        "subject": subject,
        "as_of": as_of,
        "source": source,
        "blinding": hex(blinding),
        "cells": values,
        "elements": [hex(element) for element in elements],
        "point": [hex(coordinate) for coordinate in point],
        "commitment": f"{poseidon2_hash([header, *point]):064x}",
    }


def main() -> None:
    subject = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
    busy = {
        "sales_net_m00": 123456789,
        "sales_net_m23": -5000,
        "sales_count_m00": 12,
        "sales_tax": -1,
        "purchases_net_m05": 10**16,
        "purchases_square_limb0": 2**40 - 1,
        "purchases_square_limb2": 77,
    }
    vectors = [
        vector({}, 0, subject, 18321, 1),
        vector(busy, int.from_bytes(bytes(range(31)), "big"), subject, 20726, 65535),
    ]
    json.dump({"commitments": vectors}, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
