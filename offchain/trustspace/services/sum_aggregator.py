"""The aggregator's side of one round: it collects messages phase by phase, fixes the survivors, opens the sum.

It is trusted with nothing: it sees masked vectors and the shares that the survivors give away, and everything it does
is compared with the ledger by every party.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from trustspace.domain.sums import GatheredRound, SumPhase
from trustspace.encoding.sum_message import vector_hash
from trustspace.errors import DuplicateMessage, LateMessage, LeftOut, RoundOutOfOrder
from trustspace.services.sum_group import tensor_hash
from trustspace.services.sum_round import (
    MaskedSum,
    Roster,
    RoundRecord,
    SumShape,
    checked_offer,
    checked_words,
    void_sum,
)

if TYPE_CHECKING:
    from collections.abc import Container

    from trustspace.domain.ids import ParticipantId
    from trustspace.domain.sums import OfferMessage, SignedMessage
    from trustspace.ports import AggregatorLedger
    from trustspace.services.desk_record import DeskRecord
    from trustspace.services.sum_group import SumGroup


class Phase(IntEnum):
    """What a round waits for."""

    OFFERS = 1
    CONTRIBUTIONS = 2
    ANSWERS = 3
    CLOSED = 4


class RoundDesk:
    """One round. Every message is checked when it comes and refused by the name of what is wrong with it."""

    def __init__(
        self,
        ledger: AggregatorLedger,
        group: SumGroup,
        round_number: int,
        record: DeskRecord | None = None,
        *,
        previous: bytes | None = None,
    ) -> None:
        """Start with the offers of those who survived the round before, or with what `record` kept of this round.

        `previous`: hash of the sum of the round before, which `fix` puts on the ledger unless it is there.
        """
        self.group = group
        self.round = round_number
        self.phase = Phase.OFFERS
        self._ledger = ledger
        self._active = group.active(ledger, round_number)
        self._offers: dict[ParticipantId, OfferMessage] = {}
        self._contributions: dict[ParticipantId, SignedMessage] = {}
        self._answers: dict[ParticipantId, SignedMessage] = {}
        self._roster: Roster | None = None
        self._shape: SumShape | None = None
        self._masked: MaskedSum | None = None
        self._record = record
        self._previous = previous
        kept = record.offers(round_number) if record else None
        for party, offer in (kept or {}).items():
            self.take_offer(party, offer)
        if kept:
            self.enrol()

    @property
    def offers(self) -> dict[ParticipantId, SignedMessage]:
        """The signed offers so far, to be shown to everybody."""
        return {party: self._offers[party].signed for party in sorted(self._offers)}

    @property
    def contributions(self) -> dict[ParticipantId, bytes]:
        """The masked messages so far."""
        return {party: self._contributions[party].body for party in sorted(self._contributions)}

    @property
    def answers(self) -> dict[ParticipantId, SignedMessage]:
        """The signed answers so far."""
        return {party: self._answers[party] for party in sorted(self._answers)}

    def take_offer(self, party: ParticipantId, message: OfferMessage) -> None:
        """Keep an offer. Raises LeftOut, LateMessage, DuplicateMessage, and as `checked_offer`."""
        self._expect(Phase.OFFERS, party, self._active, self._offers)
        checked_offer(self.group, self.group.by_id[party], self.round, self._active, message.signed)
        self._offers[party] = message

    def enrol(self) -> Roster:
        """End the first phase. Raises TooFewParties naming who is missing."""
        if self._roster is None:
            self._roster = Roster.of(self._ledger, self.group, self.round, self.offers)
            if self._record:
                self._record.keep_offers(self.round, self._offers)
            self.phase = Phase.CONTRIBUTIONS
        return self._roster

    def sealed_for(self, party: ParticipantId) -> dict[ParticipantId, bytes]:
        """The sealed shares meant for a party, by sender."""
        return {sender: message.sealed[party] for sender, message in self._offers.items() if party in message.sealed}

    def take_contribution(self, party: ParticipantId, message: SignedMessage, shape: SumShape) -> None:
        """Keep a masked vector. Raises LeftOut, LateMessage, DuplicateMessage, and as `checked_words`."""
        roster = self.enrol()
        self._expect(Phase.CONTRIBUTIONS, party, roster.offers.keys(), self._contributions)
        member = self.group.by_id[party]
        self.group.require_signed(member, message, self.round, SumPhase.CONTRIBUTION, shape.tensor)
        checked_words(roster, member, shape, message.body)
        self._contributions[party] = message
        self._shape = shape

    def recall(self, shape: SumShape) -> None:
        """Take the masked vectors that were kept before a restart; when the survivors are fixed, only theirs count."""
        kept = self._record.contributions(self.round) if self._record else {}
        fixed = self._ledger.survivors(self.group.run, self.round) if kept else None
        for party, message in kept.items():
            if party not in self._contributions and (fixed is None or party in self.group.of_bitmap(fixed)):
                self.take_contribution(party, message, shape)
        if fixed is not None:
            self.phase = Phase.ANSWERS

    def fix(self) -> frozenset[ParticipantId]:
        """End the second phase: who contributed survives, and all that stands on the ledger by the parties' signatures.

        Raises TooFewParties naming who is missing.
        """
        self.group.require_fewest(self._contributions, self.round)
        if self._record and self.phase < Phase.ANSWERS:
            self._record.keep_contributions(self.round, self._contributions)
        self._ledger.gather_round(self.group.run, self._gathered())
        self.phase = Phase.ANSWERS
        return frozenset(self._contributions)

    def take_answer(self, party: ParticipantId, message: SignedMessage) -> None:
        """Keep a survivor's shares. Raises LeftOut, LateMessage, DuplicateMessage, and as `checked_answer`."""
        self._expect(Phase.ANSWERS, party, self._contributions.keys(), self._answers)
        self._sum().checked_answer(party, message)
        self._answers[party] = message

    def open(self) -> bytes:
        """Bytes of the sum. Raises TooFewParties when shares are missing."""
        return self._sum().open(self._answers)

    def close(self, aggregate: bytes | None = None, *, last: bool = True) -> RoundRecord:
        """End the round; without a sum it stays unopened (void).

        The sum's hash goes on the ledger now when this is the `last` round, else with the next one.
        """
        closing = void_sum(self.group, self.round) if aggregate is None else aggregate
        if last:
            self._ledger.close_round(self.group.run, self.round, vector_hash(closing))
        self.phase = Phase.CLOSED
        return RoundRecord(
            round=self.round,
            offers=self.offers,
            contributions=dict(sorted(self._contributions.items())),
            answers=self.answers,
            aggregate=closing,
        )

    def _gathered(self) -> GatheredRound:
        if self._shape is None:
            raise RoundOutOfOrder("nobody contributed yet", where=f"round {self.round}", remedy="collect the vectors")
        places = sorted(self._contributions, key=lambda party: self.group.by_id[party].place)
        messages = [self._contributions[party] for party in places]
        run = self.group.run
        return GatheredRound(
            round=self.round,
            previous=self._previous or (self._ledger.aggregate(run, self.round - 1) if self.round > 1 else None),
            survivors=self.group.bitmap(places),
            tensor=tensor_hash(self._shape.tensor),
            contributions=tuple((vector_hash(message.body), message.signature) for message in messages),
        )

    def _sum(self) -> MaskedSum:
        if self._masked is None:
            if self._shape is None or self.phase < Phase.ANSWERS:
                raise RoundOutOfOrder("survivors are not fixed yet", where=f"round {self.round}", remedy="fix them")
            self._masked = MaskedSum.of(self._ledger, self.enrol(), self._shape, self.contributions)
        return self._masked

    def _expect(
        self,
        phase: Phase,
        party: ParticipantId,
        invited: Container[ParticipantId],
        kept: Container[ParticipantId],
    ) -> None:
        where = f"party {party}, round {self.round}"
        if party not in invited:
            raise LeftOut("takes no part in this phase", where=where, remedy="who left a round is out of the run")
        if party in kept:
            raise DuplicateMessage("sent its message of this phase already", where=where, remedy="one message each")
        if self.phase > phase:
            raise LateMessage(
                f"{phase.name.lower()} are over", where=where, remedy="it stays hidden; the round goes on without it"
            )
        if self.phase < phase:
            raise RoundOutOfOrder(f"{phase.name.lower()} are not due yet", where=where, remedy="wait for the others")
