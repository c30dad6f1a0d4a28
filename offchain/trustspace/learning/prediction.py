"""Log-odds of many rows under a finished model, and figures from rows whose outcome is known.

For rows that one party holds, or a test set kept in one place. The figures of a federated run come from summed
histograms (`learning.evaluation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.errors import InvalidPlan
from trustspace.learning.binning import WOE_BITS
from trustspace.learning.feature import MISSING
from trustspace.learning.logistic import LOG_ODDS_BITS
from trustspace.learning.points import MARGIN_BITS
from trustspace.learning.scorecard import Scorecard
from trustspace.learning.trees.model import TreeModel

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.score import CreditModel
    from trustspace.learning.trees.model import Node

Floats = npt.NDArray[np.float64]
_LEAST_CHANCE = 1e-15


def default_log_odds(model: CreditModel, values: Int64s) -> Floats:
    """Log-odds of default of each row, shape (rows,). values: (rows, features) in the model's order."""
    if isinstance(model, Scorecard):
        total = np.full(values.shape[0], model.intercept << WOE_BITS, dtype=np.int64)
        for column, feature in zip(values.T, model.features, strict=True):
            total += feature.coefficient * np.array(feature.woe, dtype=np.int64)[feature.codes(column)]
        return -total.astype(np.float64) / (1 << LOG_ODDS_BITS)
    if isinstance(model, TreeModel):
        margins = np.full(values.shape[0], model.base, dtype=np.int64)
        known = [np.array(feature.categories, dtype=np.int64) for feature in model.features]
        columns = [
            np.where(np.isin(column, codes), column, MISSING) if codes.size else column
            for column, codes in zip(values.T, known, strict=True)
        ]
        everybody = np.arange(values.shape[0])
        for tree in model.trees:
            _add_leaves(model, margins, tree, 0, columns, everybody)
        return -margins.astype(np.float64) / (1 << MARGIN_BITS)
    raise InvalidPlan("this kind of model gives no log-odds", where=type(model).__name__)


def _add_leaves(
    model: TreeModel,
    margins: Int64s,
    tree: tuple[Node, ...],
    place: int,
    columns: list[Int64s],
    rows: npt.NDArray[np.intp],
) -> None:
    node = tree[place]
    if not node.children:
        margins[rows] += node.value
        return
    own = columns[node.feature][rows]
    left = np.isin(own, node.left) if model.features[node.feature].categories else own < node.cut
    left = np.where(own == MISSING, node.missing_left, left)
    _add_leaves(model, margins, tree, node.children[0], columns, rows[left])
    _add_leaves(model, margins, tree, node.children[1], columns, rows[~left])


def chances(log_odds: Floats) -> Floats:
    """Chance of default."""
    found: Floats = 1.0 / (1.0 + np.exp(-log_odds))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How well chances fit outcomes. AUC and KS are None where rows of one class are missing, all where none are."""

    rows: int
    auc: float | None
    ks: float | None
    brier: float | None
    log_loss: float | None

    @classmethod
    def of(cls, log_odds: Floats, defaulted: npt.NDArray[np.bool_]) -> Figures:
        """Of rows with these log-odds of default."""
        if not defaulted.size:
            return cls(rows=0, auc=None, ks=None, brier=None, log_loss=None)
        chance = np.clip(chances(log_odds), _LEAST_CHANCE, 1 - _LEAST_CHANCE)
        loss = -np.log(np.where(defaulted, chance, 1 - chance))
        auc, ks = _ranking(log_odds, defaulted) if 0 < defaulted.sum() < defaulted.size else (None, None)
        return cls(
            rows=defaulted.size,
            auc=auc,
            ks=ks,
            brier=float(((chance - defaulted) ** 2).mean()),
            log_loss=float(loss.mean()),
        )


def _ranking(scores: Floats, defaulted: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """AUC (ties count half) and KS."""
    _, place = np.unique(scores, return_inverse=True)
    good, bad = (np.bincount(place[kind], minlength=int(place.max()) + 1) for kind in (~defaulted, defaulted))
    goods, bads = np.cumsum(good), np.cumsum(bad)
    twice = int((bad * (2 * (goods - good) + good)).sum())
    auc = twice / (2 * int(goods[-1]) * int(bads[-1]))
    ks = np.abs(goods / goods[-1] - bads / bads[-1]).max()
    return auc, float(ks)
