from pathlib import Path

import pytest

from tools.coverage_gate import main, read_lcov

REPORT = """SF:contracts/invoices/InvoiceRegistry.sol
DA:10,3
DA:11,0
end_of_record
SF:contracts/invoices/InvoiceRegistry.sol
DA:11,1
DA:12,0
DA:13,9
end_of_record
SF:contracts/mocks/Broken.sol
DA:1,0
end_of_record
SF:tests/forge/InvoiceRegistry.t.sol
DA:1,0
end_of_record
"""


def gate(monkeypatch: pytest.MonkeyPatch, report: Path, minimum: str) -> int:
    monkeypatch.setattr("sys.argv", ["coverage_gate.py", str(report), "--minimum", minimum])
    return main()


def test_read_lcov__file_in_two_records__sums_hits() -> None:
    assert read_lcov(REPORT)["contracts/invoices/InvoiceRegistry.sol"] == {10: 3, 11: 1, 12: 0, 13: 9}


@pytest.mark.parametrize(("minimum", "status"), [("75", 0), ("75.1", 1)])
def test_main__three_of_four_lines__passes_up_to_75(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    minimum: str,
    status: int,
) -> None:
    report = tmp_path / "lcov.info"
    report.write_text(REPORT, encoding="utf-8")
    assert gate(monkeypatch, report, minimum) == status
    assert "not run: 12" in capsys.readouterr().out


def test_main__nothing_measured__fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "lcov.info"
    report.write_text("", encoding="utf-8")
    assert gate(monkeypatch, report, "0") == 1
