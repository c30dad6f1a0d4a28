"""What one party computes on its own rows in each round of growing trees: plain integers, to be masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.learning.counts import count_cells
from trustspace.learning.evaluation_rounds import HeldOutRows, evaluation_sums
from trustspace.learning.rounds import CountsShape
from trustspace.learning.table import require_known_categories
from trustspace.learning.trees.bins import codes_of
from trustspace.learning.trees.histogram import node_histograms, row_losses, row_statistics
from trustspace.learning.trees.rounds import GrowthShape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.table import LabelledRows
    from trustspace.learning.trees.bins import Codes
    from trustspace.learning.trees.growth import BinNode, Booster
    from trustspace.learning.trees.histogram import Packed
    from trustspace.learning.trees.training import TreesTraining


class TreesWork:
    """A party's rows in a run of trees: their codes, and their margins in every model."""

    def __init__(self, training: TreesTraining, rows: LabelledRows) -> None:
        """Raises InvalidTable for a category that the plan does not list."""
        require_known_categories(training.plan.features, rows)
        self._training = training
        self._rows = rows
        self._good = ~rows.labels
        self._folds = rows.folds(training.plan)
        self._weights = training.class_weights[rows.labels.astype(np.int64)]
        self._codes: Codes | None = None
        self._models: list[_ModelRows] = []

    def contribution(self) -> Int64s:
        """Summed over this party's rows, shape (shape.size,)."""
        shape = self._training.shape
        if isinstance(shape, CountsShape):
            return count_cells(shape.plan, self._rows, self._folds)
        if self._codes is None:
            codes = self._codes = codes_of(self._training.plan.features, self._training.bins, self._rows)
            for fold, booster in enumerate(self._training.boosters, start=-1):
                weights = np.where(self._folds != fold, self._weights, 0)
                self._models.append(_ModelRows(booster, codes, self._good, weights))
        if isinstance(shape, GrowthShape):
            return self._growth(shape, self._codes)
        return evaluation_sums(shape, *self._scores())

    def _growth(self, shape: GrowthShape, codes: Codes) -> Int64s:
        parts = []
        for model in self._models:
            model.catch_up()
        if shape.losses:
            parts.append(np.array([self._loss(fold) for fold in range(shape.losses)], dtype=np.int64))
        for model in self._models:
            nodes = [model.rows_of(node) for node in model.booster.wanted]
            parts.append(node_histograms(codes, shape.layout, nodes, model.packed).reshape(-1))
        return np.concatenate(parts)

    def _loss(self, fold: int) -> int:
        unseen = self._folds == fold
        margins = self._models[fold + 1].margins[unseen]
        return int(row_losses(margins, self._good[unseen], self._weights[unseen]).sum())

    def _scores(self) -> tuple[HeldOutRows, Int64s]:
        """Rows as the fold models see them, and points by the full model."""
        training, rows = self._training, self._rows
        full, *others = (model.margins_after(training.kept) for model in self._models)
        chosen = [np.flatnonzero(self._folds == fold) for fold in range(len(others))]
        margins = np.concatenate([own[left_out] for own, left_out in zip(others, chosen, strict=True)])
        place = np.concatenate(chosen)
        held_out = HeldOutRows(
            points=training.scale.of_margins(margins), defaulted=rows.labels[place], groups=rows.groups[place]
        )
        return held_out, training.scale.of_margins(full)


class _ModelRows:
    """Rows as one model sees them; follows the booster's trees, however many rounds have gone by."""

    def __init__(self, booster: Booster, codes: Codes, good: npt.NDArray[np.bool_], weights: Int64s) -> None:
        self.booster = booster
        self.margins = np.full(good.size, booster.base, dtype=np.int64)
        self._codes = codes
        self._good = good
        self._weights = weights
        self._grown = 0
        self._packed: Packed | None = None
        self._partition = Partition(codes)

    @property
    def packed(self) -> Packed:
        """Gradient and Hessian of each row before the tree that grows at present."""
        if self._packed is None:
            self._packed = row_statistics(self.margins, self._good, self._weights)
        return self._packed

    def catch_up(self) -> None:
        """Add the trees finished since the last call."""
        for tree in self.booster.trees[self._grown :]:
            self._partition.add_to(self.margins, tree)
            self._partition = Partition(self._codes)
            self._packed = None
            self._grown += 1

    def rows_of(self, node: int) -> npt.NDArray[np.intp]:
        """Numbers of the rows in a node of the tree that grows at present."""
        return self._partition.rows_of(self.booster.nodes, node)

    def margins_after(self, trees: int) -> Int64s:
        """Log-odds (LEAF_BITS) after the first `trees` trees."""
        self.catch_up()
        if trees == self._grown:
            return self.margins
        margins = np.full(self.margins.size, self.booster.base, dtype=np.int64)
        for tree in self.booster.trees[:trees]:
            Partition(self._codes).add_to(margins, tree)
        return margins


class Partition:
    """Rows by node of one tree, split only as far as asked."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._rows: dict[int, npt.NDArray[np.intp]] = {0: np.arange(codes.shape[1])}

    def rows_of(self, tree: Sequence[BinNode], node: int) -> npt.NDArray[np.intp]:
        """Numbers of the rows in a node, ascending."""
        known = self._rows.get(node)
        if known is None:
            parent = tree[tree[node].parent]
            rows = self.rows_of(tree, tree[node].parent)
            left = np.array(parent.left)[self._codes[parent.feature][rows]]
            for child, chosen in zip(parent.children, (left, ~left), strict=True):
                self._rows[child] = rows[chosen]
            known = self._rows[node]
        return known

    def add_to(self, margins: Int64s, tree: Sequence[BinNode]) -> None:
        """Add each row's leaf."""
        for number, node in enumerate(tree):
            if not node.left:
                margins[self.rows_of(tree, number)] += node.value
