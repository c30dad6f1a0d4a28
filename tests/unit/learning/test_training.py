import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from trustspace.errors import InvalidPlan, OutOfRange, ProtocolError, RoundOutOfOrder
from trustspace.learning.evaluation_rounds import EvaluationShape
from trustspace.learning.plan import plan_for
from trustspace.learning.rounds import CountsShape, NewtonShape
from trustspace.learning.run import TrainedModel
from trustspace.learning.scorecard_training import ScorecardTraining
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised

GOLDEN = "28f754ed3f87dc6f"
"""First bytes of the model hash of `golden_rows`: changes only together with ScorecardPlan.code_version."""


def golden_rows(plan) -> LabelledRows:
    """Rows without any random generator, so that every platform and numpy version has the same."""
    number = np.arange(300, dtype=np.int64)
    columns = {"sales": (number * 7919) % 100_003, "trend": (number * 104_729) % 20_001 - 10_000}
    labels = ((columns["sales"] // 1000 + columns["trend"] // 200 + (number * 31) % 60) < 40).astype(np.int64)
    return LabelledRows.from_columns(plan, [str(n) for n in number], columns, labels, party="1")


def test_centralised__golden_rows__golden_hash() -> None:
    plan = plan_for("golden", {"sales": (0, 10**9), "trend": (-10_000, 10_000)}, folds=4, max_rows=1000)
    assert centralised(plan, [golden_rows(plan)]).model.digest.hex()[:16] == GOLDEN


@pytest.mark.parametrize("parties", [1, 3, 4, 7, 16])
def test_centralised__split_over_parties__same_model_hash(loan_book, reference: TrainedModel, parties: int) -> None:
    parts = [loan_book.rows(part[::-1]) for part in loan_book.split(parties)]
    trained = centralised(loan_book.plan, parts[::-1])
    assert trained.model.digest == reference.model.digest
    assert trained.metrics == reference.metrics


def test_metrics__out_of_fold__as_computed_row_by_row(loan_book, reference: TrainedModel) -> None:
    rows, plan = loan_book.rows(), loan_book.plan
    training = ScorecardTraining(plan)
    work = training.work(rows)
    while training.round < plan.rounds:
        training.absorb(work.contribution())
    fold = rows.folds(plan)
    points = np.zeros(len(rows), dtype=np.int64)
    for k in range(plan.folds):
        points[fold == k] = work._points(training.models[k + 1], rows.values[fold == k]).clip(0, 1000)
    assert reference.metrics.auc == pytest.approx(roc_auc_score(~rows.labels, points), abs=1e-6)
    assert reference.metrics.auc > 0.7
    assert reference.metrics.last_step_micro < 10
    assert sum(g.rows for g in reference.metrics.grades) == len(rows)
    assert sum(g.defaults for g in reference.metrics.grades) == rows.labels.sum()


def test_fold_models__rows_of_their_fold__never_seen(loan_book) -> None:
    rows, plan = loan_book.rows(), loan_book.plan
    outside = np.flatnonzero(rows.folds(plan) != 0)
    training, without = ScorecardTraining(plan), ScorecardTraining(plan)
    for state, table in ((training, rows), (without, loan_book.rows(outside))):
        work = state.work(table)
        for _ in range(3):
            state.absorb(work.contribution())
    assert training.models[1] == without.models[0]


def test_scorecard__constant_feature__costs_and_gives_nothing(reference: TrainedModel) -> None:
    constant = next(f for f in reference.model.features if f.name == "constant")
    assert (constant.cuts, constant.points, constant.coefficient) == ((), (0,), 0)


def test_absorb__one_class_only__says_what_is_missing(loan_book) -> None:
    good = np.flatnonzero(loan_book.labels == 0)
    with pytest.raises(InvalidPlan, match=r"round 1.*0 defaulted"):
        centralised(loan_book.plan, [loan_book.rows(good)])


def test_absorb__fold_holds_all_defaults__names_the_fold(loan_book) -> None:
    folds = loan_book.rows().folds(loan_book.plan)
    chosen = np.flatnonzero((loan_book.labels == 0) | (folds == 2))
    with pytest.raises(InvalidPlan, match="outside fold 2"):
        centralised(loan_book.plan, [loan_book.rows(chosen)])


def test_absorb__counts_differ_between_features__names_the_feature(loan_book) -> None:
    training = ScorecardTraining(loan_book.plan)
    counts = training.work(loan_book.rows()).contribution()
    cell = next(c for c in range(counts.size) if "months_active" in training.shape.cell_name(c))
    counts[cell] += 1
    with pytest.raises(ProtocolError, match="months_active counts other rows"):
        training.absorb(counts)


def test_absorb__histograms_of_other_rows__refused_and_run_over__refused(loan_book) -> None:
    plan = loan_book.plan
    training = ScorecardTraining(plan)
    work = training.work(loan_book.rows())
    while training.round < plan.rounds:
        training.absorb(work.contribution())
    last = work.contribution()
    tampered = last.copy()
    tampered[0] += 1
    with pytest.raises(ProtocolError, match="other rows than the rounds before"):
        training.absorb(tampered)
    training.absorb(last)
    with pytest.raises(RoundOutOfOrder, match="has ended"):
        training.absorb(last)


def test_shape__bounds__checked_with_names_of_features(loan_book) -> None:
    shape = NewtonShape(plan=loan_book.plan, round=2)
    values = np.zeros(shape.size, dtype=np.int64)
    values[2] = 2**62
    with pytest.raises(OutOfRange, match="party 4, round 2: feature invoices, gradient"):
        shape.check(values, 1000, "party 4")
    huge = plan_for("s", {"sales": (0, 100)}, max_rows=2**20)
    NewtonShape(plan=huge, round=2).require_headroom(3)
    with pytest.raises(OutOfRange, match="feature sales, gradient"):
        NewtonShape(plan=huge, round=2).require_headroom(5)
    with pytest.raises(OutOfRange, match="do not fit into 64 bits"):
        NewtonShape(plan=plan_for("s", {"sales": (0, 100)}, max_rows=2**30), round=2).require_headroom(3)


def test_cell_name__each_tensor__readable(loan_book) -> None:
    plan = loan_book.plan
    assert CountsShape(plan=plan, round=1).cell_name(0) == "feature sales_24m, grid cell 0"
    assert NewtonShape(plan=plan, round=2).cell_name(0) == "constant, gradient"
    assert NewtonShape(plan=plan, round=2).cell_name(8) == "feature sales_24m, Hessian with constant"
    assert EvaluationShape(plan=plan, round=7).cell_name(1001 + 5) == "histogram of score 5"
