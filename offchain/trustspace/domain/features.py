"""Features that a bank derives from a subject's total statistics: integers, documented units, no floating point.

A share or ratio whose denominator is zero is zero. Money is net of tax in fen, shares are basis points (10 000 = all).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

from trustspace.domain.statistics import (
    CELL_INDEX,
    LIMBS,
    MAX_COUNT,
    MAX_SUM_FEN,
    MONTHS,
    SCHEMA,
    SIDE_CELLS,
    SIDES,
    YEAR,
    check_cells,
    join_limbs,
)
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEATURE_SCHEMA = "features-1"
BPS = 10_000
MAX_SOURCES = 32
"""Sums over so many sources, and over 24 months of them, stay within 64 bits."""
MAX_RATIO_BPS = 10 * BPS
_MONEY = MONTHS * MAX_SUM_FEN * MAX_SOURCES
_COUNT = MONTHS * MAX_COUNT * MAX_SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSpec:
    """Name, unit and range of one feature; low <= value <= high always."""

    name: str
    unit: str
    low: int
    high: int


def _side_specs(side: str) -> list[FeatureSpec]:
    def spec(name: str, unit: str, low: int, high: int) -> FeatureSpec:
        return FeatureSpec(name=name.format(side=side, party=_PARTY[side]), unit=unit, low=low, high=high)

    return [
        spec("{side}_12m", "fen", -_MONEY, _MONEY),
        spec("{side}_24m", "fen", -_MONEY, _MONEY),
        spec("{side}_count_12m", "invoices", 0, _COUNT),
        spec("{side}_count_24m", "invoices", 0, _COUNT),
        spec("{side}_average", "fen", -_MONEY, _MONEY),
        spec("{side}_void_share", "bps", 0, BPS),
        spec("{side}_red_share", "bps", 0, BPS),
        spec("{side}_tax_rate", "bps", 0, BPS),
        spec("{party}s", "parties", 0, _COUNT),
        spec("{party}s_kept", "bps", 0, BPS),
        spec("{party}_concentration", "bps", 0, BPS),
        spec("{side}_months_active", "months", 0, MONTHS),
        spec("{side}_trend", "bps", -BPS, BPS),
        spec("{side}_variation", "bps", 0, MAX_RATIO_BPS),
    ]


_PARTY = {"sales": "customer", "purchases": "supplier"}
FEATURES: tuple[FeatureSpec, ...] = (
    *(spec for side in SIDES for spec in _side_specs(side)),
    FeatureSpec(name="margin", unit="bps", low=-BPS, high=BPS),
    FeatureSpec(name="months_active", unit="months", low=0, high=MONTHS),
)
FEATURE_INDEX: Mapping[str, int] = {spec.name: index for index, spec in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """Values in the order of FEATURES."""

    values: tuple[int, ...]

    def __getitem__(self, name: str) -> int:
        """Value by name. Raises OutOfRange for an unknown name."""
        index = FEATURE_INDEX.get(name)
        if index is None:
            raise OutOfRange(f"there is no feature {name!r}", remedy=f"choose from {', '.join(FEATURE_INDEX)}")
        return self.values[index]

    def as_dict(self) -> dict[str, int]:
        return {spec.name: value for spec, value in zip(FEATURES, self.values, strict=True)}


def derive(total: Sequence[int], *, sources: int = 1) -> FeatureVector:
    """Features from statistics added up over `sources`. Raises OutOfRange when a cell is beyond its bound."""
    if not 1 <= sources <= MAX_SOURCES:
        raise OutOfRange(f"{sources} sources", where=SCHEMA, remedy=f"between 1 and {MAX_SOURCES} sources add up")
    check_cells(total, sources=sources, where=SCHEMA)
    sales, purchases = (_Totals(total[:SIDE_CELLS]), _Totals(total[SIDE_CELLS:]))
    sold, bought = sum(sales.nets), sum(purchases.nets)
    active = sum(1 for a, b in zip(sales.counts, purchases.counts, strict=True) if a or b)
    values = (
        *sales.features(),
        *purchases.features(),
        _ratio(sold - bought, abs(sold) + abs(bought), -BPS, BPS),
        active,
    )
    return FeatureVector(values)


class _Totals:
    """One side's totals, by name."""

    def __init__(self, cells: Sequence[int]) -> None:
        def of(name: str) -> int:
            return cells[CELL_INDEX[f"sales_{name}"]]

        self.nets = list(cells[:MONTHS])
        self.counts = list(cells[MONTHS : 2 * MONTHS])
        self.void_count, self.red_net, self.tax = of("void_count"), of("red_net"), of("tax")
        self.parties, self.parties_12m, self.parties_kept = of("parties_24m"), of("parties_12m"), of("parties_kept")
        self.positive = of("positive_net")
        first_limb = CELL_INDEX["sales_square_limb0"]
        self.squares = join_limbs(cells[first_limb : first_limb + LIMBS])

    def features(self) -> list[int]:
        """Values in the order of `_side_specs`."""
        latest, before = sum(self.nets[:YEAR]), sum(self.nets[YEAR:])
        net, count = latest + before, sum(self.counts)
        return [
            latest,
            net,
            sum(self.counts[:YEAR]),
            count,
            _quotient(net, count),
            _ratio(self.void_count, self.void_count + count),
            _ratio(self.red_net, net + 2 * self.red_net),  # reversed amount over everything invoiced, either sign
            _ratio(self.tax, net),
            self.parties,
            _ratio(self.parties_kept, self.parties),
            _ratio(self.squares, self.positive**2),  # Herfindahl-Hirschman index of counterparties
            sum(1 for month in self.counts if month),
            _ratio(latest - before, abs(latest) + abs(before), -BPS, BPS),
            self._variation(net),
        ]

    def _variation(self, net: int) -> int:
        """Standard deviation of monthly nets over their mean, in bps: how uneven business is."""
        if net <= 0:
            return 0
        spread = MONTHS * sum(month * month for month in self.nets) - net * net
        return min(isqrt(spread * BPS * BPS) // net, MAX_RATIO_BPS)


def _quotient(numerator: int, denominator: int) -> int:
    """Rounded towards zero; zero when there is nothing to divide by."""
    if denominator == 0:
        return 0
    size = abs(numerator) // abs(denominator)
    return size if (numerator < 0) == (denominator < 0) else -size


def _ratio(numerator: int, denominator: int, low: int = 0, high: int = BPS) -> int:
    """Numerator / denominator in basis points, rounded towards zero, held to [low, high]."""
    return max(low, min(high, _quotient(numerator * BPS, denominator)))
