"""Parties of a secure sum over an in-memory ledger, played phase by phase."""

from __future__ import annotations

from hashlib import sha256

import numpy as np

from trustspace.crypto.masks import MaskBook, MaskKey
from trustspace.crypto.signing import SigningKey
from trustspace.domain.sums import GatheredRound, SignedMessage
from trustspace.encoding.sum_message import vector_hash
from trustspace.services.sum_aggregator import RoundDesk
from trustspace.services.sum_group import SumGroup, tensor_hash
from trustspace.services.sum_party import SumParty
from trustspace.services.sum_round import RoundRecord, SumShape, open_sum
from trustspace.testing.fakes import MemoryTrainingLedger

AGGREGATOR = "0x" + "a" * 40


def signer(number: int) -> SigningKey:
    """The key of bank `number`."""
    return SigningKey(sha256(b"bank %d" % number).digest())


class Space:
    """Banks with participants 11, 12, ... that joined a run; each holds a vector of `cells` integers."""

    def __init__(self, banks: int = 5, cells: int = 100, *, operation: bytes = b"o" * 32, width: int = 8) -> None:
        self.signers = [signer(number) for number in range(banks)]
        self.ids = [11 + number for number in range(banks)]
        accounts = {key.address: party for key, party in zip(self.signers, self.ids, strict=True)}
        self.ledger = MemoryTrainingLedger({AGGREGATOR: 1} | accounts)
        self.aggregator = self.ledger.as_aggregator(AGGREGATOR)
        self.shape = SumShape(tensor="counts", cells=cells, width=width)
        limit = 2**40 if width == 8 else 2**20
        rng = np.random.default_rng(7)
        self.vectors = {party: rng.integers(-limit, limit, cells) for party in self.ids}
        self.begin(operation)

    def begin(self, operation: bytes) -> None:
        addresses = tuple(key.address for key in self.signers)
        self.run = self.aggregator.open_run(b"p" * 32, addresses, len(addresses) // 2 + 1, operation)
        keys = [MaskKey.generate() for _ in self.signers]
        for account, key in zip(self.signers, keys, strict=True):
            self.ledger.as_party(account).join(self.run, key.public)
        self.group = SumGroup.of(self.ledger, self.run)
        self.sent: dict[int, SignedMessage] = {}
        self.parties = {
            party: SumParty(self.ledger.as_party(account), self.group, key, MaskBook())
            for party, account, key in zip(self.ids, self.signers, keys, strict=True)
        }

    def offered(self, number: int = 1, *, without: set[int] = frozenset()) -> RoundDesk:
        """A round with everybody's offer."""
        desk = RoundDesk(self.aggregator, self.group, number)
        for party in self.ids:
            if party not in without:
                desk.take_offer(party, self.parties[party].offer(number))
        desk.enrol()
        return desk

    def committed(self, desk: RoundDesk, *, without: set[int] = frozenset()) -> RoundDesk:
        """... and everybody's commitment."""
        for party in desk.offers:
            if party not in without:
                self.parties[party].enrol(desk.round, desk.offers, desk.sealed_for(party))
                self.sent[party] = self.parties[party].commit(desk.round, self.shape, self.vectors[party])
        return desk

    def revealed(self, desk: RoundDesk, *, without: set[int] = frozenset()) -> RoundDesk:
        """... and every masked vector, and the survivors fixed."""
        for party in desk.offers:
            if party not in without:
                desk.take_contribution(party, self.sent[party], self.shape)
        desk.fix()
        return desk

    def gather(self, parties: list[int]) -> None:
        """The first round's survivors fixed with what these parties sent, behind the desk's back."""
        contributions = tuple((vector_hash(self.sent[it].body), self.sent[it].signature) for it in parties)
        gathered = GatheredRound(
            round=1,
            previous=None,
            survivors=self.group.bitmap(parties),
            tensor=tensor_hash(self.shape.tensor),
            contributions=contributions,
        )
        self.aggregator.gather_round(self.run, gathered)

    def answered(self, desk: RoundDesk, *, without: set[int] = frozenset()) -> RoundDesk:
        """... and the survivors' shares."""
        for party in desk.contributions:
            if party not in without:
                desk.take_answer(party, self.parties[party].answer(desk.round, desk.contributions))
        return desk

    def play(
        self,
        number: int = 1,
        *,
        no_offer: set[int] = frozenset(),
        no_commit: set[int] = frozenset(),
        no_reveal: set[int] = frozenset(),
        no_answer: set[int] = frozenset(),
        verifying: int | None = None,
    ) -> RoundRecord:
        """A whole round in which parties vanish in the given phases; those that stay (the first few) check it."""
        desk = self.committed(self.offered(number, without=no_offer), without=no_commit)
        self.revealed(desk, without=no_commit | no_reveal)
        self.answered(desk, without=no_answer)
        aggregate = desk.open()
        record = desk.close(aggregate)
        for party in list(record.answers)[:verifying]:
            verified = self.parties[party].verify(number, record.answers, aggregate)
            assert (verified == open_sum(aggregate)).all()
        return record

    def expected(self, parties: object) -> np.ndarray:
        """The plain sum."""
        return sum((self.vectors[party] for party in parties), np.zeros(self.shape.cells, dtype=np.int64))
