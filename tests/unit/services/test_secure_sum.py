import numpy as np
import pytest

from trustspace.crypto.masks import MaskBook, MaskKey
from trustspace.encoding.fixed_point import to_ring
from trustspace.encoding.sum_message import SumHeader, pack_vector, unpack_vector, vector_hash
from trustspace.errors import CommitmentMismatch, MaskReuse, MissingParty, RoundOutOfOrder, TooFewParties
from trustspace.services.secure_sum import SumGroup, SumParty, open_sum, require_enough, sum_messages
from trustspace.testing.fakes import MemoryTrainingLedger

CELLS = 100
BANKS = [f"0x{number:040x}" for number in range(11, 15)]
AGGREGATOR = "0x" + "a" * 40


class Space:
    """Four banks that joined a run; each holds a vector."""

    def __init__(self) -> None:
        self.ledger = MemoryTrainingLedger({AGGREGATOR: 1} | {bank: 20 - n for n, bank in enumerate(BANKS)})
        self.aggregator = self.ledger.as_aggregator(AGGREGATOR)
        self.run = self.aggregator.open_run(b"p" * 32, tuple(BANKS), 3, b"o" * 32)
        self.keys = [MaskKey.generate() for _ in BANKS]
        for bank, key in zip(BANKS, self.keys, strict=True):
            self.ledger.as_party(bank).join(self.run, key.public)
        self.group = SumGroup.of(self.ledger, self.run)
        self.parties = [
            SumParty(self.ledger.as_party(bank), self.group, key, MaskBook())
            for bank, key in zip(BANKS, self.keys, strict=True)
        ]
        self.vectors = [np.random.default_rng(n).integers(-(2**40), 2**40, CELLS) for n in range(len(BANKS))]

    def commit(self, *chosen: int, round_number: int = 1) -> None:
        for n in chosen or range(len(BANKS)):
            self.parties[n].commit(round_number, "counts", self.vectors[n])

    def reveal(self) -> dict[int, bytes]:
        return {party.own.participant: party.reveal(1) for party in self.parties}

    def close(self, messages: dict[int, bytes]) -> bytes:
        aggregate = sum_messages(self.ledger, self.group, 1, "counts", CELLS, messages)
        self.aggregator.close_round(self.run, 1, vector_hash(aggregate))
        return aggregate


@pytest.fixture
def space() -> Space:
    return Space()


def test_round__honest_parties__exact_signed_sum_for_everyone(space: Space) -> None:
    space.commit()
    messages = space.reveal()
    aggregate = space.close(messages)
    expected = sum(space.vectors[1:], space.vectors[0])
    assert (open_sum(aggregate) == expected).all()
    for party in space.parties:
        assert (party.verify(1, "counts", CELLS, messages, aggregate) == expected).all()


def test_messages__masked__no_cell_in_clear_and_no_partial_sum(space: Space) -> None:
    space.commit()
    words = [unpack_vector(message, where="")[1] for message in space.reveal().values()]
    vectors = [to_ring(vector) for vector in space.vectors]
    assert not any((word == vector).any() for word, vector in zip(words, vectors, strict=True))
    assert not (words[0] + words[1] + words[2] == vectors[0] + vectors[1] + vectors[2]).any()


def test_reveal__a_party_has_not_committed__named_and_nothing_opened(space: Space) -> None:
    space.commit(0, 1, 3)
    with pytest.raises(MissingParty, match=r"round 1: party 18 \(0x0*d\) has not committed"):
        space.parties[0].reveal(1)


def test_sum__a_party_does_not_reveal__named(space: Space) -> None:
    space.commit()
    messages = space.reveal()
    del messages[17]
    with pytest.raises(MissingParty, match=r"party 17 .* did not reveal"):
        space.close(messages)


