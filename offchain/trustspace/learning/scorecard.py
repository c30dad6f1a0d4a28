"""The model a bank uses: integer points per bin, cut-offs to grades, reason codes. Canonical bytes have one SHA-256."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from trustspace.encoding import canonical_json
from trustspace.encoding.fixed_point import Int64s, divide_rounded
from trustspace.errors import InputError, OutOfRange
from trustspace.learning.binning import bins_of
from trustspace.learning.feature import MISSING
from trustspace.learning.integer_math import ln_ratio
from trustspace.learning.logistic import COEFFICIENT_BITS, LOG_ODDS_BITS
from trustspace.learning.plan import GRADES, MAX_FEATURES
from trustspace.learning.score import Reason, Score, grade_of, reasons_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.encoding.canonical_json import Json
    from trustspace.learning.logistic import LinearModel
    from trustspace.learning.plan import ScorecardPlan

FORMAT = "trustspace.scorecard/1"
HASH_BYTES = 32
_LN_BITS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredFeature:
    """Bins and the points they give, in the order of `BinnedFeature`. woe and coefficient: 10 and 24 fraction bits.

    information_micro: information value of the bins, in millionths.
    """

    name: str
    cuts: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...] = ()
    specials: tuple[int, ...] = ()
    points: tuple[int, ...]
    woe: tuple[int, ...]
    coefficient: int
    information_micro: int = 0
    reason: str

    @property
    def value_bins(self) -> int:
        """Bins before those of special values."""
        return len(self.groups) or len(self.cuts) + 1

    def codes(self, values: Int64s) -> npt.NDArray[np.uint8]:
        """Bin of each value, same shape."""
        return bins_of(values, self.cuts, self.groups, self.specials)

    def bin_of(self, value: object) -> int:
        """Bin of a value. Raises OutOfRange naming the feature for no integer, or MISSING where it may not be."""
        if type(value) is not int or (value == MISSING and MISSING not in self.specials):
            raise OutOfRange(f"expected an integer, got {value!r}", where=f"feature {self.name}")
        if value in self.specials:
            return self.value_bins + self.specials.index(value)
        if self.groups:
            return next((code for code, group in enumerate(self.groups) if value in group), len(self.groups))
        return bisect_right(self.cuts, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """Points = offset + the sum of each feature's points. Grade = number of `cut_offs` (ascending) reached, E to A."""

    plan_hash: bytes
    schema: str
    features: tuple[ScoredFeature, ...]
    intercept: int
    offset: int
    cut_offs: tuple[int, ...]

    @property
    def digest(self) -> bytes:
        """SHA-256 of `to_bytes`: the model hash on chain."""
        return sha256(self.to_bytes()).digest()

    def score(self, values: Mapping[str, int]) -> Score:
        """Score one firm; what it lacks is MISSING. Raises OutOfRange naming a feature that is no integer."""
        points, losses = self.offset, []
        for feature in self.features:
            gained = feature.points[feature.bin_of(values.get(feature.name))]
            points += gained
            lost = max(feature.points) - gained  # against its best bin
            losses.append(Reason(feature=feature.name, text=feature.reason, lost_points=lost))
        return Score(points=points, grade=self.grade(points), reasons=reasons_of(losses))

    def grade(self, points: int) -> str:
        """Grade A (best) to E of a number of points."""
        return grade_of(self.cut_offs, points)

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        features: list[Json] = [
            {
                "name": f.name,
                "cuts": list(f.cuts),
                "groups": [list(group) for group in f.groups],
                "specials": list(f.specials),
                "points": list(f.points),
                "woe": list(f.woe),
                "coefficient": f.coefficient,
                "information_micro": f.information_micro,
                "reason": f.reason,
            }
            for f in self.features
        ]
        return canonical_json.dumps(
            {
                "format": FORMAT,
                "plan_hash": self.plan_hash.hex(),
                "schema": self.schema,
                "features": features,
                "intercept": self.intercept,
                "offset": self.offset,
                "cut_offs": list(self.cut_offs),
            }
        )

    @classmethod
    def from_bytes(cls, raw: bytes, *, where: str = "model") -> Scorecard:
        """Inverse of `to_bytes`. Raises InputError for anything else."""
        value = canonical_json.loads(raw, where=where)
        record = cast("dict[str, Any]", value if isinstance(value, dict) else {})
        try:
            card = cls(
                plan_hash=bytes.fromhex(record["plan_hash"]),
                schema=_text(record["schema"]),
                features=tuple(_scored_feature(item) for item in record["features"]),
                intercept=_integer(record["intercept"]),
                offset=_integer(record["offset"]),
                cut_offs=_integers(record["cut_offs"]),
            )
            _require_complete(card)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"not a {FORMAT} document", where=where, remedy="fetch the model again") from error
        if card.to_bytes() != raw:
            raise InputError(f"not a {FORMAT} document", where=where, remedy="fetch the model again")
        return card


