"""All signals together: planted fraud is found, clean books stay quiet, and the real tables give what the page says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bench.planting import Trade, clean_trade, plant
from bench.signals import found
from tests.unit.services.signals.books import sale
from trustspace.adapters.invoices.cumcm import read_cumcm
from trustspace.services.signals.report import SignalReport, find_signals

TABLES = os.environ.get("TRUSTSPACE_CUMCM")


@pytest.fixture(scope="module")
def clean() -> Trade:
    return clean_trade(firms=180, invoices=27_000)


@pytest.fixture(scope="module")
def planted(clean: Trade) -> Trade:
    return plant(clean, each=3)


@pytest.fixture(scope="module")
def report(planted: Trade) -> SignalReport:
    return find_signals(planted.records)


def test_report__clean_books__few_false_alarms(clean: Trade) -> None:
    for signal in find_signals(clean.records).signals:
        expected = (signal.by_chance or 0.0) * 2 + 3
        assert signal.count <= expected, signal.name


def test_report__planted_fraud__found_by_its_signal(report: SignalReport, planted: Trade) -> None:
    missed = [case for case in planted.plants if not found(report, case)]
    assert {case.signal for case in planted.plants} == {signal.name for signal in report.signals}
    assert missed == []


def test_report__other_order_of_records__same_findings(report: SignalReport, planted: Trade) -> None:
    turned = find_signals(planted.records[::-1])
    for one, other in zip(report.signals, turned.signals, strict=True):
        assert (one.count, one.examined) == (other.count, other.examined), one.name


def test_document__is_json_with_counts_and_limited_examples(report: SignalReport) -> None:
    document = json.loads(json.dumps(report.as_document(limit=2)))
    assert document["records"] == len(report.records)
    for item, signal in zip(document["signals"], report.signals, strict=True):
        assert (item["name"], item["count"]) == (signal.name, signal.count)
        assert len(item["examples"]) == min(2, signal.count)
        assert item["means"]
        assert item["does_not_mean"]
        for example in item["examples"]:
            assert example["rows"][0].keys() >= {"seller", "buyer", "number", "issue_date", "total_fen"}


@pytest.mark.parametrize("records", [[], [sale()]])
def test_report__hardly_any_records__no_finding_and_no_error(records: list) -> None:
    assert all(signal.count == 0 for signal in find_signals(records).signals)


@pytest.mark.skipif(TABLES is None, reason="TRUSTSPACE_CUMCM names no folder with the CUMCM tables")
def test_report__real_tables__the_counts_of_the_page() -> None:
    page = (Path(__file__).parents[4] / "docs" / "reference-signals.md").read_text(encoding="utf-8")
    report = find_signals(read_cumcm(Path(str(TABLES))).records)
    for signal in report.signals:
        assert f"| `{signal.name}` | {signal.count:,} |" in page, signal.name
