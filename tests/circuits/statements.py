"""Random honest inputs of every circuit, as a prover would have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustspace.domain.features import FEATURES, derive
from trustspace.domain.ids import AsOfDay, ParticipantId, SubjectId
from trustspace.domain.proofs import Circuit
from trustspace.domain.statistics import CELLS
from trustspace.encoding.feature_commitment import CELL_OFFSETS, commitment_point, feature_commitment
from trustspace.encoding.grumpkin import GRUMPKIN
from trustspace.encoding.poseidon2 import FIELD_MODULUS, poseidon2_hash
from trustspace.encoding.provable_card import BEYOND, CUTS, ProvableCard
from trustspace.encoding.provable_model import SLOTS
from trustspace.encoding.provable_trees import SPLITS, TREES, ProvableTree, ProvableTrees

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from trustspace.encoding.provable_model import ProvableModel
    from trustspace.encoding.weierstrass import Point

Inputs = dict[str, Any]

SOURCES = 8
DEPTH = 20
CUT = 1 << 63
POINT = 1 << 23
LIMB = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Sources' commitments and the total that opens them."""

    public: Inputs
    private: Inputs
    cells: tuple[int, ...]
    features: tuple[int, ...]


def statement(circuit: Circuit, random: Random) -> Inputs:
    """Inputs that satisfy the circuit, in the order of its parameters."""
    match circuit:
        case Circuit.SCORE_CARD:
            return score(random, random_card)
        case Circuit.SCORE_TREES:
            return score(random, random_trees)
        case Circuit.INVOICE_RANGE:
            return invoice(random)
        case Circuit.TURNOVER_RANGE:
            return turnover(random)


# --- statistics ---------------------------------------------------------------------------------------------------


def random_cells(random: Random) -> list[int]:
    """Cells of one source: small and large firms, empty months, extremes."""
    kind = random.choice(["nothing", "extreme", "small", "large", "large"])
    if kind == "nothing":
        return [0] * len(CELLS)
    if kind == "extreme":
        return [random.choice([0, cell.bound, -cell.bound if cell.signed else cell.bound]) for cell in CELLS]
    most = 10**6 if kind == "small" else 10**13
    cells = []
    for cell in CELLS:
        bound = min(cell.bound, 50 if cell.unit == "count" else most)
        low = -bound if cell.signed and random.random() < 0.2 else 0
        cells.append(random.choice([0, random.randint(low, bound), random.randint(low, bound)]))
    return cells


def opened(random: Random) -> Opened:
    """Commitments of one to eight sources."""
    parts = [random_cells(random) for _ in range(random.choice([1, 2, 3, SOURCES]))]
    blindings = [random.randrange(GRUMPKIN.order) for _ in parts]
    points = [commitment_point(cells, blinding) for cells, blinding in zip(parts, blindings, strict=True)]
    total = tuple(sum(cell) for cell in zip(*parts, strict=True))
    return opened_points(random, points, total, sum(blindings) % GRUMPKIN.order)


def opened_points(random: Random, points: Sequence[Point], total: tuple[int, ...], blinding: int) -> Opened:
    """Commitments by these points, in any of the eight places, whose sum opens to the total."""
    subject, as_of = SubjectId(f"0x{random.getrandbits(160):040x}"), AsOfDay(random.randrange(1 << 16))
    sources, commitments, placed = [0] * SOURCES, [0] * SOURCES, [(0, 0)] * SOURCES
    for place, point in zip(sorted(random.sample(range(SOURCES), len(points))), points, strict=True):
        source = ParticipantId(random.randrange(1, 1 << 16))
        committed = feature_commitment(point, subject=subject, as_of=as_of, source=source)
        sources[place], commitments[place], placed[place] = int(source), int.from_bytes(committed, "big"), point
    public = {
        "subject": int(subject, 16),
        "as_of": int(as_of),
        "sources": sum(number << 16 * place for place, number in enumerate(sources)),
        "commitments": commitments,
    }
    opening = {
        "points": [{"x": x, "y": y} for x, y in placed],
        "blinding": {"lo": blinding % (1 << LIMB), "hi": blinding >> LIMB},
        "raised": [value + len(points) * offset for value, offset in zip(total, CELL_OFFSETS, strict=True)],
    }
    features = tuple(derive(total, sources=len(points)).values)
    return Opened(public=public, private={"opening": opening}, cells=total, features=features)


# --- scores -------------------------------------------------------------------------------------------------------


