"""Rings of trade: found when totals and days are close, whichever bands they fall in; never without bound."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.services.signals.books import sale
from trustspace.domain.invoices import BookStatus, Record
from trustspace.services.signals.circles import circle_signal
from trustspace.services.signals.findings import Signal
from trustspace.services.signals.settings import SignalSettings
from trustspace.services.signals.table import InvoiceTable


def circles(records: list[Record], **settings: int) -> Signal:
    return circle_signal(InvoiceTable.of(records), SignalSettings(**settings))


def ring(members: str, total: int = 5_000_000, day: int = 0, *, growth: float = 0.0, apart: int = 0) -> list[Record]:
    return [
        sale(str(place), seller=seller, buyer=buyer, total=int(total * (1 + growth * place)), day=day + apart * place)
        for place, (seller, buyer) in enumerate(zip(members, members[1:] + members[0], strict=True))
    ]


@pytest.mark.parametrize("members", ["AB", "ABC", "CABD"])
def test_ring__of_up_to_four__found_once_with_all_invoices(members: str) -> None:
    found = circles([*ring(members), sale("99", seller="A", buyer="Z")])
    assert found.count == 1
    assert sorted(found.findings[0].rows) == list(range(len(members)))
    assert found.findings[0].weight_fen == 5_000_000


def test_ring__of_five__beyond_the_length_looked_for() -> None:
    assert circles(ring("ABCDE")).count == 0
    assert circles(ring("ABCDE"), circle_length=5).count == 1


@pytest.mark.parametrize("seed", range(5))
def test_ring__within_ratio_and_days__found_wherever_it_lies(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(40):
        total, day = int(10 ** rng.uniform(4, 11)), int(rng.integers(0, 4000))
        records = [
            record._replace(invoice=record.invoice._replace(total_fen=int(total * factor)))
            for record, factor in zip(ring("ABC", day=day, apart=15), rng.uniform(1, 1.049, 3), strict=True)
        ]
        assert circles(records).count == 1


def test_ring__totals_or_days_too_far_apart__nothing() -> None:
    assert circles(ring("ABC", growth=0.2)).count == 0
    assert circles(ring("ABC", apart=61)).count == 0


def test_ring__broken_by_a_void_or_red_invoice__nothing() -> None:
    whole = ring("ABC")
    for change in ({"status": BookStatus.VOID}, {"total_fen": -5_000_000}):
        assert circles([*whole[:2], whole[2]._replace(invoice=whole[2].invoice._replace(**change))]).count == 0


def test_invoice__to_itself__found() -> None:
    found = circles([sale(seller="A", buyer="A")])
    assert [finding.why for finding in found.findings] == ["an invoice to itself"]


def test_no_ring__not_applied() -> None:
    found = circles([sale(seller="A", buyer="B"), sale(seller="B", buyer="C")])
    assert (found.count, found.examined) == (0, 0)
    assert found.not_applied


def test_dense_trade__budget_spent__says_what_was_not_searched() -> None:
    firms = [f"F{k}" for k in range(60)]
    records = [sale("1", seller=a, buyer=b, total=1_000_000) for a in firms for b in firms if a != b]
    found = circles(records, circle_steps=20_000)
    assert found.count > 0
    assert next(iter(found.set_aside.values())) > 0


def test_by_chance__random_prices__near_the_rings_found() -> None:
    rng = np.random.default_rng(2)
    records = [
        sale(str(k), seller=f"F{a}", buyer=f"F{b}", total=int(10 ** rng.uniform(5, 7)), day=int(rng.integers(700)))
        for k, (a, b) in enumerate(rng.integers(0, 60, (6_000, 2)).tolist())
        if a != b
    ]
    found = circles(records)
    assert found.by_chance is not None
    assert 0.6 < found.count / found.by_chance < 1.6
