"""The ports of training on the chain: a bank, an aggregator, or somebody who only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustspace.adapters.chain.models import ModelRegistry
    from trustspace.domain.ids import Address, ModelId, OperationId, RunId
    from trustspace.domain.models import ModelCard, ModelRecord, PartyRecord, RunRecord
    from trustspace.domain.sums import SumStatement


class ModelReader:
    """`ports.TrainingReader` on the chain."""

    def __init__(self, models: ModelRegistry) -> None:
        """Take the registry, bound to the account that acts."""
        self.models = models

    @property
    def address(self) -> Address:
        """Account that signs."""
        return self.models.account

    @property
    def chain_id(self) -> int:
        """Chain that signatures are bound to."""
        return self.models.client.chain_id

    @property
    def registry(self) -> Address:
        """Contract that signatures are bound to."""
        return self.models.address

    def run(self, run: RunId) -> RunRecord:
        """A run; state NONE when unknown."""
        return self.models.run(run)

    def party(self, run: RunId, party: Address) -> PartyRecord:
        """A party of a run."""
        return self.models.party(run, party)

    def contribution(self, run: RunId, party: Address, round_number: int) -> bytes | None:
        """Hash a party committed to in a round."""
        return self.models.contribution(run, party, round_number)

    def survivors(self, run: RunId, round_number: int) -> int | None:
        """Survivors of a round, a bitmap."""
        return self.models.survivors(run, round_number)

    def aggregate(self, run: RunId, round_number: int) -> bytes | None:
        """Hash of a closed round's sum."""
        return self.models.aggregate(run, round_number)

    def model(self, model: ModelId) -> ModelRecord:
        """A model; state NONE when unknown."""
        return self.models.model(model)

    def models_of(self, run: RunId) -> tuple[ModelRecord, ...]:
        """Models of a run, the final one first."""
        return self.models.models_of(run)


class BankLedger(ModelReader):
    """`ports.PartyLedger` on the chain."""

    def join(self, run: RunId, mask_key: bytes) -> None:
        """Post the mask key."""
        self.models.join(run, mask_key)

    def commit_contribution(self, run: RunId, round_number: int, contribution: bytes) -> None:
        """Commit to a masked contribution."""
        self.models.commit_contribution(run, round_number, contribution)

    def sign(self, statement: SumStatement) -> bytes:
        """Sign what this bank says about a message of a secure sum. Raises SignerMissing without a signer."""
        return self.models.signer.sign_message(self.models.sum_message(statement))

    def confirm_model(self, run: RunId, card: ModelCard) -> ModelId:
        """Confirm a model."""
        return self.models.confirm_model(run, card).value


class RunLedger(ModelReader):
    """`ports.AggregatorLedger` on the chain."""

    def open_run(self, plan_hash: bytes, parties: tuple[Address, ...], quorum: int, operation: OperationId) -> RunId:
        """Open a run."""
        return self.models.open_run(plan_hash, parties, quorum, operation).value

    def fix_survivors(self, run: RunId, round_number: int, survivors: int) -> None:
        """Fix a round's survivors."""
        self.models.fix_survivors(run, round_number, survivors)

    def close_round(self, run: RunId, round_number: int, aggregate: bytes) -> None:
        """Fix a round's sum."""
        self.models.close_round(run, round_number, aggregate)

    def abandon_run(self, run: RunId, reason_hash: bytes) -> None:
        """Give a run up."""
        self.models.abandon_run(run, reason_hash)
