"""A feature as a plan agrees on it: public grid cells, and which values stand apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from trustspace.errors import InvalidPlan
from trustspace.learning.grid import PER_DECADE, borders_for

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from trustspace.encoding.fixed_point import Int64s

MISSING = -(2**63)
"""Stands for a value that a row does not have."""
MAX_CATEGORY = 254
MAX_SPECIALS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFeature:
    """A feature's name, public cell borders (ascending, int64) and the text shown when it costs a firm points.

    `trend` 1: more of it never costs points; -1: never gives points; 0: as the data say. A `categorical` feature holds
    codes from 0 and has a grid cell for each. The first border is MISSING + 1 when rows may lack the value, so that
    the first cell counts them. `specials` are values that mean something of their own ("no credit history"): their
    cells come last.
    """

    name: str
    borders: tuple[int, ...]
    reason: str
    trend: int = 0
    categorical: bool = False
    specials: tuple[int, ...] = ()

    @property
    def takes_missing(self) -> bool:
        """Whether a row may lack the value (then it holds MISSING)."""
        return self.borders[0] == MISSING + 1

    @property
    def own_borders(self) -> tuple[int, ...]:
        """Borders without that of missing values."""
        return self.borders[1:] if self.takes_missing else self.borders

    @property
    def categories(self) -> range:
        """Codes of a categorical feature, in the order of their cells."""
        own = self.own_borders
        return range(own[0] - 1, own[-1] + 1)

    @property
    def cell_count(self) -> int:
        """Number of grid cells: missing values, values between borders, special values."""
        return len(self.borders) + 1 + len(self.specials)

    def cells(self, values: Int64s) -> Int64s:
        """Grid cell of each value, same shape."""
        cells = np.searchsorted(np.array(self.borders, dtype=np.int64), values, side="right")
        for place, special in enumerate(self.specials, start=len(self.borders) + 1):
            cells[values == special] = place
        return cells


def planned_features(
    ranges: Mapping[str, tuple[int, int]],
    per_decade: int = PER_DECADE,
    *,
    reasons: Mapping[str, str] | None = None,
    trends: Mapping[str, int] | None = None,
    categorical: Collection[str] = (),
    missing: Collection[str] = (),
    specials: Mapping[str, Iterable[int]] | None = None,
) -> tuple[PlannedFeature, ...]:
    """Features whose grids follow from each one's (low, high)."""
    texts, directions, apart = reasons or {}, trends or {}, specials or {}
    return tuple(
        PlannedFeature(
            name=name,
            borders=((MISSING + 1,) if name in missing else ())
            + (tuple(range(low + 1, high + 1)) if name in categorical else borders_for(low, high, per_decade)),
            reason=texts.get(name, name.replace("_", " ")),
            trend=directions.get(name, 0),
            categorical=name in categorical,
            specials=tuple(apart.get(name, ())),
        )
        for name, (low, high) in ranges.items()
    )


def check_feature(feature: PlannedFeature) -> None:
    """Raise InvalidPlan naming a feature that breaks a rule."""
    borders, name = feature.borders, feature.name
    if not borders or any(a >= b for a, b in pairwise(borders)):
        raise invalid_field(name, "ascending borders, at least one")
    if borders[0] < -(2**63) or borders[-1] >= 2**63:
        raise invalid_field(name, "borders within 64 bits")
    if feature.trend not in (-1, 0, 1) or type(feature.categorical) is not bool:
        raise invalid_field(name, "a trend of -1, 0 or 1, and a boolean for categorical")
    if feature.takes_missing and len(borders) == 1:
        raise invalid_field(name, "a border besides that of missing values")
    specials = feature.specials
    if len(specials) > MAX_SPECIALS or len(set(specials)) != len(specials):
        raise invalid_field(name, f"at most {MAX_SPECIALS} distinct special values")
    if not all(type(value) is int and MISSING < value < 2**63 for value in specials):
        raise invalid_field(name, "special values within 64 bits")
    if feature.categorical:
        own = feature.own_borders
        if own != tuple(range(own[0], own[0] + len(own))) or own[0] < 1 or own[-1] > MAX_CATEGORY:
            raise invalid_field(name, f"a cell for each code, codes from 0 to {MAX_CATEGORY}")
        if feature.trend or specials:
            raise invalid_field(name, "no trend and no special values: categories have no order and stand apart anyway")


def invalid_field(field: str, rule: str) -> InvalidPlan:
    """The error for a field that breaks a rule."""
    return InvalidPlan(f"expected {rule}", where=f"plan field {field}", remedy="change the plan before the run opens")
