"""Ranking figures and grade cut-offs from summed score histograms. Cell s of a histogram counts rows with score s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding import canonical_json
from trustspace.encoding.fixed_point import Int64s, divide_rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.encoding.canonical_json import Json

MILLION = 1_000_000
FORMAT = "trustspace.metrics/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRow:
    """What one grade held among out-of-fold scores."""

    grade: str
    rows: int
    defaults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Out-of-fold figures of a run (each row scored by a model that never saw it), in millionths.

    Figures that only one kind of model has are None for the others.
    """

    rows: int
    defaults: int
    auc_micro: int
    ks_micro: int
    grades: tuple[GradeRow, ...]
    last_step_micro: int | None = None
    """Scorecard: largest change of a coefficient in the last Newton step: tells whether the rounds sufficed."""
    trees: int | None = None
    """Boosted trees: how many the model keeps."""
    log_loss_micro: int | None = None
    """Boosted trees: mean log loss of the held-out rows with that many trees."""

    @property
    def auc(self) -> float:
        """Area under the ROC curve."""
        return self.auc_micro / MILLION

    @property
    def ks(self) -> float:
        """Kolmogorov-Smirnov distance between the scores of good and bad rows."""
        return self.ks_micro / MILLION

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        grades: list[Json] = [{"grade": g.grade, "rows": g.rows, "defaults": g.defaults} for g in self.grades]
        figures: dict[str, Json] = {
            "format": FORMAT,
            "rows": self.rows,
            "defaults": self.defaults,
            "auc_micro": self.auc_micro,
            "ks_micro": self.ks_micro,
            "last_step_micro": self.last_step_micro,
            "trees": self.trees,
            "log_loss_micro": self.log_loss_micro,
            "grades": grades,
        }
        return canonical_json.dumps({name: figure for name, figure in figures.items() if figure is not None})


def auc_micro(good: Int64s, bad: Int64s) -> int:
    """Chance, in millionths, that a good row scores above a bad one; ties count half (Mann-Whitney)."""
    bad_below = np.concatenate([[0], np.cumsum(bad)[:-1]])
    twice = sum(int(g) * (2 * int(below) + int(b)) for g, below, b in zip(good, bad_below, bad, strict=True) if g)
    return divide_rounded(MILLION * twice, 2 * int(good.sum()) * int(bad.sum()))


def ks_micro(good: Int64s, bad: Int64s) -> int:
    """Largest distance of the two cumulative distributions, in millionths."""
    goods, bads = int(good.sum()), int(bad.sum())
    widest = max(abs(int(b) * goods - int(g) * bads) for g, b in zip(np.cumsum(good), np.cumsum(bad), strict=True))
    return divide_rounded(MILLION * widest, goods * bads)


def cut_offs(scores: Int64s, shares_bps: Sequence[int]) -> tuple[int, ...]:
    """Lowest score of each grade but the worst, ascending, so that at least the planned share reaches it or better.

    `shares_bps` runs from the best grade to the worst. Distinct even when scores tie: some may then lie below all.
    """
    rows = int(scores.sum())
    at_least = np.cumsum(scores[::-1])[::-1]  # at_least[s]: rows with a score of s or more
    found: list[int] = []
    share = 0
    for part in shares_bps[:-1]:
        share += part
        needed = -(-rows * share // 10_000)
        cut = int(np.flatnonzero(at_least >= needed)[-1])
        found.append(min(cut, found[-1] - 1) if found else cut)
    return tuple(reversed(found))
