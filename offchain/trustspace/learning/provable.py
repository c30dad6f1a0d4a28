"""From a trained model to the form that a circuit takes: the same grade for every firm, or why there is none.

Features are those of the features-1 schema, which lack no value. Where a model says more than its grade needs (bins of
equal points, splits on a value that cannot be missing, trees of less depth), its form says it once.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from trustspace.domain.features import FEATURE_INDEX, FEATURE_SCHEMA
from trustspace.encoding.provable_card import BEYOND, CUTS, ProvableCard
from trustspace.encoding.provable_model import GRADES, SLOTS, salt_of
from trustspace.encoding.provable_trees import DEPTH, SPLITS, SUM_BITS, TREES, ProvableTree, ProvableTrees
from trustspace.errors import NoCircuit, OutOfRange
from trustspace.learning.feature import MISSING
from trustspace.learning.plan import TrainingPlan
from trustspace.learning.points import WIDEST
from trustspace.learning.scorecard import Scorecard
from trustspace.learning.trees.model import ABOVE_ALL, TreeModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.encoding.provable_model import ProvableModel
    from trustspace.learning.score import CreditModel
    from trustspace.learning.scorecard import ScoredFeature
    from trustspace.learning.trees.model import Node

UNPROVABLE = bytes(32)
"""Commitment of a model that no circuit takes."""
_MOST = 1 << (SUM_BITS - 1)
_WIDEST_BASE = _MOST // 2  # what is left takes the leaves of all trees, so that no sum reaches _MOST - 1
_NOTHING = ProvableTree(slots=(0,) * SPLITS, cuts=(0,) * SPLITS, leaves=(0,) * (SPLITS + 1))


def provable(model: CreditModel) -> ProvableModel:
    """The form of a model. Raises NoCircuit saying what no circuit takes."""
    if not isinstance(model, Scorecard | TreeModel):
        raise _refusal(f"a {type(model).__name__}", "scorecards and boosted trees can be proven")
    if model.schema != FEATURE_SCHEMA:
        raise _refusal(f"features of schema {model.schema!r}", f"circuits derive those of {FEATURE_SCHEMA}")
    names = [feature.name for feature in model.features]
    for name in names:
        if name not in FEATURE_INDEX or names.count(name) > 1:
            raise _refusal(f"feature {name!r}", f"a circuit takes each feature of {FEATURE_SCHEMA} once")
    cut_offs = model.cut_offs
    if len(cut_offs) != GRADES - 1 or any(low > high for low, high in pairwise(cut_offs)):
        raise _refusal(f"cut-offs {cut_offs}", f"a circuit takes {GRADES - 1} ascending ones")
    form = _card(model) if isinstance(model, Scorecard) else _trees(model)
    try:
        form.elements()
    except OutOfRange as error:
        raise NoCircuit(error.message, where=error.where, remedy=error.remedy) from error
    return form


def model_commitment(model: CreditModel) -> bytes:
    """Commitment of a model's form, big endian, as the chain holds it; UNPROVABLE for one that no circuit takes."""
    try:
        return provable(model).commitment().to_bytes(32, "big")
    except NoCircuit:
        return UNPROVABLE


def _card(card: Scorecard) -> ProvableCard:
    cuts, points = [(BEYOND,) * CUTS] * SLOTS, [(0,) * (CUTS + 1)] * SLOTS
    for feature in card.features:
        lowest, steps = _steps(feature)
        if len(steps) > CUTS:
            raise _refusal(
                f"{len(steps) + 1} bins of feature {feature.name!r}",
                f"a circuit takes {CUTS + 1}; lower max_bins, or leave special values out",
            )
        slot, spare = FEATURE_INDEX[feature.name], CUTS - len(steps)
        given = (lowest, *(gained for _, gained in steps))
        cuts[slot] = (*(cut for cut, _ in steps), *(BEYOND,) * spare)
        points[slot] = (*given, *given[-1:] * spare)
    return ProvableCard(
        cuts=tuple(cuts),
        points=tuple(points),
        offset=card.offset,
        cut_offs=card.cut_offs,
        salt=salt_of(card.to_bytes()),
    )


def _steps(feature: ScoredFeature) -> tuple[int, list[tuple[int, int]]]:
    """Points of the lowest values, and (value, points from there on) wherever they change."""
    alone = [value for value in feature.specials if value != MISSING]
    alone += [code for group in feature.groups for code in group]
    borders = sorted({*feature.cuts, *alone, *(value + 1 for value in alone)})
    if borders and borders[0] <= MISSING:
        raise _refusal(f"a cut of feature {feature.name!r} at {borders[0]}", "cuts are above that of missing values")
    last = lowest = feature.points[feature.bin_of(MISSING - 1)]  # below every border, and not missing
    steps: list[tuple[int, int]] = []
    for border in borders:
        gained = feature.points[feature.bin_of(border)]
        if gained != last:
            steps.append((border, gained))
            last = gained
    return lowest, steps


def _trees(model: TreeModel) -> ProvableTrees:
    if len(model.trees) > TREES:
        raise _refusal(f"{len(model.trees)} trees", f"a circuit takes {TREES}")
    if any(feature.categories for feature in model.features):
        raise _refusal("a feature of categories", "a circuit compares numbers")
    for name in ("base_points", "base_odds", "double_points"):
        low, high = TrainingPlan.limits[name]
        if not low <= getattr(model.scale, name) <= high:
            raise _refusal(f"{name} of {getattr(model.scale, name)}", f"plans take {low} to {high}")
    if abs(model.base) > _WIDEST_BASE:
        raise _refusal(f"a base of {model.base}", f"a circuit takes {-_WIDEST_BASE} to {_WIDEST_BASE}")
    slots = [FEATURE_INDEX[feature.name] for feature in model.features]
    trees = [_tree(tree, slots) for tree in model.trees]
    return ProvableTrees(
        trees=(*trees, *[_NOTHING] * (TREES - len(trees))),
        base=model.base,
        cut_offs=tuple(_as_margin(model, points) for points in model.cut_offs),
        salt=salt_of(model.to_bytes()),
    )


def _as_margin(model: TreeModel, points: int) -> int:
    """The least sum of base and leaves that gives so many points. Points do not change beyond +-WIDEST."""
    least = model.scale.least_margin(points)
    if least == -WIDEST:
        return -_MOST
    return least if least <= WIDEST else _MOST - 1


def _tree(tree: Sequence[Node], slots: Sequence[int]) -> ProvableTree:
    """The tree made complete: below a leaf that comes early every leaf is alike."""
    tests, leaves = [(0, 0)] * SPLITS, [0] * (SPLITS + 1)
    level = [tree[0]]
    for depth in range(DEPTH + 1):
        below: list[Node] = []
        for place, reached in enumerate(level):
            node = _present(tree, reached)
            if depth == DEPTH:
                if node.children:
                    raise _refusal("a tree of more levels", f"a circuit takes {DEPTH}")
                leaves[place] = node.value
            elif node.children:
                tests[len(level) - 1 + place] = slots[node.feature], node.cut
                below += [tree[child] for child in node.children]
            else:
                below += [node, node]
        level = below
    chosen, cuts = zip(*tests, strict=True)
    return ProvableTree(slots=chosen, cuts=cuts, leaves=tuple(leaves))


def _present(tree: Sequence[Node], node: Node) -> Node:
    """Where a value that is not missing goes on: past splits that only send missing values right."""
    while node.children and node.cut == ABOVE_ALL:
        node = tree[node.children[0]]
    return node


def _refusal(what: str, remedy: str) -> NoCircuit:
    return NoCircuit(f"no circuit takes {what}", where="model", remedy=remedy)
