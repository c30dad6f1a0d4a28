"""A scorecard's points table as rows to print, to open in a spreadsheet or to load elsewhere."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from trustspace.learning.binning import WOE_BITS
from trustspace.learning.feature import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustspace.learning.scorecard import Scorecard, ScoredFeature

FORMAT = "trustspace.points-table/1"
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRow:
    """One bin. kind: range (lowest <= value < below, open where None), categories, missing or special (values)."""

    feature: str
    kind: str
    lowest: int | None
    below: int | None
    values: tuple[int, ...]
    woe: float
    points: int
    information_value: float


def points_rows(card: Scorecard) -> list[PointsRow]:
    """All bins, feature by feature."""
    return [row for feature in card.features for row in _rows(feature)]


def _rows(feature: ScoredFeature) -> Iterator[PointsRow]:
    starts = [None, *feature.cuts]
    for code, (woe, points) in enumerate(zip(feature.woe, feature.points, strict=True)):
        lowest: int | None = None
        below: int | None = None
        values: tuple[int, ...] = ()
        if code >= feature.value_bins:
            special = feature.specials[code - feature.value_bins]
            kind, values = ("missing", ()) if special == MISSING else ("special", (special,))
        elif feature.groups:
            kind, values = "categories", feature.groups[code]
        else:
            kind, lowest = "range", starts[code]
            below = feature.cuts[code] if code < len(feature.cuts) else None
        yield PointsRow(
            feature=feature.name,
            kind=kind,
            lowest=lowest,
            below=below,
            values=values,
            woe=woe / (1 << WOE_BITS),
            points=points,
            information_value=feature.information_micro / 1_000_000,
        )


def to_csv(card: Scorecard) -> bytes:
    """A line per bin, and one for the offset. Texts that a spreadsheet would take for formulas get an apostrophe."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(("feature", "kind", "lowest", "below", "values", "woe", "points", "information_value"))
    writer.writerow(("", "offset", "", "", "", "", card.offset, ""))
    for row in points_rows(card):
        name = f"'{row.feature}" if row.feature.startswith(_FORMULA_SIGNS) else row.feature
        listed = " ".join(map(str, row.values))
        edges = ("" if edge is None else edge for edge in (row.lowest, row.below))
        writer.writerow((name, row.kind, *edges, listed, f"{row.woe:.4f}", row.points, f"{row.information_value:.6f}"))
    return stream.getvalue().encode()


def to_json(card: Scorecard) -> bytes:
    """The same, with the model's hash and the cut-offs of the grades."""
    record = {
        "format": FORMAT,
        "model_hash": card.digest.hex(),
        "schema": card.schema,
        "offset": card.offset,
        "cut_offs": dict(zip("DCBA", card.cut_offs, strict=True)),
        "bins": [asdict(row) for row in points_rows(card)],
    }
    return json.dumps(record, ensure_ascii=False, indent=1).encode()
