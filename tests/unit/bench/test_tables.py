"""The page of figures: how it is written, and that it says what training gives now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bench import tables
from trustspace.errors import UsageError

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference-figures.md"
DATA = os.environ.get("TRUSTSPACE_DATA")
RUN: dict[str, Any] = {
    "model": "gbdt", "rows": 713, "test_rows": 0, "features": 20, "parties": [{}] * 4, "auc": 0.75, "auc_xgboost": 0.74,
    "ks": 0.4, "brier": 0.16, "log_loss": 0.5, "rounds": 8, "bytes_per_party": 105_576, "model_hash": "0x" + "ab" * 32,
    "equal_hashes": True,
}  # fmt: skip


def test_write_page__between_the_marks__the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n", encoding="utf-8")
    differs = {**RUN, "auc_xgboost": None, "equal_hashes": False}
    tables.write_page(page, tables.lines_of({"tables": {"small": [RUN, differs]}}))
    written = page.read_text(encoding="utf-8").splitlines()
    assert (written[0], written[-1]) == ("before", "after")
    assert written[4] == (
        "| small | gbdt | 713 | out of fold | 20 | 4 | 0.7500 | 0.7400 | 0.4000 | 0.1600 | 0.5000 | 8 | 106 "
        "| `abababababab` |"
    )
    assert "| 0.7500 |  | 0.4000 |" in written[5]
    assert "differs in one place" in written[5]


def test_write_page__no_marks__refused(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(tables.BEGIN, encoding="utf-8")
    with pytest.raises(UsageError, match="put both marks on the page"):
        tables.write_page(tmp_path / "page.md", [])


def test_page__every_table_and_model__stands_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| {name} | {model} |" in text for name in tables.NAMES for model in tables.KINDS)
    assert "differs" not in text.partition(tables.BEGIN)[2].partition(tables.END)[0]


@pytest.mark.skipif(not DATA, reason="needs the folder of real tables in TRUSTSPACE_DATA")
def test_page__a_small_table__says_what_training_gives() -> None:
    report = tables.measure(Path(DATA or ""), ["german_credit"])
    assert report["differ"] == []
    text = PAGE.read_text(encoding="utf-8")
    for line in tables.lines_of(report):
        assert f"| {' | '.join(line)} |" in text
