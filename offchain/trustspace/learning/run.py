"""A training run as a pure function of plan and sums: everybody who replays it gets the same bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from trustspace.errors import RoundOutOfOrder

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.contribution.report import Contribution
    from trustspace.learning.figures import Metrics
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.rounds import RoundShape
    from trustspace.learning.score import CreditModel
    from trustspace.learning.table import LabelledRows


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """What a finished run leaves."""

    model: CreditModel
    metrics: Metrics
    contribution: Contribution | None = None
    """Each party's share of the model's value, when the plan asks for it."""


class LocalWork(Protocol):
    """One party's rows in a run; what was computed from them once is kept."""

    def contribution(self) -> Int64s:
        """Cells of the run's present round summed over this party's rows, shape (shape.size,); not masked yet."""
        ...


class Training(ABC):
    """Public state of a run after the rounds absorbed so far. Sees sums only."""

    def __init__(self, plan: TrainingPlan) -> None:
        self.plan = plan
        self.round = 1
        self.history = plan.digest
        """Hash over plan and sums so far: all that the state follows from."""
        self.result: TrainedModel | None = None
        self.counted_rows: int | None = None
        """Rows of all parties as round 1 counted them; None before, and in a run with noise."""

    @property
    def shape(self) -> RoundShape:
        """Tensor that the present round adds up. Raises RoundOutOfOrder when the run has ended."""
        if self.result is not None:
            raise RoundOutOfOrder("the run has ended", where=f"round {self.round}", remedy="open a new run")
        return self._shape()

    def absorb(self, sums: Int64s) -> None:
        """Take the present round's sum, shape (shape.size,), and move on to the next round.

        Raises InvalidPlan when the data cannot carry the plan (a fold without defaults, ...), ProtocolError when the
        sum contradicts itself.
        """
        shape = self.shape
        self.history = sha256(self.history + sums.tobytes()).digest()
        self._absorb(shape, sums)
        self.round += 1

    @abstractmethod
    def require_headroom(self, parties: int) -> None:
        """Prove before the run that no round's sum can overflow. Raises OutOfRange naming the feature."""

    @abstractmethod
    def work(self, rows: LabelledRows, seat: int = 0) -> LocalWork:
        """What a party with these rows, at this place among the run's parties, contributes to it."""

    @abstractmethod
    def _shape(self) -> RoundShape: ...

    @abstractmethod
    def _absorb(self, shape: RoundShape, sums: Int64s) -> None: ...
