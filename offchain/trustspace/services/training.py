"""Federated training of any kind: a party and the aggregator. `services.federation` carries messages between them.

Every party replays the run from the sums it checked itself and confirms only the model it computed.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.crypto.masks import MaskBook, MaskKey
from trustspace.domain.models import ModelCard
from trustspace.encoding.sum_message import vector_hash
from trustspace.encoding.sum_round import Offer
from trustspace.errors import CommitmentMismatch, LeftOut, MemoryLost, MissingParty, RoundOutOfOrder
from trustspace.learning.contribution.training import ValuedWork
from trustspace.learning.data_root import rows_secret, statement_of
from trustspace.learning.privacy.accounting import require_paid
from trustspace.learning.provable import model_commitment
from trustspace.services.model_card.document import RunFacts, card_bytes
from trustspace.services.party_record import ClosedRound, PartyRecord
from trustspace.services.passes import Passes
from trustspace.services.sum_aggregator import RoundDesk
from trustspace.services.sum_group import SumGroup, require_enough, require_same
from trustspace.services.sum_party import SumParty
from trustspace.services.sum_round import open_sum, sum_of, void_sum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.domain.ids import Address, ModelId, OperationId, ParticipantId, RunId
    from trustspace.domain.sums import OfferMessage, SignedMessage
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.run import LocalWork, TrainedModel
    from trustspace.learning.table import LabelledRows
    from trustspace.ports import AggregatorLedger, PartyLedger, PartyMemory
    from trustspace.services.desk_record import DeskRecord
    from trustspace.services.keepsake import Keepsake
    from trustspace.services.sum_round import Roster, RoundRecord, SumShape


def card_of(plan: TrainingPlan, trained: TrainedModel, facts: RunFacts) -> ModelCard:
    """What names a model on the ledger. The hash of the figures is the model card's."""
    return ModelCard(
        model_hash=trained.model.digest,
        schema_hash=plan.schema_hash,
        code_hash=sha256(plan.code_version.encode()).digest(),
        metrics_hash=sha256(card_bytes(plan, trained, facts)).digest(),
        commitment=model_commitment(trained.model),
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
        memory: PartyMemory | None = None,
        restart: bool = True,
        keepsake: Keepsake | None = None,
    ) -> None:
        """`memory`: what it kept of this run before a restart, and will keep; without one, a restart means leaving.

        `restart`: whether it goes on without parties that left, from the first step. The sums of both passes together
        tell what those parties had added to the first one's; without it the party stops instead. `keepsake`: where the
        secrets go that an auditor inside the bank needs to recompute its contributions; none are kept without.
        """
        self.participant = participant
        self._plan = plan
        self._rows = rows
        self._ledger = ledger
        self._key = MaskKey.generate()
        self._record = PartyRecord(memory) if memory is not None else None
        self._restart = restart
        self._keepsake = keepsake
        self._run: RunId | None = None
        self._sum: SumParty | None = None
        self._passes: Passes | None = None
        self._work: LocalWork | None = None
        self._pass = 0
        self._noisy: tuple[int, Int64s] | None = None

    @property
    def address(self) -> Address:
        """Account that signs."""
        return self._ledger.address

    @property
    def result(self) -> TrainedModel | None:
        """The model as this party computed it, None before the end."""
        return self._passes.result if self._passes else None

    @property
    def model(self) -> ModelId | None:
        """The model it confirmed, as far as it remembers."""
        return self._record.model if self._record else None

    def join(self, run: RunId) -> None:
        """Post the mask key.

        Raises CommitmentMismatch when the run has another plan than this party agreed to, InvalidPlan when its noise
        does not keep to its own budget.
        """
        record = self._ledger.run(run)
        require_enough(len(record.parties), f"run {run.hex()[:16]}")
        if record.plan_hash != self._plan.digest:
            raise CommitmentMismatch(
                "the run was opened with another plan",
                where=f"party {self.participant}, run {run.hex()[:16]}",
                remedy="agree on one plan, byte for byte, and open a new run",
            )
        if self._record:
            self._key = self._record.begin(run, self._key)
            if self._record.model is not None:
                return  # all that is left is to say so again
        known = self._ledger.party(run, self.address).mask_key
        if known not in (None, self._key.public):
            raise MemoryLost(
                "joined this run before and has no memory of it",
                where=f"party {self.participant}, run {run.hex()[:16]}",
                remedy="the others go on without it; a new run needs a new name",
            )
        if self._plan.privacy is not None:
            require_paid(self._plan.privacy)
        if known is None:
            self._ledger.join(run, self._key.public)
        self._run = run

    def position(self, run: RunId) -> int:
        """The round it stands at: the next one whose sum it has not accepted."""
        if self._record and self._record.model is not None:
            return 1 + sum(1 for _ in self._record.closed())
        self.join(run)
        return self._begun()[1].round

    def offer(self, round_number: int) -> OfferMessage:
        """Draw this round's keys and share them out. Raises LeftOut when the party is out of the run."""
        party, _ = self._present(round_number)
        return party.offer(round_number)

    def commit(
        self, round_number: int, offers: Mapping[ParticipantId, SignedMessage], sealed: Mapping[ParticipantId, bytes]
    ) -> SignedMessage:
        """Compute, check, mask and sign. Raises OutOfRange naming a feature beyond its bound, and as `SumParty`."""
        party, passes = self._present(round_number)
        roster = party.enrol(round_number, offers, sealed)
        shape = passes.begin(roster.stated)
        if self._work is None or passes.count != self._pass:
            self._work, self._pass = passes.training.work(self._rows, party.group.seat(self.participant)), passes.count
        values = self._contribution(round_number, self._work)
        shape.check(values, len(self._rows), f"party {self.participant}")
        return party.commit(round_number, passes.shape(), values)

    def answer(self, round_number: int, contributions: Mapping[ParticipantId, bytes]) -> SignedMessage:
        """One share for each peer. Raises LeftOut when somebody left in mid-pass: such a round is not opened."""
        party, passes = self._present(round_number)
        party.require_survivor(round_number)
        if not passes.opens(party.group.survivors(self._ledger, round_number)):
            raise LeftOut(
                "asked to open a round that a member left in the middle of a pass",
                where=f"aggregator, round {round_number}",
                remedy="close the round without a sum",
            )
        return party.answer(round_number, contributions)

    def accept(self, round_number: int, answers: Mapping[ParticipantId, SignedMessage], aggregate: bytes) -> None:
        """Check the sum against messages and ledger, then take the step it implies."""
        party, passes = self._present(round_number)
        survivors = party.group.survivors(self._ledger, round_number)
        roster = {party: passes.stated[party] for party in passes.members or ()}
        if passes.opens(survivors):
            sums = party.verify(round_number, answers, aggregate)
            if isinstance(self._work, ValuedWork):
                self._work.require_own(sums)
            passes.end(survivors, sums)
        else:
            party.require_same_sum(round_number, void_sum(party.group, round_number), aggregate)
            passes.end(survivors, None)
        if self._record:
            self._record.close(round_number, ClosedRound(roster=roster, survivors=survivors, aggregate=aggregate))
        party.forget()

    def confirm(self) -> ModelId:
        """Confirm the model on the ledger. Raises RoundOutOfOrder before the last round is closed there.

        Raises CommitmentMismatch when it was closed with another sum.
        """
        if self._record and self._record.model is not None:
            return self._record.model
        if self.result is None or self._run is None or self._sum is None or self._passes is None:
            raise RoundOutOfOrder(
                "there is no model to confirm yet", where=f"party {self.participant}", remedy="finish all rounds"
            )
        self._sum.require_closed()
        facts = RunFacts.of(self._run, self._sum.group.by_id, self._passes.members or ())
        model = self._ledger.confirm_model(self._run, card_of(self._plan, self.result, facts))
        if self._record:
            self._record.end(self._run, model)
        return model

    def _contribution(self, round_number: int, work: LocalWork) -> Int64s:
        """Computed anew when asked again, as it follows from rows and sums; noise does not, so it is drawn once."""
        if self._plan.privacy is None:
            return work.contribution()
        if self._noisy is None or self._noisy[0] != round_number:
            kept = self._record.noisy(round_number) if self._record else None
            values = work.contribution() if kept is None else kept
            if self._record and kept is None:
                self._record.keep_noisy(round_number, values)
            self._noisy = (round_number, values)
        return self._noisy[1]

    def _present(self, round_number: int) -> tuple[SumParty, Passes]:
        party, passes = self._begun()
        if round_number != passes.round:
            raise RoundOutOfOrder(
                f"asked for round {round_number}, stands at round {passes.round}",
                where=f"party {self.participant}",
                remedy="rounds run in order, each once",
            )
        return party, passes

    def _begun(self) -> tuple[SumParty, Passes]:
        if self._sum is None or self._passes is None:
            if self._run is None:
                raise RoundOutOfOrder("not joined", where=f"party {self.participant}", remedy="join the run first")
            group = SumGroup.of(self._ledger, self._run)
            if self._ledger.party(self._run, self.address).participant != self.participant:
                raise MissingParty(
                    f"account {self.address} does not act for participant {self.participant}",
                    where=f"run {self._run.hex()[:16]}",
                    remedy="start the party with the account's own participant",
                )
            passes = Passes(self._plan, len(group.members), restart=self._restart)
            passes.training.require_headroom(len(group.members))
            self._sum, self._passes = self._sum_party(group, self._run), passes
            if self._record:
                self._recall(self._record, self._sum, passes)
        return self._sum, self._passes

    def _sum_party(self, group: SumGroup, run: RunId) -> SumParty:
        secret = rows_secret(self._key)
        keep = self._keepsake.begin(run, self.participant, secret) if self._keepsake else None
        book = self._record.book if self._record else MaskBook()
        data = statement_of(self._rows, secret)
        return SumParty(self._ledger, group, self._key, book, self._record, data=data, keep=keep)

    def _recall(self, record: PartyRecord, party: SumParty, passes: Passes) -> None:
        """Stand where it stood before a restart; masks the same vector again, or none (MaskReuse)."""
        for closed in record.closed():
            party.due = (passes.round, vector_hash(closed.aggregate))
            passes.replay(closed)
        enrolment = record.enrolment()
        if enrolment is not None:
            self.commit(enrolment.round, enrolment.signed, enrolment.sealed)


