"""One model's trees while they grow, level by level, from summed histograms of the lighter child of every split."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from trustspace.learning.trees.splits import Candidate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.trees.splits import Split, SplitFinder

NO_PARENT = -1


@dataclass(slots=True, kw_only=True)
class BinNode:
    """A node. value: its step in log-odds were it a leaf; left: codes that go left, empty for a leaf."""

    parent: int
    value: int
    feature: int = 0
    left: tuple[bool, ...] = ()
    children: tuple[int, int] = (0, 0)


@dataclass(slots=True, kw_only=True, eq=False)
class _Open:
    """A node of the present level. sums: (2, cells), filled when the level's round is absorbed."""

    node: int
    candidate: Candidate
    rest_of: tuple[Int64s, int] | None = None
    """Parent's sums and the sibling's place: this node's sums are the difference."""
    sums: Int64s = field(default_factory=lambda: np.zeros((2, 0), dtype=np.int64))


@dataclass(slots=True, kw_only=True, eq=False)
class Booster:
    """Trees of one model. base: log-odds before the first tree; order: the finder's scan order."""

    base: int
    order: Int64s
    trees: list[list[BinNode]] = field(default_factory=list)
    nodes: list[BinNode] = field(default_factory=list)
    """The tree that grows at present."""
    _level: list[_Open] = field(default_factory=list)

    def begin(self) -> None:
        """Start a tree with its root."""
        self.nodes = [BinNode(parent=NO_PARENT, value=0)]
        self._level = [_Open(node=0, candidate=Candidate())]

    def finish(self) -> None:
        """Keep the tree."""
        self.trees.append(self.nodes)

    @property
    def wanted(self) -> list[int]:
        """Nodes whose histograms the present level needs; their siblings follow by subtraction."""
        return [place.node for place in self._level if place.rest_of is None]

    @property
    def candidates(self) -> list[Candidate]:
        """Nodes of the present level."""
        return [place.candidate for place in self._level]

    def fill(self, sums: Int64s) -> list[Int64s]:
        """Histograms (2, cells) of all nodes of the level from those of the wanted ones, (wanted, 2, cells)."""
        given = iter(sums)
        for place in self._level:
            if place.rest_of is None:
                place.sums = next(given)
        for place in self._level:
            if place.rest_of is not None:
                parent, sibling = place.rest_of
                place.sums = parent - self._level[sibling].sums
        return [place.sums for place in self._level]

    def split(self, splits: Sequence[Split | None], finder: SplitFinder, *, deeper: bool) -> None:
        """Apply the level's splits; the children form the next level when the tree may grow `deeper`."""
        level, self._level = self._level, []
        for place, split in zip(level, splits, strict=True):
            node = self.nodes[place.node]
            if place.node == 0:
                node.value = finder.root_value(place.sums)
            if split is None:
                continue
            candidates = finder.children(split, place.candidate)
            node.feature, node.left = split.feature, split.left
            node.children = (len(self.nodes), len(self.nodes) + 1)
            for sums, candidate in zip((split.left_sums, split.right_sums), candidates, strict=True):
                value = finder.leaf(finder.weight(sums, candidate))
                self.nodes.append(BinNode(parent=place.node, value=value))
            if deeper:
                self._open(place.sums, split, node.children, candidates)

    def _open(
        self, parent: Int64s, split: Split, children: tuple[int, int], candidates: tuple[Candidate, Candidate]
    ) -> None:
        first = len(self._level)
        left_lighter = split.left_sums[1] <= split.right_sums[1]
        for side, (node, candidate) in enumerate(zip(children, candidates, strict=True)):
            asked = (side == 0) == left_lighter
            sibling = first + 1 - side
            self._level.append(_Open(node=node, candidate=candidate, rest_of=None if asked else (parent, sibling)))
