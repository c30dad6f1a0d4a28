"""XGBoost on the rows of a table job: as many trees of the same depth, bins and learning rate, on one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xgboost

from trustspace.learning.feature import MISSING
from trustspace.learning.plan import BPS
from trustspace.learning.prediction import Figures
from trustspace.learning.schema import CATEGORY
from trustspace.learning.trees.model import TreeModel
from trustspace.learning.trees.plan import TreesPlan

if TYPE_CHECKING:
    from trustspace.apps.table_job import PartyRows, TableResult
    from trustspace.learning.prediction import Floats


def auc_of_xgboost(result: TableResult) -> float | None:
    """AUC on the job's test rows of XGBoost's histogram method, which splits categories in its own way.

    None for another kind of model or a job without test rows.
    """
    plan, model, parties = result.prepared.plan, result.trained.model, result.prepared.parties
    tested = np.concatenate([party.test.labels for party in parties])
    if not (isinstance(plan, TreesPlan) and isinstance(model, TreeModel) and tested.size):
        return None
    kinds = ["c" if column.kind == CATEGORY else "q" for column in result.prepared.schema.columns]
    peer = xgboost.XGBClassifier(
        n_estimators=len(model.trees),
        max_depth=plan.depth,
        learning_rate=plan.learning_rate_bps / BPS,
        max_bin=plan.max_bins,
        tree_method="hist",
        enable_categorical=True,
        feature_types=kinds,
        n_jobs=1,
    )
    peer.fit(_floats(parties, "learn"), np.concatenate([party.learn.labels for party in parties]))
    log_odds = peer.predict(_floats(parties, "test"), output_margin=True).astype(np.float64)
    return Figures.of(log_odds, tested).auc


def _floats(parties: tuple[PartyRows, ...], part: str) -> Floats:
    values = np.concatenate([getattr(party, part).values for party in parties])
    floats: Floats = np.where(values == MISSING, np.nan, values)
    return floats