def score(random: Random, draw: Any) -> Inputs:
    data = opened(random)
    values = [*data.features, *[0] * (SLOTS - len(FEATURES))]
    model: ProvableModel = draw(random, values)
    return {
        **data.public,
        "model": model.commitment(),
        "grade": model.grade(values),
        "_context": random.getrandbits(248),
        **data.private,
        "features": list(data.features),
        **model.inputs(),
    }


def near(random: Random, value: int) -> int:
    """A cut: far from the value, beside it, or on it."""
    cut = random.choice(
        [value - 1, value, value + 1, random.randrange(-CUT, CUT), random.randrange(-(10**9), 10**9), BEYOND]
    )
    return max(-CUT, min(BEYOND, cut))


def cut_offs(random: Random, total: int, half: int) -> tuple[int, ...]:
    """Ascending, some of them beside the total."""
    drawn = (random.choice([total - 1, total, total + 1, random.randrange(-half, half)]) for _ in range(4))
    return tuple(sorted(max(-half, min(half - 1, cut_off)) for cut_off in drawn))


def random_card(random: Random, values: list[int]) -> ProvableCard:
    extreme = random.random() < 0.3
    card = ProvableCard(
        cuts=tuple(tuple(sorted(near(random, value) for _ in range(CUTS))) for value in values),
        points=tuple(
            tuple(random.choice([-POINT, POINT - 1]) if extreme else random.randint(-99, 99) for _ in range(CUTS + 1))
            for _ in values
        ),
        offset=random.choice([0, 600, (1 << 31) - 1, -(1 << 31)]),
        cut_offs=(0,) * 4,
        salt=random.getrandbits(248),
    )
    return ProvableCard(
        cuts=card.cuts, points=card.points, offset=card.offset, salt=card.salt,
        cut_offs=cut_offs(random, card.total(values), 1 << 31),
    )  # fmt: skip


def random_trees(random: Random, values: list[int]) -> ProvableTrees:
    extreme = random.random() < 0.3

    def tree() -> ProvableTree:
        slots = tuple(random.randrange(SLOTS) for _ in range(SPLITS))
        return ProvableTree(
            slots=slots,
            cuts=tuple(near(random, values[slot]) for slot in slots),
            leaves=tuple(
                random.choice([-POINT, POINT - 1]) if extreme else random.randint(-9999, 9999)
                for _ in range(SPLITS + 1)
            ),
        )

    trees = ProvableTrees(
        trees=tuple(tree() for _ in range(TREES)), base=random.choice([0, -(1 << 39), (1 << 39) - 1]),
        cut_offs=(0,) * 4, salt=random.getrandbits(248),
    )  # fmt: skip
    limits = cut_offs(random, trees.total(values), 1 << 39)
    return ProvableTrees(trees=trees.trees, base=trees.base, cut_offs=limits, salt=trees.salt)


# --- ranges -------------------------------------------------------------------------------------------------------


def turnover(random: Random, data: Opened | None = None) -> Inputs:
    while True:
        data = data or opened(random)
        latest, earliest = sorted(random.randrange(24) for _ in range(2))
        sales = sum(data.cells[latest : earliest + 1])
        if 0 <= sales < 1 << 64:
            break
        data = None
    return {
        **data.public,
        "latest_month": latest,
        "earliest_month": earliest,
        "low": random.choice([0, sales, random.randint(0, sales)]),
        "high": random.choice([(1 << 64) - 1, sales, random.randint(sales, (1 << 64) - 1)]),
        "_context": random.getrandbits(248),
        **data.private,
    }


def invoice(random: Random, *, scope: int | None = None) -> Inputs:
    amount = random.choice([0, (1 << 64) - 1, random.randrange(10**9), random.getrandbits(64)])
    rest, secret, drawn = (random.getrandbits(248) for _ in range(3))
    scope = drawn if scope is None else scope
    siblings = [random.randrange(FIELD_MODULUS) for _ in range(DEPTH)]
    is_right = [random.getrandbits(1) for _ in range(DEPTH)]
    node = poseidon2_hash([1, amount, rest, secret])
    for sibling, right in zip(siblings, is_right, strict=True):
        node = poseidon2_hash([2, sibling, node] if right else [2, node, sibling])
    return {
        "root": node,
        "low": random.choice([0, amount, random.randint(0, amount)]),
        "high": random.choice([(1 << 64) - 1, amount, random.randint(amount, (1 << 64) - 1)]),
        "scope": scope,
        "nullifier": poseidon2_hash([3, secret, scope]),
        "_context": random.getrandbits(248),
        "amount": amount,
        "rest": rest,
        "secret": secret,
        "siblings": siblings,
        "is_right": is_right,
    }
