"""A bank's training table: CSV with a row id, an outcome and one column per feature, all integers."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from trustspace.domain.invoices import id_problem
from trustspace.errors import InvalidTable
from trustspace.learning.feature import MISSING
from trustspace.learning.table import LabelledRows

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Container
    from pathlib import Path

    from trustspace.learning.plan import TrainingPlan

ID, OUTCOME = "id", "defaulted"
MAX_DIGITS = 19


def read_labelled(path: Path, plan: TrainingPlan, *, party: str) -> LabelledRows:
    """Rows of a table with columns `id,defaulted,<features and groups of the plan>`; further columns are ignored.

    An empty cell is a missing value where the plan lets the feature be missing.

    Raises InvalidTable naming file, line and field, and what `LabelledRows.from_columns` raises.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return _read(csv.reader(stream, strict=True), path.name, plan, party)
    except UnicodeDecodeError as error:
        raise InvalidTable("is not UTF-8", file=path.name, remedy="save it as UTF-8") from error
    except csv.Error as error:
        raise InvalidTable(f"is no CSV: {error}", file=path.name, remedy="quote fields that hold commas") from error
    except OSError as error:
        raise InvalidTable(f"cannot be read: {error.strerror}", file=str(path), remedy="check the path") from error


def _read(rows: Reader, file: str, plan: TrainingPlan, party: str) -> LabelledRows:
    header = next(rows, None)
    if not header:
        raise InvalidTable("is empty", file=file, remedy=f"the first line names columns: {ID},{OUTCOME},…")
    wanted = (ID, OUTCOME, *plan.names)
    groups = tuple(group.name for group in plan.groups)
    for name in (*wanted, *groups):
        if header.count(name) != 1:
            raise InvalidTable("must stand in the header once", file=file, line=1, field=name, remedy="add the column")
    places = [header.index(name) for name in wanted]
    texts: dict[str, list[str]] = {name: [] for name in groups}
    gaps = {feature.name for feature in plan.features if feature.takes_missing}
    ids: dict[str, None] = {}
    columns: list[list[int]] = [[] for _ in wanted[1:]]
    for row in rows:
        line = rows.line_num
        if not row:
            continue
        if len(row) != len(header):
            raise InvalidTable(f"{len(row)} fields, the header has {len(header)}", file=file, line=line)
        ids[_new_id(row[places[0]], ids, file, line)] = None
        for column, place, name in zip(columns, places[1:], wanted[1:], strict=True):
            gap = name in gaps and not row[place].strip()
            column.append(MISSING if gap else _integer(row[place], file, line, name))
        for name, column_of_texts in texts.items():
            column_of_texts.append(row[header.index(name)].strip())
        if columns[0][-1] not in (0, 1):
            raise InvalidTable(f"{columns[0][-1]} is no outcome", file=file, line=line, field=OUTCOME, remedy="0 or 1")
    features: dict[str, list[int]] = dict(zip(plan.names, columns[1:], strict=True))
    return LabelledRows.from_columns(plan, list(ids), {**texts, **features}, columns[0], party=party)


def _new_id(text: str, known: Container[str], file: str, line: int) -> str:
    problem = id_problem(text) or ("is listed twice" if text in known else "")
    if problem:
        raise InvalidTable(f"the id {problem}", file=file, line=line, field=ID, remedy="give each row its own id")
    return text


def _integer(text: str, file: str, line: int, field: str) -> int:
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        raise InvalidTable(
            f"{text[:40]!r} is no integer", file=file, line=line, field=field, remedy="features are integers; fill gaps"
        )
    return int(text)
