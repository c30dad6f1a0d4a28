from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from tests.unit.learning.trees.conftest import SETTINGS, mixed_plan
from tests.unit.learning.trees.slow_trees import SlowBooster
from trustspace.errors import InvalidPlan, InvalidTable, OutOfRange, ProtocolError, RoundOutOfOrder
from trustspace.learning.feature import MISSING
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised
from trustspace.learning.trees.bins import category_order
from trustspace.learning.trees.plan import trees_plan_for
from trustspace.learning.trees.training import TreesTraining

GOLDEN = "f053a9911e005f31"
"""First bytes of the model hash of `golden_rows`: changes only together with TreesPlan.code_version."""


def run(training: TreesTraining, work, until: int = 10**6) -> None:
    """Rounds of one party alone, up to and without round `until`."""
    while training.result is None and training.round < until:
        training.absorb(work.contribution())


def test_centralised__golden_rows__golden_hash() -> None:
    plan = trees_plan_for(
        "golden", {"sales": (0, 10**9), "trend": (-10_000, 10_000)}, folds=4, trees=12, depth=3, max_rows=1000
    )
    number = np.arange(300, dtype=np.int64)
    columns = {"sales": (number * 7919) % 100_003, "trend": (number * 104_729) % 20_001 - 10_000}
    labels = ((columns["sales"] // 1000 + columns["trend"] // 200 + (number * 31) % 60) < 40).astype(np.int64)
    rows = LabelledRows.from_columns(plan, [str(n) for n in number], columns, labels, party="1")
    assert centralised(plan, [rows]).model.digest.hex()[:16] == GOLDEN


@pytest.mark.parametrize("parties", [1, 3, 4, 7, 16])
def test_centralised__split_over_parties__same_model_hash(book, trained, parties: int) -> None:
    owner = np.random.default_rng(parties).integers(0, parties * 2, book.labels.size) % parties
    parts = [book.rows(np.flatnonzero(owner == party)[::-1]) for party in range(parties)]
    other = centralised(book.plan, parts[::-1])
    assert other.model.digest == trained.model.digest
    assert other.metrics == trained.metrics


@pytest.mark.parametrize(
    "settings",
    [{}, {"good_weight_bps": 2_500, "l2_milli": 50}, {"depth": 2, "min_child_milli": 9_000, "fold_models": 1}],
)
def test_growth__every_model__same_trees_as_the_slow_reference(book, settings: dict[str, int]) -> None:
    plan = mixed_plan(trees=3, patience=0, **settings)
    rows = book.rows(range(200), plan)
    training = TreesTraining(plan)
    work = training.work(rows)
    run(training, work)
    assert len(training.boosters) == 1 + plan.held_out
    for fold, booster in enumerate(training.boosters, start=-1):
        outside = rows.folds(plan) != fold
        orders = [
            category_order(own, cells)
            for own, cells in zip(training.bins, training._counts.by_feature(fold), strict=True)
        ]
        weights = np.where(outside, training.class_weights[rows.labels.astype(int)], 0)
        slow = SlowBooster(plan, training.bins, work._codes, ~rows.labels, weights, base=booster.base, orders=orders)
        for tree in booster.trees:
            assert [(node.value, node.feature, node.left) for node in tree] == slow.tree()


def test_growth__level__only_the_lighter_children_are_asked_for(book) -> None:
    training = TreesTraining(book.plan)
    work = training.work(book.rows())
    run(training, work, until=2)
    assert [len(booster.wanted) for booster in training.boosters] == [1] * 4
    run(training, work, until=3)
    assert [len(booster.wanted) for booster in training.boosters] == [1] * 4
    assert [len(booster.candidates) for booster in training.boosters] == [2] * 4
    for model in work._models:
        booster = model.booster
        (asked,) = booster.wanted
        left, right = (
            int(model.packed[model.rows_of(child)].astype(np.int64).__and__(2**25 - 1).sum()) for child in (1, 2)
        )
        assert asked == (1 if left <= right else 2)


def test_contribution__asked_again_or_by_a_latecomer__same_cells(book) -> None:
    training = TreesTraining(book.plan)
    work = training.work(book.rows())
    for until in (1, 2, 4, 9, 12):
        run(training, work, until=until)
        cells = work.contribution()
        assert cells.tolist() == work.contribution().tolist()
        assert cells.tolist() == training.work(book.rows()).contribution().tolist()


def test_metrics__held_out_rows__as_computed_row_by_row(book, trained) -> None:
    training = TreesTraining(book.plan)
    rows = book.rows()
    work = training.work(rows)
    run(training, work)
    fold = rows.folds(book.plan)
    margins = np.zeros(len(rows), dtype=np.int64)
    for k in range(book.plan.folds):
        margins[fold == k] = work._models[k + 1].margins_after(training.kept)[fold == k]
    metrics = trained.metrics
    assert metrics.auc == pytest.approx(roc_auc_score(~rows.labels, training.scale.of_margins(margins)), abs=1e-6)
    chance = 1 / (1 + np.exp(-margins / 2**16))
    assert metrics.validation_loss_micro == pytest.approx(1e6 * log_loss(~rows.labels, chance), abs=10)
    bounds = metrics.rounding  # points are rounded log-odds: figures of the log-odds lie within the published bounds
    assert metrics.auc == pytest.approx(roc_auc_score(~rows.labels, margins), abs=bounds.auc_micro / 1e6)
    assert metrics.log_loss == pytest.approx(log_loss(~rows.labels, chance), abs=bounds.log_loss_micro / 1e6)
    assert metrics.brier == pytest.approx(brier_score_loss(~rows.labels, chance), abs=bounds.brier_micro / 1e6)
    assert max(bounds.auc_micro, bounds.log_loss_micro, bounds.brier_micro) < 10_000
    assert metrics.auc > 0.65
    assert (metrics.rows, metrics.defaults) == (len(rows), rows.labels.sum())
    assert (metrics.trees, metrics.last_step_micro) == (len(trained.model.trees), None)


def test_metrics__one_fold_model__figures_of_that_fold_alone(book) -> None:
    plan = mixed_plan(fold_models=1)
    rows = book.rows(plan=plan)
    first = rows.folds(plan) == 0
    metrics = centralised(plan, [rows]).metrics
    assert (metrics.rows, metrics.defaults) == (first.sum(), rows.labels[first].sum())
    full = centralised(mixed_plan(patience=0), [book.rows()]).model
    alone = centralised(mixed_plan(patience=0, fold_models=1), [book.rows()]).model
    assert alone.trees == full.trees  # fold models only watch


def test_fold_models__rows_of_their_fold__never_seen(book) -> None:
    rows = book.rows()
    outside = np.flatnonzero(rows.folds(book.plan) != 0)
    training, without = TreesTraining(mixed_plan(patience=0)), TreesTraining(mixed_plan(patience=0))
    run(training, training.work(rows))
    work = without.work(book.rows(outside))
    work_of_counts = work.contribution()
    assert training.boosters[1].base == _base(without, work_of_counts)
    # bins come from all rows (outcomes play no part); hence compare with the labels of the fold turned round
    turned = replace(rows, labels=rows.labels ^ (rows.folds(book.plan) == 0))
    other = TreesTraining(mixed_plan(patience=0))
    run(other, other.work(turned))
    assert other.boosters[1].trees == training.boosters[1].trees
    assert other.boosters[0].trees != training.boosters[0].trees


def _base(training: TreesTraining, counts: np.ndarray) -> int:
    training.absorb(counts)
    return training.boosters[0].base


def test_early_stopping__loss_rises__kept_up_to_the_lowest(book) -> None:
    plan = mixed_plan(trees=60, patience=4, learning_rate_bps=6_000, l2_milli=1, min_child_milli=0)
    training = TreesTraining(plan)
    run(training, training.work(book.rows(plan=plan)))
    best = int(np.argmin(training.losses))
    assert training.kept == best == len(training.result.model.trees)
    assert len(training.losses) == best + 1 + 4
    assert training.round - 1 < plan.rounds
    assert training.losses[best] < training.losses[0]


def test_patience__none__all_trees_and_every_round(book) -> None:
    training = TreesTraining(mixed_plan(patience=0, trees=4))
    run(training, training.work(book.rows()))
    assert (training.kept, training.round - 1) == (4, training.plan.rounds)
    assert len(training.losses) == 5


def test_trends__planned__kept_by_the_model_everywhere(book) -> None:
    model = centralised(mixed_plan(trees=30, patience=0, depth=4), [book.rows()]).model
    for number in range(0, 600, 13):
        firm = book.firm(number)
        by_sales = [model.margin(firm | {"sales": 10**power}) for power in range(10)]
        by_voids = [model.margin(firm | {"void_share": share}) for share in range(0, 10_000, 250)]
        assert by_sales == sorted(by_sales)
        assert by_voids == sorted(by_voids, reverse=True)
        assert by_sales[0] < by_sales[-1]


def test_class_weights__defaults_count_more__fewer_points(book) -> None:
    plain = centralised(mixed_plan(), [book.rows()]).model
    weighted = centralised(mixed_plan(good_weight_bps=2_000), [book.rows()]).model
    assert np.mean([weighted.margin(book.firm(n)) - plain.margin(book.firm(n)) for n in range(99)]) < -(1 << 16)


def test_features__scaled_by_a_billion__ranked_as_before(book) -> None:
    rows = book.rows()
    scaled = {**book.columns, "sales": book.columns["sales"] * 10**9}
    plan = trees_plan_for("wide", {"sales": (0, 10**18), "months": (0, 24)}, **SETTINGS)
    table = LabelledRows.from_columns(plan, rows.ids, scaled, book.labels, party="1")
    narrow = trees_plan_for("wide", {"sales": (0, 10**9), "months": (0, 24)}, **SETTINGS)
    before = LabelledRows.from_columns(narrow, rows.ids, book.columns, book.labels, party="1")
    figures = [centralised(*case).metrics for case in ((plan, [table]), (narrow, [before]))]
    assert figures[0].auc == pytest.approx(figures[1].auc, abs=0.02)


def test_constant_columns__no_split__model_of_the_class_mix() -> None:
    plan = trees_plan_for("s", {"a": (0, 9), "gone": (0, 9)}, missing=["gone"], folds=2, max_rows=100)
    columns = {"a": np.full(60, 3), "gone": np.full(60, MISSING)}
    rows = LabelledRows.from_columns(plan, [str(n) for n in range(60)], columns, np.arange(60) % 3 == 0, party="1")
    training = TreesTraining(plan)
    run(training, training.work(rows))
    assert training.round - 1 == 3
    assert (training.result.model.trees, training.result.metrics.trees) == ((), 0)
    assert training.result.model.margin({"a": 3, "gone": MISSING}) == training.boosters[0].base
    assert training.result.metrics.auc == pytest.approx(0.5, abs=0.2)


def test_absorb__one_class_only_or_one_row__says_what_is_missing(book) -> None:
    for chosen in (np.flatnonzero(book.labels == 0), [3], []):
        with pytest.raises(InvalidPlan, match=r"round 1.*0 defaulted|0 good"):
            centralised(book.plan, [book.rows(chosen)])
    folds = book.rows().folds(book.plan)
    with pytest.raises(InvalidPlan, match="outside fold 2"):
        centralised(book.plan, [book.rows(np.flatnonzero((book.labels == 0) | (folds == 2)))])


def test_work__unknown_category__refused(book) -> None:
    rows = book.rows([1, 2])
    rows.values[1, 2] = 8
    with pytest.raises(InvalidTable, match="line 2, field region: 8 is no category"):
        TreesTraining(book.plan).work(rows)


def test_absorb__histogram_of_other_rows__names_the_feature(book) -> None:
    training = TreesTraining(book.plan)
    work = training.work(book.rows())
    run(training, work, until=3)
    honest = work.contribution()
    shape = training.shape
    for kind, change in (("gradient", 5), ("Hessian", 1)):
        sums = honest.copy()
        cell = next(c for c in range(sums.size) if shape.cell_name(c).startswith(f"feature months, {kind}"))
        sums[cell] += change
        with pytest.raises(ProtocolError, match=r"round 3, sum: feature months adds up other rows"):
            training.absorb(sums)
    sums = honest.copy()
    cells = [c for c in range(sums.size) if shape.cell_name(c).endswith(", Hessian of bin 0")]
    sums[cells] += 10**7  # equal totals, but the siblings would be negative
    with pytest.raises(ProtocolError, match="adds up other rows"):
        training.absorb(sums)


def test_absorb__score_histograms_of_other_rows_and_run_over__refused(book) -> None:
    training = TreesTraining(mixed_plan(trees=2, patience=0))
    work = training.work(book.rows())
    run(training, work, until=training.plan.rounds)
    last = work.contribution()
    tampered = last.copy()
    tampered[0] += 1
    with pytest.raises(ProtocolError, match="other rows than the rounds before"):
        training.absorb(tampered)
    training.absorb(last)
    with pytest.raises(RoundOutOfOrder, match="has ended"):
        training.absorb(last)


def test_shape__bounds__checked_with_names_of_features(book) -> None:
    training = TreesTraining(book.plan)
    run(training, training.work(book.rows()), until=2)
    shape = training.shape
    assert shape.cell_name(2) == "validation loss of fold model 2"
    assert shape.cell_name(3) == "feature sales, gradient of bin 0"
    values = np.zeros(shape.size, dtype=np.int64)
    names = [shape.cell_name(cell) for cell in range(shape.size)]
    cell = names.index("feature region, Hessian of bin 1")
    values[cell] = -1
    with pytest.raises(OutOfRange, match="party 4, round 2: feature region, Hessian of bin 1: -1 is outside"):
        shape.check(values, 1000, "party 4")
    values[cell] = 1000 << 12
    shape.check(values, 1000, "party 4")
    TreesTraining(mixed_plan(max_rows=2**40)).require_headroom(6)
    with pytest.raises(OutOfRange, match=r"validation loss .*sum of 7 parties"):
        TreesTraining(mixed_plan(max_rows=2**40)).require_headroom(7)


def test_centralised__many_categories__stand_alone_though_numbers_have_few_bins() -> None:
    plan = trees_plan_for(
        "customers", {"customer": (0, 100), "noise": (0, 50)}, categorical=["customer"], trees=5, folds=3, max_bins=8
    )
    number = np.arange(3_000, dtype=np.int64)
    columns = {"customer": number % 97 + 1, "noise": number * 7919 % 51}
    labels = (columns["customer"] * 31 % 97 < 30).astype(np.int64)  # some customers always pay late
    rows = LabelledRows.from_columns(plan, [str(n) for n in number], columns, labels, party="1")
    assert centralised(plan, [rows]).metrics.auc > 0.99
    pooled = replace(plan, max_categories=8)
    assert centralised(pooled, [rows]).metrics.auc < 0.8
