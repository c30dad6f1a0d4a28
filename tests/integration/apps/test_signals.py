"""`trustspace signals`: layouts, report file, and what cannot be read."""

from __future__ import annotations

import json
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from bench.planting import clean_trade, plant
from trustspace.adapters.invoices.csv_export import write_export
from trustspace.apps.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two exports of a small region with planted copies."""
    folder = tmp_path_factory.mktemp("exports")
    records = plant(clean_trade(firms=180, invoices=27_000), each=1).records
    half = len(records) // 2
    write_export(folder / "a-invoices.csv", records[:half])
    write_export(folder / "b-invoices.csv", records[half:])
    return folder


def test_signals__folder_of_exports__counts_meanings_and_examples(command, exports: Path) -> None:
    answer = command("signals", exports, "--limit", 1)
    shown = " ".join(answer.out.split())
    assert answer.code == ExitCode.OK
    assert "renumbered: Same seller, buyer, day, net and tax" in shown
    assert "It does not mean: That one was copied from the other" in shown


def test_signals__json__the_report_in_a_file_of_the_owner(command, exports: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    assert command("signals", exports, "--json", target, "--limit", 2).code == ExitCode.OK
    report = json.loads(target.read_text(encoding="utf-8"))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert report["read"] == report["records"] + report["exact_duplicates"]
    counts = {item["name"]: item["count"] for item in report["signals"]}
    assert counts["respelled"] == counts["one_sided_sale"] == 1
    assert max(len(item["examples"]) for item in report["signals"]) == 2


def test_signals__one_export__read_alone(command, exports: Path, tmp_path: Path) -> None:
    assert command("signals", exports / "a-invoices.csv", "--json", tmp_path / "one.json").code == ExitCode.OK
    whole = command("signals", exports, "--json", tmp_path / "all.json")
    assert whole.code == ExitCode.OK
    one, every = (json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("one.json", "all.json"))
    assert 0 < one["records"] < every["records"]


def test_signals__folder_without_tables__two_with_the_layouts(command, tmp_path: Path) -> None:
    answer = command("signals", tmp_path)
    assert answer.code == ExitCode.MISUSE
    assert "reference-csv-layout" in answer.err


def test_signals__without_its_extra__says_what_to_install(command, exports: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    answer = command("signals", exports)
    assert answer.code == ExitCode.UNREACHABLE
    assert "pip install 'trustspace[signals]'" in " ".join(answer.err.split())
