"""A cheating aggregator, a cheating party, a replayer: each attempt is refused by name."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.services.sums import Space
from trustspace.crypto.masks import MaskKey
from trustspace.domain.sums import OfferMessage, SignedMessage, SumPhase
from trustspace.encoding.sum_message import SumHeader, pack_vector, unpack_vector, vector_hash
from trustspace.encoding.sum_round import Answer, Offer, ShareKind
from trustspace.errors import (
    CommitmentMismatch,
    ContractRefused,
    DuplicateMessage,
    LateMessage,
    LeftOut,
    RoundOutOfOrder,
    ShareConflict,
    SignatureMismatch,
)
from trustspace.services.sum_aggregator import RoundDesk
from trustspace.services.sum_round import Roster


@pytest.fixture
def space() -> Space:
    return Space()


def resigned(space: Space, party: int, phase: SumPhase, body: bytes, tensor: str = "") -> SignedMessage:
    """What a dishonest party signs with its own account."""
    statement = space.group.statement(1, phase, body, tensor)
    return SignedMessage(body=body, signature=space.parties[party]._ledger.sign(statement))


# --- the aggregator --------------------------------------------------------------------------------------------------


def test_aggregator__swaps_a_round_key__every_party_refuses(space: Space) -> None:
    desk = space.offered()
    honest = Offer.from_bytes(desk.offers[13].body, where="")
    body = replace(honest, key=MaskKey.generate().public).to_bytes()
    swapped = desk.offers | {13: SignedMessage(body=body, signature=desk.offers[13].signature)}
    for party in (11, 12, 14, 15):
        with pytest.raises(SignatureMismatch, match=r"offer, round 1: not signed by party 13 "):
            space.parties[party].enrol(1, swapped, desk.sealed_for(party))


def test_aggregator__shows_different_offers_to_different_parties__found_before_any_share(space: Space) -> None:
    desk = space.offered()
    accomplice = Offer.from_bytes(desk.offers[13].body, where="")
    false = resigned(space, 13, SumPhase.OFFER, replace(accomplice, key=MaskKey.generate().public).to_bytes())
    others = desk.offers | {13: false}
    with pytest.raises(
        CommitmentMismatch, match=r"party 13, round 1: .*cannot be opened"
    ):  # its seals are bound to its key
        space.parties[11].enrol(1, others, desk.sealed_for(11))
    own = space.parties[11]
    own._round.roster = Roster.of(own._ledger, space.group, 1, others)  # as if it had not noticed
    space.committed(desk, without={11})
    space.sent[11] = own.commit(1, space.shape, space.vectors[11])
    contributions = {party: space.sent[party].body for party in space.ids}
    space.gather(space.ids)
    with pytest.raises(CommitmentMismatch, match=r"party 11 .*different keys to different parties"):
        space.parties[12].answer(1, contributions)
    with pytest.raises(CommitmentMismatch, match=r"party 12 .*different keys to different parties"):
        own.answer(1, contributions)


def test_aggregator__shows_a_second_set_of_offers__refused(space: Space) -> None:
    desk = space.committed(space.offered())
    fewer = {party: message for party, message in desk.offers.items() if party != 15}
    with pytest.raises(CommitmentMismatch, match="other offers than it was shown before"):
        space.parties[11].enrol(1, fewer, desk.sealed_for(11))


def test_aggregator__leaves_a_partys_offer_out__that_party_knows(space: Space) -> None:
    desk = space.offered()
    fewer = {party: message for party, message in desk.offers.items() if party != 11}
    with pytest.raises(LeftOut, match=r"party 11 .*round 1: its offer is not among"):
        space.parties[11].enrol(1, fewer, desk.sealed_for(11))


def test_aggregator__drops_a_party_that_committed__it_knows_and_its_vector_stays_hidden(space: Space) -> None:
    desk = space.committed(space.offered())
    message = space.sent[11]
    space.revealed(desk, without={11})
    space.answered(desk)
    with pytest.raises(LeftOut, match=r"party 11 .*is no survivor of the round although it committed"):
        space.parties[11].answer(1, desk.contributions | {11: message.body})
    sent = space.ledger.contribution(space.run, space.parties[11].own.address, 1)
    assert sent == vector_hash(message.body)  # by its own hand, for everybody to see
    # the survivors gave shares of its round key, never of its seed: the own mask stays on
    answers = [Answer.from_bytes(answer.body, where="") for answer in desk.answers.values()]
    assert {answer.shares[11][0] for answer in answers} == {ShareKind.KEY}
    assert {answer.shares[12][0] for answer in answers} == {ShareKind.SEED}


def test_aggregator__invents_a_party__refused(space: Space) -> None:
    desk = space.offered()
    stranger = Space(6).parties[16].offer(1)
    with pytest.raises(LeftOut, match="party 16, round 1: takes no part"):
        desk.take_offer(16, stranger)
    with pytest.raises(LeftOut, match=r"out of the run: \[16\]"):
        space.parties[11].enrol(1, desk.offers | {16: stranger.signed}, {})


def test_aggregator__names_survivors_that_made_no_offer__nobody_answers(space: Space) -> None:
    desk = space.committed(space.offered(without={15}))
    space.sent[15] = resigned(space, 15, SumPhase.CONTRIBUTION, b"of nobody's round", "counts")
    contributions = {party: space.sent[party].body for party in desk.offers}
    space.gather(space.ids)
    with pytest.raises(LeftOut, match=r"survivors that made no offer: \[15\]"):
        space.parties[11].answer(1, contributions)


def test_aggregator__asks_for_both_shares__the_second_kind_is_refused(space: Space) -> None:
    desk = space.committed(space.offered())
    contributions = {party: space.sent[party].body for party in space.ids}
    space.revealed(desk)
    space.parties[11].answer(1, contributions)
    stored = space.ledger._runs[space.run].survivors
    stored[1] = 0b01111  # a forked or rewritten ledger
    with pytest.raises(ShareConflict, match=r"aggregator, party 11 .*answered for other survivors before"):
        space.parties[11].answer(1, contributions)


def test_aggregator__changes_one_cell__found_by_every_party(space: Space) -> None:
    desk = space.answered(space.revealed(space.committed(space.offered())))
    aggregate = desk.open()
    header, words = unpack_vector(aggregate, where="")
    words[3] += np.uint64(1)
    false = pack_vector(header, words)
    desk.close(false)
    for party in space.parties.values():
        with pytest.raises(CommitmentMismatch, match="aggregator, round 1"):
            party.verify(1, desk.answers, false)
        party.verify(1, desk.answers, aggregate)
        with pytest.raises(CommitmentMismatch, match="aggregator, round 1"):
            party.require_closed()


def test_aggregator__closes_the_round_before_with_another_sum__nobody_answers_the_next(space: Space) -> None:
    record = space.play(1)
    for party in space.parties.values():
        party.due = (1, vector_hash(record.aggregate))
    space.ledger._runs[space.run].aggregates[1] = b"x" * 32
    desk = space.revealed(space.committed(space.offered(2)))
    for party in space.parties.values():
        with pytest.raises(CommitmentMismatch, match="aggregator, round 1: the aggregator's sum is not the sum"):
            party.answer(2, desk.contributions)


def test_aggregator__puts_another_vector_or_nobodys_signature_on_the_ledger__refused(space: Space) -> None:
    space.committed(space.offered())
    honest = space.sent[13]
    space.sent[13] = SignedMessage(body=b"invented", signature=honest.signature)
    with pytest.raises(ContractRefused, match="ContributionNotSigned"):
        space.gather(space.ids)
    space.sent[13] = replace(honest, signature=space.sent[12].signature)
    with pytest.raises(ContractRefused, match="ContributionNotSigned"):
        space.gather(space.ids)
    space.sent[13] = honest
    space.gather(space.ids)
    space.gather(space.ids)


def test_aggregator__has_a_different_message_added_up__named(space: Space) -> None:
    desk = space.revealed(space.committed(space.offered()))
    changed = bytearray(desk.contributions[13])
    changed[-1] ^= 1
    with pytest.raises(CommitmentMismatch, match=r"party 13 .*another hash than the one on the ledger"):
        space.parties[11].answer(1, desk.contributions | {13: bytes(changed)})
    without = {party: body for party, body in desk.contributions.items() if party != 13}
    with pytest.raises(CommitmentMismatch, match="party 13 "):
        space.parties[11].answer(1, without)


def test_aggregator__withholds_answers_or_forges_one__named(space: Space) -> None:
    desk = space.answered(space.revealed(space.committed(space.offered())))
    desk.close(desk.open())
    forged = desk.answers[12].body[:-1] + b"x"
    for body in (forged, desk.answers[12].body):
        with pytest.raises(SignatureMismatch, match=r"answer, round 1: not signed by party 12 "):
            space.parties[11].verify(1, desk.answers | {12: SignedMessage(body=body, signature=bytes(65))}, b"")


def test_aggregator__reorders_rounds__refused(space: Space) -> None:
    first = space.play(1)
    later = RoundDesk(space.aggregator, space.group, 2)
    with pytest.raises(SignatureMismatch, match=r"offer, round 2: not signed by party 11 "):
        later.take_offer(11, OfferMessage(signed=first.offers[11], sealed={}))
    for party in space.ids:
        later.take_offer(party, space.parties[party].offer(2))
    with pytest.raises(SignatureMismatch):
        space.parties[11].enrol(2, later.offers | {12: first.offers[12]}, later.sealed_for(11))
    space.committed(later)
    with pytest.raises(SignatureMismatch, match=r"contribution, round 2: not signed by party 12 "):
        later.take_contribution(12, first.contributions[12], space.shape)


# --- messages at the wrong time or place -----------------------------------------------------------------------------


def test_messages__late_duplicate_or_of_an_old_round__refused_by_name(space: Space) -> None:
    desk = RoundDesk(space.aggregator, space.group, 1)
    offers = {party: space.parties[party].offer(1) for party in space.ids}
    for party in (11, 12, 13, 14):
        desk.take_offer(party, offers[party])
    with pytest.raises(DuplicateMessage, match="party 11, round 1"):
        desk.take_offer(11, offers[11])
    with pytest.raises(RoundOutOfOrder, match="answers are not due yet"):
        desk._expect(desk.phase.ANSWERS, 11, desk.offers, {})
    desk.enrol()
    with pytest.raises(LateMessage, match="party 15, round 1: offers are over"):
        desk.take_offer(15, offers[15])
    space.committed(desk)
    for party in (11, 12, 13):
        desk.take_contribution(party, space.sent[party], space.shape)
    with pytest.raises(DuplicateMessage, match="party 12, round 1"):
        desk.take_contribution(12, space.sent[12], space.shape)
    desk.fix()
    with pytest.raises(LateMessage, match="party 14, round 1: contributions are over"):
        desk.take_contribution(14, space.sent[14], space.shape)
    answers = {party: space.parties[party].answer(1, desk.contributions) for party in (11, 12, 13)}
    for party, answer in answers.items():
        desk.take_answer(party, answer)
    with pytest.raises(DuplicateMessage, match="party 13, round 1"):
        desk.take_answer(13, answers[13])
    desk.close(desk.open())
    space.parties[11].offer(2)
    with pytest.raises(RoundOutOfOrder, match="party 11: asked for round 1, stands at round 2"):
        space.parties[11].commit(1, space.shape, space.vectors[11])


@pytest.mark.parametrize("what", ["run", "contract", "chain", "party"])
def test_messages__replayed_elsewhere__refused(space: Space, what: str) -> None:
    message = space.parties[11].offer(1)
    space.parties[12].offer(1)
    member = space.group.by_id[11]
    group = space.group
    if what == "run":
        space.begin(b"n" * 32)
        group, member = space.group, space.group.by_id[11]
    elif what == "contract":
        group = replace(group, registry="0x" + "77" * 20)
    elif what == "chain":
        group = replace(group, chain_id=1)
    else:
        member = group.by_id[12]
    space.group.require_signed(space.group.by_id[11], message.signed, 1, SumPhase.OFFER) if what != "run" else None
    with pytest.raises(SignatureMismatch):
        group.require_signed(member, message.signed, 1, SumPhase.OFFER)
    for phase in (SumPhase.CONTRIBUTION, SumPhase.ANSWER):
        with pytest.raises(SignatureMismatch):
            space.group.require_signed(space.group.by_id[11], message.signed, 1, phase)


# --- a party ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"round": 2}, RoundOutOfOrder, "says .* round 2"),
        ({"run": b"x" * 32}, RoundOutOfOrder, "says run 7878"),
        ({"participant": 12}, RoundOutOfOrder, "says .* party 12"),
        ({"tensor": "newton"}, RoundOutOfOrder, "tensor newton"),
        ({"cells": 99}, CommitmentMismatch, "party 11 .* sent 99 cells of 8 bytes, not 100 of 8"),
        ({"width": 4}, CommitmentMismatch, "party 11 .* sent 100 cells of 4 bytes, not 100 of 8"),
        ({"cut": True}, CommitmentMismatch, "party 11 .* no message"),
        ({"roster": b"x" * 32}, CommitmentMismatch, "party 11 .* other offers"),
    ],
)
def test_party__wrong_content_honestly_hashed__named(
    space: Space, change: dict[str, object], error: type[Exception], message: str
) -> None:
    desk = space.committed(space.offered(), without={11})
    header: dict[str, object] = {
        "run": space.run, "round": 1, "participant": 11, "tensor": "counts", "roster": desk.enrol().digest,
    }  # fmt: skip
    header |= {key: value for key, value in change.items() if key in header}
    words = np.zeros(int(str(change.get("cells", 100))), dtype=f"u{change.get('width', 8)}")
    false = pack_vector(SumHeader(**header), words)[: -3 if "cut" in change else None]  # type: ignore[arg-type]
    with pytest.raises(error, match=message):
        desk.take_contribution(11, resigned(space, 11, SumPhase.CONTRIBUTION, false, "counts"), space.shape)


def test_party__shares_out_another_secret_than_announced__named(space: Space) -> None:
    desk = RoundDesk(space.aggregator, space.group, 1)
    honest = space.parties[11].offer(1)
    offer = Offer.from_bytes(honest.signed.body, where="")
    false = resigned(space, 11, SumPhase.OFFER, replace(offer, seed_hash=b"x" * 32).to_bytes())
    space.parties[11]._round.offer = OfferMessage(signed=false, sealed=honest.sealed)
    for party in space.ids:
        desk.take_offer(party, space.parties[party].offer(1))
    desk.enrol()
    space.answered(space.revealed(space.committed(desk)))
    with pytest.raises(CommitmentMismatch, match=r"party 11 .*shared out another secret"):
        desk.open()


def test_party__seals_another_share_than_announced__named(space: Space) -> None:
    desk = space.offered()
    sealed = desk.sealed_for(12) | {11: space.parties[11].offer(1).sealed[13]}
    with pytest.raises(CommitmentMismatch, match=r"party 11, round 1: sealed shares cannot be opened"):
        space.parties[12].enrol(1, desk.offers, sealed)
    offer = Offer.from_bytes(desk.offers[11].body, where="")
    holders = dict(offer.holders) | {12: (b"x" * 32, b"y" * 32)}
    false = resigned(space, 11, SumPhase.OFFER, replace(offer, holders=holders).to_bytes())
    with pytest.raises(CommitmentMismatch, match=r"party 11 .*sealed other shares than it announced"):
        space.parties[12].enrol(1, desk.offers | {11: false}, desk.sealed_for(12))


def test_party__shares_out_among_fewer_holders__named(space: Space) -> None:
    desk = RoundDesk(space.aggregator, space.group, 1)
    honest = space.parties[11].offer(1)
    offer = Offer.from_bytes(honest.signed.body, where="")
    fewer = {holder: pair for holder, pair in offer.holders.items() if holder != 15}
    false = resigned(space, 11, SumPhase.OFFER, replace(offer, holders=fewer).to_bytes())
    with pytest.raises(CommitmentMismatch, match=r"party 11 .*other parties than its neighbours"):
        desk.take_offer(11, OfferMessage(signed=false, sealed=honest.sealed))


@pytest.mark.parametrize("kind", [ShareKind.SEED, ShareKind.KEY])
def test_party__answers_with_a_false_share_or_the_wrong_kind__named(space: Space, kind: ShareKind) -> None:
    desk = space.revealed(space.committed(space.offered()))
    answer = Answer.from_bytes(space.parties[11].answer(1, desk.contributions).body, where="")
    false = replace(answer, shares=dict(answer.shares) | {12: (kind, b"\0" * 33)}).to_bytes()
    with pytest.raises(CommitmentMismatch, match=r"party 11 .*gave another share of party 12"):
        desk.take_answer(11, resigned(space, 11, SumPhase.ANSWER, false, "counts"))
    other = replace(answer, survivors=0b01111).to_bytes()
    with pytest.raises(LeftOut, match=r"party 11 .*other survivors than those on the ledger"):
        desk.take_answer(11, resigned(space, 11, SumPhase.ANSWER, other, "counts"))
