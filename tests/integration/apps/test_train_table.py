"""`trustspace train TABLE` federated on a chain of its own, against training in one place."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.unit.apps.test_table_job import HEADER, lines, write
from trustspace.apps.exit_codes import ExitCode

DATA = os.environ.get("TRUSTSPACE_DATA")
LEAKS = (
    "loan_id,term,approval_fy,approval_date,post_chg_off_date,post_disbursement_date,post_disbursement_gross,"
    "post_chg_off_prin_gr"
)
TABLES = {
    "uci_credit_card": ("uci_credit_card/uci_credit_card.csv.gz", ["--label", "default", "--id", "ID"], 0.77),
    "german_credit": ("german_credit/germancredit.csv.gz", ["--label", "creditability"], 0.74),
    "sba_balanced30k": (
        "sba_loans/sba_balanced30k.csv.gz",
        ["--label", "default", "--party", "bank", "--parties", "8", "--ignore", LEAKS],
        0.70,
    ),
    "polish_year5": ("polish_bankruptcy/year5.csv.gz", ["--label", "bankrupt"], 0.93),
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "loans.csv", lines())


@pytest.mark.parametrize("model", ["scorecard", "gbdt"])
def test_train__a_table__same_hash_federated_and_in_one_place(command, table: Path, tmp_path, model: str) -> None:
    (tmp_path / "p.json").write_text('{"trees": 4}' if model == "gbdt" else "{}")
    options = [
        "--label", "default", "--party", "bank", "--id", "id", "--model", model, "--test-rule", "sha256:loans:30",
        "--params", tmp_path / "p.json",
    ]  # fmt: skip
    predictions, saved, card = tmp_path / "predictions.csv", tmp_path / "model.json", tmp_path / "card.json"
    files = ["--predictions", predictions, "--save", saved, "--card", card, "--json", tmp_path / "out.json"]
    answer = command("train", table, *options, *files)
    assert answer.code == ExitCode.OK, answer.err
    report = json.loads((tmp_path / "out.json").read_text())
    alone = command("train", table, *options, "--centralised", "--json").json
    assert report["model_hash"] == alone["model_hash"] == "0x" + sha256(saved.read_bytes()).hexdigest()
    assert report["model_hash"] == "0x" + json.loads(card.read_bytes())["model"]["hash"]
    kind = "xgboost" if model == "gbdt" else "csv"
    assert command("model", "export", saved, "--format", kind, "--output", tmp_path / "export").code == ExitCode.OK
    assert report["auc"] == alone["auc"]
    assert (len(report["parties"]), alone["rounds"], alone["bytes_per_party"]) == (5, 0, 0)
    assert report["rounds"] > 3
    assert report["bytes_per_party"] > 10_000
    assert {"read", "chain", "train", "predict", "total"} == set(report["seconds"])
    assert len(predictions.read_text().splitlines()) == report["test_rows"] + 1


def test_train__parquet__same_model_as_csv(command, table: Path, tmp_path) -> None:
    columns = list(zip(*lines(), strict=True))
    arrays = {
        name: [None if cell == "" else cell for cell in column] for name, column in zip(HEADER, columns, strict=True)
    }
    parquet.write_table(pa.table(arrays), tmp_path / "loans.parquet")
    options = ["--label", "default", "--id", "id", "--centralised", "--json"]
    found = [command("train", path, *options).json for path in (table, tmp_path / "loans.parquet")]
    assert found[0]["model_hash"] == found[1]["model_hash"]


def test_train__for_people__figures_and_parties(command, table: Path) -> None:
    answer = command("train", table, "--label", "default", "--party", "bank", "--id", "id", "--centralised")
    assert answer.code == ExitCode.OK, answer.err
    assert "bank 4" in answer.out
    assert "model hash" in answer.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--label", "default", "--id", "id", "--parties", "2"], "2 parties"),
        (["--label", "nothing"], "no column 'nothing'"),
        ([], "which column holds the outcome"),
        (["--label", "default", "--predictions", "p.csv"], "no test rows to predict"),
        (["--label", "default", "--centralised", "--card", "c.html"], "only a federated run has a card"),
        (["--label", "default", "--save", "no/such/folder/model.json"], "has no folder"),
        (["--label", "default", "--json", "/"], "is a folder"),
    ],
)
def test_train__a_table_and_wrong_options__refused(command, table: Path, options: list[str], message: str) -> None:
    answer = command("train", table, *options)
    assert answer.code in (ExitCode.MISUSE, ExitCode.PROTOCOL)
    assert message in answer.err.replace("\n", " ")


@pytest.mark.skipif(not DATA, reason="TRUSTSPACE_DATA does not name the folder with the tables")
@pytest.mark.parametrize("name", TABLES)
def test_train__a_real_table__ranks_and_same_hash_as_in_one_place(command, tmp_path, name: str) -> None:
    assert DATA is not None
    path, options, least = TABLES[name]
    asked = ["train", Path(DATA) / path, *options, "--test-rule", f"sha256:{name}:30", "--json"]
    federated, alone = command(*asked), command(*asked, "--centralised")
    assert federated.code == alone.code == ExitCode.OK, federated.err + alone.err
    assert federated.json["model_hash"] == alone.json["model_hash"]
    assert federated.json["auc"] > least
    (tmp_path / "p.json").write_text('{"trees": 3}')
    trees = [*asked, "--model", "gbdt", "--params", tmp_path / "p.json"]
    assert command(*trees).json["model_hash"] == command(*trees, "--centralised").json["model_hash"]


@pytest.mark.skipif(not DATA, reason="needs the folder of real tables in TRUSTSPACE_DATA")
@pytest.mark.parametrize(("model", "overall", "own"), [("scorecard", 0.76, 0.71), ("gbdt", 0.785, 0.74)])
def test_train__sba_loans_personalised__figures_of_the_docs(command, model: str, overall: float, own: float) -> None:
    """The least figures are a little below those of docs/how-to-personalise.md, where a bank's own models stand too."""
    file, options, _ = TABLES["sba_balanced30k"]
    options = [*options, "--test-rule", "sha256:sba_balanced30k:30", "--model", model, "--personalise", "--centralised"]
    answer = command("train", Path(DATA or "") / file, *options, "--json")
    assert answer.code == ExitCode.OK, answer.err
    parties = answer.json["parties"]
    assert answer.json["auc_personalised"] > overall > answer.json["auc"]
    mean = sum(party["auc_personalised"] for party in parties) / len(parties)
    assert mean > own
    assert mean > sum(party["auc_own_test"] for party in parties) / len(parties) + 0.01
