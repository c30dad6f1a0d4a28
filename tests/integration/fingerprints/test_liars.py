"""Keyholders that lie or are silent: named, worked around, and proven wrong on the chain where that can be proven."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.integration.fingerprints.service import ChainClock, Service, facts, query
from trustspace.adapters.chain.fingerprint_ledger import ChainFingerprintLedger
from trustspace.crypto.oprf.secp256k1 import multiply_public, parse, random_scalar
from trustspace.crypto.oprf.voprf import evaluate, public_of
from trustspace.domain.fingerprints import EvaluationRequest, Fault, SignedAnswer
from trustspace.errors import ConsentMissing, TooFewParties
from trustspace.services.fingerprint_client import FingerprintClient, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from trustspace.domain.ids import AgreementId, ParticipantId
    from trustspace.ports import KeyholderPeer
    from trustspace.services.fingerprint_client import Place
    from trustspace.testing.actors import Actor

    Lie = Callable[["Liar", SignedAnswer], SignedAnswer]


class Liar:
    """A keyholder that gives other answers than it should, signed by its own account."""

    def __init__(self, honest: KeyholderPeer, actor: Actor, lie: Lie) -> None:
        self.honest, self.actor, self.lie = honest, actor, lie

    @property
    def participant(self) -> ParticipantId:
        return self.honest.participant

    def evaluate(self, request: EvaluationRequest) -> SignedAnswer:
        return self.lie(self, self.honest.evaluate(request))

    def signed(self, answer: SignedAnswer) -> SignedAnswer:
        message = self.actor.fingerprint_keys.answer_message(answer)
        return replace(answer, signature=self.actor.key.sign_message(message))


def bent_element(liar: Liar, answer: SignedAnswer) -> SignedAnswer:
    wrong = multiply_public(parse(answer.evaluated[0]), 2).format()
    return liar.signed(replace(answer, evaluated=(wrong, *answer.evaluated[1:])))


def no_element(liar: Liar, answer: SignedAnswer) -> SignedAnswer:
    return liar.signed(replace(answer, evaluated=(bytes(33), *answer.evaluated[1:])))


def too_few_elements(liar: Liar, answer: SignedAnswer) -> SignedAnswer:
    return liar.signed(replace(answer, evaluated=answer.evaluated[1:]))


def zero_proof(liar: Liar, answer: SignedAnswer) -> SignedAnswer:
    return liar.signed(replace(answer, response=bytes(32)))


def other_key(liar: Liar, answer: SignedAnswer) -> SignedAnswer:
    """Consistent in itself: only the other keyholders' keys show it."""
    key = random_scalar()
    evaluation = evaluate(key, answer.blinded)
    return liar.signed(
        replace(
            answer,
            key=public_of(key),
            evaluated=evaluation.elements,
            challenge=evaluation.proof.challenge,
            response=evaluation.proof.response,
        )
    )


def unsigned(_liar: Liar, answer: SignedAnswer) -> SignedAnswer:
    return replace(answer, signature=bytes(65))


def older_answer(liar: Liar, answer: SignedAnswer) -> SignedAnswer:
    return liar.signed(replace(answer, request=bytes(32)))


@pytest.fixture
def parties(service: Service) -> tuple[Actor, Actor, AgreementId]:
    bank, subject = service.kit.actors.banks[0], service.kit.actors.subjects[0]
    return bank, subject, service.agree(subject, bank, max_uses=100)


def client_with(
    service: Service,
    bank: Actor,
    lies: Mapping[int, Lie],
    troubles: list[Trouble],
    silent: tuple[int, ...] = (),
    pins: MutableMapping[Place, Mapping[int, bytes]] | None = None,
) -> FingerprintClient:
    peers: list[KeyholderPeer] = []
    for number, node in enumerate(service.nodes, 1):
        peer = service.peer(bank, node)
        if number not in silent:
            peers.append(Liar(peer, node.actor, lies[number]) if number in lies else peer)
    ledger = ChainFingerprintLedger(bank.client, bank.sender)
    return FingerprintClient(ledger, peers, ChainClock(service.kit), pins=pins, observe=troubles.append)


@pytest.mark.parametrize(
    ("lie", "says", "fault"),
    [
        (bent_element, "proof does not hold", Fault.WRONG_PROOF),
        (no_element, "no compressed point", Fault.MALFORMED),
        (too_few_elements, "answers to", Fault.MALFORMED),
        (zero_proof, "not a proof", Fault.MALFORMED),
        (other_key, "does not fit the other keyholders'", None),
        (unsigned, "not signed", None),
        (older_answer, "another request", None),
    ],
)
@pytest.mark.parametrize("liar", [1, 4])
def test_one_liar__named_worked_around_and_reported(
    service: Service, parties: tuple[Actor, Actor, AgreementId], lie: Lie, says: str, fault: Fault | None, liar: int
) -> None:
    bank, subject, agreement = parties
    expected = service.client(bank).fingerprints(query(subject, agreement))
    troubles: list[Trouble] = []
    client = client_with(service, bank, {liar: lie}, troubles)
    assert client.fingerprints(query(subject, agreement)) == expected
    assert [(trouble.node, trouble.participant) for trouble in troubles] == [
        (liar, service.nodes[liar - 1].actor.participant)
    ]
    assert says in str(troubles[0].error)
    if fault is not None:
        assert troubles[0].answer is not None
        assert service.kit.actors.outsider.fingerprint_keys.report_fault(troubles[0].answer).value is fault
        nodes = service.kit.actors.outsider.fingerprint_keys.epoch(1).nodes
        assert nodes[liar - 1].faults > 0
    troubles.clear()
    assert client.fingerprints(query(subject, agreement, facts(2)))  # the liar's key is not among the pinned ones


