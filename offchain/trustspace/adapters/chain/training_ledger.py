"""The ports of training on the chain: a bank, an aggregator, or somebody who only reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from trustspace.adapters.chain.models import ROUND_EVENTS
from trustspace.domain.ids import Address

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.adapters.chain.contract import Event
    from trustspace.adapters.chain.models import ModelRegistry
    from trustspace.domain.ids import ModelId, OperationId, RunId
    from trustspace.domain.models import ModelCard, ModelRecord, PartyRecord, RunRecord
    from trustspace.domain.sums import GatheredRound, SumStatement

T = TypeVar("T")


class ModelReader:
    """`ports.TrainingReader` on the chain.

    What the contract lets be written once is asked for until it is there, and remembered then: commitments, survivors
    and sums of a round. One request brings all that is new of a run.
    """

    def __init__(self, models: ModelRegistry) -> None:
        """Take the registry, bound to the account that acts."""
        self.models = models
        self._runs: dict[RunId, _Rounds] = {}

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
        return self._found(run, lambda known: known.contributions.get((party, round_number)))

    def survivors(self, run: RunId, round_number: int) -> int | None:
        """Survivors of a round, a bitmap."""
        return self._found(run, lambda known: known.survivors.get(round_number))

    def aggregate(self, run: RunId, round_number: int) -> bytes | None:
        """Hash of a closed round's sum."""
        return self._found(run, lambda known: known.aggregates.get(round_number))

    def model(self, model: ModelId) -> ModelRecord:
        """A model; state NONE when unknown."""
        return self.models.model(model)

    def models_of(self, run: RunId) -> tuple[ModelRecord, ...]:
        """Models of a run, the final one first."""
        return self.models.models_of(run)

    def _known(self, run: RunId) -> _Rounds:
        return self._runs.setdefault(run, _Rounds())

    def _found(self, run: RunId, look: Callable[[_Rounds], T | None]) -> T | None:
        known = self._known(run)
        found = look(known)
        if found is None:
            known.read_on(self.models, run)
            found = look(known)
        return found


@dataclass(slots=True)
class _Rounds:
    """What stands of a run's rounds so far, and the block up to which it was read."""

    contributions: dict[tuple[Address, int], bytes] = field(default_factory=dict)
    survivors: dict[int, int] = field(default_factory=dict)
    aggregates: dict[int, bytes] = field(default_factory=dict)
    block: int | None = None

    def read_on(self, models: ModelRegistry, run: RunId) -> None:
        """What later blocks hold; the last known block once more, as it may hold others."""
        for event in models.round_events(run, self.block):
            self.take(event)
            self.block = event.block

    def take(self, event: Event) -> None:
        """Remember what an event tells."""
        told = event.arguments
        match event.name:
            case "ContributionCommitted":
                self.contributions[Address(told["party"]), told["round"]] = told["contribution"]
            case "SurvivorsFixed":
                self.survivors[told["round"]] = told["survivors"]
            case "RoundClosed":
                self.aggregates[told["round"]] = told["aggregate"]


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

    def gather_round(self, run: RunId, gathered: GatheredRound) -> None:
        """Close the round before; put the survivors' commitments and the survivors on chain."""
        receipt = self.models.gather_round(run, gathered)
        for name in ROUND_EVENTS:
            for event in self.models.events_in(receipt, name):
                self._known(run).take(event)

    def close_round(self, run: RunId, round_number: int, aggregate: bytes) -> None:
        """Fix a round's sum."""
        self.models.close_round(run, round_number, aggregate)

    def abandon_run(self, run: RunId, reason_hash: bytes) -> None:
        """Give a run up."""
        self.models.abandon_run(run, reason_hash)