class Aggregator:
    """Adds up masked messages; sees nothing else. Follows the run to know each round's tensor and the final model."""

    def __init__(self, plan: TrainingPlan, ledger: AggregatorLedger) -> None:
        self._plan = plan
        self._record: DeskRecord | None = None
        self._ledger = ledger
        self._group: SumGroup | None = None
        self._passes: Passes | None = None
        self._desk: RoundDesk | None = None
        self._previous: bytes | None = None

    @property
    def result(self) -> TrainedModel | None:
        """The model, None before the end."""
        return self._passes.result if self._passes else None

    @property
    def round(self) -> int:
        """The round to close next."""
        return self._passes.round if self._passes else 1

    @property
    def members(self) -> tuple[ParticipantId, ...]:
        """Parties of the present pass: those whose rows the model will stand for."""
        return tuple(sorted(self._passes.members or ())) if self._passes else ()

    def facts(self, run: RunId) -> RunFacts:
        """Who took part."""
        return RunFacts.of(run, self.group(run).by_id, self.members)

    @property
    def step(self) -> int:
        """Steps of the present pass that are done."""
        return self._passes.training.round - 1 if self._passes else 0

    def open(self, parties: Sequence[Address], quorum: int, operation: OperationId) -> RunId:
        """Open the run on the ledger. Raises TooFewParties below three."""
        require_enough(len(parties), "opening a run")
        if self._plan.privacy is not None:
            require_paid(self._plan.privacy)
        return self._ledger.open_run(self._plan.digest, tuple(parties), quorum, operation)

    def begun(self, run: RunId) -> bool:
        """Whether somebody else, or this aggregator before a restart, has begun the run."""
        return self._group is None and self._ledger.run(run).joined > 0

    def standing(self, run: RunId) -> int:
        """The round that is open on the ledger."""
        return self._ledger.run(run).round + 1

    def keep_in(self, record: DeskRecord) -> None:
        """Keep what comes in so that a restart can go on from it."""
        self._record = record

    def replay(self, run: RunId, closed: RoundRecord) -> None:
        """Follow a round that was closed before a restart.

        Raises CommitmentMismatch unless the ledger has its hash; for the last one, which the ledger need not have yet,
        unless the recorded messages give its sum.
        """
        group, passes = self.group(run), self._known()
        where = f"transcript, round {closed.round}"
        survivors = group.survivors(self._ledger, closed.round)
        offers = {
            party: Offer.from_bytes(message.body, where=f"{where}, party {party}").data
            for party, message in closed.offers.items()
        }
        self._previous = self._ledger.aggregate(run, closed.round)
        if self._previous is None:
            passes.begin(offers)
            opens = passes.opens(survivors)
            expected = sum_of(self._ledger, group, closed, passes.shape()) if opens else void_sum(group, closed.round)
            require_same(expected, closed.aggregate, where, "the recorded sum is not the sum of the messages")
            self._previous = vector_hash(closed.aggregate)
        require_same(
            vector_hash(closed.aggregate),
            self._previous,
            where,
            "the recorded sum has another hash than the one on the ledger",
        )
        passes.replay(ClosedRound(roster=offers, survivors=survivors, aggregate=closed.aggregate))

    def final(self, run: RunId) -> ModelId | None:
        """The model that stands on the ledger already, when it is the one computed here."""
        models = self._ledger.models_of(run)
        same = self.result and models and models[0].card == card_of(self._plan, self.result, self.facts(run))
        return models[0].model if same else None

    def group(self, run: RunId) -> SumGroup:
        """Members of the run with their mask keys. Raises MissingParty naming one that has not joined."""
        if self._group is None or self._group.run != run:
            self._group = SumGroup.of(self._ledger, run)
            self._passes = Passes(self._plan, len(self._group.members))
            self._desk = None
        return self._group

    def desk(self, run: RunId) -> RoundDesk:
        """Where the messages of the present round come in."""
        group = self.group(run)
        if self._desk is None or self._desk.round != self.round:
            self._desk = RoundDesk(self._ledger, group, self.round, self._record, previous=self._previous)
        return self._desk

    def shape(self, roster: Roster) -> SumShape:
        """Tensor of the present round over those who made an offer."""
        passes = self._known()
        passes.begin(roster.stated)
        return passes.shape()

    def opens(self, survivors: frozenset[ParticipantId]) -> bool:
        """Whether the present round is opened over these survivors."""
        return self._known().opens(survivors)

    def close(self, run: RunId, survivors: frozenset[ParticipantId]) -> RoundRecord:
        """Open the sum unless somebody left in mid-pass, take the step; the last one's hash goes on the ledger at once.

        Raises TooFewParties when answers are missing, CommitmentMismatch naming a party, OutOfRange naming a feature.
        """
        desk, passes = self.desk(run), self._known()
        aggregate = desk.open() if passes.opens(survivors) else None
        sums = None
        if aggregate is not None:
            sums = open_sum(aggregate)
            passes.check(survivors, sums)
        passes.end(survivors, sums)
        record = desk.close(aggregate, last=passes.result is not None)
        self._previous = vector_hash(record.aggregate)
        return record

    def _known(self) -> Passes:
        if self._passes is None:
            raise RoundOutOfOrder("no run is open", where="aggregator", remedy="open one first")
        return self._passes
