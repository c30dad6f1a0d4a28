"""Federated training of any kind of model: parties, aggregator and the driver that carries messages between them.

Every party replays the run from the sums it checked itself and confirms only the model it computed. The driver talks to
parties through `ports.TrainingPeer`, whose arguments and results are ids and public bytes: a party may live elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.crypto.masks import MaskBook, MaskKey
from trustspace.domain.models import ModelCard
from trustspace.encoding.sum_message import vector_hash
from trustspace.errors import CommitmentMismatch, MissingParty, RoundOutOfOrder
from trustspace.learning.training import start_training
from trustspace.services.secure_sum import SumGroup, SumParty, open_sum, require_enough, sum_messages
from trustspace.services.transcript import TranscriptWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from trustspace.domain.ids import Address, ModelId, OperationId, ParticipantId, RunId
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.run import TrainedModel
    from trustspace.learning.table import LabelledRows
    from trustspace.ports import AggregatorLedger, PartyLedger, TrainingPeer


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOutcome:
    """What a finished run leaves. `bytes_per_party`: what one party sent in all rounds."""

    run: RunId
    model: ModelId
    card: ModelCard
    trained: TrainedModel
    parties: int
    rounds: int
    bytes_per_party: int


def card_of(plan: TrainingPlan, trained: TrainedModel) -> ModelCard:
    """The hashes that name a model on the ledger."""
    return ModelCard(
        model_hash=trained.model.digest,
        schema_hash=plan.schema_hash,
        code_hash=sha256(plan.code_version.encode()).digest(),
        metrics_hash=sha256(trained.metrics.to_bytes()).digest(),
    )


class TrainingParty:
    """One bank. Rows and mask key stay inside; only masked messages come out. Implements `ports.TrainingPeer`."""

    def __init__(
        self,
        plan: TrainingPlan,
        rows: LabelledRows,
        ledger: PartyLedger,
        participant: ParticipantId,
        *,
        key: MaskKey | None = None,
        book: MaskBook | None = None,
    ) -> None:
        """`key`: fresh for every run unless given (tests, a restarted worker); `book`: what it already covered."""
        self.participant = participant
        self._plan = plan
        self._ledger = ledger
        self._key = key or MaskKey.generate()
        self._book = book if book is not None else MaskBook()
        self._training = start_training(plan)
        self._work = self._training.work(rows)
        self._run: RunId | None = None
        self._sum: SumParty | None = None

    @property
    def address(self) -> Address:
        """Account that signs."""
        return self._ledger.address

    @property
    def result(self) -> TrainedModel | None:
        """The model as this party computed it, None before the end."""
        return self._training.result

    def join(self, run: RunId) -> None:
        """Post the mask key. Raises CommitmentMismatch when the run has another plan than this party agreed to."""
        record = self._ledger.run(run)
        require_enough(len(record.parties), f"run {run.hex()[:16]}")
        if record.plan_hash != self._plan.digest:
            raise CommitmentMismatch(
                "the run was opened with another plan",
                where=f"party {self.participant}, run {run.hex()[:16]}",
                remedy="agree on one plan, byte for byte, and open a new run",
            )
        self._ledger.join(run, self._key.public)
        self._run = run

    def commit(self, round_number: int) -> None:
        """Compute, check, mask and commit. Raises OutOfRange naming a feature beyond its bound, RoundOutOfOrder."""
        self._require_round(round_number)
        shape = self._training.shape
        values = self._work.contribution()
        shape.check(values, self._plan.max_rows, f"party {self.participant}")
        self._group_sum().commit(round_number, shape.tensor, values)

    def reveal(self, round_number: int) -> bytes:
        """The masked message, once every party committed (else MissingParty)."""
        self._require_round(round_number)
        return self._group_sum().reveal(round_number)

    def accept(self, round_number: int, messages: Mapping[ParticipantId, bytes], aggregate: bytes) -> None:
        """Check the sum against messages and ledger, then take the step it implies."""
        self._require_round(round_number)
        shape = self._training.shape
        sums = self._group_sum().verify(round_number, shape.tensor, shape.size, messages, aggregate)
        shape.check(sums, self._plan.max_rows * len(messages), "sum")
        self._training.absorb(sums)

    def confirm(self) -> ModelId:
        """Confirm the model on the ledger. Raises RoundOutOfOrder before the last round."""
        if self._training.result is None or self._run is None:
            raise RoundOutOfOrder(
                "there is no model to confirm yet", where=f"party {self.participant}", remedy="finish all rounds"
            )
        return self._ledger.confirm_model(self._run, card_of(self._plan, self._training.result))

    def _group_sum(self) -> SumParty:
        if self._sum is None:
            if self._run is None:
                raise RoundOutOfOrder("not joined", where=f"party {self.participant}", remedy="join the run first")
            group = SumGroup.of(self._ledger, self._run)
            if self._ledger.party(self._run, self.address).participant != self.participant:
                raise MissingParty(
                    f"account {self.address} does not act for participant {self.participant}",
                    where=f"run {self._run.hex()[:16]}",
                    remedy="start the party with the account's own participant",
                )
            self._training.require_headroom(len(group.members))
            self._sum = SumParty(self._ledger, group, self._key, self._book)
        return self._sum

    def _require_round(self, round_number: int) -> None:
        if round_number != self._training.round:
            raise RoundOutOfOrder(
                f"asked for round {round_number}, stands at round {self._training.round}",
                where=f"party {self.participant}",
                remedy="rounds run in order, each once",
            )


class Aggregator:
    """Adds up masked messages; sees nothing else. Follows the run to know each round's tensor and the final model."""

    def __init__(self, plan: TrainingPlan, ledger: AggregatorLedger) -> None:
        self._plan = plan
        self._ledger = ledger
        self._training = start_training(plan)
        self._group: SumGroup | None = None

    @property
    def result(self) -> TrainedModel | None:
        """The model, None before the end."""
        return self._training.result

    @property
    def round(self) -> int:
        """The round to close next."""
        return self._training.round

    def open(self, parties: Sequence[Address], quorum: int, operation: OperationId) -> RunId:
        """Open the run on the ledger. Raises TooFewParties below three."""
        require_enough(len(parties), "opening a run")
        return self._ledger.open_run(self._plan.digest, tuple(parties), quorum, operation)

    def group(self, run: RunId) -> SumGroup:
        """Members of the run with their mask keys. Raises MissingParty naming one that has not joined."""
        if self._group is None or self._group.run != run:
            self._group = SumGroup.of(self._ledger, run)
        return self._group

    def close(self, run: RunId, round_number: int, messages: Mapping[ParticipantId, bytes]) -> bytes:
        """Check every message, add up, fix the sum's hash on the ledger; returns the sum's bytes.

        Raises MissingParty, CommitmentMismatch or RoundOutOfOrder naming a party, OutOfRange naming a feature.
        """
        if round_number != self._training.round:
            raise RoundOutOfOrder(
                f"round {self._training.round} comes next", where=f"round {round_number}", remedy="close it first"
            )
        shape = self._training.shape
        group = self.group(run)
        aggregate = sum_messages(self._ledger, group, round_number, shape.tensor, shape.size, messages)
        sums = open_sum(aggregate)
        shape.check(sums, self._plan.max_rows * len(group.members), "sum")
        self._ledger.close_round(run, round_number, vector_hash(aggregate))
        self._training.absorb(sums)
        return aggregate


