"""Which run, document and arithmetic belong to which kind of plan; and the run of any kind in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding import canonical_json
from trustspace.errors import InvalidPlan
from trustspace.learning.contribution.training import ValuedTraining
from trustspace.learning.plan import ScorecardPlan, TrainingPlan
from trustspace.learning.privacy.training import NoisyTraining
from trustspace.learning.scorecard_training import ScorecardTraining
from trustspace.learning.trees.plan import TreesPlan
from trustspace.learning.trees.training import TreesTraining

if TYPE_CHECKING:
    from trustspace.learning.run import TrainedModel, Training
    from trustspace.learning.table import LabelledRows

PLANS: dict[str, type[TrainingPlan]] = {plan.format: plan for plan in (ScorecardPlan, TreesPlan)}


def start_training(plan: TrainingPlan, parties: int = 1) -> Training:
    """A run of `parties` parties that has absorbed nothing yet."""
    if isinstance(plan, TreesPlan):
        return TreesTraining(plan)
    if isinstance(plan, ScorecardPlan):
        scorecard = ScorecardTraining(plan)
        if plan.contribution:
            return ValuedTraining(scorecard, parties)
        return NoisyTraining(scorecard, plan.privacy, parties) if plan.privacy else scorecard
    raise InvalidPlan(f"no run for a {plan.format} document", where="plan", remedy=f"known are {', '.join(PLANS)}")


def read_plan(raw: bytes, *, where: str = "plan") -> TrainingPlan:
    """The plan of any kind that has these canonical bytes. Raises InvalidPlan or InputError for anything else."""
    value = canonical_json.loads(raw, where=where)
    name = value.get("format") if isinstance(value, dict) else None
    kind = PLANS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise InvalidPlan("not a training plan", where=where, remedy=f"known formats are {', '.join(PLANS)}")
    return kind.from_bytes(raw, where=where)


def centralised(plan: TrainingPlan, tables: list[LabelledRows]) -> TrainedModel:
    """Train on all rows in one place: the same code with plain sums. The reference for federated == centralised."""
    training = start_training(plan, len(tables))
    work = [training.work(table, seat) for seat, table in enumerate(tables)]
    rows = max(1, sum(len(table) for table in tables))
    while training.result is None:
        shape = training.shape
        total = np.zeros(shape.size, dtype=np.int64)
        shape.bounds(rows)
        for part in work:
            total += part.contribution()
        shape.check(total, rows, "all rows")
        training.absorb(total)
    return training.result
