"""Every way in which an aggregator can do wrong in a run, played through the engine that carries its questions.

what the aggregator does                                    who finds it, and how
----------------------------------------------------------  ------------------------------------------------------------
opens the run with another plan                             every party: CommitmentMismatch, nothing is joined
drops a party that committed, silently                      that party: LeftOut; everybody: ledger and audit name it
leaves a party's offer out                                  that party: LeftOut
invents a party                                             every party: LeftOut
swaps a round key                                           every party: SignatureMismatch naming whose
swaps sealed shares                                         the receiver: CommitmentMismatch naming the sender
shows a second set of offers, also after a restart          every party: CommitmentMismatch
asks for both shares of a peer, also after a restart        every party: ShareConflict
asks to open a round that a member left in mid-pass         every party: LeftOut
changes one cell of a masked vector                         every party: CommitmentMismatch naming whose
changes one cell of the sum                                 every party: CommitmentMismatch naming the aggregator; audit
tells one party another sum than the others                 that party: CommitmentMismatch naming the aggregator
closes a round with another hash than the sum's             every party: CommitmentMismatch; audit
asks for a round before its time, or once more after it     the party: RoundOutOfOrder
swaps two rounds in the record                              audit, naming round and party
replays offers, vectors or answers of an earlier round      every party: SignatureMismatch, CommitmentMismatch
registers or records another model than the sums give       no quorum confirms it; audit
"""

import json
from dataclasses import fields, replace

import pytest

from tests.unit.services.sums import AGGREGATOR
from tests.unit.services.test_resume import World
from trustspace.adapters.transport.in_process import InProcess
from trustspace.crypto.masks import MaskKey
from trustspace.domain.models import ModelCard, ModelState
from trustspace.domain.run_calls import Act
from trustspace.encoding.sum_round import Offer
from trustspace.errors import (
    AuditMismatch,
    CommitmentMismatch,
    ContractRefused,
    LeftOut,
    PartyUnreachable,
    RoundOutOfOrder,
    ShareConflict,
    SignatureMismatch,
)
from trustspace.services.audit import audit
from trustspace.services.federation import train
from trustspace.services.training import Aggregator
from trustspace.testing.memory import BriefMemory

VICTIM, OTHER = 33, 36


@pytest.fixture
def world(federate, loan_book) -> World:
    world = World(federate(4), [BriefMemory() for _ in range(4)], loan_book)
    world.restarted(0, 1, 2, 3)
    return world


class Wrong(InProcess):
    """The aggregator's engine: `changed` rewrites what one party is asked in one act of one round, or what it says."""

    def __init__(self, peers, number: int, act: Act, *, asked=None, said=None, party: int = VICTIM) -> None:
        super().__init__(peers)
        self.at, self.party = (number, act), party
        self.asked, self.said = asked or (lambda request: request), said or (lambda reply: reply)
        self.earlier: dict[Act, object] = {}

    def exchange(self, requests):
        request = requests.get(self.party)
        if request is None or (request.round, request.act) != self.at:
            if request is not None:
                self.earlier[request.act] = request
            return super().exchange(requests)
        replies = super().exchange({**requests, self.party: self.asked(request)})
        return {**replies, self.party: self.said(replies[self.party])}


def played(world: World, engine, folder=None):
    federation = world.federation
    return train(federation.plan, federation.aggregator, engine, operation=b"o" * 32, transcript=folder)


def wrong(world: World, number: int, act: Act, **how):
    return Wrong(world.federation.parties, number, act, **how)


def test_another_plan__no_party_joins(world, loan_book) -> None:
    other = replace(loan_book.plan, newton_rounds=2)
    world.federation.aggregator = Aggregator(other, world.federation.ledger.as_aggregator(AGGREGATOR))
    with pytest.raises(CommitmentMismatch, match=r"party 33, run .*another plan"):
        played(world, InProcess(world.federation.parties))
    assert all(run.record.joined == 0 for run in world.federation.ledger._runs.values())


def test_a_party_that_committed_is_dropped__it_knows_and_the_audit_names_it(world, tmp_path) -> None:
    silent = PartyUnreachable("says the aggregator")
    outcome = played(world, wrong(world, 3, Act.COMMIT, said=lambda _: silent), tmp_path)
    assert VICTIM not in outcome.members
    assert audit(tmp_path, world.federation.ledger).left == {VICTIM: 3}
    dropped = world.federation.parties[0]
    with pytest.raises(LeftOut):
        dropped.answer(3, {})
    assert world.federation.ledger.contribution(outcome.run, dropped.address, 3) is not None  # it had done its part
    dropped._passes.round = 4
    with pytest.raises(LeftOut, match=r"party 33 .*was left out of an earlier round"):
        dropped.offer(4)


