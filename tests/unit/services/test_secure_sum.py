"""Honest rounds and vanishing parties: the sum is exact, and nothing else comes out."""

import pytest

from tests.unit.services.sums import AGGREGATOR, Space, signer
from trustspace.crypto.masks import MaskBook, MaskKey
from trustspace.encoding.fixed_point import to_words
from trustspace.encoding.sum_message import unpack_vector
from trustspace.errors import LeftOut, MaskReuse, MissingParty, RoundOutOfOrder, TooFewParties
from trustspace.services.sum_group import SumGroup, require_enough
from trustspace.services.sum_party import SumParty
from trustspace.services.sum_round import open_sum


@pytest.mark.parametrize("width", [4, 8])
@pytest.mark.parametrize("banks", [3, 5, 8])
def test_round__honest_parties__exact_signed_sum_for_everyone(banks: int, width: int) -> None:
    space = Space(banks, width=width)
    record = space.play()
    assert (open_sum(record.aggregate) == space.expected(space.ids)).all()
    assert len(record.answers) == banks


@pytest.mark.parametrize("width", [4, 8])
@pytest.mark.parametrize("phase", ["no_offer", "no_commit", "no_reveal", "no_answer"])
def test_round__two_of_five_vanish_in_a_phase__exact_sum_of_the_others(phase: str, width: int) -> None:
    space = Space(width=width)
    record = space.play(**{phase: {11, 14}})
    summed = space.ids if phase == "no_answer" else [12, 13, 15]
    assert sorted(record.contributions) == summed
    assert (open_sum(record.aggregate) == space.expected(summed)).all()


def test_round__one_vanishes_in_each_of_two_phases__exact_sum_of_the_others() -> None:
    space = Space()
    record = space.play(no_offer={11}, no_reveal={12})
    assert (open_sum(record.aggregate) == space.expected([13, 14, 15])).all()


def test_rounds__who_left_is_out__and_the_rest_goes_on() -> None:
    space = Space()
    space.play(1)
    space.play(2, no_commit={11})
    record = space.play(3, no_offer={11})
    assert (open_sum(record.aggregate) == space.expected([12, 13, 14, 15])).all()
    with pytest.raises(LeftOut, match=r"party 11 .*round 3: was left out of an earlier round"):
        space.parties[11].offer(3)


def test_round__50_parties_and_16_dropped__bit_exact_sum() -> None:
    space = Space(50, 1000)
    gone = {"no_offer": set(range(11, 16)), "no_commit": set(range(20, 26)), "no_reveal": set(range(40, 45))}
    record = space.play(**gone, verifying=2)
    assert len(record.contributions) == 34
    assert (open_sum(record.aggregate) == space.expected(record.contributions)).all()


def test_round__200_parties_on_the_sparse_graph_and_20_dropped__bit_exact_sum() -> None:
    space = Space(200, 50)
    assert {len(peers) for peers in space.group.neighbours.values()} == {104}
    record = space.play(no_commit=set(range(11, 21)), no_reveal=set(range(100, 110)), no_answer={60}, verifying=1)
    assert len(record.contributions) == 180
    assert (open_sum(record.aggregate) == space.expected(record.contributions)).all()


def test_messages__masked__no_cell_in_clear_and_no_partial_sum() -> None:
    space = Space()
    desk = space.committed(space.offered())
    words = {p: unpack_vector(space.sent[p].body, where="")[1] for p in space.ids}
    vectors = {party: to_words(space.vectors[party], 8) for party in space.ids}
    for chosen in ([11], [12], [11, 12], [11, 12, 13, 14], space.ids):
        masked = sum(words[party] for party in chosen[1:]) + words[chosen[0]]
        clear = sum(vectors[party] for party in chosen[1:]) + vectors[chosen[0]]
        assert not (masked == clear).any()  # even the whole sum still carries the own masks
    assert desk.phase.name == "CONTRIBUTIONS"


def test_round__too_few_offers_contributions_or_answers__named() -> None:
    with pytest.raises(TooFewParties, match=r"2 of 5 parties are there, 3 are needed; missing: party 11 .*party 14"):
        Space().offered(without={11, 12, 14})
    space = Space()
    with pytest.raises(TooFewParties, match=r"2 of 5 parties are there, 3 are needed; missing: party 12 "):
        space.revealed(space.committed(space.offered()), without={12, 13, 15})
    space = Space()
    desk = space.answered(space.revealed(space.committed(space.offered())), without={11, 12, 13})
    with pytest.raises(TooFewParties, match=r"party 11 .*: 2 shares, 3 are needed"):
        desk.open()


def test_round__two_honest_parties__refused() -> None:
    require_enough(3, "run")
    with pytest.raises(TooFewParties, match="2 parties, a secure sum needs 3"):
        require_enough(2, "run")
    space = Space(4)
    with pytest.raises(TooFewParties, match="2 of 4 parties are there, 3 are needed"):
        space.play(no_reveal={11, 12})


def test_offer_commit_answer__asked_again__the_same() -> None:
    space = Space()
    party = space.parties[11]
    assert party.offer(1) is party.offer(1)
    desk = space.committed(space.offered())
    party.enrol(1, desk.offers, desk.sealed_for(11))
    assert party.commit(1, space.shape, space.vectors[11]) == space.sent[11]
    space.revealed(desk)
    assert party.answer(1, desk.contributions) == party.answer(1, desk.contributions)


def test_commit__other_values_in_the_same_round__mask_reuse_refused() -> None:
    space = Space()
    space.committed(space.offered())
    with pytest.raises(MaskReuse, match="party 11"):
        space.parties[11].commit(1, space.shape, space.vectors[11] + 1)


def test_phases__out_of_order__refused() -> None:
    space = Space()
    party = space.parties[11]
    with pytest.raises(RoundOutOfOrder, match="party 11: asked for round 1, stands at round 0"):
        party.commit(1, space.shape, space.vectors[11])
    party.offer(1)
    with pytest.raises(RoundOutOfOrder, match="has not seen the offers yet"):
        party.commit(1, space.shape, space.vectors[11])
    with pytest.raises(RoundOutOfOrder, match="survivors are not fixed on the ledger"):
        party.answer(1, {})
    space.committed(space.offered())
    with pytest.raises(RoundOutOfOrder, match="survivors are not fixed on the ledger"):
        party.answer(1, {})
    with pytest.raises(RoundOutOfOrder, match="has not answered yet"):
        party.verify(1, {}, b"")


def test_group__a_party_has_not_joined__named() -> None:
    space = Space()
    addresses = tuple(key.address for key in space.signers)
    run = space.aggregator.open_run(b"p" * 32, addresses, 3, b"n" * 32)
    for account in space.signers[1:]:
        space.ledger.as_party(account).join(run, MaskKey.generate().public)
    with pytest.raises(MissingParty, match=r"party 11 \(0x.*\) has not joined"):
        SumGroup.of(space.ledger, run)


def test_sum_party__foreign_account_or_key__refused() -> None:
    space = Space()
    with pytest.raises(MissingParty, match="is no party"):
        SumParty(space.ledger.as_party(signer(0)), space.group, MaskKey.generate(), MaskBook())
    with pytest.raises(MissingParty, match="is no party"):
        SumParty(space.ledger.as_party(AGGREGATOR), space.group, space.parties[11]._key, MaskBook())