def _scored_feature(record: dict[str, Any]) -> ScoredFeature:
    return ScoredFeature(
        name=_text(record["name"]),
        cuts=_integers(record["cuts"]),
        groups=tuple(_integers(group) for group in record["groups"]),
        specials=_integers(record["specials"]),
        points=_integers(record["points"]),
        woe=_integers(record["woe"]),
        coefficient=_integer(record["coefficient"]),
        information_micro=_integer(record["information_micro"]),
        reason=_text(record["reason"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {value!r}")
    return value


def _integer(value: object) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:  # a bool is an int as well
        raise TypeError(f"expected an int64, got {value!r}")
    return value


def _integers(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {value!r}")
    return tuple(map(_integer, value))


def _require_complete(card: Scorecard) -> None:
    names = [feature.name for feature in card.features]
    complete = (
        len(card.plan_hash) == HASH_BYTES
        and 0 < len(names) == len(set(names)) <= MAX_FEATURES
        and len(card.cut_offs) == len(GRADES) - 1
        and list(card.cut_offs) == sorted(set(card.cut_offs))
        and all(list(feature.cuts) == sorted(set(feature.cuts)) for feature in card.features)
        and all(_bins_fit(feature) for feature in card.features)
    )
    if not complete:
        raise ValueError("bins, points, cut-offs and names do not fit together")


def _bins_fit(feature: ScoredFeature) -> bool:
    listed = [code for group in feature.groups for code in group]
    return (
        len(feature.points) == len(feature.woe) == feature.value_bins + len(feature.specials)
        and len(set(feature.specials)) == len(feature.specials)
        and len(set(listed)) == len(listed)
        and not (feature.groups and (feature.cuts or feature.specials != (MISSING,)))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsTable:
    """Offset and points per feature and bin of a linear model."""

    offset: int
    points: tuple[tuple[int, ...], ...]

    def of_rows(self, codes: npt.NDArray[np.uint8]) -> Int64s:
        """Points of each row from its bin codes (rows, features); shape (rows,)."""
        total = np.full(codes.shape[0], self.offset, dtype=np.int64)
        for index, column in enumerate(self.points):
            total += np.array(column, dtype=np.int64)[codes[:, index]]
        return total


def points_table(plan: ScorecardPlan, model: LinearModel) -> PointsTable:
    """Scale log-odds to integer points: `base_points` at `base_odds`, `double_points` per doubling of the odds."""
    ln2, ln_odds = ln_ratio(2, 1, _LN_BITS), ln_ratio(plan.base_odds, 1, _LN_BITS)
    scale = plan.double_points << _LN_BITS
    points = tuple(
        tuple(divide_rounded(coefficient * woe * scale, ln2 << LOG_ODDS_BITS) for woe in feature.woe)
        for feature, coefficient in zip(model.features, model.coefficients, strict=True)
    )
    above_base = (model.intercept << (_LN_BITS - COEFFICIENT_BITS)) - ln_odds
    return PointsTable(offset=plan.base_points + divide_rounded(above_base * plan.double_points, ln2), points=points)


def scorecard(plan: ScorecardPlan, model: LinearModel, cut_offs: tuple[int, ...]) -> Scorecard:
    """The finished model."""
    table = points_table(plan, model)
    features = tuple(
        ScoredFeature(
            name=planned.name,
            cuts=binned.cuts,
            groups=binned.groups,
            specials=binned.specials,
            points=points,
            woe=binned.woe,
            coefficient=beta,
            information_micro=binned.information_micro,
            reason=planned.reason,
        )
        for planned, binned, points, beta in zip(
            plan.features, model.features, table.points, model.coefficients, strict=True
        )
    )
    return Scorecard(
        plan_hash=plan.digest,
        schema=plan.schema,
        features=features,
        intercept=model.intercept,
        offset=table.offset,
        cut_offs=cut_offs,
    )
