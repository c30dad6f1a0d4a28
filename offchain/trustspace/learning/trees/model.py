"""The finished trees: integer leaves, cut-offs to grades, reason codes. Canonical bytes have one SHA-256."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from trustspace.encoding import canonical_json
from trustspace.errors import InputError, OutOfRange
from trustspace.learning.feature import MISSING
from trustspace.learning.points import PointsScale
from trustspace.learning.score import Reason, Score, grade_of, reasons_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.encoding.canonical_json import Json
    from trustspace.learning.trees.bins import FeatureBins
    from trustspace.learning.trees.growth import BinNode, Booster
    from trustspace.learning.trees.plan import TreesPlan

FORMAT = "trustspace.trees/1"
ABOVE_ALL = 2**63
"""Cut of a split that sends every value left and only a missing one right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFeature:
    """A feature as splits use it. categories: the known ones of a categorical feature, others count as missing."""

    name: str
    reason: str
    takes_missing: bool
    categories: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A leaf (`children` empty) or a split. value: the node's own step in log-odds of *good*, LEAF_BITS fraction bits.

    Left go values below `cut`, or the categories in `left`; a missing value goes left where `missing_left`.
    """

    value: int
    feature: int = 0
    cut: int = 0
    left: tuple[int, ...] = ()
    missing_left: bool = False
    children: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeModel:
    """Log-odds of *good* = base + a leaf of each tree; points on the scale; grade = number of `cut_offs` reached."""

    plan_hash: bytes
    schema: str
    features: tuple[SplitFeature, ...]
    base: int
    trees: tuple[tuple[Node, ...], ...]
    scale: PointsScale
    cut_offs: tuple[int, ...]

    @property
    def digest(self) -> bytes:
        """SHA-256 of `to_bytes`: the model hash on chain."""
        return sha256(self.to_bytes()).digest()

    def score(self, values: Mapping[str, int]) -> Score:
        """Score one firm. A feature that may be missing is MISSING then.

        Reasons: the points a feature cost against the average firm. On every path the step from a node's value to its
        child's belongs to the node's feature (Saabas 2014), so that base, roots and features add up to the log-odds.
        Raises OutOfRange naming a feature that is missing or no integer.
        """
        row = [self._value(feature, values.get(feature.name)) for feature in self.features]
        margin, steps = self.base, [0] * len(row)
        for tree in self.trees:
            path = self._path(tree, row)
            for node, child in pairwise(path):
                steps[node.feature] += child.value - node.value
            margin += path[-1].value
        points = self.scale.of_margin(margin)
        losses = [
            Reason(feature=feature.name, text=feature.reason, lost_points=-self.scale.of_step(step))
            for feature, step in zip(self.features, steps, strict=True)
        ]
        return Score(points=points, grade=self.grade(points), reasons=reasons_of(losses))

    def grade(self, points: int) -> str:
        """Grade A (best) to E of a number of points."""
        return grade_of(self.cut_offs, points)

    def margin(self, values: Mapping[str, int]) -> int:
        """Log-odds of *good*, LEAF_BITS fraction bits. Raises OutOfRange as `score` does."""
        row = [self._value(feature, values.get(feature.name)) for feature in self.features]
        return self.base + sum(self._path(tree, row)[-1].value for tree in self.trees)

    def _path(self, tree: Sequence[Node], row: Sequence[int]) -> list[Node]:
        """Nodes from root to leaf."""
        path = [tree[0]]
        while path[-1].children:
            left, right = path[-1].children
            path.append(tree[left if self._goes_left(path[-1], row[path[-1].feature]) else right])
        return path

    def _goes_left(self, node: Node, value: int) -> bool:
        if value == MISSING:
            return node.missing_left
        return value in node.left if self.features[node.feature].categories else value < node.cut

    def _value(self, feature: SplitFeature, value: int | None) -> int:
        if type(value) is not int or (value == MISSING and not feature.takes_missing):
            raise OutOfRange(f"expected an integer, got {value!r}", where=f"feature {feature.name}")
        return MISSING if feature.categories and value not in feature.categories else value

    def to_bytes(self) -> bytes:
        """Canonical JSON. A leaf is its value; a split [value, feature, cut or categories, missing left, children]."""
        features: list[Json] = [
            {
                "name": f.name,
                "reason": f.reason,
                "takes_missing": f.takes_missing,
                "categories": list(f.categories),
            }
            for f in self.features
        ]
        return canonical_json.dumps(
            {
                "format": FORMAT,
                "plan_hash": self.plan_hash.hex(),
                "schema": self.schema,
                "features": features,
                "base": self.base,
                "trees": [[self._node_json(node) for node in tree] for tree in self.trees],
                "base_points": self.scale.base_points,
                "base_odds": self.scale.base_odds,
                "double_points": self.scale.double_points,
                "cut_offs": list(self.cut_offs),
            }
        )

    def _node_json(self, node: Node) -> Json:
        if not node.children:
            return node.value
        test: Json = list(node.left) if self.features[node.feature].categories else node.cut
        return [node.value, node.feature, test, node.missing_left, *node.children]

    @classmethod
    def from_bytes(cls, raw: bytes, *, where: str = "model") -> TreeModel:
        """Inverse of `to_bytes`. Raises InputError for anything else."""
        value = canonical_json.loads(raw, where=where)
        record = cast("dict[str, Any]", value if isinstance(value, dict) else {})
        try:
            features = tuple(
                SplitFeature(**{**feature, "categories": tuple(feature["categories"])})
                for feature in record["features"]
            )
            model = cls(
                plan_hash=bytes.fromhex(record["plan_hash"]),
                schema=record["schema"],
                features=features,
                base=record["base"],
                trees=tuple(tuple(_read_node(node) for node in tree) for tree in record["trees"]),
                scale=PointsScale(
                    base_points=record["base_points"],
                    base_odds=record["base_odds"],
                    double_points=record["double_points"],
                ),
                cut_offs=tuple(record["cut_offs"]),
            )
            sound = _is_sound(model) and model.to_bytes() == raw
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise InputError(f"not a {FORMAT} document", where=where, remedy="fetch the model again") from error
        if not sound:
            raise InputError(f"not a {FORMAT} document", where=where, remedy="fetch the model again")
        return model


def _read_node(record: Any) -> Node:
    if isinstance(record, int):
        return Node(value=record)
    value, feature, test, missing_left, left, right = record
    categorical = isinstance(test, list)
    return Node(
        value=value,
        feature=feature,
        cut=0 if categorical else test,
        left=tuple(test) if categorical else (),
        missing_left=missing_left,
        children=(left, right),
    )


def _is_sound(model: TreeModel) -> bool:
    """Whether every path ends in a leaf and every number is one."""
    nodes = [(place, node, tree) for tree in model.trees for place, node in enumerate(tree)]
    numbers = [number for _, node, _ in nodes for number in (node.value, node.feature, node.cut, *node.left)]
    scale = (model.scale.base_points, model.scale.base_odds, model.scale.double_points)
    return (
        all(type(number) is int for number in (model.base, *scale, *model.cut_offs, *numbers))
        and all(type(flag) is bool for flag in (f.takes_missing for f in model.features))
        and all(type(node.missing_left) is bool for _, node, _ in nodes)
        and all(model.trees)
        and all(0 <= node.feature < len(model.features) for _, node, _ in nodes if node.children)
        and all(place < child < len(tree) for place, node, tree in nodes for child in node.children)
    )


def tree_model(
    plan: TreesPlan,
    scale: PointsScale,
    bins: Sequence[FeatureBins],
    booster: Booster,
    trees: int,
    cut_offs: tuple[int, ...],
) -> TreeModel:
    """The finished model with the booster's first `trees` trees."""
    return TreeModel(
        plan_hash=plan.digest,
        schema=plan.schema,
        features=tuple(
            SplitFeature(
                name=feature.name,
                reason=feature.reason,
                takes_missing=feature.takes_missing,
                categories=tuple(sorted(code for group in own.groups for code in group)),
            )
            for feature, own in zip(plan.features, bins, strict=True)
        ),
        base=booster.base,
        trees=tuple(tuple(_node(node, bins) for node in tree) for tree in booster.trees[:trees]),
        scale=scale,
        cut_offs=cut_offs,
    )


def _node(node: BinNode, bins: Sequence[FeatureBins]) -> Node:
    if not node.left:
        return Node(value=node.value)
    own = bins[node.feature]
    lowest = sum(node.left[: own.values])  # of a numeric feature the lowest codes go left
    cut = 0 if own.groups else (own.cuts[lowest - 1] if lowest < own.values else ABOVE_ALL)
    left = sorted(code for group, goes in zip(own.groups, node.left, strict=False) if goes for code in group)
    return Node(
        value=node.value,
        feature=node.feature,
        cut=cut,
        left=tuple(left),
        missing_left=own.missing and node.left[-1],
        children=node.children,
    )
