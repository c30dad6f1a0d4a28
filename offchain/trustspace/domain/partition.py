"""Who holds what, by hash alone: no label, amount or order of appearance can influence it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustspace.domain.invoices import Record


def source_of(counterparty: str, sources: int) -> int:
    """Index in [0, sources) of the district tax bureau that keeps a counterparty's invoices.

    Each counterparty lives at one source, so counts of counterparties and squares of their totals add up over sources.
    """
    return _slot(counterparty, sources, "sources")


def bank_of(subject: str, banks: int) -> int:
    """Index in [0, banks) of the bank that lends to a subject and knows how its loan ended."""
    return _slot(subject, banks, "banks")


def records_by_source(records: Iterable[Record], sources: int) -> list[list[Record]]:
    """Records at each source, by counterparty, in the order given."""
    parts: list[list[Record]] = [[] for _ in range(sources)]
    homes: dict[str, list[Record]] = {}
    for record in records:
        party = record.counterparty
        home = homes.get(party)
        if home is None:
            home = homes[party] = parts[source_of(party, sources)]
        home.append(record)
    return parts


def _slot(key: str, slots: int, what: str) -> int:
    if slots < 1:
        raise OutOfRange(f"cannot divide over {slots} {what}", remedy=f"give at least one of the {what}")
    return int.from_bytes(sha256(key.encode()).digest()[:8], "big") % slots