def test_an_offer_is_left_out__its_party_knows(world) -> None:
    def without(request):
        return replace(request, signed={who: it for who, it in request.signed.items() if who != VICTIM})

    with pytest.raises(LeftOut, match=r"party 33 .*round 2: its offer is not among"):
        played(world, wrong(world, 2, Act.COMMIT, asked=without))


def test_a_party_is_invented__refused(world) -> None:
    def with_one_more(request):
        return replace(request, signed={**request.signed, 99: request.signed[OTHER]})

    with pytest.raises(LeftOut, match=r"out of the run: \[99\]"):
        played(world, wrong(world, 2, Act.COMMIT, asked=with_one_more))


def test_a_round_key_is_swapped__named(world) -> None:
    def swapped(request):
        offer = Offer.from_bytes(request.signed[OTHER].body, where="")
        body = replace(offer, key=MaskKey.generate().public).to_bytes()
        return replace(request, signed={**request.signed, OTHER: replace(request.signed[OTHER], body=body)})

    with pytest.raises(SignatureMismatch, match=r"not signed by party 36 "):
        played(world, wrong(world, 2, Act.COMMIT, asked=swapped))


def test_sealed_shares_are_swapped__named(world) -> None:
    def swapped(request):
        return replace(request, sealed={**request.sealed, OTHER: request.sealed[39]})

    with pytest.raises(CommitmentMismatch, match=r"party 36.*round 2: sealed shares cannot be opened"):
        played(world, wrong(world, 2, Act.COMMIT, asked=swapped))


@pytest.mark.parametrize("restarted", [False, True])
def test_a_second_set_of_offers__refused_also_after_a_restart(world, restarted: bool) -> None:
    def once_more(reply):
        shown = engine.now
        if restarted:
            world.restarted(0)
            world.federation.parties[0].position(shown.run)
        fewer = {who: it for who, it in shown.signed.items() if who != OTHER}
        with pytest.raises(CommitmentMismatch, match="other offers than it was shown before"):
            world.federation.parties[0].commit(2, fewer, shown.sealed)
        return reply

    engine = wrong(world, 2, Act.COMMIT, said=once_more)
    engine.asked = lambda request: setattr(engine, "now", request) or request
    played(world, engine)


@pytest.mark.parametrize("restarted", [False, True])
def test_both_shares_of_a_peer_are_asked_for__refused_also_after_a_restart(world, restarted: bool) -> None:
    ledger = world.federation.ledger

    def asked_again(reply):
        request = engine.now
        if restarted:
            world.restarted(0)
            world.federation.parties[0].position(request.run)
        stored = ledger._runs[request.run].survivors
        honest = stored[1]
        stored[1] = 0b0111  # a ledger that could be rewritten: the last bank never survived
        fewer = {who: body for who, body in request.bodies.items() if who != 42}
        with pytest.raises(ShareConflict, match="asked for the other share of some peer"):
            world.federation.parties[0].answer(1, fewer)
        stored[1] = honest
        return reply

    engine = wrong(world, 1, Act.ANSWER, said=asked_again)
    engine.asked = lambda request: setattr(engine, "now", request) or request
    played(world, engine)


def test_a_round_left_in_mid_pass_is_to_be_opened__no_party_answers(world, monkeypatch) -> None:
    gone = PartyUnreachable("cut off")
    monkeypatch.setattr(Aggregator, "opens", lambda *_: True)
    with pytest.raises(LeftOut, match="asked to open a round that a member left in the middle of a pass"):
        played(world, wrong(world, 3, Act.COMMIT, said=lambda _: gone, party=OTHER))


def test_a_cell_of_a_masked_vector_is_changed__named(world) -> None:
    def changed(request):
        body = request.bodies[OTHER]
        return replace(request, bodies={**request.bodies, OTHER: body[:-1] + bytes([body[-1] ^ 1])})

    with pytest.raises(CommitmentMismatch, match=r"party 36 .*round 2: .*another hash than the one on the ledger"):
        played(world, wrong(world, 2, Act.ANSWER, asked=changed))


