"""Codes of a feature's values: bins of about equal counts, or groups of categories, from the first round's sums."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.learning.binning import equal_frequency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.feature import PlannedFeature
    from trustspace.learning.table import LabelledRows

Codes = npt.NDArray[np.uint8]

PRIOR_ROWS = 10
"""Rows of the average class mix added to each category before ordering: one with few rows must not stand at an end."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureBins:
    """Codes 0 .. values - 1, and one more for a missing value where `missing`.

    Numeric: code c holds cuts[c-1] <= value < cuts[c]. Categorical: code c holds groups[c]; a category without rows
    is as good as missing. code_of_cell: (grid cells,).
    """

    values: int
    missing: bool
    cuts: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    code_of_cell: Codes

    @property
    def width(self) -> int:
        """Number of codes."""
        return self.values + self.missing


def bin_values(feature: PlannedFeature, counts: Int64s, most: int) -> FeatureBins:
    """At most so many bins of one feature from its cells' counts, shape (2, cells); they do not depend on outcomes."""
    first = int(feature.takes_missing)
    own = counts[:, first:]
    rows = own.sum(axis=0)
    if feature.categorical:
        return _group(feature, rows, most)
    ends = [group.last_cell for group in equal_frequency(own[0], own[1], most)[:-1]] if rows.any() else []
    code = np.searchsorted(np.array(ends, dtype=np.int64), np.arange(rows.size), side="left")
    values = len(ends) + 1
    return FeatureBins(
        values=values,
        missing=feature.takes_missing,
        cuts=tuple(feature.borders[end + first] for end in ends),
        groups=(),
        code_of_cell=np.concatenate([[values] * first, code]).astype(np.uint8),
    )


def _group(feature: PlannedFeature, rows: Int64s, most: int) -> FeatureBins:
    """A code for each of the commonest categories, one for the rest together."""
    seen = [int(cell) for cell in np.argsort(-rows, kind="stable") if rows[cell]]
    alone, rest = (seen, []) if len(seen) <= most else (seen[: most - 1], seen[most - 1 :])
    cells = [[cell] for cell in sorted(alone)] + ([sorted(rest)] if rest else [])
    values = max(1, len(cells))
    code = np.full(rows.size, values)
    for number, group in enumerate(cells):
        code[group] = number
    return FeatureBins(
        values=values,
        missing=True,
        cuts=(),
        groups=tuple(tuple(feature.categories[cell] for cell in group) for group in cells),
        code_of_cell=np.concatenate([[values] * int(feature.takes_missing), code]).astype(np.uint8),
    )


def category_order(bins: FeatureBins, counts: Int64s) -> list[int]:
    """Codes by falling share of defaults, smoothed; ties by code. A numeric feature keeps its order (Fisher 1958)."""
    if not bins.groups:
        return list(range(bins.values))
    good, bad = (np.bincount(bins.code_of_cell, weights=row, minlength=bins.width) for row in counts)
    share = Fraction(int(bad.sum()), int((good + bad).sum()))
    rates = [
        (Fraction(int(b)) + PRIOR_ROWS * share) / (int(g + b) + PRIOR_ROWS)
        for g, b in zip(good[: bins.values], bad[: bins.values], strict=True)
    ]
    return sorted(range(bins.values), key=lambda code: -rates[code])


def codes_of(features: Sequence[PlannedFeature], bins: Sequence[FeatureBins], rows: LabelledRows) -> Codes:
    """Code of each value, shape (features, rows)."""
    codes = np.empty((len(features), len(rows)), dtype=np.uint8)
    for index, (feature, own) in enumerate(zip(features, bins, strict=True)):
        codes[index] = own.code_of_cell[feature.cells(rows.values[:, index])]
    return codes
