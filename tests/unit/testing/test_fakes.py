import pytest

from trustspace.crypto.signing import SigningKey
from trustspace.testing.fakes import MemoryTrainingLedger
from trustspace.testing.training_suite import TrainingLedgerSuite, TrainingWorld


@pytest.fixture
def training_world() -> TrainingWorld:
    signers = [SigningKey(bytes(31) + bytes([number])) for number in range(1, 7)]
    ledger = MemoryTrainingLedger({signer.address: number for number, signer in enumerate(signers, 1)})
    aggregator, *banks, outsider = signers
    return TrainingWorld(
        aggregator=ledger.as_aggregator(aggregator.address),
        banks=tuple(ledger.as_party(bank) for bank in banks),
        outsider=ledger.as_party(outsider),
        withdraw=ledger.withdraw_model,
    )


class TestMemoryTrainingLedger(TrainingLedgerSuite):
    """The suite of the real adapter."""
