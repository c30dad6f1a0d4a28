"""The coordinator of a training run: it puts each phase's question to all parties and takes their answers to the desk.

It reaches parties through `ports.Transport`. A party that cannot be reached, in whatever phase, is gone; the others go
on while enough are left. Killed at any point it goes on from the transcript: closed rounds are replayed, the round in
progress is taken up with the offers and vectors that came in, and every party gives the same answers as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustspace.crypto.neighbours import threshold_of
from trustspace.domain.run_calls import Act, PartyRequest
from trustspace.domain.sums import OfferMessage, SignedMessage
from trustspace.errors import PartyUnreachable, RunBegun, TooFewParties
from trustspace.services.sum_aggregator import Phase
from trustspace.services.training import Aggregator, card_of
from trustspace.services.transcript import TranscriptWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from pathlib import Path

    from trustspace.domain.ids import ModelId, OperationId, ParticipantId, RunId
    from trustspace.domain.models import ModelCard
    from trustspace.domain.run_calls import PartyReply
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.run import TrainedModel
    from trustspace.ports import Transport
    from trustspace.services.sum_round import RoundRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOutcome:
    """What a finished run leaves.

    `members`: whose rows the model stands for. `left`: the round in which each other party was first missed;
    `reasons`: why. `rounds`: all that the ledger closed; more than the plan's when parties left.
    """

    run: RunId
    model: ModelId
    card: ModelCard
    trained: TrainedModel
    parties: int
    members: tuple[ParticipantId, ...]
    left: dict[ParticipantId, int]
    reasons: dict[ParticipantId, str]
    rounds: int


class _Crew:
    """The parties that still answer."""

    def __init__(self, transport: Transport, run: RunId) -> None:
        self.alive = list(transport.parties)
        self.left: dict[ParticipantId, int] = {}
        self.reasons: dict[ParticipantId, str] = {}
        self._transport = transport
        self._run = run

    def ask(
        self,
        act: Act,
        number: int = 0,
        take: Callable[[ParticipantId, PartyReply], None] | None = None,
        *,
        of: Callable[[ParticipantId], dict[str, Any]] = lambda _party: {},
        done: Container[ParticipantId] = (),
    ) -> None:
        """Ask everybody who is there and is not `done`; `of`: what goes to each. Who cannot be reached is gone."""
        wanted = [party for party in self.alive if party not in done]
        requests = {party: PartyRequest(act=act, run=self._run, round=number, **of(party)) for party in wanted}
        replies = self._transport.exchange(requests)
        for party in wanted:
            reply = replies[party]
            if isinstance(reply, PartyUnreachable):
                self.lose(party, number, str(reply))
            elif take:
                take(party, reply)

    def lose(self, party: ParticipantId, number: int, reason: str) -> None:
        """A party is gone."""
        self.alive.remove(party)
        self.left[party] = number
        self.reasons[party] = reason

    def require_all(self) -> None:
        """Raise PartyUnreachable naming who is gone: a run begins with all or not at all."""
        for reason in self.reasons.values():
            raise PartyUnreachable(
                reason, where=f"run {self._run.hex()[:16]}", remedy="a run begins when all are there; start it again"
            )

    def keep_only(self, parties: Container[ParticipantId], number: int, reason: str) -> None:
        """Whoever is not among these is gone."""
        for party in [party for party in self.alive if party not in parties]:
            self.lose(party, number, reason)


def train(
    plan: TrainingPlan,
    aggregator: Aggregator,
    transport: Transport,
    *,
    operation: OperationId,
    quorum: int | None = None,
    transcript: Path | None = None,
    resume: bool = False,
    on_round: Callable[[int, int], None] | None = None,
) -> TrainingOutcome:
    """Run all rounds and have every party confirm its model.

    `quorum`: confirmations that make the model final (default: more than half). `transcript`: folder for the public
    record. `resume`: go on with a run that was begun before, from this record. `on_round(done, steps)` is called after
    each round with the steps of the present pass that are done. Raises RunBegun for a run that was begun before, and
    TooFewParties naming the missing when not enough parties are left: the round stays open then, and calling again with
    the same objects, or resuming, goes on from it.
    """
    parties = transport.parties
    run = aggregator.open(list(parties.values()), quorum or threshold_of(len(parties)), operation)
    if aggregator.begun(run) and not resume:
        raise RunBegun(
            "a run of this name was begun before",
            where=f"run {run.hex()[:16]}",
            remedy="resume it with its transcript, or choose another name",
        )
    crew = _Crew(transport, run)
    crew.ask(Act.JOIN, aggregator.standing(run))
    if not resume:
        crew.require_all()
    record = TranscriptWriter(transcript, plan, aggregator.group(run)) if transcript else None
    if record:
        _take_up(aggregator, run, crew, record)
    while aggregator.result is None:
        _show(crew, _play_round(aggregator, run, crew, record))
        if on_round:
            on_round(aggregator.step, plan.rounds)
    if record:
        record.finish(aggregator.result, aggregator.facts(run))
    return _confirmed(plan, aggregator, run, crew)


def _show(crew: _Crew, closed: RoundRecord, ahead: Container[ParticipantId] = ()) -> None:
    """Have everybody check a closed round who has not done it yet."""
    outcome = {"signed": closed.answers, "aggregate": closed.aggregate}
    crew.ask(Act.ACCEPT, closed.round, of=lambda _: outcome, done=ahead)


def _take_up(aggregator: Aggregator, run: RunId, crew: _Crew, record: TranscriptWriter) -> None:
    """Follow what was recorded before a restart, and bring every party to the round in progress."""
    last = None
    if aggregator.round == 1:
        for last in record.rounds():
            aggregator.replay(run, last)
    aggregator.keep_in(record.desk)
    if last is None:
        return
    positions: dict[ParticipantId, int] = {}
    crew.ask(Act.POSITION, aggregator.round, lambda party, reply: positions.update({party: reply.round}))
    near = {party for party, at in positions.items() if at in (last.round, last.round + 1)}
    crew.keep_only(near.intersection(last.contributions), last.round, "fell behind")
    ahead = {party for party, at in positions.items() if at == last.round + 1}
    if last.answers:
        bodies = {party: message.body for party, message in last.contributions.items()}
        crew.ask(Act.ANSWER, last.round, of=lambda _: {"bodies": bodies}, done=ahead)
    _show(crew, last, ahead)


def _play_round(aggregator: Aggregator, run: RunId, crew: _Crew, record: TranscriptWriter | None) -> RoundRecord:
    """One round from offers to the sum on the ledger; parties may leave between any two calls."""
    number, desk = aggregator.round, aggregator.desk(run)
    if desk.phase == Phase.OFFERS:
        crew.ask(Act.OFFER, number, lambda who, it: desk.take_offer(who, _offer(it)), done=desk.offers)
    roster = desk.enrol()
    crew.keep_only(roster.offers, number, "made no offer in this round")
    shape = aggregator.shape(roster)
    desk.recall(shape)
    if desk.phase == Phase.CONTRIBUTIONS:
        offers = desk.offers
        crew.ask(
            Act.COMMIT,
            number,
            lambda who, it: desk.take_contribution(who, _message(it), shape),
            of=lambda who: {"signed": offers, "sealed": desk.sealed_for(who)},
            done=desk.contributions,
        )
    survivors = desk.fix()
    crew.keep_only(survivors, number, "sent no masked vector in this round")
    if aggregator.opens(survivors):
        bodies = desk.contributions
        crew.ask(
            Act.ANSWER,
            number,
            lambda who, it: desk.take_answer(who, _message(it)),
            of=lambda _: {"bodies": bodies},
            done=desk.answers,
        )
    closed = aggregator.close(run, survivors)
    if record:
        record.add_round(closed)
    return closed


def _confirmed(plan: TrainingPlan, aggregator: Aggregator, run: RunId, crew: _Crew) -> TrainingOutcome:
    models: dict[ParticipantId, ModelId | None] = {}
    crew.ask(Act.CONFIRM, aggregator.round, lambda party, reply: models.update({party: reply.model}))
    model = next((model for model in models.values() if model), None) or aggregator.final(run)
    if model is None or aggregator.result is None:
        raise TooFewParties("nobody is left to confirm the model", where=f"run {run.hex()[:16]}")
    return TrainingOutcome(
        run=run,
        model=model,
        card=card_of(plan, aggregator.result, aggregator.facts(run)),
        trained=aggregator.result,
        parties=len(crew.alive) + len(crew.left),
        members=aggregator.members,
        left=dict(sorted(crew.left.items())),
        reasons=dict(sorted(crew.reasons.items())),
        rounds=aggregator.round - 1,
    )


def _offer(reply: PartyReply) -> OfferMessage:
    return OfferMessage(signed=_message(reply), sealed=reply.sealed)


def _message(reply: PartyReply) -> SignedMessage:
    """A reply without the message it was asked for carries an empty one, which no check lets pass."""
    return reply.message or SignedMessage(body=b"", signature=b"")
