"""The last round of every run: histograms of scores, and the figures and cut-offs they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.errors import ProtocolError
from trustspace.learning import metrics
from trustspace.learning.metrics import GradeRow, Metrics
from trustspace.learning.plan import GRADES

if TYPE_CHECKING:
    import numpy.typing as npt

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.plan import TrainingPlan


def score_histograms(plan: TrainingPlan, unseen: Int64s, defaulted: npt.NDArray[np.bool_], own: Int64s) -> Int64s:
    """One party's cells of the evaluation round.

    unseen: points by models that never saw the row, and `defaulted` of the same rows; own: the full model's points.
    """
    cells, top = plan.max_points + 1, plan.max_points
    by_class = np.bincount(np.clip(unseen, 0, top) + defaulted * cells, minlength=2 * cells)
    return np.concatenate([by_class, np.bincount(np.clip(own, 0, top), minlength=cells)])


def evaluate(plan: TrainingPlan, sums: Int64s, *, rows: int, held_out: Int64s) -> tuple[tuple[int, ...], Metrics]:
    """Cut-offs of the grades and the figures.

    rows: all rows; held_out: (good, defaulted) rows scored by a model that never saw them.
    Raises ProtocolError when the histograms hold other rows than round 1.
    """
    good, bad, scores = sums.reshape(3, plan.max_points + 1)
    if (int(good.sum()), int(bad.sum()), int(scores.sum())) != (*(int(count) for count in held_out), rows):
        raise ProtocolError(
            "the score histograms count other rows than round 1",
            where="evaluation round, sum",
            remedy="some party changed its rows during the run: audit the parties' tables",
        )
    cuts = metrics.cut_offs(scores, plan.grade_shares_bps)
    grade = np.searchsorted(np.array(cuts), np.arange(plan.max_points + 1), side="right")
    table = tuple(
        GradeRow(
            grade=name,
            rows=int((good + bad)[grade == len(cuts) - index].sum()),
            defaults=int(bad[grade == len(cuts) - index].sum()),
        )
        for index, name in enumerate(GRADES)
    )
    return cuts, Metrics(
        rows=int(good.sum() + bad.sum()),
        defaults=int(bad.sum()),
        auc_micro=metrics.auc_micro(good, bad),
        ks_micro=metrics.ks_micro(good, bad),
        grades=table,
    )
