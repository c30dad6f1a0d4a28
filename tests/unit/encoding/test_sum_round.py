from hashlib import sha256

import pytest

from trustspace.domain.sums import DataStatement
from trustspace.encoding.sum_round import Answer, Offer, ShareKind, roster_digest
from trustspace.errors import OutOfRange

OFFER = Offer(
    run=b"r" * 32,
    round=7,
    participant=513,
    key=b"k" * 32,
    seed_hash=b"s" * 32,
    holders={1: (b"a" * 32, b"b" * 32), 513: (b"c" * 32, b"d" * 32)},
    data=DataStatement(rows=260, root=b"d" * 32),
)
ANSWER = Answer(
    run=b"r" * 32,
    round=7,
    participant=513,
    survivors=0b101,
    shares={1: (ShareKind.SEED, b"x" * 33), 258: (ShareKind.KEY, b"y" * 33)},
)


def test_offer__layout__as_drawn() -> None:
    raw = OFFER.to_bytes()
    assert raw == (
        b"TSO2" + b"r" * 32 + bytes([0, 0, 0, 7, 2, 1]) + b"k" * 32 + b"s" * 32
        + bytes([0, 0, 1, 4]) + b"d" * 32 + bytes([0, 2])
        + bytes([0, 1]) + b"a" * 32 + b"b" * 32 + bytes([2, 1]) + b"c" * 32 + b"d" * 32
    )  # fmt: skip
    assert Offer.from_bytes(raw, where="party 513") == OFFER


def test_answer__layout__as_drawn() -> None:
    raw = ANSWER.to_bytes()
    assert raw == (
        b"TSA1" + b"r" * 32 + bytes([0, 0, 0, 7, 2, 1]) + bytes(31) + bytes([5]) + bytes([0, 2])
        + bytes([0, 1, 1]) + b"x" * 33 + bytes([1, 2, 2]) + b"y" * 33
    )  # fmt: skip
    assert Answer.from_bytes(raw, where="party 513") == ANSWER


@pytest.mark.parametrize("kind", [Offer, Answer])
def test_from_bytes__cut_padded_or_other_kind__refused(kind: type) -> None:
    raw = (OFFER if kind is Offer else ANSWER).to_bytes()
    other = (ANSWER if kind is Offer else OFFER).to_bytes()
    for bad in (b"", raw[:20], raw[:-1], raw + b"\0", other):
        with pytest.raises(OutOfRange, match="party 513: cut or of another layout"):
            kind.from_bytes(bad, where="party 513")


def test_from_bytes__repeated_dealer_or_unknown_kind__refused() -> None:
    raw = ANSWER.to_bytes()
    row = raw[-36:]
    for bad in (raw[:-72] + row + row, raw[:-34] + b"\x03" + raw[-33:]):
        with pytest.raises(OutOfRange):
            Answer.from_bytes(bad, where="party 513")


def test_fits__the_announced_share_of_that_kind_only() -> None:
    hashes = (sha256(b"seed share").digest(), sha256(b"key share").digest())
    offer = Offer(run=b"r" * 32, round=1, participant=1, key=b"k" * 32, seed_hash=b"s" * 32, holders={4: hashes})
    assert offer.fits(4, ShareKind.SEED, b"seed share")
    assert offer.fits(4, ShareKind.KEY, b"key share")
    assert not offer.fits(4, ShareKind.SEED, b"key share")
    assert not offer.fits(5, ShareKind.SEED, b"seed share")


def test_roster__any_offer_changed__another_digest() -> None:
    offers = [OFFER.to_bytes(), ANSWER.to_bytes()]
    assert roster_digest(offers) != roster_digest(offers[:1])
    assert roster_digest(offers) != roster_digest([offers[0], offers[1][:-1] + b"z"])
    assert roster_digest([b"ab", b"c"]) != roster_digest([b"a", b"bc"])
