import pytest

from trustspace.testing.fakes import MemoryTrainingLedger
from trustspace.testing.training_suite import TrainingLedgerSuite, TrainingWorld


@pytest.fixture
def training_world() -> TrainingWorld:
    accounts = {f"0x{number:040x}": number for number in range(1, 7)}
    ledger = MemoryTrainingLedger(accounts)
    aggregator, *banks, outsider = accounts
    return TrainingWorld(
        aggregator=ledger.as_aggregator(aggregator),
        banks=tuple(ledger.as_party(bank) for bank in banks),
        outsider=ledger.as_party(outsider),
        withdraw=ledger.withdraw_model,
    )


class TestMemoryTrainingLedger(TrainingLedgerSuite):
    """The suite of the real adapter."""
