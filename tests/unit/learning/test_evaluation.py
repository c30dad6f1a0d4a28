from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from trustspace.errors import InvalidTable, ProtocolError
from trustspace.learning.groups import PlannedGroup
from trustspace.learning.integer_math import PROBABILITY_BITS
from trustspace.learning.plan import TrainingPlan
from trustspace.learning.points import default_chances
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised, read_plan, start_training
from trustspace.learning.trees.plan import trees_plan_for

GROUPS = (
    PlannedGroup(name="year", kind="period", values=("2023", "2024", "2025")),
    PlannedGroup(name="region", kind="fairness", values=("north", "south", "islands")),
)


def plans(loan_book) -> list[TrainingPlan]:
    ranges = {"sales_24m": (-(10**15), 10**15), "trend": (-10_000, 10_000), "months_active": (0, 24)}
    trees = trees_plan_for("loan-book-1", ranges, trees=6, folds=4, max_rows=1_000)
    return [replace(plan, groups=GROUPS) for plan in (loan_book.plan, trees)]


def grouped(loan_book, plan: TrainingPlan) -> tuple[LabelledRows, dict[str, np.ndarray]]:
    rng = np.random.default_rng(3)
    count = len(loan_book.ids)
    columns = {
        "year": rng.choice([2023, 2024, 2025, 2026], count, p=[0.4, 0.3, 0.28, 0.02]),
        "region": rng.choice(["north", "south", "islands"], count, p=[0.6, 0.385, 0.015]),
    }
    rows = LabelledRows.from_columns(plan, loan_book.ids, {**loan_book.columns, **columns}, loan_book.labels, party="1")
    return rows, columns


def held_out_points(plan: TrainingPlan, rows: LabelledRows) -> np.ndarray:
    """Points of each row by the model that never saw it, asked from the run itself before its last rounds."""
    training = start_training(plan)
    work = training.work(rows)
    while training.shape.tensor != "evaluation":
        training.absorb(work.contribution())
    held_out, _ = work._scores()
    # rows come in the order of their folds in a run of trees
    order = np.argsort(rows.folds(plan), kind="stable") if plan.format.startswith("trustspace.trees") else slice(None)
    points = np.zeros(len(rows), dtype=np.int64)
    points[order] = held_out.points
    return points


@pytest.mark.parametrize("kind", [0, 1])
def test_evaluation__each_kind_of_model__all_figures_as_from_rows(loan_book, kind: int) -> None:
    plan = plans(loan_book)[kind]
    rows, columns = grouped(loan_book, plan)
    metrics = centralised(plan, [rows]).metrics
    points = held_out_points(plan, rows)
    chance = default_chances(plan)[points] / 2**PROBABILITY_BITS
    assert metrics.auc == pytest.approx(roc_auc_score(~rows.labels, points), abs=1e-6)
    assert metrics.brier == pytest.approx(brier_score_loss(rows.labels, chance), abs=2e-6)
    assert metrics.log_loss == pytest.approx(log_loss(rows.labels, chance), abs=3e-6)
    for bands in (metrics.calibration, metrics.distribution):
        lows = [band.lowest for band in bands]
        place = np.searchsorted(lows, points, side="right") - 1
        for number, band in enumerate(bands):
            own = place == number
            assert (band.rows, band.defaults) == (own.sum(), rows.labels[own].sum())
            assert band.rows >= plan.min_cell_rows
            assert band.expected_micro == pytest.approx(1e6 * chance[own].mean(), abs=1)
    assert (8 <= len(metrics.calibration) <= 10, len(metrics.distribution) > 20) == (True, True)
    _compare_fairness(plan, metrics, points, rows, columns["region"], chance)
    _compare_periods(metrics, points, rows, columns["year"])


def _compare_fairness(plan, metrics, points, rows, region, chance) -> None:
    (table,) = metrics.groups
    assert table.column == "region"
    assert [row.values for row in table.rows] == [("north",), ("south", "islands")]  # six islanders are not shown
    cut = centralised(plan, [rows]).model.cut_offs[-3]
    for row in table.rows:
        own = np.isin(region, row.values)
        assert (row.rows, row.defaults) == (own.sum(), rows.labels[own].sum())
        assert row.accepted == (points[own] >= cut).sum()
        assert row.accepted_good == ((points >= cut) & own & ~rows.labels).sum()
        assert row.expected_micro == pytest.approx(1e6 * chance[own].mean(), abs=1)
        assert row.auc_micro / 1e6 == pytest.approx(roc_auc_score(~rows.labels[own], points[own]), abs=0.03)


def _compare_periods(metrics, points, rows, year) -> None:
    assert [period.values for period in metrics.periods] == [("2023",), ("2024",), ("2025", "other")]
    lows = [band.lowest for band in metrics.calibration]
    share = [
        np.bincount(np.searchsorted(lows, points[np.isin(year, own)], side="right") - 1, minlength=len(lows))
        for own in ([2023], [2024], [2025, 2026])
    ]
    share = [(counts + 0.5) / (counts.sum() + len(lows) / 2) for counts in share]
    for period, own in zip(metrics.periods, share, strict=True):
        assert period.psi_micro == pytest.approx(1e6 * ((own - share[0]) * np.log(own / share[0])).sum(), abs=1)
    assert sum(period.defaults for period in metrics.periods) == rows.labels.sum()


@pytest.mark.parametrize("kind", [0, 1])
def test_evaluation__split_over_parties__same_figures(loan_book, kind: int) -> None:
    plan = plans(loan_book)[kind]
    rows, columns = grouped(loan_book, plan)
    parts = [
        LabelledRows.from_columns(
            plan,
            [loan_book.ids[i] for i in part],
            {name: column[part] for name, column in {**loan_book.columns, **columns}.items()},
            loan_book.labels[part],
            party="1",
        )
        for part in loan_book.split(5)
    ]
    assert centralised(plan, parts).metrics == centralised(plan, [rows]).metrics


def test_evaluation__groups_of_other_rows__refused(loan_book) -> None:
    plan = plans(loan_book)[0]
    rows, _ = grouped(loan_book, plan)
    training = start_training(plan)
    work = training.work(rows)
    while training.shape.tensor != "evaluation":
        training.absorb(work.contribution())
    sums = work.contribution()
    named = [training.shape.cell_name(cell) for cell in range(sums.size)]
    assert named[-1] == "rows of region other"
    moved = sums.copy()
    moved[-1] += 1
    with pytest.raises(ProtocolError, match="other rows than the rounds before"):
        training.absorb(moved)
    training.absorb(sums)
    sums = work.contribution()
    assert training.shape.tensor == "groups"
    assert training.shape.cell_name(0) == "scores of year 2023"
    assert training.shape.cell_name(sums.size - 1) == "scores of region south + islands"
    sums[1] += 1
    with pytest.raises(ProtocolError, match="other rows than the rounds before"):
        training.absorb(sums)


def test_plan__groups__survive_the_canonical_bytes_and_are_required_columns(loan_book) -> None:
    plan = plans(loan_book)[0]
    assert read_plan(plan.to_bytes()) == plan
    assert plan.rounds == loan_book.plan.rounds + 1
    with pytest.raises(InvalidTable, match="party 1, field year: missing"):
        LabelledRows.from_columns(plan, loan_book.ids, loan_book.columns, loan_book.labels, party="1")
