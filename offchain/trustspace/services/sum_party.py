"""A party's side of the secure sum. It holds the keys; only masked vectors and single shares come out.

offer     fresh round key and seed, shared out among the neighbours under seal
commit    mask against everybody's offers, sign the masked vector; the aggregator puts hash and signature on the ledger
answer    for each peer one share, by the survivors on the ledger: seed of a survivor, key of one that left
verify    add everything up again and compare with the aggregator's sum; with the ledger before the next round opens
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.crypto.round_secrets import Envelope, RoundSecrets, SharePair
from trustspace.crypto.streams import add_streams
from trustspace.domain.sums import NOTHING_STATED, OfferMessage, SignedMessage, SumPhase
from trustspace.encoding.fixed_point import Int64s, pack_words, to_words
from trustspace.encoding.sum_message import SumHeader, pack_vector, vector_hash
from trustspace.encoding.sum_round import Answer, Offer, ShareKind
from trustspace.errors import CommitmentMismatch, LeftOut, MissingParty, RoundOutOfOrder, ShareConflict
from trustspace.services.party_record import KeptAnswer
from trustspace.services.sum_group import require_same
from trustspace.services.sum_round import MaskedSum, Roster, SumShape, open_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustspace.crypto.masks import MaskBook, MaskKey
    from trustspace.domain.ids import ParticipantId
    from trustspace.domain.sums import DataStatement
    from trustspace.ports import PartyLedger
    from trustspace.services.party_record import PartyRecord
    from trustspace.services.sum_group import SumGroup

_ANOTHER_SUM = "the aggregator's sum is not the sum of the messages"


@dataclass(slots=True, kw_only=True)
class _Round:
    """What a party remembers of the round in progress; dropped when it ends."""

    number: int
    secrets: RoundSecrets
    offer: OfferMessage
    roster: Roster | None = None
    shape: SumShape | None = None
    held: dict[ParticipantId, SharePair] = field(default_factory=dict, repr=False)
    message: SignedMessage | None = None
    masked: MaskedSum | None = None


class SumParty:
    """One party of a group. A round's secrets are forgotten when the next round begins."""

    def __init__(
        self,
        ledger: PartyLedger,
        group: SumGroup,
        key: MaskKey,
        book: MaskBook,
        record: PartyRecord | None = None,
        *,
        data: DataStatement = NOTHING_STATED,
        keep: Callable[[int, RoundSecrets], None] | None = None,
    ) -> None:
        """`record`: what it kept before a restart, and will keep; without it a restart makes it a party that left.

        `data`: what it says of its data in every offer; `keep(round, secrets)` is called before an offer goes out.

        Raises MissingParty when the ledger's account or this mask key is not in the group.
        """
        own = next((member for member in group.members if member.address == ledger.address), None)
        if own is None or own.mask_key != key.public:
            raise MissingParty(
                f"account {ledger.address} with this mask key is no party",
                where=f"run {group.run.hex()[:16]}",
                remedy="use the account and the key that joined the run",
            )
        self.own = own
        self.group = group
        self._ledger = ledger
        self._key = key
        self._book = book
        self._record = record
        self._data = data
        self._keep = keep
        self._round: _Round | None = None
        self._answered: dict[int, int] = {}
        self.due: tuple[int, bytes] | None = None
        """The last finished round and the hash of its sum, until the ledger was seen to have the same."""
        kept = record.offer() if record else None
        if kept is not None:
            self._round = _Round(number=kept[0], secrets=kept[1], offer=kept[2])

    def offer(self, round_number: int) -> OfferMessage:
        """Draw this round's secrets and share them out; the same offer again when asked again.

        Raises LeftOut for a party that is out of the run, RoundOutOfOrder for an earlier round.
        """
        if self._round is not None and round_number <= self._round.number:
            return self._present(round_number).offer
        active = self.group.active(self._ledger, round_number)
        if self.own.participant not in active:
            raise LeftOut("was left out of an earlier round", where=self._where(round_number), remedy="open a new run")
        holders = self.group.holders(self.own.participant, active)
        secrets = RoundSecrets.draw(holders, self.group.threshold(self.own.participant))
        hashes = {
            holder: (sha256(pair.seed).digest(), sha256(pair.key).digest()) for holder, pair in secrets.shares.items()
        }
        body = Offer(
            run=self.group.run,
            round=round_number,
            participant=self.own.participant,
            key=secrets.key.public,
            seed_hash=sha256(secrets.seed).digest(),
            holders=hashes,
            data=self._data,
        ).to_bytes()
        if self._keep is not None:
            self._keep(round_number, secrets)
        sealed = {}
        for holder in holders:
            if holder != self.own.participant:
                peer = self.group.by_id[holder]  # type: ignore[index]
                envelope = self._envelope(round_number, self.own.participant, peer.participant, secrets.key.public)
                sealed[peer.participant] = envelope.seal(self._key, peer.mask_key, secrets.shares[holder])
        message = OfferMessage(signed=self._sign(round_number, SumPhase.OFFER, body), sealed=sealed)
        if self._record:
            self._record.keep_offer(round_number, secrets, message)
        self._round = _Round(number=round_number, secrets=secrets, offer=message)
        return message

    def enrol(
        self, round_number: int, offers: Mapping[ParticipantId, SignedMessage], sealed: Mapping[ParticipantId, bytes]
    ) -> Roster:
        """Take everybody's offers and open the shares sealed for this party (sender -> bytes).

        Raises LeftOut when its own offer is missing or another, CommitmentMismatch naming a party whose shares are
        not those it announced, and as `Roster.of`.
        """
        state = self._present(round_number)
        if offers.get(self.own.participant) != state.offer.signed:
            raise LeftOut("its offer is not among the round's", where=self._where(round_number), remedy="make it again")
        roster = Roster.of(self._ledger, self.group, round_number, offers)
        if state.roster is not None and state.roster.digest != roster.digest:
            raise CommitmentMismatch(
                "other offers than it was shown before",
                where=f"aggregator, {self._where(round_number)}",
                remedy="a round's offers are collected once; tell the regulator and keep both sets",
            )
        held = {self.own.participant: state.secrets.shares[self.own.participant]}
        for sender, offer in roster.offers.items():
            if self.own.participant in offer.holders and sender != self.own.participant:
                held[sender] = self._unsealed(offer, sealed.get(sender, b""))
        if self._record and state.roster is None:
            self._record.keep_enrolment(self.group.run, round_number, offers, sealed)
        state.roster, state.held = roster, held
        return roster

    def commit(self, round_number: int, shape: SumShape, values: Int64s) -> SignedMessage:
        """Mask `values` (shape (cells,), bounds checked by the caller). The signature of the message commits to it.

        Repeating it with the same values is harmless. Raises MaskReuse for other values in the same round.
        """
        state = self._present(round_number)
        roster = self._roster(state)
        context = roster.context(shape.tensor)
        words = to_words(values, shape.width)
        self._book.claim(context, roster.digest + pack_words(words), party=self.own.participant)
        secrets = state.secrets
        add_streams(words, *roster.streams(shape.tensor, self.own.participant, secrets.key, secrets.seed))
        header = SumHeader(
            run=self.group.run,
            round=round_number,
            participant=self.own.participant,
            tensor=shape.tensor,
            roster=roster.digest,
        )
        body = pack_vector(header, words)
        state.shape = shape
        state.message = self._sign(round_number, SumPhase.CONTRIBUTION, body, shape.tensor)
        kept = self._record.answer() if self._record else None
        if kept is not None and kept.round == round_number:
            survivors = self.group.of_bitmap(kept.survivors)
            self._answered[round_number] = kept.survivors
            state.masked = MaskedSum(roster=roster, shape=shape, survivors=survivors, total=kept.total)
        return state.message

    def answer(self, round_number: int, contributions: Mapping[ParticipantId, bytes]) -> SignedMessage:
        """One share for each peer, after checking survivors and contributions against the ledger.

        Raises LeftOut when this party is no survivor, ShareConflict when the ledger names other survivors than it
        answered for before, and as `MaskedSum.of`.
        """
        state = self._present(round_number)
        self.require_survivor(round_number)
        self.require_closed()
        masked = MaskedSum.of(self._ledger, self._roster(state), self._shape(state), contributions)
        survivors = self.group.bitmap(masked.survivors)
        if self._answered.setdefault(round_number, survivors) != survivors:
            raise ShareConflict(
                "asked for the other share of some peer: it answered for other survivors before",
                where=f"aggregator, {self._where(round_number)}",
                remedy="a party never gives both; tell the regulator",
            )
        state.masked = masked
        if self._record:
            self._record.keep_answer(KeptAnswer(round=round_number, survivors=survivors, total=masked.total))
        shares = {}
        for dealer, pair in state.held.items():
            kind = masked.kind_for(dealer)
            shares[int(dealer)] = (kind, pair.seed if kind == ShareKind.SEED else pair.key)
        body = Answer(
            run=self.group.run,
            round=round_number,
            participant=self.own.participant,
            survivors=survivors,
            shares=shares,
        ).to_bytes()
        return self._sign(round_number, SumPhase.ANSWER, body, self._shape(state).tensor)

    def verify(self, round_number: int, answers: Mapping[ParticipantId, SignedMessage], aggregate: bytes) -> Int64s:
        """Open the sum of the contributions it answered for; compare with the aggregator's bytes and the ledger.

        Raises CommitmentMismatch naming a party or the aggregator, TooFewParties, RoundOutOfOrder.
        """
        masked = self._present(round_number).masked
        if masked is None:
            raise RoundOutOfOrder("has not answered yet", where=self._where(round_number), remedy="ask for it first")
        expected = masked.open(answers)
        self.require_same_sum(round_number, expected, aggregate)
        return open_sum(expected)

    def require_same_sum(self, round_number: int, expected: bytes, aggregate: bytes) -> None:
        """Raise CommitmentMismatch unless the aggregator's bytes are those expected; the ledger's turn comes later."""
        require_same(expected, aggregate, f"aggregator, round {round_number}", _ANOTHER_SUM)
        self.due = (round_number, vector_hash(expected))

    def require_closed(self) -> None:
        """Raise CommitmentMismatch unless the ledger has the sum of the last finished round as this party knows it."""
        if self.due is None:
            return
        number, expected = self.due
        closed = self._ledger.aggregate(self.group.run, number)
        if closed is None:
            raise RoundOutOfOrder("not closed on the ledger", where=f"round {number}", remedy="close it first")
        require_same(expected, closed, f"aggregator, round {number}", _ANOTHER_SUM)
        self.due = None

    def require_survivor(self, round_number: int) -> None:
        """Raise LeftOut when this party is no survivor; it then puts what it committed to on the ledger by itself."""
        if self.own.participant in self.group.survivors(self._ledger, round_number):
            return
        message = self._round.message if self._round and self._round.number == round_number else None
        if message is not None:
            self._ledger.commit_contribution(self.group.run, round_number, vector_hash(message.body))
        raise LeftOut(
            "is no survivor of the round although it committed",
            where=self._where(round_number),
            remedy="its vector stays hidden; the ledger shows who left it out",
        )

    def forget(self) -> None:
        """Drop what is left of the last round."""
        self._round = None

    def _unsealed(self, offer: Offer, sealed: bytes) -> SharePair:
        sender = self.group.by_id[offer.participant]  # type: ignore[index]
        envelope = self._envelope(offer.round, sender.participant, self.own.participant, offer.key)
        pair = envelope.open(self._key, sender.mask_key, sealed)
        own = self.own.participant
        if not (offer.fits(own, ShareKind.SEED, pair.seed) and offer.fits(own, ShareKind.KEY, pair.key)):
            raise CommitmentMismatch(
                "sealed other shares than it announced",
                where=f"{sender}, round {offer.round}",
                remedy="go on without this party",
            )
        return pair

    def _envelope(self, round_number: int, sender: int, receiver: int, sender_key: bytes) -> Envelope:
        return Envelope(run=self.group.run, round=round_number, sender=sender, receiver=receiver, sender_key=sender_key)

    def _sign(self, round_number: int, phase: SumPhase, body: bytes, tensor: str = "") -> SignedMessage:
        statement = self.group.statement(round_number, phase, body, tensor)
        return SignedMessage(body=body, signature=self._ledger.sign(statement))

    def _present(self, round_number: int) -> _Round:
        if self._round is None or self._round.number != round_number:
            present = self._round.number if self._round else 0
            raise RoundOutOfOrder(
                f"asked for round {round_number}, stands at round {present}",
                where=f"party {self.own.participant}",
                remedy="rounds run in order, each once; it starts with an offer",
            )
        return self._round

    def _roster(self, state: _Round) -> Roster:
        if state.roster is None:
            raise RoundOutOfOrder("has not seen the offers yet", where=self._where(state.number), remedy="show them")
        return state.roster

    def _shape(self, state: _Round) -> SumShape:
        if state.shape is None:
            raise RoundOutOfOrder("has not committed yet", where=self._where(state.number), remedy="commit first")
        return state.shape

    def _where(self, round_number: int) -> str:
        return f"{self.own}, round {round_number}"
