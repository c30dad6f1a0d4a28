"""`services.proven_issue.ProofLedger` on the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.certificates import Reason
from trustspace.domain.verifiers import VerifierState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.adapters.chain.agreements import AgreementRegistry
    from trustspace.adapters.chain.certificates import CertificateRegistry
    from trustspace.adapters.chain.features import FeatureRegistry
    from trustspace.adapters.chain.verifiers import VerifierRegistry
    from trustspace.domain.agreements import AgreementRecord
    from trustspace.domain.certificates import Certificate, ProofKind
    from trustspace.domain.ids import Address, AgreementId, AsOfDay, CertificateId, ModelId, ParticipantId, SubjectId
    from trustspace.domain.proofs import Circuit


class ChainProofLedger:
    """The registries of one space, with the account that they write with."""

    def __init__(
        self,
        certificates: CertificateRegistry,
        verifiers: VerifierRegistry,
        features: FeatureRegistry,
        agreements: AgreementRegistry,
    ) -> None:
        """Take the registries."""
        self._certificates, self._verifiers = certificates, verifiers
        self._features, self._agreements = features, agreements

    @property
    def chain_id(self) -> int:
        """Chain of the certificates."""
        return self._certificates.client.chain_id

    @property
    def registry(self) -> Address:
        """The CertificateRegistry."""
        return self._certificates.address

    @property
    def account(self) -> Address:
        """The signer's. Raises SignerMissing for a space that only reads."""
        return self._certificates.account

    def circuit_for(self, model: ModelId) -> Circuit | None:
        """Of the verifier that the policy names, when it is live."""
        number = self._certificates.proof_policy(model).verifier
        found = None if number is None else self._verifiers.verifier(number)
        return found.card.circuit if found and found.state is VerifierState.LIVE else None

    def agreement(self, agreement: AgreementId) -> AgreementRecord:
        """As recorded; state NONE when unknown."""
        return self._agreements.get(agreement)

    def commitments(self, subject: SubjectId, as_of: AsOfDay) -> Mapping[ParticipantId, bytes]:
        """In the registry's order."""
        return self._features.committed(subject, as_of)

    def issued(self, certificates: Sequence[CertificateId]) -> Mapping[CertificateId, ProofKind]:
        """Those that the registry knows, whatever became of them."""
        verdicts = self._certificates.verify_many(certificates) if certificates else ()
        return {it.certificate: it.proof_kind for it in verdicts if it.reason is not Reason.UNKNOWN}

    def rehearse(self, certificate: Certificate, others: Sequence[bytes]) -> None:
        """With an empty proof, which comes last and which no registered verifier accepts."""
        self._certificates.rehearse_proven(certificate, others)

    def issue(self, certificate: Certificate, others: Sequence[bytes], proof: bytes) -> CertificateId:
        """Send and wait."""
        return self._certificates.issue_with_proof(certificate, others, proof).value
