"""Writes models.json: commitments of two models, packed here by plain arithmetic as circuits/common does it.

The models are such that their form follows at sight: bins of different points, trees of full depth.

python tests/vectors/make_models.py > tests/vectors/models.json
"""

import json
import sys
from fractions import Fraction
from hashlib import sha256
from math import ceil, log

from trustspace.domain.features import FEATURES
from trustspace.encoding import canonical_json
from trustspace.encoding.poseidon2 import poseidon2_hash  # held to published vectors by its own test

SLOT = {spec.name: index for index, spec in enumerate(FEATURES)}
PLAN_HASH = sha256(b"plan").hexdigest()


def packed(numbers: list[int], bits: int, each: int) -> list[int]:
    """Raised by half the range, `each` in an element, the first in the lowest bits."""
    elements = [0] * -(-len(numbers) // each)
    for place, number in enumerate(numbers):
        elements[place // each] += (number + 2 ** (bits - 1)) * 2 ** (bits * (place % each))
    return elements


def salt(document: bytes) -> int:
    return int(sha256(b"trustspace/model-commitment/1" + document).hexdigest()[:62], 16)


def scored(name: str, cuts: list[int], points: list[int]) -> dict[str, object]:
    woe = [64 * point for point in points]
    return {
        "name": name, "cuts": cuts, "groups": [], "specials": [], "points": points, "woe": woe,
        "coefficient": 2**24, "information_micro": 1000, "reason": name,
    }  # fmt: skip


def card() -> dict[str, object]:
    features = [
        scored("margin", [-500, 0, 1500, 4000], [-31, -9, 4, 17, 26]),
        scored("sales_24m", [10**9, 10**11], [-12, 3, 20]),
        scored("months_active", [], [5]),
    ]
    offset, cut_offs = 612, [540, 575, 610, 640]
    document = canonical_json.dumps(
        {
            "format": "trustspace.scorecard/1", "plan_hash": PLAN_HASH, "schema": "features-1", "features": features,
            "intercept": 2**24, "offset": offset, "cut_offs": cut_offs,
        }
    )  # fmt: skip
    cuts = [[2**63 - 1] * 4 for _ in range(60)]
    points = [[0] * 5 for _ in range(60)]
    cuts[SLOT["margin"]], points[SLOT["margin"]] = [-500, 0, 1500, 4000], [-31, -9, 4, 17, 26]
    cuts[SLOT["sales_24m"]] = [10**9, 10**11, 2**63 - 1, 2**63 - 1]
    points[SLOT["sales_24m"]] = [-12, 3, 20, 20, 20]
    points[SLOT["months_active"]] = [5] * 5
    elements = [
        ((1 * 2**8 + 1) * 2**16 + 60) * 2**8 + 4,
        *packed([cut for row in cuts for cut in row], 64, 3),
        *packed([point for row in points for point in row], 24, 10),
        *packed([offset, *cut_offs], 32, 5),
        salt(document),
    ]
    return vector(document, elements)


def trees() -> dict[str, object]:
    names = ["sales_trend", "purchases_tax_rate"]
    tests = [(n % 2, 300 * n - 2000) for n in range(15)]  # (place in names, cut), in heap order
    leaves = [1000 * n - 7000 for n in range(16)]
    nodes: list[object] = [[0, which, cut, False, 2 * n + 1, 2 * n + 2] for n, (which, cut) in enumerate(tests)]
    base, cut_offs = 70_000, [520, 560, 600, 640]
    document = canonical_json.dumps(
        {
            "format": "trustspace.trees/1", "plan_hash": PLAN_HASH, "schema": "features-1",
            "features": [{"name": name, "reason": name, "takes_missing": False, "categories": []} for name in names],
            "base": base, "trees": [[*nodes, *leaves], [-250]],
            "base_points": 600, "base_odds": 10, "double_points": 40, "cut_offs": cut_offs,
        }
    )  # fmt: skip
    first = [SLOT[names[which]] * 2**64 + cut + 2**63 for which, cut in tests]
    blank = [2**63] * 15
    elements = [((1 * 2**8 + 2) * 2**16 + 100) * 2**16 + 15]
    for splits, own in [(first, leaves), (blank, [-250] * 16), *[(blank, [0] * 16)] * 98]:
        elements += [sum(splits[at + i] * 2 ** (72 * i) for i in range(3)) for at in range(0, 15, 3)]
        elements += packed(own, 24, 10)
    # Points are rounded to nearest: at least p from (p - 600 - 1/2) * ln 2 / 40 + ln 10 in log-odds on.
    margins = [ceil((Fraction(2 * p - 1201, 80) * Fraction(log(2)) + Fraction(log(10))) * 2**16) for p in cut_offs]
    elements += [*packed([base, *margins], 40, 5), salt(document)]
    return vector(document, elements)


def vector(document: bytes, elements: list[int]) -> dict[str, object]:
    return {
        "document": document.decode(),
        "elements": len(elements),
        "first": [hex(element) for element in elements[:8]],
        "last": [hex(element) for element in elements[-3:]],
        "commitment": f"{poseidon2_hash(elements):064x}",
    }


if __name__ == "__main__":
    json.dump({"models": [card(), trees()]}, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
