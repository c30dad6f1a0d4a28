"""The figures of a run as they stand in the model card: integers, rates in millionths."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, cast

from trustspace.learning.metrics import MILLION, RoundingBounds

if TYPE_CHECKING:
    from trustspace.encoding.canonical_json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRow:
    """What one grade held among held-out scores."""

    grade: str
    rows: int
    defaults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRow:
    """Held-out rows with points from `lowest` up to the next band. expected_micro: mean chance of default they got."""

    lowest: int
    rows: int
    defaults: int
    expected_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """Held-out rows of a period (or of several small ones together). psi_micro: against the first of the table."""

    values: tuple[str, ...]
    rows: int
    defaults: int
    auc_micro: int | None
    psi_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """Held-out rows with one value of a group (or several rare ones together).

    expected_micro: mean chance of default they got; accepted: rows of grade C or better, accepted_good: those of them
    that did not default; auc_micro: by bands of scores, None without rows of both kinds.
    """

    values: tuple[str, ...]
    rows: int
    defaults: int
    expected_micro: int
    accepted: int
    accepted_good: int
    auc_micro: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTable:
    """One agreed column, value by value."""

    column: str
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    """What a feature tells about default by its bins. information_micro: information value, None for trees."""

    name: str
    bins: int
    information_micro: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Held-out figures of a run: each row scored by a model that never saw it.

    Figures that only one kind of model has are None for the others.
    """

    rows: int
    defaults: int
    auc_micro: int
    ks_micro: int
    brier_micro: int
    log_loss_micro: int
    rounding: RoundingBounds
    grades: tuple[GradeRow, ...]
    calibration: tuple[BandRow, ...]
    """About ten bands."""
    distribution: tuple[BandRow, ...]
    """As many as `min_cell_rows` allows, at most fifty."""
    periods: tuple[PeriodRow, ...] = ()
    groups: tuple[GroupTable, ...] = ()
    features: tuple[FeatureRow, ...] = ()
    last_step_micro: int | None = None
    """Scorecard: largest change of a coefficient in the last Newton step: tells whether the rounds sufficed."""
    trees: int | None = None
    """Boosted trees: how many the model keeps."""
    validation_loss_micro: int | None = None
    """Boosted trees: mean weighted log loss of the held-out rows with that many trees, before rounding to points."""

    @property
    def auc(self) -> float:
        """Area under the ROC curve."""
        return self.auc_micro / MILLION

    @property
    def ks(self) -> float:
        """Kolmogorov-Smirnov distance between the scores of good and bad rows."""
        return self.ks_micro / MILLION

    @property
    def brier(self) -> float:
        """Brier score."""
        return self.brier_micro / MILLION

    @property
    def log_loss(self) -> float:
        """Mean log loss."""
        return self.log_loss_micro / MILLION

    def to_json(self) -> dict[str, Json]:
        """For a canonical document."""
        return cast("dict[str, Json]", _plain(self))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
