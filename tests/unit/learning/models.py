"""Random models over the features-1 schema, as hypothesis draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from trustspace.domain.features import FEATURE_SCHEMA, FEATURES
from trustspace.learning.feature import MISSING
from trustspace.learning.points import PointsScale
from trustspace.learning.scorecard import Scorecard, ScoredFeature
from trustspace.learning.trees.model import ABOVE_ALL, Node, SplitFeature, TreeModel

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

NAMES = tuple(spec.name for spec in FEATURES)
VALUES = st.one_of(st.integers(-20, 20), st.integers(-(2**63) + 1, 2**63 - 1))
FIRMS = st.lists(VALUES, min_size=len(NAMES), max_size=len(NAMES))
"""Values of all features; close to the borders of the models, and anywhere."""


@st.composite
def scored_features(draw: DrawFn, name: str) -> ScoredFeature:
    """At most four changes of points: bins of values, and perhaps special values or categories."""
    kind = draw(st.sampled_from(["cuts", "cuts", "specials", "groups"]))
    cuts = draw(st.lists(st.integers(-15, 15), max_size=4 if kind == "cuts" else 2, unique=True).map(sorted))
    groups: list[tuple[int, ...]] = []
    specials: list[int] = []
    if kind == "groups":
        groups = list(draw(st.sampled_from([((0, 1), (2, 3)), ((1,), (2, 3)), ((3,), (0,))])))
        cuts, specials = [], [MISSING]
    elif kind == "specials":
        specials = draw(st.sampled_from([[MISSING], [-9], [7, MISSING]]))
    bins = (len(groups) or len(cuts) + 1) + len(specials)
    points = draw(st.lists(st.integers(-60, 60), min_size=bins, max_size=bins))
    return ScoredFeature(
        name=name,
        cuts=tuple(cuts),
        groups=tuple(groups),
        specials=tuple(specials),
        points=tuple(points),
        woe=(0,) * bins,
        coefficient=1,
        reason=name,
    )


@st.composite
def scorecards(draw: DrawFn) -> Scorecard:
    """Cards of some features in any order."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
    return Scorecard(
        plan_hash=bytes(32),
        schema=FEATURE_SCHEMA,
        features=tuple(draw(scored_features(name)) for name in names),
        intercept=0,
        offset=draw(st.integers(-100, 700)),
        cut_offs=tuple(sorted(draw(st.lists(st.integers(-200, 800), min_size=4, max_size=4, unique=True)))),
    )


@st.composite
def grown(draw: DrawFn, features: int, depth: int) -> tuple[Node, ...]:
    """A tree of at most `depth` levels of splits; those that only send missing values right cost no level."""
    nodes: list[Node] = []

    def grow(levels: int) -> int:
        place = len(nodes)
        nodes.append(Node(value=draw(st.integers(-(2**19), 2**19))))
        if draw(st.booleans()) and levels:
            only_missing = draw(st.integers(0, 5)) == 0
            left = grow(levels if only_missing and len(nodes) < 8 else levels - 1)
            right = grow(levels - 1)
            nodes[place] = Node(
                value=nodes[place].value,
                feature=draw(st.integers(0, features - 1)),
                cut=ABOVE_ALL if only_missing else draw(VALUES),
                missing_left=draw(st.booleans()),
                children=(left, right),
            )
        return place

    grow(depth)
    return tuple(nodes)


@st.composite
def tree_models(draw: DrawFn, depth: int = 4) -> TreeModel:
    """Trees over some features in any order."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
    return TreeModel(
        plan_hash=bytes(32),
        schema=FEATURE_SCHEMA,
        features=tuple(
            SplitFeature(name=name, reason=name, takes_missing=draw(st.booleans()), categories=()) for name in names
        ),
        base=draw(st.integers(-(2**20), 2**20)),
        trees=tuple(draw(st.lists(grown(len(names), depth), min_size=1, max_size=6))),
        scale=PointsScale(
            base_points=draw(st.integers(0, 1_000)),
            base_odds=draw(st.integers(1, 100)),
            double_points=draw(st.integers(1, 100)),
        ),
        cut_offs=tuple(sorted(draw(st.lists(st.integers(-3_000, 5_000), min_size=4, max_size=4, unique=True)))),
    )
