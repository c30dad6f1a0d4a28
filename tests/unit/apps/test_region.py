from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from trustspace.adapters.invoices.csv_export import read_export
from trustspace.adapters.invoices.loans import read_loans
from trustspace.apps.region import Region, make_region, write_region
from trustspace.domain.features import derive
from trustspace.domain.invoices import Direction, check_invoice, collect
from trustspace.domain.partition import source_of
from trustspace.domain.statistics import statistics
from trustspace.errors import OutOfRange


@pytest.fixture(scope="module")
def region() -> Region:
    return make_region()


def test_region__default__large_enough_and_has_every_quirk(region: Region) -> None:
    book = collect(region.records)
    assert len(region.defaulted) >= 400
    assert set(book.by_subject()) <= set(region.defaulted)
    assert len(book.by_subject()) >= 400
    assert book.census.distinct >= 60_000
    assert 0.004 < book.census.duplicates / book.census.read < 0.012
    assert 0.01 < book.census.void / book.census.read < 0.08
    assert 0.005 < book.census.red_letter / book.census.read < 0.06
    assert book.census.inconsistent == 0
    assert 0.1 < sum(region.defaulted.values()) / len(region.defaulted) < 0.3


def test_region__same_seed__same_region_and_another__not() -> None:
    small = {"firms": 40, "invoices": 2000}
    assert make_region(seed=5, **small) == make_region(seed=5, **small)
    assert make_region(seed=5, **small) != make_region(seed=6, **small)


def test_region__every_invoice__keeps_the_rules(region: Region) -> None:
    for record in region.records[::50]:
        check_invoice(record.invoice)
        assert record.subject in region.defaulted
        assert record.counterparty != record.subject
        assert record.invoice.issue_date <= date(1970, 1, 1).fromordinal(date(1970, 1, 1).toordinal() + region.as_of)


def test_region__seasons__spring_festival_month_is_the_low_and_december_the_high(region: Region) -> None:
    sales = Counter(r.invoice.issue_date.month for r in region.records if r.direction is Direction.SALE)
    seen = Counter(m for month in range(30) for m in [(9 - month - 1) % 12 + 1])
    monthly = {month: sales[month] / seen[month] for month in sales}
    assert min(monthly, key=monthly.__getitem__) == 2
    assert max(monthly, key=monthly.__getitem__) == 12


def test_region__credit_codes__valid_check_characters(region: Region) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for code in list(region.defaulted)[:50]:
        assert len(code) == 18
        total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
        assert (total + alphabet.index(code[17])) % 31 == 0


def test_region__defaults__can_be_ranked_but_not_known(region: Region) -> None:
    """A logistic regression with cross-validation (the test oracle is scikit-learn) reaches .82 to .93."""
    np = pytest.importorskip("numpy")
    linear = pytest.importorskip("sklearn.linear_model")
    selection = pytest.importorskip("sklearn.model_selection")
    pipeline = pytest.importorskip("sklearn.pipeline")
    scaling = pytest.importorskip("sklearn.preprocessing")
    metrics = pytest.importorskip("sklearn.metrics")
    groups = collect(region.records).by_subject()
    values = np.array([derive(statistics(g, region.as_of)).values for g in groups.values()], dtype=float)
    labels = np.array([region.defaulted[firm] for firm in groups])
    model = pipeline.make_pipeline(scaling.StandardScaler(), linear.LogisticRegression(C=0.1, max_iter=2000))
    folds = selection.StratifiedKFold(5, shuffle=True, random_state=0)
    signed_log = np.sign(values) * np.log1p(np.abs(values))
    scores = selection.cross_val_predict(model, signed_log, labels, cv=folds, method="predict_proba")[:, 1]
    assert 0.82 < metrics.roc_auc_score(labels, scores) < 0.93


def test_write_region__files__read_back_as_the_region(region: Region, tmp_path: Path) -> None:
    files = write_region(region, tmp_path / "region", sources=3, banks=4)
    assert (len(files.exports), len(files.loans)) == (3, 4)
    sizes = []
    for index, path in enumerate(files.exports):
        book = read_export(path)
        sizes.append(book.census.read)
        assert {source_of(record.counterparty, 3) for record in book.records} == {index}
    assert sum(sizes) == len(region.records)
    assert min(sizes) > len(region.records) / 5
    assert read_export(*files.exports).census == collect(region.records).census
    loans = [read_loans(path) for path in files.loans]
    assert {firm: bad for part in loans for firm, bad in part.items()} == dict(region.defaulted)
    assert sum(map(len, loans)) == len(region.defaulted)
    assert min(sum(part.values()) for part in loans) >= 5


def test_region__too_small__refused() -> None:
    with pytest.raises(OutOfRange):
        make_region(firms=5)
    with pytest.raises(OutOfRange):
        make_region(firms=100, invoices=500)
