"""How the columns of a table become a plan's integers: agreed before a run, the same at every party.

A number is scaled by a power of ten and rounded; a date counts days; a text has a code, with 0 for those not listed.
The schema holds no more than ranges, scales and lists of categories. Whoever has all rows derives it from them;
separate parties agree on it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding import canonical_json
from trustspace.errors import InvalidTable
from trustspace.learning.feature import MISSING
from trustspace.learning.grid import WIDEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from trustspace.encoding.fixed_point import Int64s

NUMBER, DATE, CATEGORY = "number", "date", "category"
MISSING_TEXTS = frozenset({"", "na", "n/a", "nan", "null", "?"})
MAX_CATEGORIES = 250
DIGITS = 4  # a number keeps at least so many where it is small
_DECIMALS = 6
_LEAST_SHARE = 0.5  # of rows that the listed categories must cover, else the column is an identifier
_FEW_TEXTS = 16  # so many different texts are categories, however few rows there are
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSchema:
    """One feature. Numbers and dates: value * 10^decimals lies in low .. high. Categories: code = place + 1."""

    name: str
    kind: str
    low: int = 0
    high: int = 0
    decimals: int = 0
    categories: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, cells: Sequence[str], *, file: str = "") -> ColumnSchema | str:
        """The schema that fits these cells, or why the column can tell nothing.

        Raises InvalidTable for infinite numbers, and for texts that are hardly ever the same twice.
        """
        present = [cell for cell in cells if cell.lower() not in MISSING_TEXTS]
        if not present:
            return "no value in any row to learn from"
        if len(set(present)) == 1 and len(present) == len(cells):
            return "the same value in every row to learn from"
        numbers = _numbers(present)
        if numbers is not None:
            _require_finite(numbers, name, file)
            scale = _decimals(numbers)
            scaled = _scaled(numbers, scale)
            return cls(name=name, kind=NUMBER, low=int(scaled.min()), high=int(scaled.max()), decimals=scale)
        days = _days(present)
        if days is not None:
            return cls(name=name, kind=DATE, low=min(days), high=max(days))
        return cls(name=name, kind=CATEGORY, categories=_categories(present, name, file))

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest integer of a present value."""
        return (0, max(1, len(self.categories))) if self.kind == CATEGORY else (self.low, self.high)

    def encode(self, cells: Sequence[str], *, file: str = "") -> Int64s:
        """Integers of these cells, MISSING where there is none; shape (rows,).

        Raises InvalidTable naming row and column for a cell of another kind.
        """
        gaps = np.fromiter((cell.lower() in MISSING_TEXTS for cell in cells), dtype=bool, count=len(cells))
        codes = np.full(len(cells), MISSING, dtype=np.int64)
        codes[~gaps] = self._present([cell for cell, gap in zip(cells, gaps, strict=True) if not gap], gaps, file)
        return codes

    def _present(self, cells: list[str], gaps: npt.NDArray[np.bool_], file: str) -> npt.ArrayLike:
        if self.kind == CATEGORY:
            codes = {category: place for place, category in enumerate(self.categories, 1)}
            return [codes.get(cell, 0) for cell in cells]
        numbers = _numbers(cells) if self.kind == NUMBER else _days(cells)
        if numbers is None:
            parse = _numbers if self.kind == NUMBER else _days
            wrong = next(place for place, cell in enumerate(cells) if parse([cell]) is None)
            raise InvalidTable(
                f"{cells[wrong][:40]!r} is no {self.kind}",
                file=file,
                line=int(np.flatnonzero(~gaps)[wrong]) + 2,
                field=self.name,
                remedy="the schema takes it for one; leave the column out or make it all text",
            )
        if self.kind == DATE:
            return numbers
        values = np.asarray(numbers, dtype=np.float64)
        _require_finite(values, self.name, file)
        return _scaled(values, self.decimals)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """All features of a table, in order. left_out: columns that can tell nothing, and why."""

    columns: tuple[ColumnSchema, ...]
    left_out: dict[str, str]

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[str]], *, file: str = "") -> TableSchema:
        """From rows to learn from. Raises InvalidTable when no column is left, and as `ColumnSchema.of`."""
        found = {name: ColumnSchema.of(name, cells, file=file) for name, cells in columns.items()}
        schema = cls(
            columns=tuple(column for column in found.values() if isinstance(column, ColumnSchema)),
            left_out={name: why for name, why in found.items() if isinstance(why, str)},
        )
        if not schema.columns:
            reasons = "; ".join(f"{name}: {why}" for name, why in schema.left_out.items()) or "none is given"
            raise InvalidTable(f"no column to learn from ({reasons})", file=file, remedy="bring features that differ")
        return schema

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON: plans name it, so that parties with other encodings do not match."""
        return canonical_json.digest(
            [{**asdict(column), "categories": list(column.categories)} for column in self.columns]
        )

    def encode(self, columns: Mapping[str, Sequence[str]], *, file: str = "") -> dict[str, Int64s]:
        """Integers of every feature's column. Raises InvalidTable naming a column that is not there."""
        for column in self.columns:
            if column.name not in columns:
                raise InvalidTable(
                    "missing", file=file, field=column.name, remedy="every party brings the same columns"
                )
        return {column.name: column.encode(columns[column.name], file=file) for column in self.columns}