def test_one_party_is_told_another_sum__it_knows(world) -> None:
    def changed(request):
        return replace(request, aggregate=request.aggregate[:-1] + bytes([request.aggregate[-1] ^ 1]))

    with pytest.raises(CommitmentMismatch, match="aggregator, round 2: the aggregator's sum is not the sum"):
        played(world, wrong(world, 2, Act.ACCEPT, asked=changed))


def test_a_cell_of_the_sum_is_changed_for_all__found_by_all_and_by_the_audit(world, tmp_path, monkeypatch) -> None:
    from trustspace.services.sum_aggregator import RoundDesk

    honest = RoundDesk.open

    def cheated(desk):
        raw = honest(desk)
        return raw if desk.round != 2 else raw[:-8] + (int.from_bytes(raw[-8:], "little") ^ 1).to_bytes(8, "little")

    monkeypatch.setattr(RoundDesk, "open", cheated)
    with pytest.raises(CommitmentMismatch, match="aggregator, round 2: the aggregator's sum is not the sum"):
        played(world, InProcess(world.federation.parties), tmp_path)
    with pytest.raises(AuditMismatch, match="the ledger closed 1 rounds, they give no model"):
        audit(tmp_path, world.federation.ledger)


def test_a_round_is_closed_with_another_hash__found(world, tmp_path, monkeypatch) -> None:
    ledger = type(world.federation.ledger.as_aggregator(AGGREGATOR))
    honest = ledger.gather_round

    def another(it, run, gathered):
        honest(it, run, replace(gathered, previous=b"x" * 32 if gathered.previous else None))

    monkeypatch.setattr(ledger, "gather_round", another)
    with pytest.raises(CommitmentMismatch, match="aggregator, round 1"):
        played(world, InProcess(world.federation.parties), tmp_path)
    with pytest.raises(AuditMismatch, match="round 1: the ledger's hash is not that"):
        audit(tmp_path, world.federation.ledger)


@pytest.mark.parametrize("act", [Act.OFFER, Act.COMMIT, Act.ANSWER, Act.ACCEPT])
@pytest.mark.parametrize("number", [1, 3])
def test_rounds_are_reordered__refused(world, act: Act, number: int) -> None:
    with pytest.raises(RoundOutOfOrder, match=f"asked for round {number}, stands at round 2"):
        played(world, wrong(world, 2, act, asked=lambda request: replace(request, round=number)))


def test_rounds_are_swapped_in_the_record__found_by_the_audit(world, tmp_path) -> None:
    played(world, InProcess(world.federation.parties), tmp_path)
    (tmp_path / "round-003").rename(tmp_path / "aside")
    (tmp_path / "round-004").rename(tmp_path / "round-003")
    (tmp_path / "aside").rename(tmp_path / "round-004")
    with pytest.raises(AuditMismatch, match=r"round-003, party 33 .*round 3"):
        audit(tmp_path, world.federation.ledger)


@pytest.mark.parametrize(
    ("act", "refusal"),
    [(Act.COMMIT, SignatureMismatch), (Act.ANSWER, CommitmentMismatch), (Act.ACCEPT, SignatureMismatch)],
    ids=["offers", "vectors", "answers"],
)
def test_messages_of_an_earlier_round_are_replayed__refused(world, act: Act, refusal) -> None:
    def replayed(request):
        old = engine.earlier[act]
        signed = {**old.signed, VICTIM: request.signed[VICTIM]} if act == Act.COMMIT else old.signed
        return replace(request, signed=signed, bodies=old.bodies)

    engine = wrong(world, 2, act, asked=replayed)
    with pytest.raises(refusal):
        played(world, engine)


def test_another_model_is_registered__no_quorum_and_found_by_the_audit(world, tmp_path) -> None:
    outcome = played(world, InProcess(world.federation.parties), tmp_path)
    ledger, bank = world.federation.ledger, world.federation.parties[0]
    false = ModelCard(**dict.fromkeys((field.name for field in fields(ModelCard)), b"\x01" * 32))
    with pytest.raises(ContractRefused):
        bank._ledger.confirm_model(outcome.run, false)
    assert [model.state for model in ledger.models_of(outcome.run)] == [ModelState.FINAL]
    recorded = json.loads((tmp_path / "model.json").read_bytes())
    recorded["code"] = "another"
    (tmp_path / "model.json").write_text(json.dumps(recorded), encoding="utf-8")
    with pytest.raises(AuditMismatch, match=r"model\.json: the recorded model is not the one the sums give"):
        audit(tmp_path, ledger)
