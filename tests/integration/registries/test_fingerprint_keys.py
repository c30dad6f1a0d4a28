"""Python's answers judged by the contract: epochs, heads of logs, faults."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.integration.registries.story import refuses
from trustspace.crypto.oprf.secp256k1 import ORDER, multiply_public, parse, random_scalar
from trustspace.crypto.oprf.voprf import blind, evaluate, public_of
from trustspace.domain.fingerprints import EpochState, Fault, LogHead, SignedAnswer

if TYPE_CHECKING:
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit


@pytest.fixture
def epoch(data_space: SpaceKit) -> int:
    """Opened by all keyholders."""
    actors = data_space.actors
    holders = [holder.participant for holder in actors.keyholders]
    epoch = actors.regulator.fingerprint_keys.propose_epoch(holders, 3).value
    ceremony = actors.outsider.fingerprint_keys.epoch(epoch).ceremony
    for holder in actors.keyholders:
        holder.fingerprint_keys.confirm_keys(epoch, ceremony, b"t" * 32)
    return epoch


def answer_of(space: SpaceKit, epoch: int, *, count: int = 3, key: bytes | None = None) -> SignedAnswer:
    """A correct answer of the first keyholder."""
    key = key or random_scalar()
    blinded = tuple(blind(b"invoice %d" % number).element for number in range(count))
    evaluation = evaluate(key, blinded)
    answer = SignedAnswer(
        request=secrets.token_bytes(32),
        epoch=epoch,
        seller=space.actors.subjects[0].subject,
        key=public_of(key),
        blinded=blinded,
        evaluated=evaluation.elements,
        challenge=evaluation.proof.challenge,
        response=evaluation.proof.response,
        signature=b"",
    )
    return signed(space.actors.keyholders[0], answer)


def signed(holder: Actor, answer: SignedAnswer) -> SignedAnswer:
    return replace(answer, signature=holder.key.sign_message(holder.fingerprint_keys.answer_message(answer)))


def doubled(element: bytes) -> bytes:
    return multiply_public(parse(element), 2).format()


def test_epoch__proposed_opened_closed_destroyed__read_back(data_space: SpaceKit, epoch: int) -> None:
    actors = data_space.actors
    keys = actors.outsider.fingerprint_keys
    record = keys.epoch(epoch)
    assert (record.state, record.threshold, record.transcript) == (EpochState.OPEN, 3, b"t" * 32)
    assert [node.account for node in record.nodes] == [holder.address for holder in actors.keyholders]
    assert [node.number for node in record.nodes] == [1, 2, 3, 4, 5]
    assert keys.open_epochs() == (epoch,)
    assert keys.epoch(epoch + 1).state is EpochState.NONE
    actors.regulator.fingerprint_keys.close_epoch(epoch)
    assert keys.open_epochs() == ()
    actors.keyholders[1].fingerprint_keys.confirm_destruction(epoch)
    assert [node.destroyed for node in keys.epoch(epoch).nodes] == [False, True, False, False, False]


def test_log__anchored__read_back(data_space: SpaceKit) -> None:
    holder = data_space.actors.keyholders[0]
    assert holder.fingerprint_keys.log_head(holder.participant).entries == 0
    head = LogHead(entries=2, evaluations=130, head=b"h" * 32)
    holder.fingerprint_keys.anchor_log(head)
    assert holder.fingerprint_keys.log_head(holder.participant) == head
    with refuses("LogNotLonger", entries=2, evaluations=130):
        holder.fingerprint_keys.anchor_log(replace(head, head=b"i" * 32))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_report_fault__correct_answer__refused(data_space: SpaceKit, epoch: int, count: int) -> None:
    bank = data_space.actors.banks[0].fingerprint_keys
    for _ in range(3):
        answer = answer_of(data_space, epoch, count=count)
        assert bank.answer_digest(answer) == bank.answer_message(answer).digest
        with refuses("AnswerIsCorrect", answer=bank.answer_digest(answer)):
            bank.report_fault(answer)


def test_report_fault__one_element_of_a_full_batch_bent__proven(data_space: SpaceKit, epoch: int) -> None:
    actors = data_space.actors
    answer = answer_of(data_space, epoch, count=128)
    bent = (*answer.evaluated[:127], doubled(answer.evaluated[127]))
    written = actors.outsider.fingerprint_keys.report_fault(
        signed(actors.keyholders[0], replace(answer, evaluated=bent))
    )
    assert written.value is Fault.WRONG_PROOF
    assert written.receipt.gas_used < 6_000_000
    assert [node.faults for node in actors.outsider.fingerprint_keys.epoch(epoch).nodes] == [1, 0, 0, 0, 0]


def test_report_fault__every_kind_of_wrong_answer__proven(data_space: SpaceKit, epoch: int) -> None:
    holder, bank = data_space.actors.keyholders[0], data_space.actors.banks[0].fingerprint_keys
    good = answer_of(data_space, epoch)
    key = random_scalar()
    infinite = (-int.from_bytes(good.challenge, "big") * int.from_bytes(key, "big")) % ORDER
    wrong = {
        Fault.WRONG_PROOF: [
            replace(good, key=public_of(random_scalar())),
            replace(good, evaluated=good.evaluated[::-1]),
            replace(good, challenge=good.response),
            replace(good, response=good.challenge),
            replace(good, key=public_of(key), response=infinite.to_bytes(32, "big")),
        ],
        Fault.MALFORMED: [
            replace(good, challenge=bytes(32)),
            replace(good, response=b"\xff" * 32),
            replace(good, key=bytes(33)),
            replace(good, evaluated=good.evaluated[:2]),
            replace(good, evaluated=(*good.evaluated[:2], b"\2" + (5).to_bytes(32, "big"))),
            replace(good, evaluated=(*good.evaluated[:2], bytes(33))),
            replace(good, blinded=(*good.blinded[:1], b"\2" + ORDER.to_bytes(32, "big"), good.blinded[2])),
            replace(good, blinded=(), evaluated=()),
        ],
    }
    for fault, answers in wrong.items():
        for answer in answers:
            assert bank.report_fault(signed(holder, answer)).value is fault


def test_report_two_keys__proven(data_space: SpaceKit, epoch: int) -> None:
    bank = data_space.actors.banks[0].fingerprint_keys
    first, second = answer_of(data_space, epoch), answer_of(data_space, epoch)
    receipt = bank.report_two_keys(first, second)
    assert Fault(bank.one_event(receipt, "FaultProven")["fault"]) is Fault.TWO_KEYS
    with refuses("AnswersDoNotConflict"):
        bank.report_two_keys(first, first)
