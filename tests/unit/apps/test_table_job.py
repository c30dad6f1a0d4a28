"""Training on a table in one place, and what is refused before any round. Federated: tests/integration/apps."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from trustspace.apps.commands.train_table import job_of
from trustspace.apps.table_job import prepare, run_table_job
from trustspace.apps.table_plan import ONE_FOLD_ROWS
from trustspace.apps.table_report import predictions_of, report_of
from trustspace.errors import InvalidPlan, InvalidTable, TooFewParties, UsageError
from trustspace.learning.privacy.terms import PrivacyTerms
from trustspace.learning.trees.plan import TreesPlan

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ("id", "bank", "sales", "ratio", "sector", "day", "constant", "empty", "default")


def lines(rows: int = 400, scale: int = 1) -> list[list[object]]:
    rng = np.random.default_rng(11)
    table: list[list[object]] = []
    for number in range(rows):
        sales, sector = int(rng.integers(1, 10**5)), "abcd"[rng.integers(4)]
        bad = rng.random() < (0.55 if sector == "d" else 0.3) - 0.25 * (sales > 50_000)
        gap = rng.random() < 0.1
        table.append(
            [f"r{number}", f"bank {number % 5}", "" if gap else sales * scale, f"{rng.normal():.4f}", sector,
             f"2020-0{rng.integers(1, 10)}-11", 7, "", int(bad)]
        )  # fmt: skip
    return table


def write(path: Path, table: list[list[object]], header: tuple[str, ...] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *table])
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "loans.csv", lines())


def job(table: Path, **changes: object):
    usual: dict[str, object] = {
        "label": "default", "party": "bank", "parties": 0, "row_id": "id", "ignore": (), "model": "scorecard",
        "test_rule": "sha256:loans:30", "params": None, "in_one_place": True,
    }  # fmt: skip
    return job_of(table, **(usual | changes))


@pytest.mark.parametrize("model", ["scorecard", "gbdt"])
def test_run_table_job__in_one_place__figures_of_the_test_rows(table: Path, model: str) -> None:
    report = report_of(run_table_job(job(table, model=model)))
    assert report["auc"] > 0.6
    assert 0 < report["brier"] < 0.25
    assert {"auc", "ks", "brier", "log_loss", "rounds", "seconds", "bytes_per_party", "model_hash"} <= set(report)
    assert report["rows"] + report["test_rows"] == 400
    assert set(report["left_out"]) == {"constant", "empty"}
    assert [party["name"] for party in report["parties"]] == [f"bank {number}" for number in range(5)]
    assert all(set(party) == {"name", "rows", "auc_own_test", "auc_personalised"} for party in report["parties"])
    json.dumps(report)


def test_run_table_job__out_of_time__earlier_rows_teach_and_later_ones_are_left_out(tmp_path: Path) -> None:
    rows = [[*row, 2000 + place % 12] for place, row in enumerate(lines())]
    table = write(tmp_path / "dated.csv", rows, (*HEADER, "year"))
    report = report_of(run_table_job(job(table, test_rule="year:2006..2008")))
    assert report["rows"] == sum(row[-1] < 2006 for row in rows)
    assert report["test_rows"] == sum(2006 <= row[-1] <= 2008 for row in rows)
    schema = prepare(job(table, test_rule="year:2006..2008")).schema
    assert "year" not in {column.name for column in schema.columns} | schema.left_out.keys()


def test_run_table_job__out_of_time__bad_rules_are_named(table: Path) -> None:
    with pytest.raises(UsageError, match=r"--test-rule: .* has no column 'year'"):
        run_table_job(job(table, test_rule="year:2006..2008"))
    with pytest.raises(InvalidTable, match="no row is a test row"):
        run_table_job(job(table, test_rule="constant:8..9"))


def test_run_table_job__personalise__figures_of_each_partys_own_correction(table: Path) -> None:
    plain, own = (report_of(run_table_job(job(table, personalise=asked))) for asked in (False, True))
    assert plain["auc_personalised"] is None
    assert plain["model_hash"] == own["model_hash"]
    assert own["auc_personalised"] > 0.5
    for before, after in zip(plain["parties"], own["parties"], strict=True):
        assert before["auc_personalised"] is None
        assert before["auc_own_test"] == after["auc_own_test"]
        assert 0.3 < after["auc_personalised"] <= 1
    with pytest.raises(UsageError, match="--personalise: no test rows"):
        job(table, personalise=True, test_rule=None)


@pytest.mark.parametrize("model", ["scorecard", "gbdt"])
def test_run_table_job__without_test_rule__out_of_fold_figures(table: Path, model: str) -> None:
    report = report_of(run_table_job(job(table, test_rule=None, model=model)))
    assert report["tested_on"] == "out-of-fold rows"
    assert report["test_rows"] == 0
    assert report["auc"] > 0.55


@pytest.mark.parametrize("model", ["scorecard", "gbdt"])
def test_run_table_job__however_split__same_model(table: Path, model: str) -> None:
    hashes = {
        report_of(run_table_job(job(table, party=party, model=model, ignore=("bank",))))["model_hash"]
        for party in ("bank", "hash:3", "hash:1", "hash:16")
    }
    assert len(hashes) == 1


def test_run_table_job__values_times_10_to_the_12th__as_good(tmp_path: Path, table: Path) -> None:
    huge = write(tmp_path / "huge.csv", lines(scale=10**12))
    first, second = (report_of(run_table_job(job(path, model="gbdt"))) for path in (table, huge))
    assert second["auc"] == pytest.approx(first["auc"], abs=0.03)


def test_predictions_of__any__rows_in_the_tables_order(table: Path) -> None:
    asked = job(table)
    rows = list(csv.DictReader(predictions_of(run_table_job(asked)).decode().splitlines()))
    assert asked.test is not None
    assert [int(row["row"]) for row in rows] == np.flatnonzero(asked.test.mask(400)).tolist()
    labels = [str(line[-1]) for line in lines()]
    assert all(row["defaulted"] == labels[int(row["row"])] for row in rows)
    assert all(0 < float(row["chance"]) < 1 for row in rows)


def test_prepare__parties__the_largest_hold_all_rows_there_are(table: Path) -> None:
    prepared = prepare(job(table, parties=3))
    assert len(prepared.parties) == 3
    assert sum(len(party.learn) + len(party.test) for party in prepared.parties) == 240


def test_prepare__params__settings_of_the_plan(table: Path, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("trees = 7\ndepth = 2\n[trends]\nsales = 1\n", encoding="utf-8")
    plan = prepare(job(table, model="gbdt", params=tmp_path / "p.toml")).plan
    assert (plan.trees, plan.depth, plan.features[0].trend) == (7, 2, 1)


def test_prepare__params_with_privacy__terms_of_the_plan(table: Path, tmp_path: Path) -> None:
    terms = {"epsilon_milli": 2_000, "delta_power": 6, "noise_milli": 9_000, "rounds": 9, "honest": 2}
    (tmp_path / "p.json").write_text(json.dumps({"privacy": terms}), encoding="utf-8")
    assert prepare(job(table, params=tmp_path / "p.json")).plan.privacy == PrivacyTerms(**terms)


def test_report__a_plan_with_shares__one_for_each_party_adding_up(table: Path, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"contribution": true}', encoding="utf-8")
    result = run_table_job(job(table, params=tmp_path / "p.json"))
    assert result.trained.contribution is not None
    report = report_of(result)
    assert all(party["share_error"] > 0 for party in report["parties"])
    assert abs(sum(party["share"] for party in report["parties"]) * 10**6 - result.trained.contribution.total_micro) < 9
    assert "share" not in report_of(run_table_job(job(table)))["parties"][0]


def test_prepare__trees__few_rows_hold_every_fold_out(tmp_path: Path) -> None:
    for rows, models in (ONE_FOLD_ROWS - 1, 5), (ONE_FOLD_ROWS, 1):
        plan = prepare(job(write(tmp_path / "loans.csv", lines(rows)), model="gbdt", test_rule=None)).plan
        assert isinstance(plan, TreesPlan)
        assert plan.held_out == models, rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"tress": 3}', "p.json, tress: is no setting .known are"),
        ('{"trees": 0}', "plan field trees"),
        ('{"trends": {"nothing": 1}}', "trends, nothing: is no feature"),
        ("[1]", "holds no settings"),
        ("{", "cannot be read"),
        ('{"trends": 3}', "p.json, trends: is no list of features"),
        ('{"trends": ["sales"]}', "p.json, trends: is no list of features"),
        ('{"reasons": {"sales": 7}}', "p.json, reasons: is no list of features .feature names with texts"),
        ('{"fold_salt": 5}', "p.json, fold_salt: is no text"),
        ('{"privacy": 3}', "p.json, privacy: holds no terms of privacy"),
        ('{"privacy": {"epsilon_milli": 1000}}', "it takes epsilon_milli, delta_power, noise_milli, rounds, honest"),
    ],
)
def test_prepare__bad_params__named(table: Path, tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "p.json").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidPlan, match=message):
        prepare(job(table, model="gbdt", params=tmp_path / "p.json"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "outcome"}, "--label: loans.csv has no column 'outcome' .there are id, bank"),
        ({"party": "office"}, "--party: "),
        ({"row_id": "key"}, "--id: "),
        ({"ignore": ("sales, tax",)}, "--ignore: loans.csv has no column 'tax'"),
        ({"label": None}, "--label COLUMN"),
        ({"model": "forest"}, "'forest' is no kind of model"),
        ({"parties": -1}, "--parties"),
    ],
)
def test_job__wrong_option__says_which(table: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        prepare(job(table, **changes))


def without_default(table: list[list[object]]) -> list[list[object]]:
    return [[*row[:-1], 0] for row in table]


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        ([], {}, "holds no rows"),
        (lines(1), {}, "tell good from bad"),
        (without_default(lines(50)), {}, "tell good from bad"),
        (lines(50) + lines(50), {}, "line 52, field id: id 'r0' stands on line 2 already"),
        ([["", *row[1:]] for row in lines(50)], {}, "line 2, field id: no id"),
        (lines(5), {"party": "hash:8"}, "8 parties, but 5 rows"),
        (
            [[*row[:2], "inf" if int(str(row[0])[1:]) % 3 else 3, *row[3:]] for row in lines(50)],
            {},
            "field sales: holds an infinite number",
        ),
        ([[*row[:4], row[0], *row[5:]] for row in lines(1_000)], {}, "field sector: .* different texts"),
        (lines(50), {"ignore": ("sales,ratio,sector,day",)}, "no column to learn from"),
    ],
)
def test_prepare__bad_table__a_clear_answer(
    tmp_path: Path, rows: list[list[object]], changes: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidTable, match=message):
        prepare(job(write(tmp_path / "t.csv", rows), **changes))


def test_prepare__all_defaults_are_test_rows__says_that_none_is_left(tmp_path: Path) -> None:
    mask = job(tmp_path, test_rule="sha256:loans:30").test.mask(100)
    rows = [[*row[:-1], int(tested)] for row, tested in zip(lines(100), mask, strict=True)]
    with pytest.raises(InvalidTable, match="good and 0 bad rows are left to learn from"):
        prepare(job(write(tmp_path / "t.csv", rows)))


def test_run_table_job__two_parties__refused_before_any_chain(table: Path) -> None:
    with pytest.raises(TooFewParties, match="2 parties"):
        run_table_job(replace(job(table, parties=2), in_one_place=False))


def test_run_table_job__a_party_of_one_class_and_one_untested__reported_without_auc(tmp_path: Path) -> None:
    rows = [[*row[:1], "good bank" if not row[-1] else row[1], *row[2:]] for row in lines()]
    report = report_of(run_table_job(job(write(tmp_path / "t.csv", rows))))
    by_name = {party["name"]: party for party in report["parties"]}
    assert by_name["good bank"]["rows"] > 0
    assert by_name["good bank"]["auc_own_test"] is None


def test_run_table_job__categories_only_in_test_rows__scored_as_unknown(tmp_path: Path) -> None:
    asked = job(tmp_path / "t.csv")
    mask = asked.test.mask(400)
    rows = [[*row[:4], "new" if tested else row[4], *row[5:]] for row, tested in zip(lines(), mask, strict=True)]
    write(tmp_path / "t.csv", rows)
    for model in ("scorecard", "gbdt"):
        assert report_of(run_table_job(replace(asked, model=model)))["auc"] > 0.55
