"""What every circuit claims, in plain Python: the definitions, as documents and package state them, and nothing clever.

`holds(circuit, inputs)` says whether inputs (integers by parameter, arrays and structs of them) satisfy it. Features
are derived here with fractions, commitments with the published formulas, so that neither the circuits nor the package's
own code is the measure.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Any

from trustspace.domain.proofs import Circuit
from trustspace.encoding.feature_commitment import BASES_TEXT, CELL_OFFSETS, CELL_PLACES, CELL_WIDTHS, ELEMENTS
from trustspace.encoding.grumpkin import GRUMPKIN, pedersen_bases
from trustspace.encoding.poseidon2 import FIELD_MODULUS, poseidon2_hash
from trustspace.encoding.weierstrass import IDENTITY

Inputs = dict[str, Any]
P = FIELD_MODULUS
MONTHS, YEAR, BPS = 24, 12, 10_000


def holds(circuit: Circuit, inputs: Inputs) -> bool:
    """Whether the circuit's relation holds."""
    match circuit:
        case Circuit.SCORE_CARD:
            return _score(inputs, _card_sums(inputs["card"]))
        case Circuit.SCORE_TREES:
            return _score(inputs, _trees_sums(inputs["trees"]))
        case Circuit.TURNOVER_RANGE:
            return _turnover(inputs)
        case Circuit.INVOICE_RANGE:
            return _invoice(inputs)


def signed(element: int) -> int:
    """The integer of least absolute value that an element stands for."""
    element %= P
    return element - P if element > P // 2 else element


# --- statistics ---------------------------------------------------------------------------------------------------


def opened(inputs: Inputs) -> list[int] | None:
    """Cells of the total; None where points, commitments or opening do not belong together."""
    subject, day, sources = (inputs[name] % P for name in ("subject", "as_of", "sources"))
    if subject >= 1 << 160 or day >= 1 << 16 or sources >= 1 << 128:
        return None
    total, count, opening = IDENTITY, 0, inputs["opening"]
    for place, commitment in enumerate(inputs["commitments"]):
        point = opening["points"][place]["x"] % P, opening["points"][place]["y"] % P
        number = sources >> 16 * place & 0xFFFF
        header = 2 << 192 | day << 176 | number << 160 | subject
        if commitment % P:
            if not GRUMPKIN.contains(point) or poseidon2_hash([header, *point]) != commitment % P:
                return None
            count += 1
        elif point != (0, 0) or number:
            return None
        total = GRUMPKIN.add(total, point)
    raised = [cell % P for cell in opening["raised"]]
    low, high = opening["blinding"]["lo"] % P, opening["blinding"]["hi"] % P
    if not count or any(cell >> width for cell, width in zip(raised, CELL_WIDTHS, strict=True)):
        return None
    elements = [0] * ELEMENTS
    for cell, (element, shift) in zip(raised, CELL_PLACES, strict=True):
        elements[element] += cell << shift
    blinding = (low + (high << 128)) % GRUMPKIN.order
    if low >> 128 or high >> 128 or pedersen_bases(BASES_TEXT, ELEMENTS).commit([*elements, blinding]) != total:
        return None
    return [cell - count * offset for cell, offset in zip(raised, CELL_OFFSETS, strict=True)]


def derived(cells: list[int]) -> list[int]:
    """Features as docs/reference-features.md defines them."""
    half = len(cells) // 2
    sold, bought = cells[:half], cells[half:]
    net_sold, net_bought = sum(sold[:MONTHS]), sum(bought[:MONTHS])
    counts = zip(sold[MONTHS : 2 * MONTHS], bought[MONTHS : 2 * MONTHS], strict=True)
    margin = _ratio(net_sold - net_bought, abs(net_sold) + abs(net_bought), -BPS)
    return [*_side(sold), *_side(bought), margin, sum(1 for a, b in counts if a or b)]


def _side(cells: list[int]) -> list[int]:
    nets, counts, rest = cells[:MONTHS], cells[MONTHS : 2 * MONTHS], cells[2 * MONTHS :]
    voids, _, red_net, tax, parties, _, kept, positive, *limbs = rest
    latest, before, net, count = sum(nets[:YEAR]), sum(nets[YEAR:]), sum(nets), sum(counts)
    squares = limbs[0] + (limbs[1] << 40) + (limbs[2] << 80)
    mean = Fraction(net, MONTHS)
    variance = sum((month - mean) ** 2 for month in nets) / MONTHS
    square = variance / mean**2 * BPS**2 if net > 0 else Fraction(0)
    return [
        latest,
        net,
        sum(counts[:YEAR]),
        count,
        int(Fraction(net, count)) if count else 0,
        _ratio(voids, voids + count, 0),
        _ratio(red_net, net + 2 * red_net, 0),
        _ratio(tax, net, 0),
        parties,
        _ratio(kept, parties, 0),
        _ratio(squares, positive**2, 0),
        sum(1 for invoices in counts if invoices),
        _ratio(latest - before, abs(latest) + abs(before), -BPS),
        min(isqrt(int(square)), 10 * BPS),
    ]


