"""A run that grows boosted trees: counts, a round per level, the last loss, evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from trustspace.domain.once import once
from trustspace.encoding.fixed_point import divide_rounded
from trustspace.errors import ProtocolError
from trustspace.learning.counts import SummedCounts
from trustspace.learning.evaluation import Evaluation
from trustspace.learning.evaluation_rounds import EvaluationShape
from trustspace.learning.integer_math import ln_ratio
from trustspace.learning.metrics import MILLION
from trustspace.learning.plan import BPS
from trustspace.learning.points import PointsScale
from trustspace.learning.rounds import CountsShape, RoundShape
from trustspace.learning.run import TrainedModel, Training
from trustspace.learning.trees.bins import FeatureBins, bin_values, category_order
from trustspace.learning.trees.growth import Booster
from trustspace.learning.trees.histogram import LEAF_BITS, LOSS_BITS, STATISTIC_BITS, CodeLayout
from trustspace.learning.trees.local import TreesWork
from trustspace.learning.trees.model import tree_model
from trustspace.learning.trees.rounds import GrowthShape
from trustspace.learning.trees.splits import MAX_WEIGHT, SplitFinder

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.table import LabelledRows
    from trustspace.learning.trees.plan import TreesPlan
    from trustspace.learning.trees.splits import Split


class TreesTraining(Training):
    """Public state of a run of trees. The full model's booster comes first, then those of the first folds."""

    plan: TreesPlan

    def __init__(self, plan: TreesPlan) -> None:
        super().__init__(plan)
        self.bins: tuple[FeatureBins, ...] = ()
        self.boosters: tuple[Booster, ...] = ()
        self.losses: list[int] = []
        """Summed validation loss (LOSS_BITS) with 0, 1, 2, ... trees."""
        self.kept = 0
        """Trees of the finished model, known when growth has ended."""
        self.scale = PointsScale.of(plan)
        weights = [divide_rounded(bps << STATISTIC_BITS, BPS) for bps in plan.class_weights_bps]
        self.class_weights = np.array(weights, dtype=np.int64)
        """Weight of a good and of a defaulted row, STATISTIC_BITS fraction bits."""
        self._counts: SummedCounts | None = None
        self._finder: SplitFinder | None = None
        self._layout = CodeLayout(widths=(1,) * len(plan.features), offsets=tuple(range(len(plan.features))), cells=1)
        self._level = 0
        self._evaluation: Evaluation | None = None

    def require_headroom(self, parties: int) -> None:
        for shape in (
            CountsShape(plan=self.plan, round=1),
            GrowthShape(plan=self.plan, round=2, layout=self._layout, losses=1, nodes=1),
            EvaluationShape(plan=self.plan, round=self.plan.rounds),
        ):
            shape.require_headroom(parties)

    def work(self, rows: LabelledRows, seat: int = 0) -> TreesWork:  # noqa: ARG002 - of no matter here
        return TreesWork(self, rows)

    def _shape(self) -> RoundShape:
        if self._counts is None:
            return CountsShape(plan=self.plan, round=self.round)
        if self._evaluation:
            return self._evaluation.shape(self.round)
        return GrowthShape(
            plan=self.plan,
            round=self.round,
            layout=self._layout,
            losses=0 if self._level else self.plan.held_out,
            nodes=sum(len(booster.wanted) for booster in self.boosters),
        )

    def _absorb(self, shape: RoundShape, sums: Int64s) -> None:
        if self._counts is None:
            self._counts = SummedCounts.of(self.plan, sums)
            self.counted_rows = int(self._counts.rows.sum())
            self._start(self._counts)
        elif isinstance(shape, GrowthShape):
            self._absorb_growth(shape, sums, self._counts)
        elif self._evaluation:
            self._evaluation.absorb(shape, sums)
            if self._evaluation.done:
                self._finish(self._evaluation, self._counts)

    def _start(self, counts: SummedCounts) -> None:
        """Bins from all rows (outcomes play no part in them); order of categories and base from each model's rows."""
        plan = self.plan
        cells = counts.by_feature(-1)
        self.bins = tuple(
            bin_values(feature, own, plan.max_categories if feature.categorical else plan.max_bins)
            for feature, own in zip(plan.features, cells, strict=True)
        )
        self._layout = CodeLayout.of(self.bins)
        self._finder = SplitFinder(plan, self.bins, self._layout)
        boosters = []
        for fold in range(-1, plan.held_out):
            good, bad = (
                int(count) * int(weight) for count, weight in zip(counts.outside(fold), self.class_weights, strict=True)
            )
            base = max(-MAX_WEIGHT, min(MAX_WEIGHT, ln_ratio(good, bad, LEAF_BITS)))
            orders = [category_order(own, c) for own, c in zip(self.bins, counts.by_feature(fold), strict=True)]
            boosters.append(Booster(base=base, order=self._finder.order(orders)))
            boosters[-1].begin()
        self.boosters = tuple(boosters)

    def _absorb_growth(self, shape: GrowthShape, sums: Int64s, counts: SummedCounts) -> None:
        if shape.losses:
            self.losses.append(int(sums[: shape.losses].sum()))
            if self._patience_is_over() or not shape.nodes:
                self._end(counts)
                return
        self._grow(sums[shape.losses :].reshape(shape.nodes, 2, self._layout.cells))
        self._level += 1
        if any(booster.wanted for booster in self.boosters):
            return
        self._level = 0
        if len(self.boosters[0].nodes) == 1:  # no split gains anything: another tree would find none either
            self._end(counts)
            return
        for booster in self.boosters:
            booster.finish()
            if len(booster.trees) < self.plan.trees:
                booster.begin()

    def _grow(self, sums: Int64s) -> None:
        """One level of every model's tree, all nodes at once."""
        finder = self._finder
        if finder is None:
            return
        filled, taken = [], 0
        for booster in self.boosters:
            wanted = len(booster.wanted)
            filled.extend(booster.fill(sums[taken : taken + wanted]))
            taken += wanted
        splits = once(("splits", self.history), lambda: self._splits(finder, np.array(filled)))
        taken = 0
        for booster in self.boosters:
            count = len(booster.candidates)
            booster.split(splits[taken : taken + count], finder, deeper=self._level + 1 < self.plan.depth)
            taken += count

    def _splits(self, finder: SplitFinder, histograms: Int64s) -> list[Split | None]:
        self._require_consistent(histograms)
        orders = [booster.order for booster in self.boosters for _ in booster.candidates]
        candidates = [candidate for booster in self.boosters for candidate in booster.candidates]
        return finder.find(histograms, orders, candidates)

    def _require_consistent(self, histograms: Int64s) -> None:
        """Every feature must add up the same rows, and Hessians cannot be negative, also after subtraction."""
        totals = np.add.reduceat(histograms, self._layout.offsets, axis=2)
        wrong = (totals != totals[:, :, :1]).any(axis=(0, 1))
        wrong |= np.logical_or.reduceat((histograms[:, 1] < 0).any(axis=0), self._layout.offsets)
        if wrong.any():
            raise ProtocolError(
                f"feature {self.plan.names[int(np.flatnonzero(wrong)[0])]} adds up other rows than its node holds",
                where=f"round {self.round}, sum",
                remedy="some party contributed inconsistent histograms: audit the parties' tables",
            )

    def _patience_is_over(self) -> bool:
        best = self.losses.index(min(self.losses))
        return 0 < self.plan.patience <= len(self.losses) - 1 - best

    def _end(self, counts: SummedCounts) -> None:
        self.kept = self.losses.index(min(self.losses)) if self.plan.patience else len(self.boosters[0].trees)
        held_out = counts.rows[: self.plan.held_out].sum(axis=0)
        self._evaluation = Evaluation(self.plan, rows=int(counts.rows.sum()), held_out=held_out)

    def _finish(self, evaluation: Evaluation, counts: SummedCounts) -> None:
        plan = self.plan
        held_out = counts.rows[: plan.held_out].sum(axis=0)
        weight = sum(int(count) * int(own) for count, own in zip(held_out, self.class_weights, strict=True))
        loss = divide_rounded(MILLION * self.losses[self.kept] << STATISTIC_BITS, max(1, weight) << LOSS_BITS)
        figures = replace(evaluation.figures(), trees=self.kept, validation_loss_micro=loss)
        self.result = TrainedModel(
            model=tree_model(plan, self.scale, self.bins, self.boosters[0], self.kept, evaluation.cut_offs),
            metrics=figures,
        )
