"""Certificates issued with proofs: state, prove, send, one after the other.

A certificate's id follows from its terms. A run that was killed is started again with the same jobs: what the ledger
holds already is left as it is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from trustspace.domain.certificates import ProofKind
from trustspace.domain.ids import CertificateId
from trustspace.encoding.eip712 import certificate_message
from trustspace.errors import (
    CommitmentMismatch,
    ContractRefused,
    FalseStatement,
    InputError,
    NoCircuit,
    ProtocolError,
    ProverFailed,
)
from trustspace.services.statements import ScoreStatements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from trustspace.domain.agreements import AgreementRecord
    from trustspace.domain.certificates import Certificate
    from trustspace.domain.ids import Address, AgreementId, AsOfDay, ModelId, ParticipantId, SubjectId
    from trustspace.domain.proofs import Circuit, Proof, Statement
    from trustspace.errors import TrustspaceError
    from trustspace.services.certification import RegisteredModel
    from trustspace.services.features import OpenedTotal


FAILURES_IN_A_ROW = 2
"""So many proofs that fail one after the other are the machine's fault, not the statements'."""


class StatementProver(Protocol):
    """Makes proofs; `adapters.proving.prover.Prover` does."""

    def prove_each(self, statements: Iterable[Statement]) -> Iterator[Proof]:
        """Proofs in the statements' order."""
        ...


class ProofLedger(Protocol):
    """What is read and written with one certifier's account."""

    @property
    def chain_id(self) -> int:
        """Chain of the certificates."""
        ...

    @property
    def registry(self) -> Address:
        """The registry of certificates."""
        ...

    @property
    def account(self) -> Address:
        """Who sends: proofs are made for this account alone."""
        ...

    def circuit_for(self, model: ModelId) -> Circuit | None:
        """The circuit of the verifier that proves grades of a model; None when there is no live one."""
        ...

    def agreement(self, agreement: AgreementId) -> AgreementRecord:
        """An agreement as it is recorded."""
        ...

    def commitments(self, subject: SubjectId, as_of: AsOfDay) -> Mapping[ParticipantId, bytes]:
        """Feature commitments of all sources, in the registry's order."""
        ...

    def issued(self, certificates: Sequence[CertificateId]) -> Mapping[CertificateId, ProofKind]:
        """Those that are issued already, with what supports each."""
        ...

    def rehearse(self, certificate: Certificate, others: Sequence[bytes]) -> None:
        """Raise ContractRefused when it would not be issued even with the right proof."""
        ...

    def issue(self, certificate: Certificate, others: Sequence[bytes], proof: bytes) -> CertificateId:
        """Issue with a proof, as one endorser; the others signed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofJob:
    """A certificate, the total that its grade follows from, and signatures of further endorsers (65 bytes each)."""

    certificate: Certificate
    opened: OpenedTotal
    others: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOutcome:
    """What became of a job: issued now, found (issued before with a proof), or the reason why neither."""

    certificate: CertificateId
    issued: bool = False
    problem: TrustspaceError | None = None


class ProvenIssuer:
    """Issues certificates of one model with proofs, as one certifier."""

    def __init__(self, model: RegisteredModel, prover: StatementProver, ledger: ProofLedger) -> None:
        """Raises NoCircuit when no circuit takes the model, or the chain has no verifier for it.

        CommitmentMismatch when the model's commitment on the ledger is another one, or its verifier's circuit.
        """
        self._statements = ScoreStatements(model)
        self._prover, self._ledger = prover, ledger
        circuit, where = ledger.circuit_for(model.record.model), f"model 0x{model.record.model.hex()}"
        if circuit is None:
            raise NoCircuit(
                "no verifier proves its grades",
                where=where,
                remedy="the regulator names one: trustspace verifier require",
            )
        if circuit is not self._statements.circuit:
            raise CommitmentMismatch(
                f"its verifier is for {circuit}, its form is {self._statements.circuit}",
                where=where,
                remedy="ask the regulator",
            )

    @property
    def circuit(self) -> Circuit:
        """The circuit that takes the model."""
        return self._statements.circuit

    def issue(self, job: ProofJob) -> CertificateId:
        """One certificate. Raises like `issue_each`."""
        ((certificate, _),) = self.issue_each([job])
        return certificate

    def issue_each(self, jobs: Sequence[ProofJob]) -> Iterator[tuple[CertificateId, bool]]:
        """Certificates in the jobs' order, each with whether it was issued now; False: it was there before.

        The next statement is solved while one is proven. Raises what the statement, the prover and the ledger raise;
        what was issued before stays.
        """
        for outcome in self.try_each(jobs):
            if outcome.problem is not None:
                raise outcome.problem
            yield outcome.certificate, outcome.issued

    def try_each(self, jobs: Sequence[ProofJob]) -> Iterator[ProofOutcome]:
        """Outcomes in the jobs' order: one that cannot be proven or is refused does not stop the others.

        Nothing is proven that would be refused, and a proof that is refused is not sent again. Raises what concerns
        all: no tool, no chain, a set-up that does not fit, FAILURES_IN_A_ROW.
        """
        return _Batch(self._prover, self._ledger, self._statement, [(self._id_of(it.certificate), it) for it in jobs])()

    def prove(self, job: ProofJob) -> Proof:
        """The proof alone, for this ledger's account. Raises what statement, rehearsal and prover raise."""
        (proof,) = self._prover.prove_each([self._statement(job)])
        return proof

    def _id_of(self, certificate: Certificate) -> CertificateId:
        return CertificateId(certificate_message(self._ledger.registry, self._ledger.chain_id, certificate).digest)

    def _statement(self, job: ProofJob) -> Statement:
        ledger = self._ledger
        statement = self._statements.about(
            job.certificate,
            job.opened,
            recorded=ledger.commitments(job.opened.subject, job.opened.as_of),
            agreement=ledger.agreement(job.certificate.agreement),
            chain_id=ledger.chain_id,
            registry=ledger.registry,
            sender=ledger.account,
        )
        ledger.rehearse(job.certificate, job.others)
        return statement


