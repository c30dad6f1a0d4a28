"""Issuing with proofs over a ledger and a prover that keep books: what is proven, sent, skipped and refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from tests.unit.services.proving import (
    AGREEMENT,
    CARD,
    CHAIN,
    REGISTRY,
    SENDER,
    certificate_for,
    opened_firm,
    registered,
)
from trustspace.domain.certificates import Grade
from trustspace.domain.ids import CertificateId
from trustspace.domain.proofs import Circuit, Proof
from trustspace.encoding.eip712 import certificate_message
from trustspace.errors import CommitmentMismatch, FalseStatement, NoCircuit, TransactionLost
from trustspace.services.proven_issue import ProofJob, ProvenIssuer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from trustspace.domain.agreements import AgreementRecord
    from trustspace.domain.certificates import Certificate
    from trustspace.domain.ids import Address, AgreementId, AsOfDay, ModelId, ParticipantId, SubjectId
    from trustspace.domain.proofs import Statement

MODEL = registered(CARD)
OPENED, RECORDED = opened_firm()


def job(later: int = 0) -> ProofJob:
    certificate = certificate_for(MODEL, OPENED)
    return ProofJob(certificate=replace(certificate, not_after=certificate.not_after + later), opened=OPENED)


@dataclass
class Books:
    """A ledger; the process dies while it sends number `dies_at`."""

    circuit: Circuit | None = Circuit.SCORE_CARD
    sent: list[CertificateId] = field(default_factory=list)
    dies_at: int | None = None
    chain_id: int = CHAIN
    registry: Address = REGISTRY
    account: Address = SENDER

    def circuit_for(self, model: ModelId) -> Circuit | None:
        assert model == MODEL.record.model
        return self.circuit

    def agreement(self, agreement: AgreementId) -> AgreementRecord:
        assert agreement == AGREEMENT.agreement
        return AGREEMENT

    def commitments(self, subject: SubjectId, as_of: AsOfDay) -> Mapping[ParticipantId, bytes]:
        assert (subject, as_of) == (OPENED.subject, OPENED.as_of)
        return RECORDED

    def issued(self, certificates: Sequence[CertificateId]) -> set[CertificateId]:
        return set(certificates) & set(self.sent)

    def issue(self, certificate: Certificate, others: Sequence[bytes], proof: bytes) -> CertificateId:
        if len(self.sent) == self.dies_at:
            raise TransactionLost("killed", where="test")
        assert proof.startswith(b"proof")
        assert not others
        self.sent.append(CertificateId(certificate_message(self.registry, self.chain_id, certificate).digest))
        return self.sent[-1]


@dataclass
class Notebook:
    """A prover that writes down what it was asked."""

    proven: list[tuple[int, ...]] = field(default_factory=list)

    def prove_each(self, statements: Iterable[Statement]) -> Iterator[Proof]:
        for statement in statements:
            self.proven.append(statement.public_inputs)
            yield Proof(circuit=statement.circuit, proof=b"proof", public_inputs=statement.public_inputs)


def test_issue_each__jobs__proven_and_sent_in_order() -> None:
    books, notes = Books(), Notebook()
    found = list(ProvenIssuer(MODEL, notes, books).issue_each([job(0), job(1), job(2)]))
    assert [certificate for certificate, _ in found] == books.sent
    assert all(now for _, now in found)
    assert len(set(notes.proven)) == 3  # the context differs


def test_issue_each__killed_and_run_again__only_the_rest_is_proven() -> None:
    books, jobs = Books(dies_at=2), [job(later) for later in range(5)]
    with pytest.raises(TransactionLost):
        list(ProvenIssuer(MODEL, Notebook(), books).issue_each(jobs))
    books.dies_at, notes = None, Notebook()
    found = list(ProvenIssuer(MODEL, notes, books).issue_each(jobs))
    assert [now for _, now in found] == [False, False, True, True, True]
    assert [certificate for certificate, _ in found] == books.sent
    assert len(notes.proven) == 3


def test_issue_each__the_same_job_twice__issued_once() -> None:
    books = Books()
    assert [now for _, now in ProvenIssuer(MODEL, Notebook(), books).issue_each([job(), job()])] == [True, False]
    assert len(books.sent) == 1


def test_issue_each__a_false_grade_among_jobs__those_before_it_stay() -> None:
    books = Books()
    wrong = job(1)
    other = Grade.A if wrong.certificate.grade is not Grade.A else Grade.B
    jobs = [job(), replace(wrong, certificate=replace(wrong.certificate, grade=other)), job(2)]
    with pytest.raises(FalseStatement):
        list(ProvenIssuer(MODEL, Notebook(), books).issue_each(jobs))
    assert len(books.sent) == 1


def test_issue__one_job__its_id() -> None:
    books = Books()
    issuer = ProvenIssuer(MODEL, Notebook(), books)
    assert issuer.issue(job()) == books.sent[0]
    assert issuer.prove(job()).proof == b"proof"


def test_proven_issuer__no_verifier_or_that_of_another_circuit__refused() -> None:
    with pytest.raises(NoCircuit, match="no verifier"):
        ProvenIssuer(MODEL, Notebook(), Books(circuit=None))
    with pytest.raises(CommitmentMismatch, match="score_trees"):
        ProvenIssuer(MODEL, Notebook(), Books(circuit=Circuit.SCORE_TREES))
