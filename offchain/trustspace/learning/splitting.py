"""Which rows are tested, which party holds a row, and what counts as a default: rules given as short texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from trustspace.errors import InvalidTable, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

HUNDRED = 100
_BAD = frozenset({"1", "1.0", "bad", "default", "defaulted", "yes", "y", "true", "t", "late", "bankrupt", "chgoff"})


def parse_test_rule(text: str) -> TestRule | PeriodRule:
    """From `sha256:NAME:PERCENT` or `COLUMN:FIRST..LAST`. Raises UsageError."""
    if text.startswith("sha256:"):
        return TestRule.parse(text)
    return PeriodRule.parse(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Rows to learn from and rows to test on, booleans of shape (rows,); no row is both, some may be neither."""

    learn: npt.NDArray[np.bool_]
    test: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRule:
    """Row i (from 0) is a test row when the first 32 bits of SHA-256("name:i"), modulo 100, are below `percent`."""

    __test__ = False  # no test case, whatever pytest thinks of its name

    name: str
    percent: int

    @classmethod
    def parse(cls, text: str) -> TestRule:
        """From `sha256:NAME:PERCENT`. Raises UsageError."""
        found = re.fullmatch(r"sha256:(.+):(\d{1,2})", text)
        if found is None or not 0 < int(found[2]) < HUNDRED:
            raise UsageError(f"{text!r} is no rule", where="--test-rule", remedy="sha256:NAME:30 for 30 percent")
        return cls(name=found[1], percent=int(found[2]))

    def mask(self, rows: int) -> npt.NDArray[np.bool_]:
        """Test rows, shape (rows,)."""
        drawn = (_first_bits(f"{self.name}:{row}") % HUNDRED < self.percent for row in range(rows))
        return np.fromiter(drawn, dtype=bool, count=rows)

    def split(self, columns: Mapping[str, Sequence[str]], rows: int, *, file: str) -> Split:  # noqa: ARG002
        """By the rows' numbers alone."""
        test = self.mask(rows)
        return Split(learn=~test, test=test)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRule:
    """Out of time: rows whose column lies in [first, last] are tested, earlier ones learnt from, later left out."""

    column: str
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> PeriodRule:
        """From `COLUMN:FIRST..LAST`, integers. Raises UsageError."""
        found = re.fullmatch(r"(.+):(-?[0-9]{1,18})\.\.(-?[0-9]{1,18})", text)
        if found is None or int(found[2]) > int(found[3]):
            raise UsageError(
                f"{text!r} is no rule",
                where="--test-rule",
                remedy="sha256:NAME:30 for 30 percent, or COLUMN:2005..2010 for what came later",
            )
        return cls(column=found[1], first=int(found[2]), last=int(found[3]))

    def split(self, columns: Mapping[str, Sequence[str]], rows: int, *, file: str) -> Split:
        """By the column. Raises InvalidTable naming a cell that is no integer."""
        times = np.empty(rows, dtype=np.int64)
        for row, cell in enumerate(columns[self.column]):
            if not re.fullmatch(r"-?[0-9]{1,18}", cell):
                raise InvalidTable(
                    f"{cell!r} is no integer",
                    file=file,
                    line=row + 2,
                    field=self.column,
                    remedy="a year or a day number",
                )
            times[row] = int(cell)
        return Split(learn=times < self.first, test=(times >= self.first) & (times <= self.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRule:
    """Who holds a row: the party that a column names, or one of `hashed` by the hash of the row's id."""

    column: str = ""
    hashed: int = 0
    most: int = 0
    """Only so many of the largest take part, and no row without a party; 0: all."""

    @classmethod
    def parse(cls, text: str, most: int = 0) -> PartyRule:
        """From a column's name or `hash:N`. Raises UsageError."""
        if not text.startswith("hash:"):
            return cls(column=text, most=most)
        number = text.removeprefix("hash:")
        if not (number.isascii() and number.isdigit() and 0 < int(number) <= 1_000):
            raise UsageError(f"{text!r} is no rule", where="--party", remedy="a column, or hash:8 for eight parties")
        return cls(hashed=int(number), most=most)

    def assign(
        self, columns: Mapping[str, Sequence[str]], ids: Sequence[str], *, file: str
    ) -> dict[str, npt.NDArray[np.int64]]:
        """Row numbers of each party: by falling size, then by name. Raises InvalidTable for more parties than rows."""
        if self.hashed:
            if self.hashed > len(ids):
                raise InvalidTable(
                    f"{self.hashed} parties, but {len(ids)} rows", file=file, remedy="more rows or fewer parties"
                )
            names: Sequence[str] = [f"party {_first_bits('party:' + row) % self.hashed + 1}" for row in ids]
            wanted = [f"party {number}" for number in range(1, self.hashed + 1)]
        else:
            names = columns[self.column]
            wanted = sorted(set(names) - {""})
            if "" in names and not self.most:
                raise InvalidTable(
                    "no party is named",
                    file=file,
                    line=names.index("") + 2,
                    field=self.column,
                    remedy="fill the cell, or choose by --parties",
                )
        array = np.array(names)
        rows = {name: np.flatnonzero(array == name).astype(np.int64) for name in wanted}
        ordered = sorted(rows, key=lambda name: (-rows[name].size, name) if self.column else (0, name.zfill(12)))
        return {name: rows[name] for name in ordered[: self.most or len(ordered)]}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """What counts as a default: a column of two values, `COLUMN=VALUE`, or `COLUMN>NUMBER`."""

    column: str
    value: str | None = None
    above: float | None = None

    @classmethod
    def parse(cls, text: str) -> LabelRule:
        """Raises UsageError."""
        above = re.fullmatch(r"(.+)>(-?\d+(?:\.\d+)?)", text)
        if above is not None:
            return cls(column=above[1].strip(), above=float(above[2]))
        column, equals, value = text.partition("=")
        if not column or (equals and not value):
            raise UsageError(f"{text!r} is no rule", where="--label", remedy="COLUMN, COLUMN=VALUE or COLUMN>NUMBER")
        return cls(column=column, value=value if equals else None)

    def read(self, cells: Sequence[str], *, file: str) -> npt.NDArray[np.bool_]:
        """True for a default, shape (rows,). Raises InvalidTable naming a row, or when the values do not tell."""
        if "" in cells:
            raise InvalidTable(
                "no outcome", file=file, line=cells.index("") + 2, field=self.column, remedy="drop rows without one"
            )
        if self.above is not None:
            try:
                return np.array(cells, dtype=np.float64) > self.above
            except ValueError as error:
                raise InvalidTable(f"not all numbers: {error}", file=file, field=self.column) from error
        values = sorted(set(cells))
        bad = [self.value] if self.value is not None else [value for value in values if value.lower() in _BAD]
        if len(values) > 2 and self.value is None:
            raise InvalidTable(
                f"{len(values)} different values", file=file, field=self.column, remedy="COLUMN=VALUE or COLUMN>NUMBER"
            )
        if len(values) < 2 or len(bad) != 1 or bad[0] not in values:
            raise InvalidTable(
                f"its values {', '.join(values[:5])} do not tell good from bad rows",
                file=file,
                field=self.column,
                remedy="it takes rows of both kinds; name the bad ones as COLUMN=VALUE",
            )
        defaulted: npt.NDArray[np.bool_] = np.array(cells) == bad[0]
        return defaulted


def _first_bits(text: str) -> int:
    return int(sha256(text.encode()).hexdigest()[:8], 16)
