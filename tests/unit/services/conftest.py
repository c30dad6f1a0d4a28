"""A federated run of the small loan book, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.unit.services.sums import AGGREGATOR, signer
from trustspace.adapters.transport.in_process import InProcess
from trustspace.learning.plan import TrainingPlan
from trustspace.services.federation import TrainingOutcome, train
from trustspace.services.training import Aggregator, TrainingParty
from trustspace.testing.fakes import MemoryTrainingLedger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPERATION = b"o" * 32


@dataclass(slots=True, kw_only=True)
class Federation:
    """Banks that each hold a part of the loan book."""

    plan: TrainingPlan
    ledger: MemoryTrainingLedger
    aggregator: Aggregator
    parties: list[TrainingParty]

    def train(
        self, transcript: Path | None = None, operation: bytes = OPERATION, *, resume: bool = False
    ) -> TrainingOutcome:
        parties = InProcess(self.parties)
        return train(self.plan, self.aggregator, parties, operation=operation, transcript=transcript, resume=resume)


@pytest.fixture(scope="session")
def federate(loan_book) -> Callable[..., Federation]:
    def build(
        banks: int,
        *,
        backwards: bool = False,
        split_seed: int = 0,
        restart: bool = True,
        plan: TrainingPlan = loan_book.plan,
    ) -> Federation:
        accounts = {signer(number): 3 * number for number in range(11, 11 + banks)}
        ledger = MemoryTrainingLedger({AGGREGATOR: 1} | {key.address: party for key, party in accounts.items()})
        parties = [
            TrainingParty(plan, loan_book.rows(part, plan=plan), ledger.as_party(account), participant, restart=restart)
            for part, (account, participant) in zip(loan_book.split(banks, split_seed), accounts.items(), strict=True)
        ]
        return Federation(
            plan=plan,
            ledger=ledger,
            aggregator=Aggregator(plan, ledger.as_aggregator(AGGREGATOR)),
            parties=parties[::-1] if backwards else parties,
        )

    return build
