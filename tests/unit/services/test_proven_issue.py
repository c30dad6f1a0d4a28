"""Issuing with proofs over a ledger and a prover that keep books: what is proven, sent, skipped and refused."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from itertools import islice
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
from trustspace.domain.certificates import Grade, ProofKind
from trustspace.domain.ids import CertificateId
from trustspace.domain.proofs import Circuit, Proof
from trustspace.encoding.eip712 import certificate_message
from trustspace.errors import (
    CommitmentMismatch,
    ContractRefused,
    FalseStatement,
    NoCircuit,
    ProverFailed,
    TransactionLost,
)
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
    rehearsed: int = 0
    unfit: set[int] = field(default_factory=set)
    refused: int | None = None
    kind: ProofKind = ProofKind.PROVEN
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

    def issued(self, certificates: Sequence[CertificateId]) -> Mapping[CertificateId, ProofKind]:
        return {it: self.kind for it in certificates if it in self.sent}

    def rehearse(self, certificate: Certificate, others: Sequence[bytes]) -> None:
        assert not others
        self.rehearsed += 1
        if certificate.not_after in self.unfit:
            raise ContractRefused("CertificateRegistry", "QuorumNotReached", {})

    def issue(self, certificate: Certificate, others: Sequence[bytes], proof: bytes) -> CertificateId:
        if len(self.sent) == self.dies_at:
            raise TransactionLost("killed", where="test")
        if certificate.not_after == self.refused:
            raise ContractRefused("VerifierRegistry", "ProofInvalid", {"number": 1})
        assert proof.startswith(b"proof")
        assert not others
        self.sent.append(CertificateId(certificate_message(self.registry, self.chain_id, certificate).digest))
        return self.sent[-1]


@dataclass
class Notebook:
    """A prover that writes down what it was asked."""

    proven: list[tuple[int, ...]] = field(default_factory=list)
    fails_at: set[int] = field(default_factory=set)
    asked: int = 0
    ahead: int = 0

    def prove_each(self, statements: Iterable[Statement]) -> Iterator[Proof]:
        coming = iter(statements)
        taken = deque(islice(coming, 1 + self.ahead))
        while taken:
            statement = taken.popleft()
            taken.extend(islice(coming, 1))
            self.asked += 1
            if self.asked - 1 in self.fails_at:
                raise ProverFailed("died twice", where="test")
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


def test_try_each__issued_before_without_a_proof__is_not_taken_for_proven() -> None:
    books, notes = Books(kind=ProofKind.ENDORSED), Notebook()
    books.issue(job(1).certificate, (), b"proof")
    found = list(ProvenIssuer(MODEL, notes, books).try_each([job(0), job(1), job(1)]))
    assert [it.issued for it in found] == [True, False, False]
    assert all(isinstance(it.problem, CommitmentMismatch) for it in found[1:])
    assert len(notes.proven) == 1


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


def false_job(later: int) -> ProofJob:
    wrong = job(later)
    other = Grade.A if wrong.certificate.grade is not Grade.A else Grade.B
    return replace(wrong, certificate=replace(wrong.certificate, grade=other))


@pytest.mark.parametrize("ahead", [0, 1, 2, 9])
def test_try_each__bad_jobs_among_good_ones__each_reported_in_its_place(ahead: int) -> None:
    jobs = [false_job(0), job(1), job(2), false_job(3), job(4), job(5), job(5), false_job(6)]
    books = Books(unfit={jobs[2].certificate.not_after}, refused=jobs[4].certificate.not_after)
    notes = Notebook(ahead=ahead)
    found = list(ProvenIssuer(MODEL, notes, books).try_each(jobs))
    kinds = [type(it.problem).__name__ if it.problem else it.issued for it in found]
    false = "FalseStatement"
    assert kinds == [false, True, "ContractRefused", false, "ContractRefused", True, False, false]
    assert len(notes.proven) == 3  # nothing is proven of what would be refused anyway
    assert [it.certificate for it in found if it.issued] == books.sent
    assert books.rehearsed == 4


@pytest.mark.parametrize("ahead", [0, 1, 2, 9])
def test_try_each__the_prover_fails_once__the_others_are_proven(ahead: int) -> None:
    books, notes = Books(), Notebook(ahead=ahead, fails_at={1})
    found = list(ProvenIssuer(MODEL, notes, books).try_each([job(later) for later in range(5)]))
    assert [it.issued for it in found] == [True, False, True, True, True]
    assert isinstance(found[1].problem, ProverFailed)
    assert books.rehearsed == 5  # what was stated ahead is not stated again


def test_try_each__the_prover_fails_again_and_again__raised_and_what_was_issued_stays() -> None:
    books, notes = Books(), Notebook(ahead=2, fails_at={1, 2, 3, 4})
    outcomes = ProvenIssuer(MODEL, notes, books).try_each([job(later) for later in range(5)])
    assert next(outcomes).issued
    assert next(outcomes).problem is not None
    with pytest.raises(ProverFailed):
        next(outcomes)
    assert len(books.sent) == 1


def test_try_each__a_refused_proof__is_not_sent_again() -> None:
    books, notes = Books(refused=job().certificate.not_after), Notebook()
    (found,) = ProvenIssuer(MODEL, notes, books).try_each([job()])
    assert isinstance(found.problem, ContractRefused)
    assert len(notes.proven) == 1


def test_try_each__nothing_to_do__nothing_asked() -> None:
    notes = Notebook()
    assert list(ProvenIssuer(MODEL, notes, Books()).try_each([])) == []
    assert notes.asked == 0


def test_try_each__the_same_certificate_twice__the_first_total_counts() -> None:
    wrong = replace(job(), opened=replace(OPENED, blinding=OPENED.blinding + 1))
    found = list(ProvenIssuer(MODEL, Notebook(), Books()).try_each([job(), wrong, job(1)]))
    assert [(it.issued, it.problem) for it in found] == [(True, None), (False, None), (True, None)]


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
