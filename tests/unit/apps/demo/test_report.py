import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from trustspace.apps.demo.report import Narrator, Report

SECTIONS = ["invoices", "features", "training", "certificates", "credential", "liens", "verify", "gas", "seconds"]


@pytest.fixture
def paper() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def narrator(paper: io.StringIO) -> Narrator:
    return Narrator(Report(), Console(file=paper, width=200))


def test_report__written__holds_every_section_in_order(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    Report(invoices={"read": 3}).write(path)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert list(written) == SECTIONS
    assert written["invoices"] == {"read": 3}
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.json"]


def test_report__written_over_another__replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("x" * 100_000)
    Report().write(path)
    assert set(json.loads(path.read_text())) == set(SECTIONS)


def test_report__that_has_no_json_form__leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    with pytest.raises(TypeError):
        Report(training={"model": b"bytes"}).write(path)
    assert path.read_text() == "old"


def test_narrator__step__timed_and_told_with_its_lines(narrator: Narrator, paper: io.StringIO) -> None:
    with narrator.step("read", "Read invoices") as step:
        step.outcome = "3 rows"
        step.lines.append("1 void [x]")
    assert narrator.report.seconds["read"] >= 0
    told = paper.getvalue()
    assert "Read invoices" in told
    assert "3 rows" in told
    assert "1 void [x]" in told


def test_narrator__step_that_fails__neither_told_nor_timed(narrator: Narrator, paper: io.StringIO) -> None:
    with pytest.raises(ValueError, match="broken"), narrator.step("read", "Read invoices"):
        raise ValueError("broken")
    assert narrator.report.seconds == {}
    assert "✓" not in paper.getvalue()


def test_narrator__verdict__recorded_under_its_scenario(narrator: Narrator, paper: io.StringIO) -> None:
    narrator.verdict("revoked", "an endorser revokes it", "Revoked")
    assert narrator.report.verify == {"revoked": "Revoked"}
    assert "an endorser revokes it" in paper.getvalue()


def test_narrator__summary__shows_figures_and_the_time_in_all(narrator: Narrator, paper: io.StringIO) -> None:
    report = narrator.report
    report.invoices = {"read": 61_234, "red_letter": 7}
    report.training = {"model_hash": "0x" + "ab" * 32, "auc_out_of_fold": 0.887654, "audit_ok": True}
    report.certificates = {"issued": 2, "by_grade": {"A": 1, "E": 1}}
    report.gas = {"per_item": {"anchor batch": 41_000}, "functions": {"never shown": 1}}
    report.seconds = {"read": 1.25, "train": 2.0}
    narrator.summary()
    told = paper.getvalue()
    for part in (
        "read 61,234",
        "red letter 7",
        "0xabababab…",
        "0.8877",
        "(A 1, E 1)",
        "audit ok yes",
        "anchor batch 41,000",
        "3.2 in all",
    ):
        assert part in told
    assert "never shown" not in told
