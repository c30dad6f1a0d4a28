"""The training plan: all that is agreed before the first round. Its hash stands on chain: every party has the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from trustspace.encoding import canonical_json
from trustspace.errors import InputError, InvalidPlan
from trustspace.learning.feature import PlannedFeature, check_feature, invalid_field, planned_features
from trustspace.learning.groups import PlannedGroup, check_groups
from trustspace.learning.privacy.terms import PrivacyTerms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from trustspace.encoding.canonical_json import Json

GRADES = ("A", "B", "C", "D", "E")
BPS = 10_000
MAX_FEATURES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan(ABC):
    """What the plans of all kinds of model share. Label 1 means default; more points mean a better firm.

    `groups` name columns besides the features by which the figures are split; none is told apart below
    `min_cell_rows` rows. A row's fold is drawn from `fold_salt` and its id. Points: `base_points` at odds good:bad of
    `base_odds`, `double_points` more when the odds double. `grade_shares_bps` are the planned shares of rows in grades
    A to E.
    """

    format: ClassVar[str]
    """Names the kind of plan in its document."""
    code_version: ClassVar[str]
    """Names the arithmetic. Two versions that could give other bytes for the same sums must differ in it."""
    limits: ClassVar[Mapping[str, tuple[int, int]]] = {
        "max_rows": (1, 2**40),
        "folds": (2, 50),
        "base_points": (0, 100_000),
        "base_odds": (1, 10_000),
        "double_points": (1, 1_000),
        "max_points": (10, 100_000),
        "min_cell_rows": (1, 100_000),
    }

    schema: str
    features: tuple[PlannedFeature, ...]
    max_rows: int = 100_000
    folds: int = 10
    fold_salt: str = "trustspace"
    base_points: int = 600
    base_odds: int = 10
    double_points: int = 40
    max_points: int = 1_000
    grade_shares_bps: tuple[int, ...] = (1_500, 2_500, 2_500, 2_000, 1_500)
    groups: tuple[PlannedGroup, ...] = ()
    min_cell_rows: int = 10
    privacy: PrivacyTerms | None = None
    """Noise on every sum; without it sums are exact."""

    def __post_init__(self) -> None:
        _check_features(self.features)
        check_groups(self.groups)
        if self.groups and self.privacy is not None:
            raise invalid_field("groups", "no groups in a run with noise: their few rows would drown in it")
        for name, (low, high) in self.limits.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise invalid_field(name, f"an integer from {low} to {high}, not {value!r}")
        if len(self.grade_shares_bps) != len(GRADES) or sum(self.grade_shares_bps) != BPS:
            raise invalid_field("grade_shares_bps", f"five shares that add up to {BPS}")
        if any(share <= 0 for share in self.grade_shares_bps):
            raise invalid_field("grade_shares_bps", "every share positive")
        if self.privacy is not None and self.privacy.rounds < self.rounds:
            raise invalid_field("privacy.rounds", f"at least the {self.rounds} rounds of a run")

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in column order."""
        return tuple(feature.name for feature in self.features)

    @property
    @abstractmethod
    def rounds(self) -> int:
        """Most rounds a run can take."""

    @property
    def evaluation_rounds(self) -> int:
        """Rounds at the end that give figures: histograms of scores, and by group when there are groups."""
        return 2 if self.groups else 1

    @property
    def class_weights_bps(self) -> tuple[int, int]:
        """How much a good and a defaulted row count in training: points are odds of rows so weighted."""
        return BPS, BPS

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        record: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        record["features"] = [
            {field.name: _plain(getattr(feature, field.name)) for field in fields(feature)} for feature in self.features
        ]
        record["grade_shares_bps"] = list(self.grade_shares_bps)
        record["groups"] = [{"name": g.name, "kind": g.kind, "values": list(g.values)} for g in self.groups]
        del record["privacy"]
        if self.privacy is not None:
            record["privacy"] = asdict(self.privacy)
        if record.get("contribution") is False:  # as plans were before they could ask for it
            del record["contribution"]
        return canonical_json.dumps(cast("Json", {"format": self.format, **record}))

    @property
    def digest(self) -> bytes:
        """SHA-256 of `to_bytes`: the plan hash on chain."""
        return sha256(self.to_bytes()).digest()

    @property
    def schema_hash(self) -> bytes:
        """SHA-256 of the feature schema's name and the feature names in order."""
        return canonical_json.digest({"schema": self.schema, "features": list(self.names)})

    @classmethod
    def from_bytes(cls, raw: bytes, *, where: str = "plan") -> Self:
        """Inverse of `to_bytes`. Raises InvalidPlan or InputError for anything else."""
        value = canonical_json.loads(raw, where=where)
        if not isinstance(value, dict) or value.pop("format", None) != cls.format:
            raise InvalidPlan(f"not a {cls.format} document", where=where, remedy="use the plan that was agreed")
        record: dict[str, Any] = value
        try:
            record["features"] = tuple(
                PlannedFeature(
                    **{**feature, "borders": tuple(feature["borders"]), "specials": tuple(feature["specials"])}
                )
                for feature in record["features"]
            )
            record["grade_shares_bps"] = tuple(record["grade_shares_bps"])
            record["groups"] = tuple(
                PlannedGroup(**{**group, "values": tuple(group["values"])}) for group in record["groups"]
            )
            if "privacy" in record:
                record["privacy"] = PrivacyTerms(**record["privacy"])
            plan = cls(**record)
        except (KeyError, TypeError) as error:
            raise InvalidPlan(f"a field is missing, unknown or of another type: {error}", where=where) from error
        if plan.to_bytes() != raw:
            raise InputError("the plan has other fields than this version knows", where=where)
        return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardPlan(TrainingPlan):
    """Parameters of a scorecard run.

    `l2_milli` / 1000 is the ridge penalty per standardised weight-of-evidence column (so that it does not depend on
    how strong a feature looks on its own); `woe_prior_rows` rows of the average class mix are added to each bin.
    With `contribution` the run ends with each party's share of the model's value.
    """

    format: ClassVar[str] = "trustspace.plan/1"
    code_version: ClassVar[str] = "trustspace.training/2"
    limits: ClassVar[Mapping[str, tuple[int, int]]] = {
        **TrainingPlan.limits,
        "newton_rounds": (1, 30),
        "l2_milli": (1, 10**9),
        "woe_prior_rows": (1, 10_000),
        "max_bins": (2, 16),
        "min_bin_share_bps": (1, 5_000),
    }

    newton_rounds: int = 6
    l2_milli: int = 10_000
    woe_prior_rows: int = 4
    max_bins: int = 5
    min_bin_share_bps: int = 500
    contribution: bool = False

    def __post_init__(self) -> None:
        TrainingPlan.__post_init__(self)
        if type(self.contribution) is not bool:
            raise invalid_field("contribution", f"true or false, not {self.contribution!r}")
        if self.contribution and self.privacy is not None:
            raise invalid_field("contribution", "no noise beside it: shares without noise would give rows away")

    @property
    def rounds(self) -> int:
        """Rounds of a run: counts, Newton steps, evaluation, shares."""
        return 1 + self.newton_rounds + self.evaluation_rounds + self.contribution


def plan_for(
    schema: str,
    ranges: Mapping[str, tuple[int, int]],
    *,
    reasons: Mapping[str, str] | None = None,
    trends: Mapping[str, int] | None = None,
    categorical: Collection[str] = (),
    missing: Collection[str] = (),
    specials: Mapping[str, Iterable[int]] | None = None,
    **settings: Any,
) -> ScorecardPlan:
    """A scorecard's plan whose grids follow from each feature's (low, high); `settings` are ScorecardPlan's fields.

    `missing` names the features that a row may lack, `specials` values with a bin of their own.
    """
    features = planned_features(
        ranges, reasons=reasons, trends=trends, categorical=categorical, missing=missing, specials=specials
    )
    return ScorecardPlan(schema=schema, features=features, **settings)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _check_features(features: Iterable[PlannedFeature]) -> None:
    seen: set[str] = set()
    for feature in features:
        if not feature.name or feature.name in seen:
            raise invalid_field("features", f"distinct names, not {feature.name!r} again")
        check_feature(feature)
        seen.add(feature.name)
    if not 1 <= len(seen) <= MAX_FEATURES:
        raise invalid_field("features", f"1 to {MAX_FEATURES} features")
