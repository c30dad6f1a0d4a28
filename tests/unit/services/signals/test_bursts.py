import numpy as np
import pytest
from scipy import stats

from tests.unit.services.signals.books import sale
from trustspace.services.signals.bursts import LEAST_SPREAD, burst_p_values, burst_signal
from trustspace.services.signals.settings import SignalSettings
from trustspace.services.signals.table import InvoiceTable


def test_p_values__against_a_slow_reference__same() -> None:
    counts = np.random.default_rng(3).poisson(6, 80)
    x = np.log1p(counts)
    for week, p in enumerate(burst_p_values(counts)):
        others = [x[k] for k in range(80) if 1 < abs(k - week) <= 26]
        n, spread = len(others) / 4, max(float(np.std(others, ddof=1)), LEAST_SPREAD)
        expected = stats.t.sf((x[week] - np.mean(others)) / (spread * np.sqrt(1 + 1 / n)), n - 1)
        assert p == pytest.approx(expected, rel=1e-9)


def test_burst__one_week_of_ten_times_the_usual__found_with_its_invoices() -> None:
    per_week = [5] * 60
    per_week[30] = 400
    days = [7 * week + place % 5 for week, count in enumerate(per_week) for place in range(count)]
    found = burst_signal(InvoiceTable.of([sale(str(k), day=day) for k, day in enumerate(days)]), SignalSettings())
    assert found.count == 1
    assert found.examined == 60
    assert len(found.findings[0].rows) == 400
    assert {days[row] // 7 for row in found.findings[0].rows} == {30}


def test_burst__short_history__not_applied() -> None:
    found = burst_signal(InvoiceTable.of([sale(str(k), day=k) for k in range(100)]), SignalSettings())
    assert (found.examined, found.count) == (0, 0)
    assert "26 weeks" in found.not_applied


def test_burst__uneven_but_steady_firms__false_alarms_stay_rare() -> None:
    rng = np.random.default_rng(8)
    p = np.concatenate([burst_p_values(rng.negative_binomial(3, 0.2, 104)) for _ in range(300)])
    assert (p < 0.001).mean() < 0.002
    assert (p < 0.05).mean() < 0.06
