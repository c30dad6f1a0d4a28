"""ModelRegistry: training runs, their rounds, and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.chain.contract import Contract, Written
from trustspace.adapters.chain.participants import ParticipantRegistry
from trustspace.crypto.signing import compact
from trustspace.domain.ids import Address, ModelId, OperationId, ParticipantId, RunId
from trustspace.domain.models import ModelCard, ModelRecord, ModelState, PartyRecord, RunRecord, RunState
from trustspace.encoding.eip712 import sum_message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustspace.adapters.chain.contract import Event
    from trustspace.adapters.chain.node import Receipt
    from trustspace.domain.sums import GatheredRound, SumStatement
    from trustspace.encoding.eip712 import TypedMessage


ROUND_EVENTS = ("ContributionCommitted", "SurvivorsFixed", "RoundClosed")
CONFIRMING_GAS = 500_000  # first and finalising at once cost less than 300k
GATHERING_GAS, GATHERING_GAS_EACH = 200_000, 75_000  # a first round costs 60k each; an estimate runs it twenty times


class ModelRegistry(Contract):
    """Runs and models; reads as `TrainingReader` of the ports wants them."""

    name = "ModelRegistry"

    # --- writes ------------------------------------------------------------------------------------------------

    def open_run(
        self, plan_hash: bytes, parties: Sequence[Address], quorum: int, operation: OperationId
    ) -> Written[RunId]:
        """Open a run as the aggregator; the same operation again returns the same run."""
        receipt = self.write("openRun", plan_hash, list(parties), quorum, operation)
        if self.events_in(receipt, "RunOpened"):
            return Written(value=RunId(self.one_event(receipt, "RunOpened")["run"]), receipt=receipt)
        aggregator = ParticipantRegistry(self.client).participant_of(self.account)  # opened before: no event then
        return Written(value=self.run_id_of(aggregator, operation), receipt=receipt)

    def join(self, run: RunId, mask_key: bytes) -> Receipt:
        """Post a party's X25519 mask key."""
        return self.write("join", run, mask_key)

    def commit_contribution(self, run: RunId, round_number: int, contribution: bytes) -> Receipt:
        """Commit to the hash of a masked contribution."""
        return self.write("commitContribution", run, round_number, contribution)

    def gather_round(self, run: RunId, gathered: GatheredRound) -> Receipt:
        """Close the round before, put the survivors' signed commitments on chain and fix them, as the aggregator.

        Not tried out by a call before it is sent: whoever gathered the round checked what the contract checks.
        """
        contributions = [(content, *compact(signature)) for content, signature in gathered.contributions]
        previous = gathered.previous or bytes(32)
        words = (gathered.round, previous, gathered.survivors, gathered.tensor, contributions)
        gas = GATHERING_GAS + GATHERING_GAS_EACH * len(contributions)
        return self.write("gatherRound", run, words, gas=gas, check=False)

    def fix_survivors(self, run: RunId, round_number: int, survivors: int) -> Receipt:
        """Fix whose contributions a round adds up, as the aggregator: a bitmap over the run's parties."""
        return self.write("fixSurvivors", run, round_number, survivors)

    def close_round(self, run: RunId, round_number: int, aggregate: bytes) -> Receipt:
        """Fix the hash of a round's sum, as the aggregator."""
        return self.write("closeRound", run, round_number, aggregate)

    def abandon_run(self, run: RunId, reason_hash: bytes) -> Receipt:
        """Give a run up, as the aggregator."""
        return self.write("abandonRun", run, reason_hash)

    def confirm_model(self, run: RunId, card: ModelCard) -> Written[ModelId]:
        """Confirm the model a party computed itself.

        With gas for finalising, whoever else confirms between the estimate and the block.
        """
        receipt = self.write("confirmModel", run, _card(card), gas=CONFIRMING_GAS)
        if self.events_in(receipt, "ModelConfirmed"):
            return Written(value=ModelId(self.one_event(receipt, "ModelConfirmed")["model"]), receipt=receipt)
        return Written(value=self.model_id_of(run, card), receipt=receipt)  # confirmed before: no event then

    def withdraw_model(self, model: ModelId, reason_hash: bytes) -> Receipt:
        """Take a final model out of use for ever, as the regulator."""
        return self.write("withdrawModel", model, reason_hash)

    # --- reads -------------------------------------------------------------------------------------------------

    def run(self, run: RunId) -> RunRecord:
        """A run; state NONE when unknown."""
        state, aggregator, last, _, joined, quorum, plan_hash, _ = self.read("runInfo", run)
        parties = self.read("partiesOf", run) if state != RunState.NONE else ()
        return RunRecord(
            run=run,
            state=RunState(state),
            aggregator=ParticipantId(aggregator),
            round=last,
            parties=tuple(Address(party) for party in parties),
            joined=joined,
            quorum=quorum,
            plan_hash=plan_hash,
        )

    def party(self, run: RunId, party: Address) -> PartyRecord:
        """A party of a run. Raises ContractRefused when it is none."""
        participant, last, _, mask_key = self.read("partyInfo", run, party)
        return PartyRecord(
            party=party,
            participant=ParticipantId(participant),
            round=last,
            mask_key=mask_key if any(mask_key) else None,
        )

    def latest_contribution(self, run: RunId, party: Address) -> int:
        """Low 208 bits of what a party last committed to, as the contract keeps them."""
        return int(self.read("partyInfo", run, party)[2])

    def contribution(self, run: RunId, party: Address, round_number: int) -> bytes | None:
        """Hash a party committed to in a round, from the event; None when it has not."""
        found = self.events("ContributionCommitted", run=run, party=party, round=round_number)
        return next((event.arguments["contribution"] for event in found), None)

    def contributions(self, run: RunId) -> dict[tuple[int, Address], bytes]:
        """All commitments of a run by round and party."""
        return {
            (event.arguments["round"], Address(event.arguments["party"])): event.arguments["contribution"]
            for event in self.events("ContributionCommitted", run=run)
        }

    def round_events(self, run: RunId, since: int | None = None) -> Iterator[Event]:
        """Commitments, survivors and closings of a run's rounds in order, from block `since` on."""
        return self.events_among(ROUND_EVENTS, since=since, run=run)

    def survivors(self, run: RunId, round_number: int) -> int | None:
        """Survivors of a round as a bitmap over the run's parties; None while not fixed."""
        return int(self.read("survivorsOf", run, round_number)) or None

    def aggregate(self, run: RunId, round_number: int) -> bytes | None:
        """Hash of a closed round's sum; None while it is open."""
        found = bytes(self.read("aggregateOf", run, round_number))
        return found if any(found) else None

    def model(self, model: ModelId) -> ModelRecord:
        """A model; state NONE when unknown."""
        state, run, _, confirmations, card = self.read("modelInfo", model)
        return ModelRecord(
            model=model,
            state=ModelState(state),
            run=RunId(run),
            confirmations=confirmations,
            card=ModelCard(
                model_hash=card[0],
                schema_hash=card[1],
                code_hash=card[2],
                metrics_hash=card[3],
                commitment=card[4],
            ),
        )

    def models_of(self, run: RunId) -> tuple[ModelRecord, ...]:
        """Models that parties of a run confirmed, the final or withdrawn one first."""
        seen = dict.fromkeys(ModelId(event.arguments["model"]) for event in self.events("ModelConfirmed", run=run))
        records = [self.model(model) for model in seen]
        return tuple(sorted(records, key=lambda record: -record.state))

    def final_models_of(self, model_hash: bytes) -> tuple[ModelRecord, ...]:
        """Models in use whose document has this SHA-256; several runs may have ended in the same one."""
        seen = dict.fromkeys(ModelId(event.arguments["model"]) for event in self.events("ModelFinalised"))
        records = (self.model(model) for model in seen)
        return tuple(it for it in records if it.state is ModelState.FINAL and it.card.model_hash == model_hash)

    def sum_message(self, statement: SumStatement) -> TypedMessage:
        """What a party signs about a message of a secure sum, bound to this contract."""
        return sum_message(self.address, self.client.chain_id, statement)

    def run_id_of(self, aggregator: ParticipantId, operation: OperationId) -> RunId:
        """The id a run has, by the contract's own word."""
        return RunId(self.read("runIdOf", aggregator, operation))

    def model_id_of(self, run: RunId, card: ModelCard) -> ModelId:
        """The id a model has, by the contract's own word."""
        return ModelId(self.read("modelIdOf", run, _card(card)))


def _card(card: ModelCard) -> tuple[bytes, ...]:
    return card.model_hash, card.schema_hash, card.code_hash, card.metrics_hash, card.commitment
