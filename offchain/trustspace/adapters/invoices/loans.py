"""How a bank's loans ended: the labels of training. Columns `subject,defaulted` (0 or 1); they stay at the bank."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.adapters.invoices.fields import parse_party, parse_word
from trustspace.adapters.invoices.table import read_rows
from trustspace.errors import InvalidTable

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = ("subject", "defaulted")
WORDS = {"0": False, "1": True}


def read_loans(path: Path | str) -> dict[str, bool]:
    """Whether each subject defaulted. Raises InvalidTable, also for a subject listed twice or a table without rows."""
    path = Path(path)
    loans: dict[str, bool] = {}
    for place, (subject, defaulted) in read_rows(path, HEADER):
        firm = parse_party(subject, place, "subject")
        if firm in loans:
            raise place.error("subject", f"{firm} is listed twice", "keep one row per firm: its worst loan")
        loans[firm] = parse_word(defaulted, WORDS, place, "defaulted")
    if not loans:
        raise InvalidTable("has a header but no rows", file=path.name, remedy="a bank trains on at least one loan")
    return loans


def write_loans(path: Path | str, loans: Mapping[str, bool]) -> None:
    """Write a table of this layout."""
    with Path(path).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows((subject, int(defaulted)) for subject, defaulted in loans.items())
