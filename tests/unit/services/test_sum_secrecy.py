"""A party that leaves after several rounds: what becomes public then opens that round only."""

from __future__ import annotations

import copy
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.unit.services.sums import Space
from trustspace.crypto.masks import MaskContext, MaskKey
from trustspace.crypto.shamir import combine
from trustspace.crypto.streams import add_streams, pair_key, self_key
from trustspace.encoding.fixed_point import from_ring
from trustspace.encoding.sum_message import unpack_vector
from trustspace.encoding.sum_round import Answer, Offer, ShareKind
from trustspace.errors import OutOfRange
from trustspace.services.sum_round import RoundRecord

if TYPE_CHECKING:
    import numpy as np

VICTIM = 11
COLLUDING = (12, 13)  # of five: one less than the threshold


class Coalition:
    """The aggregator with all messages of all rounds, and what the colluding parties remembered in each of them."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.records: dict[int, RoundRecord] = {}
        self.memories: dict[int, dict[int, object]] = {}

    def play(self, number: int, **vanish: set[int]) -> None:
        space = self.space
        desk = space.committed(space.offered(number, without=vanish.get("no_offer", set())))
        self.memories[number] = {party: copy.copy(space.parties[party]._round) for party in space.ids}
        space.answered(space.revealed(desk, without=vanish.get("no_reveal", set())))
        self.records[number] = desk.close(desk.open())

    def offer(self, number: int, party: int) -> Offer:
        return Offer.from_bytes(self.records[number].offers[party].body, where="")

    def revealed(self, number: int, dealer: int, kind: ShareKind) -> dict[int, bytes]:
        """Shares of one kind of a dealer's secret that the answers made public."""
        shares = {}
        for party, message in self.records[number].answers.items():
            found, share = Answer.from_bytes(message.body, where="").shares[dealer]
            if found == kind:
                shares[party] = share
        return shares

    def unmasked(self, number: int, key: MaskKey) -> np.ndarray:
        """The victim's vector of a round with its seed (public once it survived) and a guess of its round key."""
        record, context = self.records[number], MaskContext(run=self.space.run, round=number, tensor="counts")
        seed = combine(self.revealed(number, VICTIM, ShareKind.SEED), 3)
        _, words = unpack_vector(record.contributions[VICTIM].body, where="")
        low = (VICTIM, self.offer(number, VICTIM).key)
        streams = [self_key(seed, context, VICTIM)]
        for peer in record.offers:
            if peer != VICTIM:
                high = (peer, self.offer(number, peer).key)
                streams.append(pair_key(key.shared_with(high[1]), context, low, high))
        add_streams(words, [], streams)
        return from_ring(words)


def guessed(known: dict[int, bytes], third: bytes) -> bytes:
    """The secret if the holder 14 had about this share (or the next that gives 32 bytes)."""
    while True:
        try:
            return combine(known | {14: third}, 3)
        except OutOfRange:
            third = b"\0" + sha256(third).digest()


@pytest.fixture(scope="module")
def coalition() -> Coalition:
    found = Coalition(Space())
    found.play(1)
    found.play(2)
    found.play(3, no_reveal={VICTIM})
    return found


def test_dropped_party__earlier_rounds__hidden_from_all_that_became_public(coalition: Coalition) -> None:
    given_away = MaskKey(combine(coalition.revealed(3, VICTIM, ShareKind.KEY), 3))
    assert given_away.public == coalition.offer(3, VICTIM).key
    for number in (1, 2):
        assert coalition.revealed(number, VICTIM, ShareKind.KEY) == {}
        found = coalition.unmasked(number, given_away)
        assert not (found == coalition.space.vectors[VICTIM]).any()


def test_dropped_party__earlier_rounds__hidden_from_the_memory_of_two_of_five_besides(coalition: Coalition) -> None:
    for number in (1, 2):
        memories = coalition.memories[number]
        known = {party: memories[party].held[VICTIM].key for party in COLLUDING}
        # with its two shares and any third value each key is as likely as any other
        for third in (bytes(33), coalition.revealed(3, VICTIM, ShareKind.KEY)[14]):
            guess = guessed(known, third)
            assert not (coalition.unmasked(number, MaskKey(guess)) == coalition.space.vectors[VICTIM]).any()
        # what pairs of colluders know (their own masks with the victim) leaves those with 14 and 15 on
        context = MaskContext(run=coalition.space.run, round=number, tensor="counts")
        _, words = unpack_vector(coalition.records[number].contributions[VICTIM].body, where="")
        seed = combine(coalition.revealed(number, VICTIM, ShareKind.SEED), 3)
        low, streams = (VICTIM, coalition.offer(number, VICTIM).key), [self_key(seed, context, VICTIM)]
        for party in COLLUDING:
            key = memories[party].secrets.key
            streams.append(pair_key(key.shared_with(low[1]), context, low, (party, key.public)))
        add_streams(words, [], streams)
        assert not (from_ring(words) == coalition.space.vectors[VICTIM]).any()


def test_control__threshold_of_memories__opens_it(coalition: Coalition) -> None:
    """The attack itself is right: one more colluder, and it succeeds."""
    held = {party: coalition.memories[1][party].held[VICTIM].key for party in (12, 13, 14)}
    found = coalition.unmasked(1, MaskKey(combine(held, 3)))
    assert (found == coalition.space.vectors[VICTIM]).all()


def test_secrets__fresh_every_round_and_never_the_run_long_key(coalition: Coalition) -> None:
    keys = [coalition.offer(number, party).key for number in (1, 2, 3) for party in coalition.space.ids]
    seeds = [coalition.offer(number, party).seed_hash for number in (1, 2, 3) for party in coalition.space.ids]
    run_long = {member.mask_key for member in coalition.space.group.members}
    assert len(set(keys)) == len(set(seeds)) == 15
    assert not run_long & set(keys)
    for number in (1, 2, 3):
        for dealer in coalition.space.ids:
            pairs = {party: coalition.memories[number][party].held[dealer] for party in coalition.space.ids}
            opened = {combine({p: pair.key for p, pair in pairs.items()}, 3) for _ in (1,)}
            opened |= {combine({p: pair.seed for p, pair in pairs.items()}, 3)}
            assert {MaskKey(secret).public for secret in opened}.isdisjoint(run_long)
            assert coalition.offer(number, dealer).key in {MaskKey(secret).public for secret in opened}


def test_answers__one_kind_for_each_peer_in_each_round(coalition: Coalition) -> None:
    for number, record in coalition.records.items():
        for message in record.answers.values():
            shares = Answer.from_bytes(message.body, where="").shares
            kinds = {dealer: kind for dealer, (kind, _) in shares.items()}
            gone = {VICTIM} if number == 3 else set()
            assert {dealer for dealer, kind in kinds.items() if kind == ShareKind.KEY} == gone


def test_party__after_a_round__remembers_nothing_of_it() -> None:
    space = Space()
    record = space.play(1)
    party = space.parties[12]
    secrets = party._round.secrets
    party.forget()
    assert party._round is None
    space.play(2)
    assert party._round.number == 2
    assert party._round.secrets.seed != secrets.seed
    assert all(pair.seed not in repr(vars(party)).encode() for pair in secrets.shares.values())
    assert record.round == 1
