"""The ports of training on the chain: a bank, an aggregator, or somebody who only reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from trustspace.domain.ids import Address

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.adapters.chain.models import ModelRegistry
    from trustspace.domain.ids import ModelId, OperationId, RunId
    from trustspace.domain.models import ModelCard, ModelRecord, PartyRecord, RunRecord
    from trustspace.domain.sums import SumStatement

T = TypeVar("T")


class ModelReader:
    """`ports.TrainingReader` on the chain.

    What the contract lets be written once is asked for until it is there, and remembered then: commitments, survivors
    and sums of a round.
    """

    def __init__(self, models: ModelRegistry) -> None:
        """Take the registry, bound to the account that acts."""
        self.models = models
        self._commitments: dict[RunId, _Commitments] = {}
        self._survivors: dict[tuple[RunId, int], int] = {}
        self._aggregates: dict[tuple[RunId, int], bytes] = {}

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
        known = self._commitments.setdefault(run, _Commitments())
        if (party, round_number) not in known.found:
            known.read_on(self.models, run)
        return known.found.get((party, round_number))

    def survivors(self, run: RunId, round_number: int) -> int | None:
        """Survivors of a round, a bitmap."""
        return _once(self._survivors, (run, round_number), lambda: self.models.survivors(run, round_number))

    def aggregate(self, run: RunId, round_number: int) -> bytes | None:
        """Hash of a closed round's sum."""
        return _once(self._aggregates, (run, round_number), lambda: self.models.aggregate(run, round_number))

    def model(self, model: ModelId) -> ModelRecord:
        """A model; state NONE when unknown."""
        return self.models.model(model)

    def models_of(self, run: RunId) -> tuple[ModelRecord, ...]:
        """Models of a run, the final one first."""
        return self.models.models_of(run)


@dataclass(slots=True)
class _Commitments:
    """A run's commitments so far, and the block up to which they were read."""

    found: dict[tuple[Address, int], bytes] = field(default_factory=dict)
    block: int | None = None

    def read_on(self, models: ModelRegistry, run: RunId) -> None:
        """Those of later blocks; the last known block once more, as it may hold others."""
        for event in models.events("ContributionCommitted", since=self.block, run=run):
            place = (Address(event.arguments["party"]), event.arguments["round"])
            self.found[place] = event.arguments["contribution"]
            self.block = event.block


def _once(known: dict[tuple[RunId, int], T], place: tuple[RunId, int], read: Callable[[], T | None]) -> T | None:
    found = known.get(place)
    if found is None:
        found = read()
        if found is not None:
            known[place] = found
    return found


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