def _numbers(cells: Sequence[str]) -> npt.NDArray[np.float64] | None:
    if any("_" in cell for cell in cells):  # Python reads 1_000 as a number
        return None
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        return None


def _require_finite(numbers: npt.NDArray[np.float64], name: str, file: str) -> None:
    if not np.isfinite(numbers).all():
        raise InvalidTable("holds an infinite number", file=file, field=name, remedy="leave the cell empty instead")


def _days(cells: Sequence[str]) -> list[int] | None:
    if not all(_DATE.fullmatch(cell) for cell in cells):
        return None
    try:
        return [date.fromisoformat(cell[:10]).toordinal() for cell in cells]
    except ValueError:
        return None


def _decimals(numbers: npt.NDArray[np.float64]) -> int:
    """Power of ten that keeps all decimals, up to six, or DIGITS digits of small numbers; less for huge ones."""
    largest = float(np.abs(numbers).max())
    room = int(np.floor(np.log10(WIDEST / largest))) if largest else 0
    for decimals in range(min(_DECIMALS, room) + 1):
        if np.array_equal(np.rint(numbers * 10.0**decimals) / 10.0**decimals, numbers):
            return decimals
    if room < 0:
        return room
    small = float(np.quantile(np.abs(numbers[numbers != 0]), 0.01, method="lower"))
    return max(0, min(DIGITS - int(np.floor(np.log10(small))), room))


def _scaled(numbers: npt.NDArray[np.float64], decimals: int) -> Int64s:
    with np.errstate(over="ignore"):
        scaled = numbers * 10.0**decimals if decimals >= 0 else numbers / 10.0**-decimals
    return np.rint(np.clip(scaled, -(2.0**62), 2.0**62)).astype(np.int64)


def _categories(cells: Sequence[str], name: str, file: str) -> tuple[str, ...]:
    """The commonest texts, ties by text; sorted, so that codes do not tell how common each is."""
    counts = Counter(cells)
    _require_no_stray_text(counts, name, file)
    common = sorted(counts, key=lambda cell: (-counts[cell], cell))[:MAX_CATEGORIES]
    once = sum(count == 1 for count in counts.values()) if len(counts) > _FEW_TEXTS else 0
    if min(sum(counts[cell] for cell in common), len(cells) - once) < _LEAST_SHARE * len(cells):
        raise InvalidTable(
            f"{len(counts)} different texts in {len(cells)} rows",
            file=file,
            field=name,
            remedy="leave the column out, or name it as the rows' id",
        )
    return tuple(sorted(common))


def _require_no_stray_text(counts: Counter[str], name: str, file: str) -> None:
    """A few texts among many different numbers are slips, no categories: taken for such they would undo the column."""
    texts = [cell for cell in counts if _numbers([cell]) is None]
    numbers = len(counts) - len(texts)
    if numbers > _FEW_TEXTS and len(texts) < (1 - _LEAST_SHARE) * numbers:
        raise InvalidTable(
            f"{min(texts)[:40]!r} among {numbers} different numbers",
            file=file,
            field=name,
            remedy="leave the cell empty, or make the whole column text",
        )
