from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.common import cell, machine, medians, peak_mb, write_json

if TYPE_CHECKING:
    from pathlib import Path


def test_medians__of_each_entry() -> None:
    assert medians([{"a": 1.0, "b": 9.0}, {"a": 5.0, "b": 7.0}, {"a": 2.0, "b": 8.0}]) == {"a": 2.0, "b": 8.0}


def test_write_json__replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "figures.json"
    for value in (1, 2):
        write_json(target, {"value": value})
    assert json.loads(target.read_text()) == {"value": 2}
    assert list(target.parent.iterdir()) == [target]


def test_cell__writes_figures_for_people() -> None:
    assert [cell(value) for value in (None, "x", 12345, 12345.6, 0.01234)] == ["", "x", "12,345", "12,346", "0.0123"]


def test_machine_and_memory__say_something() -> None:
    assert "Python" in machine()
    assert 1 < peak_mb() < 1 << 20
