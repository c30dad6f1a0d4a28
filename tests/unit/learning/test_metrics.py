import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from trustspace.learning.metrics import MILLION, auc_micro, cut_offs, ks_micro


@pytest.fixture(scope="module")
def scores() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.integers(20, 80, 3000), rng.integers(0, 60, 700)


def histogram(values: np.ndarray) -> np.ndarray:
    return np.bincount(values, minlength=100)


def test_auc_and_ks__against_scikit_learn(scores: tuple[np.ndarray, np.ndarray]) -> None:
    good, bad = scores
    labels = np.concatenate([np.ones(good.size), np.zeros(bad.size)])
    values = np.concatenate(scores)
    assert auc_micro(histogram(good), histogram(bad)) == pytest.approx(MILLION * roc_auc_score(labels, values), abs=1)
    false, true, _ = roc_curve(labels, values)
    assert ks_micro(histogram(good), histogram(bad)) == pytest.approx(MILLION * np.abs(true - false).max(), abs=1)


def test_auc__all_tied__one_half() -> None:
    assert auc_micro(np.array([0, 9]), np.array([0, 4])) == MILLION // 2


def test_cut_offs__shares__each_grade_gets_at_least_its_share_from_above(scores: tuple[np.ndarray, np.ndarray]) -> None:
    rows = histogram(scores[0])
    cuts = cut_offs(rows, (1_500, 2_500, 2_500, 2_000, 1_500))
    assert list(cuts) == sorted(set(cuts))
    for cut, share in zip(reversed(cuts), (0.15, 0.40, 0.65, 0.85), strict=True):
        assert rows[cut:].sum() >= share * 3000 > rows[cut + 1 :].sum()


def test_cut_offs__one_score_for_all__still_distinct() -> None:
    rows = np.zeros(100, dtype=np.int64)
    rows[50] = 8
    assert cut_offs(rows, (1_500, 2_500, 2_500, 2_000, 1_500)) == (47, 48, 49, 50)
