import numpy as np

from tests.unit.services.signals.books import mirror, sale
from trustspace.domain.invoices import Record
from trustspace.services.signals.findings import Signal
from trustspace.services.signals.series import gap_signal
from trustspace.services.signals.settings import SignalSettings
from trustspace.services.signals.table import InvoiceTable


def gaps(records: list[Record]) -> Signal:
    return gap_signal(InvoiceTable.of(records), SignalSettings())


def numbered(numbers: list[int], seller: str = "S") -> list[Record]:
    return [sale(str(number), seller=seller, day=place) for place, number in enumerate(numbers)]


def test_gap__run_missing_from_a_full_book__found_with_both_ends() -> None:
    found = gaps(numbered([*range(1, 60), *range(80, 140)]))
    assert found.count == 1
    assert found.findings[0].why.startswith("20 numbers missing in a row")
    assert found.findings[0].rows == (58, 59)
    assert found.findings[0].adjusted is not None
    assert found.findings[0].p <= found.findings[0].adjusted < 0.01


def test_gap__same_run_where_numbers_are_often_left_out__nothing() -> None:
    assert gaps(numbered([*range(1, 1000, 15), *range(1020, 2000, 15)])).count == 0


def test_gap__another_book_of_forms__counted_apart() -> None:
    found = gaps(numbered([*range(1, 60), *range(5000, 5060)]))
    assert (found.count, found.set_aside["jump to another book of forms"]) == (0, 1)


def test_gap__in_purchases__not_looked_at() -> None:
    found = gaps([mirror(record) for record in numbered([*range(1, 60), *range(80, 140)])])
    assert (found.examined, found.count) == (0, 0)
    assert found.not_applied


def test_gap__too_few_numbers__not_applied() -> None:
    found = gaps(numbered([*range(1, 15), *range(40, 50)]))
    assert (found.examined, found.count) == (0, 0)
    assert "30 numbers" in found.not_applied


def test_gap__numbers_lost_at_random__false_alarms_stay_rare() -> None:
    rng = np.random.default_rng(11)
    records = []
    for firm, q in enumerate(rng.uniform(0.01, 0.9, 150)):
        numbers = 10_000 * firm + np.cumsum(rng.geometric(1 - q, 200))
        records += numbered(numbers.tolist(), seller=f"S{firm}")
    found = gaps(records)
    assert found.examined > 25_000
    assert found.count <= 2
