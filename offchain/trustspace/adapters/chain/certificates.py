"""CertificateRegistry: issue, verify, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.agreements import AgreementRegistry
from trustspace.adapters.chain.contract import Contract, Written
from trustspace.adapters.chain.verifiers import PROOF_REFUSED
from trustspace.crypto.signing import compact, recover
from trustspace.domain.certificates import (
    Certificate,
    CertificateRecord,
    CertificateState,
    Grade,
    ProofKind,
    Reason,
    Verdict,
)
from trustspace.domain.ids import Address, AgreementId, AsOfDay, CertificateId, ModelId, SubjectId, VerifierNumber
from trustspace.domain.verifiers import ProofPolicy
from trustspace.encoding.certificate_words import certificate_struct, terms_word
from trustspace.encoding.eip712 import TypedMessage, certificate_message
from trustspace.errors import ContractRefused, TransactionRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.node import Receipt

VERIFY_PER_CALL = 200
NO_HASH = bytes(32)


class CertificateRegistry(Contract):
    """Certificates that a quorum endorsed."""

    name = "CertificateRegistry"

    def message(self, certificate: Certificate) -> TypedMessage:
        """What endorsers sign."""
        return certificate_message(self.address, self.client.chain_id, certificate)

    def id_of(self, certificate: Certificate) -> CertificateId:
        """The certificate's id: the digest that endorsers sign. Computed here, no chain needed."""
        return CertificateId(self.message(certificate).digest)

    # --- writes ------------------------------------------------------------------------------------------------

    def issue(self, certificate: Certificate, endorsements: Sequence[bytes]) -> Written[CertificateId]:
        """Issue on the strength of 65-byte endorsements; anybody may send it.

        Where the sending account is one of the endorsers, its transaction stands for its signature, which is cheaper.
        """
        message, sender = self.message(certificate), self.account
        others = [item for item in endorsements if recover(message.digest, item) != sender]
        if len(others) < len(endorsements):
            return self.endorse_and_issue(certificate, others)
        receipt = self.write("issue", certificate_struct(certificate), [compact(item) for item in others])
        return Written(value=CertificateId(message.digest), receipt=receipt)

    def endorse_and_issue(self, certificate: Certificate, others: Sequence[bytes]) -> Written[CertificateId]:
        """Issue as one of the endorsers: the own transaction endorses, the others (at most 3) signed."""
        arguments = (certificate.agreement, certificate.model, terms_word(certificate))
        receipt = self.write("endorseAndIssue", *arguments, [compact(item) for item in others])
        return Written(value=self.id_of(certificate), receipt=receipt)

    def issue_with_proof(
        self, certificate: Certificate, others: Sequence[bytes], proof: bytes
    ) -> Written[CertificateId]:
        """Issue as one of the endorsers with a proof of the grade, made for this account; the others signed."""
        arguments = (certificate.agreement, certificate.model, terms_word(certificate))
        receipt = self.write("issueWithProof", *arguments, [compact(item) for item in others], proof)
        return Written(value=self.id_of(certificate), receipt=receipt)

    def rehearse_proven(self, certificate: Certificate, others: Sequence[bytes]) -> None:
        """Raise ContractRefused for anything but the proof that `issue_with_proof` would be refused for.

        A question with an empty proof: the contract looks at the proof last, and no registered verifier takes that one.
        """
        arguments = (certificate.agreement, certificate.model, terms_word(certificate))
        self.rehearse("issueWithProof", *arguments, [compact(item) for item in others], b"", until=PROOF_REFUSED)

    def issue_many(self, items: Sequence[tuple[Certificate, Sequence[bytes]]]) -> Written[tuple[CertificateId, ...]]:
        """Issue several in one transaction, all or none; one that is issued already is left as it is."""
        receipt = self.write(
            "issueMany",
            [certificate_struct(certificate) for certificate, _ in items],
            [[compact(item) for item in endorsements] for _, endorsements in items],
        )
        return Written(value=tuple(self.id_of(certificate) for certificate, _ in items), receipt=receipt)

    def revoke(self, certificate: CertificateId, reason_hash: bytes = NO_HASH) -> Receipt:
        """Take a certificate back for ever, as one of its endorsers."""
        return self.write("revoke", certificate, reason_hash)

    def annul(self, certificate: CertificateId, reason_hash: bytes = NO_HASH) -> Receipt:
        """The same as the regulator."""
        return self.write("annul", certificate, reason_hash)

    def suspend(self, certificate: CertificateId) -> Receipt:
        """Suspend a certificate, as one of its endorsers."""
        return self.write("suspend", certificate, once=False)

    def resume(self, certificate: CertificateId) -> Receipt:
        """End a suspension, as one of its endorsers."""
        return self.write("resume", certificate, once=False)

    def replace(self, certificate: CertificateId, successor: CertificateId) -> Receipt:
        """Mark a certificate as replaced by a later one, as one of its endorsers."""
        return self.write("replace", certificate, successor)

    def set_policy(self, quorum: int, max_validity: int) -> Receipt:
        """Set quorum and longest validity (seconds) of new certificates, as the regulator."""
        return self.write("setPolicy", quorum, max_validity, once=False)

    def set_proof_policy(self, policy: ProofPolicy) -> Receipt:
        """Set what proves grades of a model and whether they must be proven, as the regulator."""
        arguments = (policy.model, policy.verifier or 0, policy.quorum, policy.demanded, policy.max_age)
        return self.write("setProofPolicy", *arguments, once=False)

    # --- reads -------------------------------------------------------------------------------------------------

    def verify(self, certificate: CertificateId, *, block: int | str = "latest") -> Verdict:
        """Whether a certificate holds, and if not, why not."""
        return self._verdict(certificate, self.read("verify", certificate, block=block))

    def verify_many(self, certificates: Sequence[CertificateId], *, block: int | str = "latest") -> tuple[Verdict, ...]:
        """The same for a list, in few round trips."""
        chunks = [certificates[at : at + VERIFY_PER_CALL] for at in range(0, len(certificates), VERIFY_PER_CALL)]
        try:
            answers = self.read_each("verifyMany", [(list(chunk),) for chunk in chunks], block=block)
        except (TransactionRefused, ContractRefused):  # more gas than this node spends on a call
            if len(certificates) < 2:
                raise
            half = min(len(chunks[0]), len(certificates) - 1) // 2 or 1
            parts = (certificates[at : at + half] for at in range(0, len(certificates), half))
            return tuple(verdict for part in parts for verdict in self.verify_many(part, block=block))
        if any(len(chunk) != len(found) for chunk, found in zip(chunks, answers, strict=True)):
            raise self.unreadable("verifyMany: not one verdict for each certificate")
        return tuple(
            self._verdict(certificate, answer)
            for chunk, found in zip(chunks, answers, strict=True)
            for certificate, answer in zip(chunk, found, strict=True)
        )

    def get(self, certificate: CertificateId, *, block: int | str = "latest") -> CertificateRecord:
        """A certificate; state NONE when unknown."""
        answer = self.read("certificateInfo", certificate, block=block)
        try:
            return _record(certificate, answer)
        except ValueError as error:
            raise self.unreadable(str(error)) from error

    def issued_to(self, subject: SubjectId) -> tuple[CertificateId, ...]:
        """Certificates ever issued to a subject, in order, from the events of agreements and certificates."""
        recorded = AgreementRegistry(self.client).events("AgreementRecorded", subject=subject)
        numbers = {event.arguments["number"] for event in recorded}
        return tuple(
            CertificateId(event.arguments["certificate"])
            for event in self.events("CertificateIssued")
            if event.arguments["word"] >> 192 & 0xFFFFFFFF in numbers
        )

    def policy(self) -> tuple[int, int]:
        """Quorum and longest validity (seconds) of new certificates."""
        quorum, max_validity = self.read("policy")
        return quorum, max_validity

    def proof_policy(self, model: ModelId) -> ProofPolicy:
        """What certificates of a model need besides endorsements."""
        verifier, quorum, demanded, max_age = self.read("proofPolicy", model)
        known = VerifierNumber(verifier) if verifier else None
        return ProofPolicy(model=model, verifier=known, quorum=quorum, demanded=bool(demanded), max_age=max_age)

    def _verdict(self, certificate: CertificateId, answer: tuple[int, int, int, int]) -> Verdict:
        reason, grade, as_of_block, kind = answer
        try:
            return Verdict(
                certificate=certificate,
                reason=Reason(reason),
                grade=Grade(grade),
                as_of_block=as_of_block,
                proof_kind=ProofKind(kind),
            )
        except ValueError as error:
            raise self.unreadable(str(error)) from error


def _record(certificate: CertificateId, answer: tuple[Any, ...]) -> CertificateRecord:
    (state, grade, kind, day, valid_from, not_after, block, subject, agreement, model, endorsers, verifier) = answer
    return CertificateRecord(
        certificate=certificate,
        state=CertificateState(state),
        content=Certificate(
            agreement=AgreementId(agreement),
            model=ModelId(model),
            as_of_day=AsOfDay(day),
            grade=Grade(grade),
            valid_from=valid_from,
            not_after=not_after,
        ),
        subject=SubjectId(subject),
        proof_kind=ProofKind(kind),
        verifier=VerifierNumber(verifier) if verifier else None,
        issued_block=block,
        endorsers=tuple(Address(account) for account in endorsers),
    )
