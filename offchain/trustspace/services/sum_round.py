"""The public side of a round: what anybody who holds its messages can check and recompute.

roster        who made an offer (round key, hashes of its secrets and shares)
contributions masked vectors, each with the hash on the ledger and masked against the same roster
survivors     fixed on the ledger; their vectors are added up
answers       shares of the survivors' seeds and of the keys of those who left

sum = contributions - own masks of survivors - pair masks that survivors had with those who left
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from trustspace.crypto.masks import MaskContext, MaskKey
from trustspace.crypto.shamir import combine
from trustspace.crypto.streams import add_streams, pair_key, self_key
from trustspace.domain.once import once
from trustspace.domain.sums import SumPhase
from trustspace.encoding.fixed_point import Int64s, from_ring, pack_words, to_ring
from trustspace.encoding.sum_message import SUM, SumHeader, pack_vector, unpack_vector, vector_hash
from trustspace.encoding.sum_round import Answer, Offer, ShareKind, roster_digest
from trustspace.errors import CommitmentMismatch, LeftOut, OutOfRange, RoundOutOfOrder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.ids import ParticipantId
    from trustspace.domain.sums import DataStatement, SignedMessage
    from trustspace.encoding.fixed_point import Words
    from trustspace.ports import TrainingReader
    from trustspace.services.sum_group import Member, SumGroup

VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class SumShape:
    """A round's tensor: name, number of cells, bytes per cell (4 or 8, see `fixed_point.width_for`)."""

    tensor: str
    cells: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The offers of a round, checked. `digest` stands in every contribution masked against them."""

    group: SumGroup
    round: int
    offers: Mapping[ParticipantId, Offer]
    digest: bytes

    @classmethod
    def of(
        cls, reader: TrainingReader, group: SumGroup, round_number: int, messages: Mapping[ParticipantId, SignedMessage]
    ) -> Roster:
        """Check signatures and content of all offers.

        Raises LeftOut for one that is no party any more, SignatureMismatch, RoundOutOfOrder, CommitmentMismatch naming
        the party, and TooFewParties.
        """
        active = group.active(reader, round_number)
        if not messages.keys() <= active:
            raise LeftOut(
                f"offers of parties that are out of the run: {sorted(messages.keys() - active)}",
                where=f"round {round_number}",
                remedy="who was left out of a round stays out; open a new run with it",
            )
        group.require_fewest(messages, round_number)
        ids = sorted(messages)
        shown = tuple((party, messages[party].body, messages[party].signature) for party in ids)
        offers, digest = once(
            ("roster", group.identity, round_number, active, shown),
            lambda: (
                {p: checked_offer(group, group.by_id[p], round_number, active, messages[p]) for p in ids},
                roster_digest(messages[p].body for p in ids),
            ),
        )
        return cls(group=group, round=round_number, offers=offers, digest=digest)

    def peers(self, party: int) -> list[ParticipantId]:
        """Whom a party masks against in this round."""
        return [other for other in self.offers if other in self.group.neighbours[party]]

    @property
    def stated(self) -> dict[ParticipantId, DataStatement]:
        """What each party says of its data."""
        return {party: offer.data for party, offer in self.offers.items()}

    def streams(self, tensor: str, own: ParticipantId, key: MaskKey, seed: bytes) -> tuple[list[bytes], list[bytes]]:
        """Stream keys that a party adds to its vector and subtracts from it, from its secrets of the round."""
        context = self.context(tensor)
        plus, minus = [self_key(seed, context, own)], list[bytes]()
        for peer in self.peers(own):
            public = self.offers[peer].key
            low, high = sorted(((own, key.public), (peer, public)))
            stream = pair_key(key.shared_with(public, peer=peer), context, low, high)
            (plus if own < peer else minus).append(stream)
        return plus, minus

    def context(self, tensor: str) -> MaskContext:
        """Context of this round's masks."""
        return MaskContext(run=self.group.run, round=self.round, tensor=tensor)


def checked_offer(
    group: SumGroup, member: Member, round_number: int, active: frozenset[ParticipantId], message: SignedMessage
) -> Offer:
    """An offer whose signature, place and holders are right; raises naming the party otherwise."""
    where = f"{member}, round {round_number}"
    group.require_signed(member, message, round_number, SumPhase.OFFER)
    offer = Offer.from_bytes(message.body, where=where)
    if (offer.run, offer.round, offer.participant) != (group.run, round_number, member.participant):
        raise RoundOutOfOrder(
            f"an offer of round {offer.round}, party {offer.participant}",
            where=where,
            remedy="the party must make an offer for the present round",
        )
    if tuple(sorted(offer.holders)) != group.holders(member.participant, active):
        raise CommitmentMismatch(
            "shared its secrets among other parties than its neighbours", where=where, remedy="go on without it"
        )
    return offer


