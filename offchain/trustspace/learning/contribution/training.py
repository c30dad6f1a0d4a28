"""A scorecard run that also says what each party's rows were worth: a few cells more in its rounds, and one round more.

Newton rounds also add up every fold model's gradient and Hessian on the fold's own rows. The last round has two cells
for each party and fold: its share, and what leaving it out would cost. A party fills its own, the others stay zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np

from trustspace.errors import CommitmentMismatch
from trustspace.learning.contribution.game import StepGame
from trustspace.learning.contribution.report import contribution_of
from trustspace.learning.logistic import bin_codes, design, newton_cells, newton_sums
from trustspace.learning.rounds import NewtonShape, RoundShape
from trustspace.learning.run import Training

if TYPE_CHECKING:
    import numpy.typing as npt

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.logistic import LinearModel
    from trustspace.learning.run import LocalWork, TrainedModel
    from trustspace.learning.scorecard_training import ScorecardTraining
    from trustspace.learning.table import LabelledRows

Step: TypeAlias = "tuple[tuple[LinearModel, StepGame], ...]"

_MOST = 1 << 50
"""No share is larger: 10^9 nats, more than 10^10 rows can give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuedShape(RoundShape):
    """The inner Newton cells, then of each fold's model: gradient and Hessian on the rows that it never saw."""

    tensor: ClassVar[str] = "valued"

    inner: RoundShape

    @property
    def size(self) -> int:
        return self.inner.size + self.plan.folds * newton_cells(len(self.plan.features) + 1)

    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:
        low, high = self.inner.bounds(rows)
        more = self.size - self.inner.size
        return np.concatenate([low, low[:more]]), np.concatenate([high, high[:more]])

    def cell_name(self, cell: int) -> str:
        if cell < self.inner.size:
            return self.inner.cell_name(cell)
        return f"{self.inner.cell_name(cell - self.inner.size)}, held-out rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesShape(RoundShape):
    """Of [share, influence]: [party][fold]."""

    tensor: ClassVar[str] = "shares"

    parties: int

    @property
    def size(self) -> int:
        return 2 * self.parties * self.plan.folds

    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:  # noqa: ARG002 - shares do not count rows
        high = np.full(self.size, _MOST)
        return -high, high

    def cell_name(self, cell: int) -> str:
        kind, place = divmod(cell, self.size // 2)
        return f"{('share', 'influence')[kind]} of the party at place {place // self.plan.folds}"


class ValuedTraining(Training):
    """Public state of such a run around a scorecard's."""

    def __init__(self, inner: ScorecardTraining, parties: int) -> None:
        """`parties`: all of the run; each has its place among them."""
        super().__init__(inner.plan)
        self.inner = inner
        self.first: Step | None = None
        """The first Newton step: of every fold its model before the step, and the game."""
        self.last: Step | None = None
        self._parties = parties

    def require_headroom(self, parties: int) -> None:
        self.inner.require_headroom(parties)

    def work(self, rows: LabelledRows, seat: int = 0) -> ValuedWork:
        return ValuedWork(self, self.inner.work(rows), rows, seat)

    def _shape(self) -> RoundShape:
        if self.inner.result is not None:
            return SharesShape(plan=self.plan, round=self.round, parties=self._parties)
        shape = self.inner.shape
        return ValuedShape(plan=self.plan, round=self.round, inner=shape) if isinstance(shape, NewtonShape) else shape

    def _absorb(self, shape: RoundShape, sums: Int64s) -> None:
        if isinstance(shape, ValuedShape):
            self._play(sums[: shape.inner.size], sums[shape.inner.size :])
        elif self.inner.result is None:
            self.inner.absorb(sums)
        else:
            self.result = self._valued(self.inner.result, sums)
        self.counted_rows = self.inner.counted_rows

    def _play(self, sums: Int64s, validation: Int64s) -> None:
        folds = self.inner.models[1:]
        learnt, held_out = sums.reshape(len(folds) + 1, -1)[1:], validation.reshape(len(folds), -1)
        games = tuple(
            StepGame.of(model, own, seen, self.inner.plan.l2_milli)
            for model, own, seen in zip(folds, learnt, held_out, strict=True)
        )
        self.last = tuple(zip(folds, games, strict=True))
        self.first = self.first or self.last
        self.inner.absorb(sums)

    def _valued(self, trained: TrainedModel, sums: Int64s) -> TrainedModel:
        totals = [game.total for _, game in self.first or ()]
        cells = sums.reshape(2, self._parties, self.plan.folds)
        return replace(trained, contribution=contribution_of(cells, totals))


class ValuedWork:
    """A party's rows in such a run; `seat` is its place among the parties."""

    def __init__(self, training: ValuedTraining, inner: LocalWork, rows: LabelledRows, seat: int) -> None:
        self._training = training
        self._inner = inner
        self._rows = rows
        self._seat = seat
        self._folds = rows.folds(training.plan)

    def contribution(self) -> Int64s:
        """Summed over this party's rows, shape (shape.size,)."""
        shape = self._training.shape
        if isinstance(shape, SharesShape):
            return self._shares(shape)
        own = self._inner.contribution()
        if isinstance(shape, ValuedShape):
            models = self._training.inner.models[1:]
            held_out = [self._sums(model, self._folds == fold) for fold, model in enumerate(models)]
            own = np.concatenate([own, *held_out])
        return own

    def require_own(self, sums: Int64s) -> None:
        """Raise CommitmentMismatch when the opened sum has other shares for this party than it stated itself."""
        shape = self._training.shape
        if isinstance(shape, SharesShape):
            own, opened = (part.reshape(2, -1, shape.plan.folds)[:, self._seat] for part in (self._shares(shape), sums))
            if (own != opened).any():
                raise CommitmentMismatch(
                    "somebody else's vector changed this party's share",
                    where=f"party at place {self._seat}, round {shape.round}",
                    remedy="confirm nothing; let every bank be audited with its own table",
                )

    def _shares(self, shape: SharesShape) -> Int64s:
        cells = np.zeros((2, shape.parties, shape.plan.folds), dtype=np.int64)
        columns = len(shape.plan.features) + 1
        for fold, (model, game) in enumerate(self._training.first or ()):
            cells[0, self._seat, fold] = game.share(self._sums(model, self._folds != fold)[:columns])
        for fold, (model, game) in enumerate(self._training.last or ()):
            gradient, own = self._sums(model, self._folds != fold)[:columns], self._sums(model, self._folds == fold)
            cells[1, self._seat, fold] = game.loss_without(gradient, own)
        return cells.reshape(-1)

    def _sums(self, model: LinearModel, chosen: npt.NDArray[np.bool_]) -> Int64s:
        matrix = design(model.features, bin_codes(model.features, self._rows.values[chosen]))
        return newton_sums(model, matrix, ~self._rows.labels[chosen])
