"""Certificates issued with proofs: state, prove, send, one after the other.

A certificate's id follows from its terms. A run that was killed is started again with the same jobs: what the ledger
holds already is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from trustspace.domain.ids import CertificateId
from trustspace.encoding.eip712 import certificate_message
from trustspace.errors import CommitmentMismatch, NoCircuit
from trustspace.services.statements import ScoreStatements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from trustspace.domain.agreements import AgreementRecord
    from trustspace.domain.certificates import Certificate
    from trustspace.domain.ids import Address, AgreementId, AsOfDay, ModelId, ParticipantId, SubjectId
    from trustspace.domain.proofs import Circuit, Proof, Statement
    from trustspace.services.certification import RegisteredModel
    from trustspace.services.features import OpenedTotal


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

    def issued(self, certificates: Sequence[CertificateId]) -> set[CertificateId]:
        """Those that are issued already."""
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
                "no verifier proves its grades", where=where, remedy="the regulator names one: trustspace verifier"
            )
        if circuit is not self._statements.circuit:
            raise CommitmentMismatch(
                f"its verifier is for {circuit}, its form is {self._statements.circuit}",
                where=where,
                remedy="ask the regulator",
            )

    def issue(self, job: ProofJob) -> CertificateId:
        """One certificate. Raises like `issue_each`."""
        ((certificate, _),) = self.issue_each([job])
        return certificate

    def issue_each(self, jobs: Sequence[ProofJob]) -> Iterator[tuple[CertificateId, bool]]:
        """Certificates in the jobs' order, each with whether it was issued now; False: it was there before.

        The next statement is solved while one is proven. Raises what the statement, the prover and the ledger raise;
        what was issued before stays.
        """
        ids = [self._id_of(job.certificate) for job in jobs]
        issued = self._ledger.issued(ids)
        waiting = {certificate: job for certificate, job in zip(ids, jobs, strict=True) if certificate not in issued}
        proofs = self._prover.prove_each(self._statement(job) for job in list(waiting.values()))
        for certificate in ids:
            job = waiting.pop(certificate, None)
            if job is not None:
                self._ledger.issue(job.certificate, job.others, next(proofs).proof)
            yield certificate, job is not None

    def prove(self, job: ProofJob) -> Proof:
        """The proof alone, for this ledger's account. Raises what statement and prover raise."""
        (proof,) = self._prover.prove_each([self._statement(job)])
        return proof

    def _id_of(self, certificate: Certificate) -> CertificateId:
        return CertificateId(certificate_message(self._ledger.registry, self._ledger.chain_id, certificate).digest)

    def _statement(self, job: ProofJob) -> Statement:
        ledger = self._ledger
        return self._statements.about(
            job.certificate,
            job.opened,
            recorded=ledger.commitments(job.opened.subject, job.opened.as_of),
            agreement=ledger.agreement(job.certificate.agreement),
            chain_id=ledger.chain_id,
            registry=ledger.registry,
            sender=ledger.account,
        )