def committed_words(
    reader: TrainingReader, roster: Roster, member: Member, shape: SumShape, message: bytes | None
) -> Words:
    """The same of a contribution with the hash on the ledger."""
    if message is None or vector_hash(message) != reader.contribution(roster.group.run, member.address, roster.round):
        raise CommitmentMismatch(
            "the message has another hash than the one on the ledger",
            where=f"{member}, round {roster.round}",
            remedy="ask the party for it again",
        )
    return checked_words(roster, member, shape, message)


def checked_words(roster: Roster, member: Member, shape: SumShape, message: bytes) -> Words:
    """A contribution's words, compared with roster and shape; raises naming the party otherwise."""
    where = f"{member}, round {roster.round}"
    try:
        header, words = unpack_vector(message, where=where)
    except OutOfRange as error:
        raise CommitmentMismatch("committed to bytes that are no message", where=where, remedy=error.remedy) from error
    expected = SumHeader(
        run=roster.group.run,
        round=roster.round,
        participant=member.participant,
        tensor=shape.tensor,
        roster=header.roster,
    )
    if header != expected:
        raise RoundOutOfOrder(
            f"the message says run {header.run.hex()[:16]}, round {header.round}, party {header.participant}, "
            f"tensor {header.tensor}",
            where=where,
            remedy="the party must contribute to the present round",
        )
    if header.roster != roster.digest:
        raise CommitmentMismatch(
            "masked against other offers than this party's: somebody showed different keys to different parties",
            where=where,
            remedy="answer nothing; tell the regulator and keep both sets of offers",
        )
    if (words.size, words.dtype.itemsize) != (shape.cells, shape.width):
        raise CommitmentMismatch(
            f"{member} sent {words.size} cells of {words.dtype.itemsize} bytes, not {shape.cells} of {shape.width}",
            where=f"round {roster.round}",
            remedy="it must use the plan whose hash is on the ledger",
        )
    return words