@pytest.mark.parametrize("place", [0, 20, 38, 41, 50, 60, -1])
def test_sum__message_tampered__party_named(space: Space, place: int) -> None:
    space.commit()
    messages = space.reveal()
    changed = bytearray(messages[19])
    changed[place] ^= 1
    messages[19] = bytes(changed)
    with pytest.raises(CommitmentMismatch, match=r"party 19 .*round 1: .*another hash"):
        space.close(messages)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"round": 2}, RoundOutOfOrder, "says .* round 2"),
        ({"run": b"x" * 32}, RoundOutOfOrder, "says run 7878"),
        ({"participant": 18}, RoundOutOfOrder, "says .* party 18"),
        ({"tensor": "newton"}, RoundOutOfOrder, "tensor newton"),
        ({"cells": 99}, CommitmentMismatch, "party 20 .* sent 99 cells instead of 100"),
        ({"cut": True}, CommitmentMismatch, "party 20 .* no message"),
    ],
)
def test_sum__wrong_content_honestly_hashed__party_named(
    space: Space, change: dict[str, object], error: type[Exception], message: str
) -> None:
    header: dict[str, object] = {"run": space.run, "round": 1, "participant": 20, "tensor": "counts"}
    header |= {key: value for key, value in change.items() if key in header}
    words = np.zeros(int(str(change.get("cells", CELLS))), dtype=np.uint64)
    false = pack_vector(SumHeader(**header), words)[: -3 if "cut" in change else None]  # type: ignore[arg-type]
    space.ledger.as_party(BANKS[0]).commit_contribution(space.run, 1, vector_hash(false))
    space.commit(1, 2, 3)
    messages = {party.own.participant: party.reveal(1) for party in space.parties[1:]} | {20: false}
    with pytest.raises(error, match=message):
        space.close(messages)


def test_verify__aggregator_changes_one_cell_or_drops_a_party__found_by_every_party(space: Space) -> None:
    space.commit()
    messages = space.reveal()
    aggregate = sum_messages(space.ledger, space.group, 1, "counts", CELLS, messages)
    header, words = unpack_vector(aggregate, where="")
    words[3] += np.uint64(1)
    false = pack_vector(header, words)
    space.aggregator.close_round(space.run, 1, vector_hash(false))
    for party in space.parties:
        for claimed in (false, aggregate):
            with pytest.raises(CommitmentMismatch, match="aggregator, round 1"):
                party.verify(1, "counts", CELLS, messages, claimed)


def test_verify__round_not_closed__refused(space: Space) -> None:
    space.commit()
    messages = space.reveal()
    aggregate = sum_messages(space.ledger, space.group, 1, "counts", CELLS, messages)
    with pytest.raises(RoundOutOfOrder, match="not closed"):
        space.parties[0].verify(1, "counts", CELLS, messages, aggregate)


def test_commit__other_values_in_the_same_round__mask_reuse_refused(space: Space) -> None:
    space.commit(0)
    space.commit(0)
    with pytest.raises(MaskReuse, match="party 20"):
        space.parties[0].commit(1, "counts", space.vectors[0] + 1)


def test_reveal__round_never_committed__refused(space: Space) -> None:
    space.commit()
    with pytest.raises(RoundOutOfOrder, match=r"party 20 .*round 2"):
        space.parties[0].reveal(2)


def test_group__a_party_has_not_joined__named(space: Space) -> None:
    run = space.aggregator.open_run(b"p" * 32, tuple(BANKS), 3, b"n" * 32)
    for bank, key in list(zip(BANKS, space.keys, strict=True))[1:]:
        space.ledger.as_party(bank).join(run, key.public)
    with pytest.raises(MissingParty, match=r"party 20 \(0x0*b\) has not joined"):
        SumGroup.of(space.ledger, run)


def test_sum_party__foreign_account_or_key__refused(space: Space) -> None:
    with pytest.raises(MissingParty, match="is no party"):
        SumParty(space.ledger.as_party(BANKS[0]), space.group, MaskKey.generate(), MaskBook())
    with pytest.raises(MissingParty, match="is no party"):
        SumParty(space.ledger.as_party(AGGREGATOR), space.group, space.keys[0], MaskBook())


def test_require_enough__two_parties__refused() -> None:
    require_enough(3, "run")
    with pytest.raises(TooFewParties, match="2 parties, a secure sum needs 3"):
        require_enough(2, "run")