def train(
    plan: TrainingPlan,
    aggregator: Aggregator,
    parties: Sequence[TrainingPeer],
    *,
    operation: OperationId,
    quorum: int | None = None,
    transcript: Path | None = None,
    on_round: Callable[[int, int], None] | None = None,
) -> TrainingOutcome:
    """Run all rounds and have every party confirm its model.

    `quorum`: confirmations that make the model final (default: all but a third, more than half). `transcript`: folder
    for the public record. `on_round(done, most)` is called after each round. Raises MissingParty naming a party that
    does not deliver: the round stays open then, and calling again with the same objects goes on from it.
    """
    run = aggregator.open([party.address for party in parties], quorum or _usual_quorum(len(parties)), operation)
    for party in parties:
        party.join(run)
    group = aggregator.group(run)
    record = TranscriptWriter(transcript, plan, group) if transcript else None
    sent = 0
    while aggregator.result is None:
        round_number = aggregator.round
        for party in parties:
            party.commit(round_number)
        messages = {party.participant: party.reveal(round_number) for party in parties}
        aggregate = aggregator.close(run, round_number, messages)
        for party in parties:
            party.accept(round_number, messages, aggregate)
        if record:
            record.add_round(round_number, messages, aggregate)
        sent += max(len(message) for message in messages.values())
        if on_round:
            on_round(round_number, plan.rounds)
    trained = aggregator.result
    if record:
        record.finish(trained)
    models = [party.confirm() for party in parties]
    return TrainingOutcome(
        run=run,
        model=models[0],
        card=card_of(plan, trained),
        trained=trained,
        parties=len(parties),
        rounds=aggregator.round - 1,
        bytes_per_party=sent,
    )


def _usual_quorum(parties: int) -> int:
    return max(parties // 2 + 1, parties - parties // 3)