@dataclass(slots=True, kw_only=True)
class MaskedSum:
    """A round's contributions of all survivors, checked and added up: still masked."""

    roster: Roster
    shape: SumShape
    survivors: frozenset[ParticipantId]
    total: Words

    @classmethod
    def of(
        cls, reader: TrainingReader, roster: Roster, shape: SumShape, contributions: Mapping[ParticipantId, bytes]
    ) -> MaskedSum:
        """Add up the contributions of the survivors fixed on the ledger. Raises as `committed_words` and LeftOut."""
        group = roster.group
        survivors = group.survivors(reader, roster.round)
        group.require_survivors(survivors, roster.offers, roster.round)
        total: Words = np.zeros(shape.cells, dtype=f"u{shape.width}")
        for party in sorted(survivors):
            total += committed_words(reader, roster, group.by_id[party], shape, contributions.get(party))
        return cls(roster=roster, shape=shape, survivors=survivors, total=total)

    @property
    def left(self) -> list[ParticipantId]:
        """Who made an offer and is no survivor."""
        return [party for party in self.roster.offers if party not in self.survivors]

    def kind_for(self, dealer: ParticipantId) -> ShareKind:
        """Which secret of a dealer this round opens."""
        return ShareKind.SEED if dealer in self.survivors else ShareKind.KEY

    def open(self, answers: Mapping[ParticipantId, SignedMessage]) -> bytes:
        """Bytes of the sum. Raises TooFewParties below a threshold, CommitmentMismatch naming a party that cheated."""
        given = tuple((party, message.body, message.signature) for party, message in sorted(answers.items()))
        masked = (
            self.roster.group.identity,
            self.roster.digest,
            self.shape,
            self.survivors,
            sha256(pack_words(self.total)).digest(),
        )
        return once(("sum", *masked, given), lambda: self._open(answers))

    def _open(self, answers: Mapping[ParticipantId, SignedMessage]) -> bytes:
        secrets = self._secrets(answers)
        context, group = self.roster.context(self.shape.tensor), self.roster.group
        plus: list[bytes] = []
        minus = [self_key(secrets[party], context, party) for party in sorted(self.survivors)]
        for gone in (party for party in self.left if party in secrets):
            key = MaskKey(secrets[gone])
            for party in self.survivors.intersection(group.neighbours[gone]):
                public = self.roster.offers[party].key
                low, high = sorted(((gone, key.public), (party, public)))
                stream = pair_key(key.shared_with(public, peer=party), context, low, high)
                (minus if party < gone else plus).append(stream)
        total = self.total.copy()
        add_streams(total, plus, minus)
        header = SumHeader(run=group.run, round=self.roster.round, participant=SUM, tensor=self.shape.tensor)
        return pack_vector(header, to_ring(from_ring(total)))

    def _secrets(self, answers: Mapping[ParticipantId, SignedMessage]) -> dict[ParticipantId, bytes]:
        parsed = {party: self.checked_answer(party, message) for party, message in sorted(answers.items())}
        group, found = self.roster.group, {}
        for dealer, offer in self.roster.offers.items():
            if dealer not in self.survivors and not self.survivors.intersection(group.neighbours[dealer]):
                continue
            shares = {
                int(party): answer.shares[dealer][1] for party, answer in parsed.items() if dealer in answer.shares
            }
            secret = combine(shares, group.threshold(dealer), where=f"{group.by_id[dealer]}, round {self.roster.round}")
            opened = sha256(secret).digest() if dealer in self.survivors else MaskKey(secret).public
            if opened != (offer.seed_hash if dealer in self.survivors else offer.key):
                raise CommitmentMismatch(
                    "shared out another secret than it announced",
                    where=f"{group.by_id[dealer]}, round {self.roster.round}",
                    remedy="the round cannot be opened; go on without this party in a new run",
                )
            found[dealer] = secret
        return found

    def checked_answer(self, party: ParticipantId, message: SignedMessage) -> Answer:
        """An answer whose signature, place and shares are right; raises naming the party otherwise."""
        roster, group = self.roster, self.roster.group
        if party not in self.survivors:
            raise LeftOut("an answer of a party that is no survivor", where=f"party {party}, round {roster.round}")
        member = group.by_id[party]
        where = f"{member}, round {roster.round}"
        group.require_signed(member, message, roster.round, SumPhase.ANSWER, self.shape.tensor)
        answer = Answer.from_bytes(message.body, where=where)
        if (answer.run, answer.round, answer.participant) != (group.run, roster.round, party):
            raise RoundOutOfOrder(f"an answer of round {answer.round}, party {answer.participant}", where=where)
        if answer.survivors != group.bitmap(self.survivors):
            raise LeftOut("answered for other survivors than those on the ledger", where=where)
        for dealer, (kind, share) in answer.shares.items():
            offer = roster.offers.get(dealer)  # type: ignore[call-overload]
            if offer is None or kind != self.kind_for(dealer) or not offer.fits(party, kind, share):  # type: ignore[arg-type]
                raise CommitmentMismatch(
                    f"gave another share of party {dealer}'s {kind.name.lower()} than it received",
                    where=where,
                    remedy="leave its answer out; the others' may suffice",
                )
        return answer


def void_sum(group: SumGroup, round_number: int) -> bytes:
    """Bytes recorded for a round that is not opened, as somebody left it in the middle of a pass."""
    header = SumHeader(run=group.run, round=round_number, participant=SUM, tensor=VOID)
    return pack_vector(header, np.zeros(0, dtype=np.uint64))


def open_sum(aggregate: bytes) -> Int64s:
    """Signed integers of a sum's bytes, shape (cells,)."""
    return from_ring(unpack_vector(aggregate, where="aggregate")[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRecord:
    """All public messages of a closed round. `answers` is empty and `aggregate` void when it was not opened."""

    round: int
    offers: Mapping[ParticipantId, SignedMessage]
    contributions: Mapping[ParticipantId, SignedMessage]
    answers: Mapping[ParticipantId, SignedMessage]
    aggregate: bytes = field(repr=False)


def sum_of(reader: TrainingReader, group: SumGroup, closed: RoundRecord, shape: SumShape) -> bytes:
    """Bytes of the sum that the messages of a finished round give. Raises as `Roster.of` and `MaskedSum`."""
    roster = Roster.of(reader, group, closed.round, closed.offers)
    bodies = {party: message.body for party, message in closed.contributions.items()}
    return MaskedSum.of(reader, roster, shape, bodies).open(closed.answers)
