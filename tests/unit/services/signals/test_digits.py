import numpy as np
import pytest

from tests.unit.services.signals.books import sale
from trustspace.services.signals.digits import benford_shares, digit_signal, digit_tests, leading_digits
from trustspace.services.signals.findings import Signal
from trustspace.services.signals.settings import SignalSettings
from trustspace.services.signals.table import InvoiceTable


def over(firms: list[np.ndarray]) -> Signal:
    records = [
        sale(f"{k}", seller=f"S{firm}", total=int(total), day=k % 300)
        for firm, totals in enumerate(firms)
        for k, total in enumerate(totals)
    ]
    return digit_signal(InvoiceTable.of(records), SignalSettings())


@pytest.mark.parametrize("digit", ["first", "second"])
def test_shares__sum_to_one__and_match_the_published_ones(digit: str) -> None:
    shares = benford_shares(digit)
    assert shares.sum() == pytest.approx(1)
    published = {"first": 0.30103, "second": 0.11968}  # Nigrini 2012, table 1.2
    assert shares[0] == pytest.approx(published[digit], abs=1e-5)


def test_leading_digits__against_text__same() -> None:
    amounts = np.array([10, 11, 99, 100, 101, 999, 1000, 7_654_321, 10**13 - 1, 10**12])
    first, second = leading_digits(amounts)
    assert [f"{a}{b}" for a, b in zip(first, second, strict=True)] == [str(amount)[:2] for amount in amounts.tolist()]


def test_digits__amounts_over_many_orders__p_values_are_uniform() -> None:
    rng = np.random.default_rng(4)
    p = [
        p for _ in range(300) for _, p, _, _ in digit_tests(np.unique((10 ** rng.uniform(3, 9, 400)).astype(np.int64)))
    ]
    assert 0.03 < np.mean(np.array(p) < 0.05) < 0.07


def test_digits__invented_amounts__found_among_honest_firms() -> None:
    rng = np.random.default_rng(6)
    honest = [(10 ** rng.uniform(3, 8, 300)).astype(np.int64) for _ in range(40)]
    invented = (rng.uniform(5, 10, 300) * 10 ** rng.integers(3, 8, 300)).astype(np.int64)
    found = over([*honest, invented])
    assert {finding.party for finding in found.findings} == {"S40"}
    assert found.examined == 82


def test_digits__one_price_a_thousand_times__is_one_price() -> None:
    found = over([np.full(1000, 99_999)])
    assert (found.examined, found.set_aside["fewer than 100 distinct amounts"]) == (0, 1)
    assert found.not_applied


def test_digits__narrow_amounts__not_tested() -> None:
    found = over([np.arange(50_000, 90_000, 100)])
    assert found.set_aside["amounts span less than two orders of magnitude"] == 1
    assert found.not_applied
