"""The benches at a tiny scale: what they promise in their JSON, not how fast anything is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bench import bundle, credential, fingerprints, gas, prove, register, securesum, signals, train

if TYPE_CHECKING:
    from pathlib import Path

NAMED = {"anchor_batch", "certificate_issue", "certificate_issue_proven", "round_commit", "invoice_status"}
BATCHED = {
    "anchor_batch", "anchor_many", "invoice_status_word", "agreement_record_many", "agreement_use_many",
    "features_commit_many", "certificate_issue_many",
}  # fmt: skip
FILLED_UP = {"lien_prove_and_mark", "lien_reserve", "lien_finance", "lien_release"}
"""Calls of liens are filled up to sizes of their own."""
TINY = register.Scale(invoices=400, runs=1, peer_invoices=3, peer_batched=8)


@pytest.fixture(scope="module")
def gas_report() -> dict[str, Any]:
    return gas.measure(sizes=(1, 3))


@pytest.fixture(scope="module")
def register_report() -> dict[str, Any]:
    return register.measure(TINY)


def test_gas__covers_every_write(gas_report: dict[str, Any]) -> None:
    assert gas_report["not_measured"] == []
    assert gas_report["operations"].keys() >= NAMED


def test_gas__no_figure_is_below_its_floor(gas_report: dict[str, Any]) -> None:
    assert gas_report["operations"].keys() == gas_report["floors"].keys() == gas_report["states"].keys()
    for name, floor in gas_report["floors"].items():
        assert 21_000 < floor <= gas_report["operations"][name], name


def test_gas__states_targets_and_what_misses_them(gas_report: dict[str, Any]) -> None:
    targets = gas_report["targets"]
    assert {name: targets[name] for name in sorted(NAMED)} == {
        "anchor_batch": 60_000,
        "certificate_issue": 72_000,
        "certificate_issue_proven": 1_000_000,
        "invoice_status": 50_000,
        "round_commit": 35_000,
    }
    over = [name for name, target in targets.items() if gas_report["operations"][name] > target]
    assert gas_report["missed"] == over


def test_gas__an_item_costs_less_in_a_batch(gas_report: dict[str, Any]) -> None:
    assert gas_report["per_item"].keys() == BATCHED | FILLED_UP
    for name in BATCHED:
        found = gas_report["per_item"][name]
        assert found["gas"].keys() == {"1", "3"}, name
        assert found["gas"]["3"] < found["gas"]["1"], name
        assert found["largest_in_a_block"] is None
    for name in FILLED_UP:
        largest = max(gas_report["per_item"][name]["gas"].items(), key=lambda item: int(item[0]))
        assert int(largest[0]) >= 10, name
        assert largest[1] < gas_report["operations"][name], name


def test_gas__names_hardfork_and_compiler(gas_report: dict[str, Any]) -> None:
    assert gas_report["hardfork"] == "Cancun"
    assert gas_report["compiler"]["solc"] == "0.8.30"
    assert gas_report["compiler"]["evmVersion"] == "london"


def test_gas_command__fails_when_a_target_is_missed(
    gas_report: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for missed, code in ([], 0), (["anchor_batch"], 1):
        report = {**gas_report, "missed": missed}
        monkeypatch.setattr(gas, "measure", lambda report=report: report)
        assert gas.main(["--json", str(tmp_path / "gas.json")]) == code
        assert json.loads((tmp_path / "gas.json").read_text()) == report
    assert "anchor_batch misses its target" in capsys.readouterr().out


def test_register__reports_rate_ratio_and_steps(register_report: dict[str, Any]) -> None:
    report = register_report
    assert report["invoices"] > 350
    assert report["batches"] == 20
    assert report["invoices_per_second"] == pytest.approx(report["invoices"] / report["seconds"])
    assert report["ratio_to_web3"] == pytest.approx(report["invoices_per_second"] / report["web3_invoices_per_second"])
    assert sum(report["steps"].values()) == pytest.approx(report["seconds"])
    assert {"draw salts", "canonical bytes", "commitments", "leaves and Merkle roots", "sign"} < report["steps"].keys()
    assert report["peak_mb"] >= report["peak_mb_of_records"] > 0


def test_register_command__writes_json_and_fails_below_the_target(
    register_report: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for met, code in (True, 0), (False, 1):
        report = {**register_report, "met": met}
        monkeypatch.setattr(register, "measure", lambda _, report=report: report)
        assert register.main(["--json", str(tmp_path / "register.json")]) == code
        assert json.loads((tmp_path / "register.json").read_text()) == report


def test_securesum__exact_and_every_figure_there() -> None:
    report = securesum.measure(small=True)
    assert report["drop_50_16_exact"]
    assert report["exact_1e6_8"]
    assert report["exact_1e6_8_64bit"]
    assert report.keys() >= {"extra_ms_1e6_8", "extra_ms_1e4_8", "ns_per_element", "peak_mb", *report["targets_ms"]}


def test_train__tiny__same_models_and_close_to_the_peers() -> None:
    report = train.measure(None, rows=3_000, trees=2, many=1, runs=1)
    assert report["uci_trees"] is None
    trees, logistic = report["many_trees"], report["logistic"]
    assert trees["equal_hashes"]
    assert trees["rounds"] == 1 + 5 + 2
    assert abs(trees["auc"] - trees["auc_xgboost"]) < 0.05
    assert logistic["equal_hashes"]
    assert abs(logistic["dauc"]) < 1e-4
    assert logistic["coefficient_error"] < 0.01
    assert set(report["missed"]) <= {
        "uci_trees.ratio_to_xgboost", "many_trees.ratio_to_xgboost", "logistic.ratio_to_sklearn", "logistic.dauc",
    }  # fmt: skip


def test_signals__reports_recall_and_false_alarms_by_signal() -> None:
    report = signals.measure(None, firms=180, invoices=27_000, each=1)
    assert len(report["signals"]) >= 16
    for name, item in report["signals"].items():
        assert item["found"] == item["planted"] == 1, name
        assert 0 <= item["clean_findings"] <= item["clean_examined"], name
    assert "cumcm_counts" not in report


def test_fingerprints__through_real_keyholders__every_figure_there() -> None:
    report = fingerprints.measure(invoices=50, alone=2, runs=1)
    figures = report["figures"]
    assert figures.keys() >= {
        "in_service_per_second",
        "alone_ms",
        "baseline_ms",
        "ratio_to_baseline",
        *report["targets"],
    }
    assert all(value > 0 for value in figures.values())
    steps = sum(figures[f"{name}_us"] for name in ("blind", "evaluate", "verify", "combine"))
    assert figures["protocol_per_second"] == pytest.approx(1e6 / steps)
    assert report["met"] in (True, False)


def test_fingerprints_command__writes_json_and_fails_below_the_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for met, code in (True, 0), (False, 1):
        report = {"machine": "m", "targets": {}, "met": met, "figures": {"alone_ms": 1.0}}
        monkeypatch.setattr(fingerprints, "measure", lambda *_, report=report: report)
        assert fingerprints.main(["--json", str(tmp_path / "fingerprints.json")]) == code
        assert json.loads((tmp_path / "fingerprints.json").read_text()) == report


def test_credential__states_every_step_and_meets_its_target_by_its_own_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = credential.measure(runs=1, processes=1)
    assert {name for name in report if name.endswith("_ms")} == {
        "export_ms", "present_ms", "verify_offline_ms", "verify_offline_all_fields_ms", "verify_offline_first_ms",
        "verify_online_ms", "import_ms", "target_ms",
    }  # fmt: skip
    assert report["presentation_bytes"] < report["credential_bytes"] < 8_000
    for met, code in ((True, 0), (False, 1)):
        monkeypatch.setattr(credential, "measure", lambda met=met: report | {"met": met})
        assert credential.main(["--json", str(tmp_path / "figures.json")]) == code
        assert ("missed" in capsys.readouterr().out) != met
    assert json.loads((tmp_path / "figures.json").read_text())["met"] is False


def test_bundle__states_every_step_and_meets_its_target_by_its_own_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = bundle.measure(runs=1, processes=1)
    for size in bundle.BATCHES:
        assert set(report[size]) == {"make_ms", "verify_ms", "verify_first_ms", "import_ms", "bytes", "nodes"}
    assert report["usual"]["nodes"] < report["large"]["nodes"]
    assert report["large"]["bytes"] < 200_000
    for met, code in ((True, 0), (False, 1)):
        monkeypatch.setattr(bundle, "measure", lambda met=met: report | {"met": met})
        assert bundle.main(["--json", str(tmp_path / "figures.json")]) == code
        assert ("missed" in capsys.readouterr().out) != met
    assert json.loads((tmp_path / "figures.json").read_text())["met"] is False


def test_prove__every_circuit_and_certificates__figures_and_gas_within_targets() -> None:
    report = prove.measure(runs=1, certificates=2)
    for circuit, targets in prove.TARGETS.items():
        figures = report[circuit]
        assert figures.keys() >= {"prove_s", "peak_mb", "verify_gas", "gates"}
        assert figures["peak_mb"] < targets.get("peak_mb", 100)
        assert figures["verify_gas"] < targets["verify_gas"]
    assert report["certificates"] == 2
    assert report["issue_gas"] < prove.ISSUE_GAS
    assert all("prove_s" in name or "certificates" in name for name in report["missed"])  # this is no place for clocks
