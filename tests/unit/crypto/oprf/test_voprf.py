from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.crypto.oprf.slow import slow_output
from trustspace.crypto.oprf.secp256k1 import ORDER, random_scalar
from trustspace.crypto.oprf.voprf import Evaluation, Proof, blind, evaluate, public_of, unblind, verify
from trustspace.domain.fingerprints import MAX_BATCH
from trustspace.errors import InvalidElement, OutOfRange

KEY = bytes(31) + b"\7"
MESSAGES = [f"invoice {number}".encode() for number in range(5)]


def test_output__through_blinding__is_the_slow_reference() -> None:
    key = random_scalar()
    hidden = [blind(message) for message in MESSAGES]
    sent = [item.element for item in hidden]
    answers = verify(public_of(key), sent, evaluate(key, sent))
    assert answers is not None
    found = [unblind(item, answer) for item, answer in zip(hidden, answers, strict=True)]
    assert found == [slow_output(int.from_bytes(key, "big"), message) for message in MESSAGES]


def test_blind__same_input_twice__unlinkable_elements_same_output() -> None:
    first, second = blind(MESSAGES[0]), blind(MESSAGES[0])
    assert first.element != second.element
    sent = [first.element, second.element]
    answers = verify(public_of(KEY), sent, evaluate(KEY, sent))
    assert answers is not None
    assert unblind(first, answers[0]) == unblind(second, answers[1])
    assert "invoice" not in repr(first)
    assert first.blind.hex() not in repr(first)


def test_verify__any_part_changed__refused() -> None:
    sent = [blind(message).element for message in MESSAGES]
    good, other = evaluate(KEY, sent), evaluate(random_scalar(), sent)
    public = public_of(KEY)
    assert verify(public, sent, good) is not None
    one = int.from_bytes(good.proof.response, "big") % (ORDER - 1) + 1
    wrong = [
        (public_of(random_scalar()), sent, good),
        (public, sent[::-1], good),
        (public, [*sent[1:], sent[0]], good),
        (public, sent, other),
        (public, sent, replace(good, elements=(other.elements[0], *good.elements[1:]))),
        (public, sent, replace(good, elements=good.elements[::-1])),
        (public, sent, replace(good, proof=other.proof)),
        (public, sent, replace(good, proof=replace(good.proof, response=one.to_bytes(32, "big")))),
        (public, sent, replace(good, proof=replace(good.proof, challenge=one.to_bytes(32, "big")))),
    ]
    for arguments in wrong:
        assert verify(*arguments) is None


def test_verify__answers_chosen_to_cancel_out__refused() -> None:
    """Without random weights per element, k C_1 + X and k C_2 - X would pass for a sum."""
    from trustspace.crypto.oprf.secp256k1 import combine, parse

    sent = [blind(message).element for message in MESSAGES[:2]]
    good = evaluate(KEY, sent)
    shift = parse(blind(b"shift").element)
    bent = (
        combine([parse(good.elements[0]), shift], [1, 1]).format(),
        combine([parse(good.elements[1]), shift], [1, ORDER - 1]).format(),
    )
    assert verify(public_of(KEY), sent, Evaluation(elements=bent, proof=good.proof)) is None


@pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
def test_evaluate__empty_or_too_large_batch__refused(count: int) -> None:
    with pytest.raises(OutOfRange, match=f"batch of {count}"):
        evaluate(KEY, [blind(b"x").element] * count)


def test_verify__missing_answer__refused() -> None:
    sent = [blind(message).element for message in MESSAGES[:2]]
    good = evaluate(KEY, sent)
    with pytest.raises(OutOfRange, match="1 answers to 2"):
        verify(public_of(KEY), sent, replace(good, elements=good.elements[:1]))
    with pytest.raises(InvalidElement, match="answer 1"):
        verify(public_of(KEY), sent, replace(good, elements=(good.elements[0], bytes(33))))


def test_proof__bytes__there_and_back() -> None:
    proof = evaluate(KEY, [blind(b"x").element]).proof
    assert Proof.from_bytes(proof.to_bytes()) == proof
    for raw in (b"", bytes(64), proof.to_bytes()[:63], proof.to_bytes() + b"\0", proof.challenge + b"\xff" * 32):
        with pytest.raises(InvalidElement, match="not a proof"):
            Proof.from_bytes(raw)


def test_evaluate__same_batch_twice__fresh_nonce() -> None:
    """Two answers to two challenges with one nonce would give the key away."""
    sent = [blind(b"x").element]
    first, second = evaluate(KEY, sent), evaluate(KEY, sent)
    assert first.elements == second.elements
    assert first.proof.challenge != second.proof.challenge
