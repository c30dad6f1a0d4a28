"""Banks and keyholders over real TLS and a real chain: what works, and what is refused by name."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.fingerprints.service import PASSWORD, Service, facts, query
from trustspace.adapters.keyholders.tls import client_context, make_certificate
from trustspace.crypto.oprf.secp256k1 import ORDER
from trustspace.crypto.oprf.voprf import blind
from trustspace.domain.agreements import Purpose
from trustspace.domain.fingerprints import EvaluationRequest
from trustspace.encoding.fingerprint_messages import request_message
from trustspace.encoding.fingerprint_wire import MAX_MESSAGE_BYTES, write_request
from trustspace.encoding.fingerprints import session_operation
from trustspace.errors import (
    ConsentMissing,
    DuplicateMessage,
    EpochNotOpen,
    InvalidElement,
    PartyUnreachable,
    QuotaExceeded,
    SignatureMismatch,
    StrangerRefused,
)
from trustspace.services.keyholder import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.domain.ids import AgreementId
    from trustspace.services.fingerprint_client import Trouble
    from trustspace.testing.actors import Actor


def request_of(
    service: Service, bank: Actor, subject: Actor, agreement: AgreementId, **changes: Any
) -> EvaluationRequest:
    """A request as the client makes it, its session counted; changes are made before it is signed."""
    keys = bank.fingerprint_keys
    day = service.kit.now() // DAY
    operation = session_operation(
        chain_id=keys.client.chain_id, contract=keys.address, bank=bank.participant, seller=subject.subject, day=day
    )
    if not bank.agreements.use_of(agreement, operation)[1]:
        bank.agreements.use(agreement, Purpose.FINGERPRINT, operation)
    request = EvaluationRequest(
        epoch=1,
        seller=subject.subject,
        agreement=agreement,
        day=day,
        blinded=(blind(b"an invoice").element,),
        salt=secrets.token_bytes(32),
    )
    return sign(bank, replace(request, **changes))


def sign(bank: Actor, request: EvaluationRequest) -> EvaluationRequest:
    keys = bank.fingerprint_keys
    message = request_message(keys.address, keys.client.chain_id, request)
    return replace(request, signature=bank.key.sign_message(message))


@pytest.fixture(scope="module")
def parties(service: Service) -> tuple[Actor, Actor, AgreementId]:
    bank, subject = service.kit.actors.banks[0], service.kit.actors.subjects[0]
    return bank, subject, service.agree(subject, bank, max_uses=100)


def test_fingerprints__two_banks__same_invoice_same_fingerprint(service: Service) -> None:
    first, second = service.kit.actors.banks[:2]
    subject = service.kit.actors.subjects[1]
    troubles: list[Trouble] = []
    found = [
        service.client(bank, troubles).fingerprints(query(subject, service.agree(subject, bank), facts(1), facts(2)))
        for bank in (first, second)
    ]
    assert found[0] == found[1]
    assert troubles == []
    assert [of_epoch.epoch for of_epoch in found[0][0]] == [1]
    one, two = found[0][0][0], found[0][1][0]
    assert len({one.strict, one.parties, one.digits, two.strict, two.digits}) == 5
    assert one.parties == two.parties  # same parties, day and total: a warning


def test_fingerprints__more_than_a_batch__all_there(
    service: Service, parties: tuple[Actor, Actor, AgreementId]
) -> None:
    bank, subject, agreement = parties
    invoices = [facts(number) for number in range(70)]
    client = service.client(bank)
    found = client.fingerprints(query(subject, agreement, *invoices))
    assert len({of_one[0].strict for of_one in found}) == 70
    alone = client.fingerprints(query(subject, agreement, invoices[69]))
    assert alone[0] == found[69]


def test_evaluate__same_request_twice__refused(service: Service, parties: tuple[Actor, Actor, AgreementId]) -> None:
    bank, _subject, _agreement = parties
    peer, request = service.peer(bank, service.nodes[0]), request_of(service, *parties)
    before = service.nodes[0].book.head()
    answer = peer.evaluate(request)
    assert answer.request == request_message(bank.fingerprint_keys.address, 31337, request).digest
    with pytest.raises(DuplicateMessage, match="answered before"):
        peer.evaluate(request)
    after = service.nodes[0].book.head()
    assert (after.entries, after.evaluations) == (before.entries + 1, before.evaluations + 1)


def test_evaluate__signed_for_another_chain_or_contract_or_changed__refused(
    service: Service, parties: tuple[Actor, Actor, AgreementId]
) -> None:
    bank, _, _ = parties
    peer, request = service.peer(bank, service.nodes[0]), request_of(service, *parties)
    keys = bank.fingerprint_keys
    for chain_id, contract in ((1, keys.address), (31337, bank.agreements.address)):
        foreign = replace(request, signature=bank.key.sign_message(request_message(contract, chain_id, request)))
        with pytest.raises(StrangerRefused):
            peer.evaluate(foreign)
    with pytest.raises(StrangerRefused):
        peer.evaluate(replace(request, salt=bytes(32)))
    with pytest.raises(SignatureMismatch, match="not signed"):
        peer.evaluate(replace(request, signature=bytes(65)))


def test_evaluate__another_banks_signature_over_own_connection__refused(
    service: Service, parties: tuple[Actor, Actor, AgreementId]
) -> None:
    bank, subject, agreement = parties
    other = service.kit.actors.banks[1]
    request = request_of(service, bank, subject, agreement)
    with pytest.raises(StrangerRefused, match=f"participant {bank.participant} signed"):
        service.peer(other, service.nodes[0]).evaluate(request)
    outsider = sign(service.kit.actors.outsider, request)
    with pytest.raises(StrangerRefused, match="no account of any participant"):
        service.peer(bank, service.nodes[0]).evaluate(outsider)


class TestConsent:
    """No evaluation without a usable agreement of that subject, for that purpose, made out to that bank, used today."""

    def refused(self, service: Service, request: EvaluationRequest, match: str) -> None:
        heads = [node.book.head() for node in service.nodes]
        bank = service.kit.actors.banks[0]
        with pytest.raises(ConsentMissing, match=match):
            service.peer(bank, service.nodes[0]).evaluate(request)
        assert [node.book.head() for node in service.nodes] == heads

    def test_other_purpose(self, service: Service) -> None:
        bank, subject = service.kit.actors.banks[0], service.kit.actors.subjects[2]
        agreement = service.agree(subject, bank, purposes=Purpose.FEATURES)
        request = EvaluationRequest(
            epoch=1, seller=subject.subject, agreement=agreement, day=service.kit.now() // DAY,
            blinded=(blind(b"x").element,), salt=bytes(32),
        )  # fmt: skip
        self.refused(service, sign(bank, request), "does not grant purpose")

    def test_other_seller(self, service: Service, parties: tuple[Actor, Actor, AgreementId]) -> None:
        """A bank with X's consent asks under Y's key."""
        other = service.kit.actors.subjects[3].subject
        self.refused(service, request_of(service, *parties, seller=other), "another subject's")

    def test_other_bank(self, service: Service) -> None:
        actors = service.kit.actors
        agreement = service.agree(actors.subjects[0], actors.banks[1])
        foreign = request_of(service, actors.banks[1], actors.subjects[0], agreement)
        self.refused(service, sign(actors.banks[0], foreign), "made out to participant")

    def test_unknown_or_terminated(self, service: Service) -> None:
        bank, subject = service.kit.actors.banks[0], service.kit.actors.subjects[2]
        agreement = service.agree(subject, bank)
        request = request_of(service, bank, subject, agreement)
        self.refused(service, sign(bank, replace(request, agreement=bytes(32))), "no agreement")  # type: ignore[arg-type]
        subject.agreements.terminate(agreement)
        self.refused(service, request, "terminated")

    def test_not_counted_today(self, service: Service) -> None:
        bank, subject = service.kit.actors.banks[0], service.kit.actors.subjects[2]
        request = EvaluationRequest(
            epoch=1, seller=subject.subject, agreement=service.agree(subject, bank), day=service.kit.now() // DAY,
            blinded=(blind(b"x").element,), salt=bytes(32),
        )  # fmt: skip
        self.refused(service, sign(bank, request), "has not counted today's session")

    def test_another_day(self, service: Service, parties: tuple[Actor, Actor, AgreementId]) -> None:
        for shift in (-2, 2):
            request = request_of(service, *parties, day=service.kit.now() // DAY + shift)
            self.refused(service, request, "is not today")


def test_evaluate__unknown_epoch__refused(service: Service, parties: tuple[Actor, Actor, AgreementId]) -> None:
    with pytest.raises(EpochNotOpen, match="epoch 9 is none"):
        service.peer(parties[0], service.nodes[0]).evaluate(request_of(service, *parties, epoch=9))


@pytest.mark.parametrize(
    ("element", "match"),
    [
        (bytes(33), "no compressed point"),
        (b"\2" + (5).to_bytes(32, "big"), "not on the curve"),
        (b"\2" + ORDER.to_bytes(32, "big"), "beyond the group's order"),
    ],
    ids=["identity", "off the curve", "beyond the order"],
)
def test_evaluate__no_element__refused_and_not_counted(
    service: Service, parties: tuple[Actor, Actor, AgreementId], element: bytes, match: str
) -> None:
    before = service.nodes[0].book.head()
    request = request_of(service, *parties, blinded=(blind(b"x").element, element))
    with pytest.raises(InvalidElement, match=match):
        service.peer(parties[0], service.nodes[0]).evaluate(request)
    assert service.nodes[0].book.head() == before


def test_quota__used_up__refused_and_survives_a_restart(service: Service) -> None:
    bank, subject = service.kit.actors.banks[0], service.kit.actors.subjects[4]
    agreement = service.agree(subject, bank)
    node = service.nodes[4]
    node.stop()
    service.start_one(node, quota=3)
    two = (blind(b"x").element, blind(b"y").element)
    service.peer(bank, node).evaluate(request_of(service, bank, subject, agreement, blinded=two))
    node.stop()
    service.start_one(node, quota=3)
    with pytest.raises(QuotaExceeded, match="2 of 3 evaluations"):
        service.peer(bank, node).evaluate(request_of(service, bank, subject, agreement, blinded=two))
    service.peer(bank, node).evaluate(request_of(service, bank, subject, agreement))
    with pytest.raises(QuotaExceeded, match="3 of 3"):
        service.peer(bank, node).evaluate(request_of(service, bank, subject, agreement))
    node.stop()
    service.start_one(node)


class TestWire:
    """What strangers and broken programs send."""

    def raw(self, service: Service, body: bytes, **headers: str) -> tuple[int, Any]:
        bank = service.kit.actors.banks[0]
        context = client_context(service.banks[bank], service.nodes[0].identity.certificate)
        assert service.nodes[0].server is not None
        connection = http.client.HTTPSConnection("127.0.0.1", service.nodes[0].server.port, timeout=5, context=context)
        try:
            connection.request("POST", headers.pop("path", "/evaluate"), body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    @pytest.mark.parametrize(
        "body", [b"", b"{}", b"[]", b"nonsense", b"\xff\xfe", b'{"version":1}', b"[" * 5000, b'{"a":NaN}']
    )
    def test_malformed__refused(self, service: Service, body: bytes) -> None:
        status, answer = self.raw(service, body)
        assert (status, answer["error"]) == (400, "InvalidMessage")

    def test_one_field_changed__refused(self, service: Service, parties: tuple[Actor, Actor, AgreementId]) -> None:
        good = json.loads(write_request(request_of(service, *parties)))
        wrong = {
            "epoch": [-1, 2**32, "1", 1.0, None, True],
            "blinded": ["", "00", "zz" * 33, good["blinded"].upper(), good["blinded"] * 129, 5],
            "seller": ["0x", 7, good["seller"] + "00"],
            "signature": ["", good["signature"][2:], None],
            "version": [2, "1", True],
            "extra": [1],
        }
        for name, values in wrong.items():
            for value in values:
                body = json.dumps({**good, name: value}, sort_keys=True, separators=(",", ":")).encode()
                status, answer = self.raw(service, body)
                assert (status, answer["error"]) == (400, "InvalidMessage"), (name, value)

    def test_oversized_or_unstated_length_or_path__refused(self, service: Service) -> None:
        for body, headers in (
            (b"x" * (MAX_MESSAGE_BYTES + 1), {}),
            (b"", {"Content-Length": "99999999999999"}),
            (b"", {"Content-Length": "-1"}),
            (b"{}", {"path": "/other"}),
        ):
            status, answer = self.raw(service, body, **headers)
            assert (status, answer["error"]) == (400, "InvalidMessage")

    def test_other_methods__refused(self, service: Service) -> None:
        bank = service.kit.actors.banks[0]
        context = client_context(service.banks[bank], service.nodes[0].identity.certificate)
        assert service.nodes[0].server is not None
        connection = http.client.HTTPSConnection("127.0.0.1", service.nodes[0].server.port, timeout=5, context=context)
        connection.request("GET", "/evaluate")
        assert connection.getresponse().status == 501
        connection.close()

    def test_foreign_certificate__no_connection(
        self, service: Service, parties: tuple[Actor, Actor, AgreementId], tmp_path: Path
    ) -> None:
        bank = parties[0]
        thief = make_certificate(tmp_path, "bank-1", ["127.0.0.1"], PASSWORD)
        peer = service.peer(bank, service.nodes[0], identity=thief)
        with pytest.raises(PartyUnreachable, match="does not answer"):
            peer.evaluate(request_of(service, *parties))

    def test_no_certificate_or_plain_text__no_connection(self, service: Service) -> None:
        assert service.nodes[0].server is not None
        port = service.nodes[0].server.port
        bare = ssl.create_default_context(cafile=service.nodes[0].identity.certificate)
        bare.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=bare)

        def ask() -> None:
            connection.request("POST", "/evaluate", b"{}")
            connection.getresponse()

        with pytest.raises((OSError, http.client.HTTPException)):
            ask()
        connection.close()
        with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
            plain.sendall(b"POST /evaluate HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
            try:
                heard = plain.recv(100)
            except ConnectionResetError:
                heard = b""
        assert not heard.startswith(b"HTTP")

    def test_wrong_server__no_connection(self, service: Service, parties: tuple[Actor, Actor, AgreementId]) -> None:
        """Another keyholder answers at the address: its certificate is not the pinned one."""
        bank = parties[0]
        peer = service.peer(bank, replace(service.nodes[1], server=service.nodes[0].server))
        with pytest.raises(PartyUnreachable):
            peer.evaluate(request_of(service, *parties))

    def test_stalled_handshakes__others_are_served(
        self, service: Service, parties: tuple[Actor, Actor, AgreementId]
    ) -> None:
        assert service.nodes[0].server is not None
        silent = [socket.create_connection(("127.0.0.1", service.nodes[0].server.port)) for _ in range(20)]
        assert service.peer(parties[0], service.nodes[0]).evaluate(request_of(service, *parties))
        for connection in silent:
            connection.close()


def test_log__anchored_by_every_node__continues(service: Service) -> None:
    node = service.nodes[0]
    head = node.book.head()
    node.actor.fingerprint_keys.anchor_log(head)
    node.book.require_continues(node.actor.fingerprint_keys.log_head(node.actor.participant))
