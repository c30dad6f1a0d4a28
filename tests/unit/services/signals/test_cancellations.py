import numpy as np
import pytest
from scipy import stats

from tests.unit.services.signals.books import FIRST, sale
from trustspace.domain.invoices import Record
from trustspace.services.signals.cancellations import cancellation_signals, void_tails
from trustspace.services.signals.findings import Signal
from trustspace.services.signals.settings import SignalSettings
from trustspace.services.signals.table import InvoiceTable


def signals(records: list[Record]) -> dict[str, Signal]:
    return {signal.name: signal for signal in cancellation_signals(InvoiceTable.of(records), SignalSettings())}


def red(records: list[Record]) -> Signal:
    return signals([sale("0", buyer="first", total=1), *records])["red_without_sale"]


def test_red__after_a_sale_of_at_least_as_much__nothing() -> None:
    assert red([sale("1", day=200, total=500), sale("2", day=210, total=-500)]).count == 0


def test_red__on_the_day_of_the_sale__nothing() -> None:
    assert red([sale("2", day=210, total=-500), sale("1", day=210, total=500)]).count == 0


def test_red__more_than_was_sold__found_with_what_is_missing() -> None:
    found = red([sale("1", day=200, total=500), sale("2", day=210, total=-400), sale("3", day=211, total=-400)])
    assert [finding.weight_fen for finding in found.findings] == [300]
    assert found.findings[0].rows == (3,)


def test_red__of_another_pair_or_a_void_sale__does_not_count_as_sold() -> None:
    assert red([sale("1", day=200, total=500, buyer="X"), sale("2", day=210, total=-500)]).count == 1
    assert red([sale("1", day=200, total=500, void=True), sale("2", day=210, total=-500)]).count == 1


def test_red__soon_after_the_books_begin__counted_apart() -> None:
    found = red([sale("2", day=100, total=-500)])
    assert (found.count, list(found.set_aside.values())) == (0, [1])


def firm(name: str, voids: int, sales: int = 200) -> list[Record]:
    return [sale(str(k), seller=name, day=k, total=1000 + k, void=k < voids) for k in range(sales)]


def test_void_share__one_firm_far_beyond_the_others__found_alone() -> None:
    rng = np.random.default_rng(1)
    records = [record for k in range(30) for record in firm(f"S{k}", int(rng.binomial(200, 0.05)))]
    found = signals([*records, *firm("BAD", 90)])["void_share"]
    assert [finding.party for finding in found.findings] == ["BAD"]
    assert found.examined == 31


def test_void_share__several_bad_firms__do_not_hide_each_other() -> None:
    records = [record for k in range(30) for record in firm(f"S{k}", 8 + k % 5)]
    bad = [record for k in range(4) for record in firm(f"BAD{k}", 120)]
    assert {finding.party for finding in signals([*records, *bad])["void_share"].findings} == {
        "BAD0", "BAD1", "BAD2", "BAD3",
    }  # fmt: skip


def test_void_share__few_firms__not_applied() -> None:
    assert "10 firms" in signals(firm("S", 5))["void_share"].not_applied


def test_void_tails__firms_of_one_law__p_values_nearly_uniform() -> None:
    rng = np.random.default_rng(9)
    p = np.concatenate(
        [void_tails(rng.binomial(n, rng.beta(4, 80, 100)), n) for n in [rng.integers(50, 2000, 100) for _ in range(60)]]
    )
    assert 0.005 < (p < 0.05).mean() < 0.06
    assert (p < 0.001).mean() < 0.003


def monthly(void_late: float, void_other: float, seed: int = 3) -> list[Record]:
    rng = np.random.default_rng(seed)
    records = []
    for k in range(360):
        late = (FIRST.toordinal() + k, (np.datetime64(FIRST) + k + 3).astype("datetime64[M]"))
        is_late = late[1] != (np.datetime64(FIRST) + k).astype("datetime64[M]")
        void = rng.random() < (void_late if is_late else void_other)
        records.append(sale(str(k), day=k, total=1000 + k, buyer=f"B{k % 7}", void=bool(void)))
    return records


def test_month_end__cancellations_crowd_there__found_with_fishers_p() -> None:
    records = monthly(0.7, 0.03)
    found = signals(records)["month_end_cancellations"]
    assert found.count == 1
    days = [record.invoice.issue_date for record in records]
    late = np.array([(np.datetime64(day) + 3).astype("datetime64[M]") != np.datetime64(day, "M") for day in days])
    void = np.array([record.invoice.is_void for record in records])
    table = [
        [int((late & void).sum()), int((~late & void).sum())],
        [int((late & ~void).sum()), int((~late & ~void).sum())],
    ]
    assert found.findings[0].p == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)


def test_month_end__cancellations_anywhere__nothing() -> None:
    assert signals(monthly(0.1, 0.1))["month_end_cancellations"].count == 0


def test_month_end__one_large_batch_to_one_buyer__counts_once() -> None:
    batch = [sale(f"9{k}", day=24, total=5000, buyer="BULK", void=True) for k in range(60)]  # 30 January
    assert signals([*monthly(0.0, 0.0), *batch])["month_end_cancellations"].count == 0
