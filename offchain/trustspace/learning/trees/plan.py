"""The plan of a run that grows boosted trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from trustspace.learning.feature import invalid_field, planned_features
from trustspace.learning.plan import BPS, TrainingPlan

if TYPE_CHECKING:
    from collections.abc import Collection

GRID_PER_DECADE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TreesPlan(TrainingPlan):
    """Parameters of a run of boosted trees (Friedman 2001; gains as in Chen and Guestrin 2016, section 2.2).

    A tree's leaf moves the log-odds by `learning_rate_bps` of its optimum under the penalty `l2_milli` / 1000. A split
    needs a gain above `min_gain_milli` / 1000 and children with at least `min_child_milli` / 1000 of Hessian each.
    Numbers get at most `max_bins` bins; the commonest categories up to `max_categories` stand alone, the rest together.
    Rows of a class count `good_weight_bps` or `default_weight_bps`, at most 1 (then points are no longer odds).
    The first `fold_models` of the `folds` (0: all) get a model that never sees the fold's rows, grown in the same
    rounds: their rows give the validation loss and the figures. Growth stops `patience` trees after the lowest loss,
    and the model keeps the trees up to there; 0: all trees.
    """

    format: ClassVar[str] = "trustspace.trees-plan/1"
    code_version: ClassVar[str] = "trustspace.trees/3"
    limits: ClassVar[Mapping[str, tuple[int, int]]] = {
        **TrainingPlan.limits,
        "trees": (1, 1_000),
        "depth": (1, 8),
        "learning_rate_bps": (1, BPS),
        "l2_milli": (1, 10**6),
        "min_child_milli": (0, 10**9),
        "min_gain_milli": (0, 10**9),
        "max_bins": (2, 250),
        "max_categories": (2, 250),
        "fold_models": (0, 50),
        "patience": (0, 1_000),
        "good_weight_bps": (1, BPS),
        "default_weight_bps": (1, BPS),
    }

    folds: int = 5
    trees: int = 100
    depth: int = 3
    learning_rate_bps: int = 1_000
    l2_milli: int = 1_000
    min_child_milli: int = 1_000
    min_gain_milli: int = 0
    max_bins: int = 32
    max_categories: int = 250
    fold_models: int = 0
    patience: int = 10
    good_weight_bps: int = BPS
    default_weight_bps: int = BPS

    def __post_init__(self) -> None:
        TrainingPlan.__post_init__(self)
        if self.privacy is not None:
            raise invalid_field("privacy", "no noise: it is provided for scorecards only")
        if self.fold_models > self.folds:
            raise invalid_field("fold_models", f"at most the {self.folds} folds")
        for feature in self.features:
            if feature.specials:
                raise invalid_field(feature.name, "no special values: trees find them by themselves")

    @property
    def held_out(self) -> int:
        """Folds that have a model of their own."""
        return self.fold_models or self.folds

    @property
    def rounds(self) -> int:
        """Most rounds: counts, a round per level of each tree, the last loss, evaluation."""
        return self.trees * self.depth + 2 + self.evaluation_rounds

    @property
    def class_weights_bps(self) -> tuple[int, int]:
        return self.good_weight_bps, self.default_weight_bps


def trees_plan_for(
    schema: str,
    ranges: Mapping[str, tuple[int, int]],
    *,
    reasons: Mapping[str, str] | None = None,
    trends: Mapping[str, int] | None = None,
    categorical: Collection[str] = (),
    missing: Collection[str] = (),
    **settings: Any,
) -> TreesPlan:
    """A plan whose grids follow from each feature's (low, high); `settings` are TreesPlan's fields.

    `missing` names the features that a row may lack.
    """
    planned = planned_features(
        ranges,
        GRID_PER_DECADE,
        reasons=reasons,
        trends=trends,
        categorical=categorical,
        missing=missing,
    )
    return TreesPlan(schema=schema, features=planned, **settings)
