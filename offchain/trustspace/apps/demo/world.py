"""Whose records the demo plays with: a synthetic region, the published CUMCM tables, or a folder of exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.invoices.csv_export import read_export
from trustspace.adapters.invoices.cumcm import is_cumcm_folder, load_labels, read_cumcm
from trustspace.adapters.invoices.loans import read_loans
from trustspace.apps.region import make_region, write_region
from trustspace.domain.ids import AsOfDay
from trustspace.domain.invoices import FIRST_DAY
from trustspace.domain.partition import bank_of, records_by_source
from trustspace.errors import InvalidTable, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from trustspace.domain.invoices import Census, Record

SOURCES = 3
BANKS = 4
FEWEST_FIRMS = 40

Books = tuple[dict[str, list["Record"]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What each party holds before anything happens.

    `books`: per source, its distinct records by subject. `loans`: per bank, whether each of its firms defaulted, which
    features never see. `as_of` is the last day of the records.
    """

    title: str
    books: Books
    census: Census
    loans: tuple[Mapping[str, bool], ...]
    as_of: AsOfDay

    @property
    def subjects(self) -> tuple[str, ...]:
        """Firms with a loan at some bank, in a fixed order."""
        return tuple(sorted(firm for loans in self.loans for firm in loans))

    def bank_of(self, subject: str) -> int:
        """Index of the bank that lends to a firm."""
        return next(index for index, loans in enumerate(self.loans) if subject in loans)


def synthetic_world(folder: Path, *, firms: int, invoices: int, seed: int) -> World:
    """Make a region, write what its tax bureaus and banks would export, and read that back."""
    region = make_region(seed=seed, firms=firms, invoices=invoices)
    files = write_region(region, folder, sources=SOURCES, banks=BANKS)
    read = [read_export(path) for path in files.exports]
    census = read[0].census
    for book in read[1:]:
        census = census + book.census
    return World(
        title=f"synthetic region, seed {seed}",
        books=tuple(book.by_subject() for book in read),
        census=census,
        loans=tuple(read_loans(path) for path in files.loans),
        as_of=region.as_of,
    )


def real_world(folder: Path) -> World:
    """Records of a folder: the CUMCM tables, or exports (`*invoices*.csv`) with loans (`*loans*.csv`)."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", where="--invoices", remedy="name a folder with tables in it")
    if is_cumcm_folder(folder):
        book = read_cumcm(folder)
        labels = {firm: label.defaulted for firm, label in load_labels(folder).items()}
        title = "CUMCM 2020 C tables"
    else:
        exports, loans = sorted(folder.glob("*invoices*.csv")), sorted(folder.glob("*loans*.csv"))
        if not exports or not loans:
            raise UsageError(
                f"{folder} holds neither the CUMCM tables nor exports with loans",
                where="--invoices",
                remedy="see docs/reference-csv-layout.md for the layouts and file names",
            )
        book = read_export(*exports)
        labels = _merged(loans)
        title = f"exports in {folder.name}"
    records = [record for record in book.records if record.subject in labels]
    if not records:
        raise InvalidTable("no invoice belongs to a firm with a loan", file=str(folder), remedy="check the firms' ids")
    firms = len({record.subject for record in records})
    if firms < FEWEST_FIRMS:
        raise InvalidTable(
            f"holds {firms} firms with a loan and invoices", file=str(folder),
            remedy=f"the demo's scenarios and folds need at least {FEWEST_FIRMS}",
        )  # fmt: skip
    last = max(record.invoice.issue_date for record in records)
    return World(
        title=title,
        books=tuple(_by_subject(part) for part in records_by_source(records, SOURCES)),
        census=book.census,
        loans=_by_bank(labels),
        as_of=AsOfDay((last - FIRST_DAY).days),
    )


def _merged(paths: Sequence[Path]) -> dict[str, bool]:
    labels: dict[str, bool] = {}
    for path in paths:
        for firm, defaulted in read_loans(path).items():
            labels[firm] = labels.get(firm, False) or defaulted
    return labels


def _by_bank(labels: Mapping[str, bool]) -> tuple[dict[str, bool], ...]:
    banks: tuple[dict[str, bool], ...] = tuple({} for _ in range(BANKS))
    for firm, defaulted in labels.items():
        banks[bank_of(firm, BANKS)][firm] = defaulted
    return banks


def _by_subject(records: Sequence[Record]) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.subject, []).append(record)
    return groups
