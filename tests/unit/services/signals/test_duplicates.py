"""Each kind of altered copy, and each ordinary explanation."""

from __future__ import annotations

import random
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from tests.unit.services.signals.books import mirror, sale
from trustspace.domain.invoices import BookStatus, collect
from trustspace.services.signals.duplicates import duplicate_signals
from trustspace.services.signals.settings import SignalSettings
from trustspace.services.signals.table import InvoiceTable

if TYPE_CHECKING:
    from trustspace.domain.invoices import Record
    from trustspace.services.signals.findings import Signal

ORIGINAL = sale("700123", total=1_234_567)
COPIES = {
    "respelled": sale("INV-700123", total=1_234_567, day=3),
    "redated": sale("700123", total=1_234_567, day=9),
    "reamounted": sale("700123", total=1_234_600),
    "renumbered": sale("912345", total=1_234_567),
    "repeated": sale("912345", total=1_234_567, day=9),
    "near_total": sale("912345", total=1_234_600),
}


def signals(*records: Record) -> dict[str, Signal]:
    return {signal.name: signal for signal in duplicate_signals(InvoiceTable.of(records), SignalSettings())}


def counts(*records: Record) -> dict[str, int]:
    return {name: signal.count for name, signal in signals(*records).items() if signal.count}


@pytest.mark.parametrize("kind", COPIES)
def test_copy__of_each_kind__found_as_that_kind_alone(kind: str) -> None:
    assert counts(ORIGINAL, COPIES[kind]) == {kind: 1}
    assert signals(ORIGINAL, COPIES[kind])[kind].findings[0].rows in {(0, 1), (1, 0)}


@pytest.mark.parametrize("kind", COPIES)
def test_copy__by_another_seller_or_buyer__nothing(kind: str) -> None:
    for field in ("seller", "buyer"):
        other = COPIES[kind]._replace(invoice=COPIES[kind].invoice._replace(**{field: "X"}))
        assert counts(ORIGINAL, other) == {}


@pytest.mark.parametrize("kind", COPIES)
def test_copy__void__nothing(kind: str) -> None:
    void = COPIES[kind]._replace(invoice=COPIES[kind].invoice._replace(status=BookStatus.VOID))
    assert counts(ORIGINAL, void) == {}


def test_invoice__in_both_sides_books__no_copy_of_itself() -> None:
    assert counts(ORIGINAL, mirror(ORIGINAL)) == {}


@pytest.mark.parametrize(
    ("reason", "records"),
    [
        ("the pair repeats this amount", [sale(str(n * 1000)) for n in (5, 7, 9)]),
        ("numbers of one sitting", [sale("1000"), sale("1050")]),
        ("one was voided or taken back", [sale("1000"), sale("5000"), sale("6000", void=True)]),
        ("one was voided or taken back", [sale("1000"), sale("5000"), sale("6000", total=-1_234_567, day=40)]),
    ],
)
def test_renumbered__with_an_ordinary_explanation__counted_apart(reason: str, records: list[Record]) -> None:
    found = signals(*records)["renumbered"]
    assert found.count == 0
    assert found.set_aside[reason] >= 1


def test_repeated__round_amount_or_too_long_after__not_found() -> None:
    assert counts(sale("1000", total=50_000_00), sale("5000", total=50_000_00, day=4)) == {}
    assert counts(sale("1000"), sale("5000", day=31)) == {}
    assert counts(sale("1000"), sale("5000", day=30)) == {"repeated": 1}


def test_number__used_again_for_another_amount__counted_apart() -> None:
    found = signals(sale("700123"), sale("700123", total=99, day=4))
    assert found["redated"].set_aside == {"number used again for quite another amount": 1}
    assert not any(signal.count for signal in found.values())


def test_counts__against_all_pairs__same() -> None:
    """Where a pair of parties has two invoices, neighbours after sorting are all pairs there are."""
    rng = random.Random(5)
    records = []
    for pair in range(400):
        for _ in range(2):
            number = rng.choice(["0051", "51", "70051", "90011"])
            total = rng.choice([1_234_567, 1_234_600, 1_235_000, 9_900])
            records.append(sale(number, buyer=f"B{pair}", total=total, day=rng.choice([0, 12, 50])))
    distinct = collect(records).records
    wanted = dict.fromkeys(COPIES, 0)
    for one, other in combinations([record.invoice for record in distinct], 2):
        if one.buyer != other.buyer:
            continue
        gap = abs((one.issue_date - other.issue_date).days)
        close = abs(one.total_fen - other.total_fen) <= max(100, max(one.total_fen, other.total_fen) // 1000)
        equal, spelled = one.total_fen == other.total_fen, one.number == other.number
        if one.number.lstrip("0") == other.number.lstrip("0"):
            wanted["respelled"] += close and not spelled
            wanted["redated"] += spelled and equal and gap > 0
            wanted["reamounted"] += spelled and close and not (equal and gap)
        else:
            wanted["renumbered"] += equal and gap == 0
            wanted["repeated"] += equal and 0 < gap <= 30 and one.total_fen % 10_000 != 0
            wanted["near_total"] += close and not equal and gap == 0
    assert {name: signal.count for name, signal in signals(*distinct).items()} == wanted
    assert all(wanted.values())
