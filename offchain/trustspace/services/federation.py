"""The driver of a training run: it carries messages between aggregator and parties, phase by phase.

It talks to parties through `ports.TrainingPeer`, whose arguments and results are ids and public bytes: a party may live
elsewhere. A party that raises PartyUnreachable, in whatever phase, is gone; the others go on while enough are left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustspace.crypto.neighbours import threshold_of
from trustspace.errors import PartyUnreachable, TooFewParties
from trustspace.services.training import Aggregator, card_of
from trustspace.services.transcript import TranscriptWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from trustspace.domain.ids import ModelId, OperationId, ParticipantId, RunId
    from trustspace.domain.models import ModelCard
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.run import TrainedModel
    from trustspace.ports import TrainingPeer
    from trustspace.services.sum_round import RoundRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOutcome:
    """What a finished run leaves.

    `members`: whose rows the model stands for. `left`: the round in which each other party was first missed.
    `rounds`: all that the ledger closed; more than the plan's when parties left.
    """

    run: RunId
    model: ModelId
    card: ModelCard
    trained: TrainedModel
    parties: int
    members: tuple[ParticipantId, ...]
    left: dict[ParticipantId, int]
    rounds: int


@dataclass(slots=True)
class _Peers:
    """Who still answers."""

    alive: dict[ParticipantId, TrainingPeer]
    left: dict[ParticipantId, int] = field(default_factory=dict)

    def each(self, round_number: int, call: Callable[[ParticipantId, TrainingPeer], None]) -> None:
        """Call for every party that is there; one that cannot be reached is there no more."""
        for participant, peer in list(self.alive.items()):
            try:
                call(participant, peer)
            except PartyUnreachable:
                del self.alive[participant]
                self.left[participant] = round_number


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

    `quorum`: confirmations that make the model final (default: more than half). `transcript`: folder for the public
    record. `on_round(done, steps)` is called after each round with the steps of the present pass that are done. Raises
    TooFewParties naming the missing when not enough parties are left: the round stays open then, and calling again with
    the same objects goes on from it.
    """
    run = aggregator.open([party.address for party in parties], quorum or threshold_of(len(parties)), operation)
    for party in parties:
        party.join(run)
    group = aggregator.group(run)
    peers = _Peers({party.participant: party for party in parties})
    record = TranscriptWriter(transcript, plan, group) if transcript else None
    while aggregator.result is None:
        closed = play_round(aggregator, run, peers)
        if record:
            record.add_round(closed)
        if on_round:
            on_round(aggregator.step, plan.rounds)
    if record:
        record.finish(aggregator.result, aggregator.facts(run))
    models: dict[ParticipantId, ModelId] = {}
    peers.each(aggregator.round, lambda participant, peer: models.update({participant: peer.confirm()}))
    if not models:
        raise TooFewParties("nobody is left to confirm the model", where=f"run {run.hex()[:16]}")
    return TrainingOutcome(
        run=run,
        model=next(iter(models.values())),
        card=card_of(plan, aggregator.result, aggregator.facts(run)),
        trained=aggregator.result,
        parties=len(parties),
        members=aggregator.members,
        left=dict(sorted(peers.left.items())),
        rounds=aggregator.round - 1,
    )


def play_round(aggregator: Aggregator, run: RunId, peers: _Peers) -> RoundRecord:
    """One round from offers to the checked sum; parties may leave between any two calls."""
    number, desk = aggregator.round, aggregator.desk(run)
    peers.each(number, lambda who, peer: _once(who in desk.offers, lambda: desk.take_offer(who, peer.offer(number))))
    roster = desk.enrol()
    shape = aggregator.shape(frozenset(roster.offers))
    peers.each(number, lambda who, peer: peer.commit(number, desk.offers, desk.sealed_for(who)))
    peers.each(
        number,
        lambda who, peer: _once(
            who in desk.contributions, lambda: desk.take_contribution(who, peer.reveal(number), shape)
        ),
    )
    survivors = desk.fix()
    if aggregator.opens(survivors):
        peers.each(
            number,
            lambda who, peer: _once(
                who in desk.answers, lambda: desk.take_answer(who, peer.answer(number, desk.contributions))
            ),
        )
    closed = aggregator.close(run, survivors)
    peers.each(number, lambda _who, peer: peer.accept(number, closed.answers, closed.aggregate))
    return closed


def _once(done: bool, act: Callable[[], None]) -> None:
    if not done:
        act()