class _Batch:
    """Jobs on their way. Statements are made as the prover takes them, some ahead of the proof that comes back."""

    def __init__(
        self,
        prover: StatementProver,
        ledger: ProofLedger,
        state: Callable[[ProofJob], Statement],
        jobs: Sequence[tuple[CertificateId, ProofJob]],
    ) -> None:
        self._prover, self._ledger, self._state = prover, ledger, state
        self._order = deque(certificate for certificate, _ in jobs)
        kinds = ledger.issued([*self._order])
        self._found = {certificate for certificate, kind in kinds.items() if kind is ProofKind.PROVEN}
        self._done = {certificate: _taken(certificate) for certificate in kinds.keys() - self._found}
        first: dict[CertificateId, ProofJob] = {}
        for certificate, job in jobs:
            if certificate not in kinds:
                first.setdefault(certificate, job)
        self._waiting = deque(first.items())
        self._stated: deque[tuple[CertificateId, ProofJob, Statement]] = deque()
        self._failures = 0

    def __call__(self) -> Iterator[ProofOutcome]:
        yield from self._ready()
        while self._waiting or self._stated:
            again, self._stated = self._stated, deque()
            proofs = self._prover.prove_each(self._statements(again))
            while (proof := self._next(proofs)) is not None:
                yield from self._ready()
                certificate, job, _ = self._stated.popleft()
                self._issue(certificate, job, proof)
                yield from self._ready()
            yield from self._ready()

    def _statements(self, again: deque[tuple[CertificateId, ProofJob, Statement]]) -> Iterator[Statement]:
        for item in again:
            self._stated.append(item)
            yield item[2]
        while self._waiting:
            certificate, job = self._waiting.popleft()
            try:
                statement = self._state(job)
            except (InputError, ProtocolError, ContractRefused) as error:
                self._done[certificate] = ProofOutcome(certificate=certificate, problem=error)
                continue
            self._stated.append((certificate, job, statement))
            yield statement

    def _next(self, proofs: Iterator[Proof]) -> Proof | None:
        """The proof of what was stated first; None when nothing is left, or it failed: then state the rest again."""
        try:
            proof = next(proofs, None)
        except (FalseStatement, ProverFailed) as error:
            self._failures += 1
            if self._failures == FAILURES_IN_A_ROW:
                raise
            certificate, _, _ = self._stated.popleft()
            self._done[certificate] = ProofOutcome(certificate=certificate, problem=error)
            return None
        self._failures = 0
        return proof

    def _issue(self, certificate: CertificateId, job: ProofJob, proof: Proof) -> None:
        try:
            self._ledger.issue(job.certificate, job.others, proof.proof)
            self._done[certificate] = ProofOutcome(certificate=certificate, issued=True)
        except ContractRefused as error:
            self._done[certificate] = ProofOutcome(certificate=certificate, problem=error)

    def _ready(self) -> Iterator[ProofOutcome]:
        """Outcomes whose turn it is. A job given twice is found the second time."""
        while self._order and (self._order[0] in self._done or self._order[0] in self._found):
            certificate = self._order.popleft()
            outcome = self._done.get(certificate, ProofOutcome(certificate=certificate))
            if outcome.issued:
                self._found.add(certificate)
                del self._done[certificate]
            yield outcome


def _taken(certificate: CertificateId) -> ProofOutcome:
    problem = CommitmentMismatch(
        "was issued before without a proof",
        where=f"certificate 0x{certificate.hex()}",
        remedy="its id is taken for ever: prove one that holds from or until another second",
    )
    return ProofOutcome(certificate=certificate, problem=problem)
