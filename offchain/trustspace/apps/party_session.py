"""A bank's part in a training run: its table, its account, and the memory that lets it come back after a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.apps.session import home

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.apps.space import Space
    from trustspace.domain.ids import OperationId
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.table import LabelledRows
    from trustspace.services.training import TrainingParty


def operation_of(name: str) -> OperationId:
    """One name, one run."""
    from trustspace.domain.ids import OperationId
    from trustspace.encoding.hashing import keccak

    return OperationId(keccak(name.encode()))


def training_party(
    plan: TrainingPlan, rows: LabelledRows, space: Space, run_name: str, *, kept: Path | None = None
) -> TrainingParty:
    """The party that a space's account acts for; `kept`: its file for an auditor inside the bank.

    Raises InputError when another process plays this part.
    """
    from trustspace.adapters.chain.training_ledger import BankLedger
    from trustspace.adapters.store.party_memory import FileMemory
    from trustspace.services.keepsake import Keepsake
    from trustspace.services.training import TrainingParty

    ledger = BankLedger(space.models)
    participant = space.participants.participant_of(ledger.address)
    memory = FileMemory(_memory_path(space, run_name))
    keepsake = Keepsake(kept) if kept else None
    return TrainingParty(plan, rows, ledger, participant, memory=memory, keepsake=keepsake)


def _memory_path(space: Space, run_name: str) -> Path:
    """By chain (its first block: a test chain started anew is another), run and account."""
    chain = space.client.node.identity.genesis_hash.removeprefix("0x")[:16]
    name = f"{chain}-{operation_of(run_name).hex()[:16]}-{space.models.account}.memory"
    return home() / "runs" / name