def test_key_changed_later__named_and_proven(service: Service, parties: tuple[Actor, Actor, AgreementId]) -> None:
    bank, subject, agreement = parties
    troubles: list[Trouble] = []
    kept: list[SignedAnswer] = []

    def turns(liar: Liar, answer: SignedAnswer) -> SignedAnswer:
        kept.append(answer)
        return answer if len(kept) == 1 else other_key(liar, answer)

    client = client_with(service, bank, {2: turns}, troubles)
    expected = client.fingerprints(query(subject, agreement))
    assert troubles == []
    assert client.fingerprints(query(subject, agreement)) == expected
    assert [trouble.node for trouble in troubles] == [2]
    assert "another key than before" in str(troubles[0].error)
    assert troubles[0].answer is not None
    service.kit.actors.outsider.fingerprint_keys.report_two_keys(kept[0], troubles[0].answer)


def test_one_missing__named_and_worked_around(service: Service, parties: tuple[Actor, Actor, AgreementId]) -> None:
    bank, subject, agreement = parties
    expected = service.client(bank).fingerprints(query(subject, agreement))
    for silent in (1, 3, 5):
        troubles: list[Trouble] = []
        client = client_with(service, bank, {}, troubles, silent=(silent,))
        assert client.fingerprints(query(subject, agreement)) == expected
        assert [trouble.node for trouble in troubles] == [silent]


def test_missing_at_the_first_meeting__counts_when_it_is_back(
    service: Service, parties: tuple[Actor, Actor, AgreementId]
) -> None:
    """Sound keys fix every other node's: one that was silent is checked against that, and a liar cannot slip in."""
    bank, subject, agreement = parties
    expected = service.client(bank).fingerprints(query(subject, agreement))
    troubles: list[Trouble] = []
    pins: dict[Place, Mapping[int, bytes]] = {}
    client_with(service, bank, {}, troubles, silent=(2,), pins=pins).fingerprints(query(subject, agreement))
    assert [sorted(keys) for keys in pins.values()] == [[1, 2, 3, 4, 5]]
    later = client_with(service, bank, {}, troubles, silent=(1, 3), pins=pins)
    assert later.fingerprints(query(subject, agreement)) == expected
    lying = client_with(service, bank, {2: other_key}, troubles, silent=(1, 3), pins=pins)
    with pytest.raises(TooFewParties, match=r"node 2 .* another key than before"):
        lying.fingerprints(query(subject, agreement))


def test_two_missing__enough_once_the_keys_are_pinned(
    service: Service, parties: tuple[Actor, Actor, AgreementId]
) -> None:
    bank, subject, agreement = parties
    troubles: list[Trouble] = []
    client = service.client(bank, troubles)
    expected = client.fingerprints(query(subject, agreement))
    for node in service.nodes[:2]:
        node.stop()
    assert client.fingerprints(query(subject, agreement)) == expected
    assert [trouble.node for trouble in troubles] == [1, 2]
    with pytest.raises(TooFewParties, match=r"do not show which .* node 1 .* node 2"):
        service.client(bank).fingerprints(query(subject, agreement))
    service.nodes[2].stop()
    with pytest.raises(TooFewParties, match="fewer than 3 keyholders"):
        client.fingerprints(query(subject, agreement))
    for node in service.nodes[:3]:
        service.start_one(node)


def test_liar_and_missing_at_the_first_meeting__refused_with_both_named(
    service: Service, parties: tuple[Actor, Actor, AgreementId]
) -> None:
    bank, subject, agreement = parties
    client = client_with(service, bank, {1: other_key}, [], silent=(2,))
    with pytest.raises(TooFewParties, match="do not show which of them are sound; node 2"):
        client.fingerprints(query(subject, agreement))


def test_no_consent__is_the_banks_matter(service: Service) -> None:
    bank, subject, other = service.kit.actors.banks[0], *service.kit.actors.subjects[1:3]
    agreement = service.agree(subject, bank)
    with pytest.raises(ConsentMissing, match="another subject's"):
        service.client(bank).fingerprints(query(other, agreement))
    used_up = service.agree(subject, bank, max_uses=1)
    bank.agreements.use(used_up, 8, b"o" * 32)  # type: ignore[arg-type]
    with pytest.raises(ConsentMissing, match="all 1 uses"):
        service.client(bank).fingerprints(query(subject, used_up))