def _ratio(part: int, whole: int, low: int) -> int:
    return max(low, min(BPS, int(Fraction(part * BPS, whole)))) if whole else 0


# --- models -------------------------------------------------------------------------------------------------------


def _score(inputs: Inputs, model: tuple[int, Any] | None) -> bool:
    cells = opened(inputs)
    if cells is None or model is None:
        return False
    features = derived(cells)
    commitment, total = model
    cut_offs = [signed(cut) for cut in inputs.get("card", inputs.get("trees"))["cut_offs"]]
    points = total([*features, *[0] * 30])
    return (
        [signed(value) for value in inputs["features"]] == features
        and commitment == inputs["model"] % P
        and 5 - sum(points >= cut for cut in cut_offs) == inputs["grade"] % P
    )


def _card_sums(card: Any) -> tuple[int, Any] | None:
    """Commitment, and the sum of points for feature values; None where a number is too large."""
    cuts = [[signed(cut) for cut in row] for row in card["cuts"]]
    points = [[signed(point) for point in row] for row in card["points"]]
    sums = [signed(card["offset"]), *map(signed, card["cut_offs"])]
    parts = [
        _packed([cut for row in cuts for cut in row], 64, 3),
        _packed([point for row in points for point in row], 24, 10),
        _packed(sums, 32, 5),
    ]
    if None in parts:
        return None
    elements = [
        1 << 32 | 1 << 24 | 60 << 8 | 4,
        *[element for part in parts for element in part or []],
        card["salt"] % P,
    ]

    def total(values: list[int]) -> int:
        rows = zip(values, cuts, points, strict=True)
        return sums[0] + sum(
            row[0] + sum(row[n + 1] - row[n] for n, cut in enumerate(own) if value >= cut) for value, own, row in rows
        )

    return poseidon2_hash(elements), total


def _trees_sums(trees: Any) -> tuple[int, Any] | None:
    """The same for trees."""
    elements = [1 << 40 | 2 << 32 | 100 << 16 | 15]
    for tree in trees["trees"]:
        cuts = [_raised(signed(cut), 64) for cut in tree["cuts"]]
        leaves = _packed([signed(leaf) for leaf in tree["leaves"]], 24, 10)
        if None in cuts or leaves is None or any(not 0 <= slot < 60 for slot in tree["features"]):
            return None
        splits = [(slot << 64) + (cut or 0) for slot, cut in zip(tree["features"], cuts, strict=True)]
        elements += [sum(split << 72 * n for n, split in enumerate(splits[at : at + 3])) for at in range(0, 15, 3)]
        elements += leaves
    sums = _packed([signed(trees["base"]), *map(signed, trees["cut_offs"])], 40, 5)
    if sums is None:
        return None

    def total(values: list[int]) -> int:
        found = signed(trees["base"])
        for tree in trees["trees"]:
            node = 0
            for _ in range(4):
                node = 2 * node + (1 if values[tree["features"][node]] < signed(tree["cuts"][node]) else 2)
            found += signed(tree["leaves"][node - 15])
        return found

    return poseidon2_hash([*elements, *sums, trees["salt"] % P]), total


def _raised(number: int, bits: int) -> int | None:
    half = 1 << (bits - 1)
    return number + half if -half <= number < half else None


def _packed(numbers: list[int], bits: int, each: int) -> list[int] | None:
    raised = [_raised(number, bits) for number in numbers]
    if None in raised:
        return None
    return [
        sum((part or 0) << bits * n for n, part in enumerate(raised[at : at + each]))
        for at in range(0, len(raised), each)
    ]


# --- ranges -------------------------------------------------------------------------------------------------------


def _turnover(inputs: Inputs) -> bool:
    cells = opened(inputs)
    latest, earliest, low, high = (inputs[name] for name in ("latest_month", "earliest_month", "low", "high"))
    if cells is None or not 0 <= latest <= earliest < MONTHS or not (0 <= low < 1 << 64 and 0 <= high < 1 << 64):
        return False
    return low <= sum(cells[latest : earliest + 1]) <= high


def _invoice(inputs: Inputs) -> bool:
    amount, low, high = (inputs[name] for name in ("amount", "low", "high"))
    node = poseidon2_hash([1, amount % P, inputs["rest"] % P, inputs["secret"] % P])
    for sibling, is_right in zip(inputs["siblings"], inputs["is_right"], strict=True):
        node = poseidon2_hash([2, sibling % P, node] if is_right else [2, node, sibling % P])
    return (
        all(0 <= bound < 1 << 64 for bound in (amount, low, high))
        and all(bit in (0, 1) for bit in inputs["is_right"])
        and low <= amount <= high
        and node == inputs["root"] % P
        and poseidon2_hash([3, inputs["secret"] % P, inputs["scope"] % P]) == inputs["nullifier"] % P
    )
