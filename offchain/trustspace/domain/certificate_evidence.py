"""All that the validity of a certificate depends on, as one block has it, and the rule that judges it.

The rule is that of `CertificateRegistry.verify`: same reasons, same order. It is stated here once more for those who
hold proven storage instead of a node; the tests hold both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from trustspace.domain.agreements import AgreementState
from trustspace.domain.certificates import CertificateRecord, CertificateState, Reason
from trustspace.domain.ids import Address, ParticipantId
from trustspace.domain.models import ModelState
from trustspace.domain.verifiers import VerifierRecord, VerifierState


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
    """An account that signed or sent something. Blocks of zero mean never."""

    account: Address
    participant: ParticipantId
    retired_at: int
    compromised_from: int

    def counts_in(self, block: int) -> bool:
        """Whether what the account did in a block counts, as known now. Retiring it later voids nothing."""
        return self.compromised_from == 0 or block < self.compromised_from


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEvidence:
    """What one source committed to for the certificate's day, and how many invoices behind it are void."""

    source: ParticipantId
    committed_block: int
    by: AccountStanding
    voided_before: int
    voided_now: int

    @property
    def intact(self) -> bool:
        """Whether nothing behind it was voided since, and the source's account counts."""
        return self.voided_now == self.voided_before and self.by.counts_in(self.committed_block)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateEvidence:
    """An issued certificate with everything behind it.

    `model_hash` names the model's content; `verifier` is what checked the proof of the grade, if it has one.
    """

    record: CertificateRecord
    paused: bool
    endorsers: tuple[AccountStanding, ...]
    model_state: ModelState
    model_hash: bytes
    verifier: VerifierRecord | None
    agreement_state: AgreementState
    sources: tuple[SourceEvidence, ...]

    def reason(self, at: int) -> Reason:
        """The first reason that applies at a time in UTC seconds, in the contract's order."""
        content, issued = self.record.content, self.record.issued_block
        counted = [source for source in self.sources if source.committed_block <= issued]
        findings = (
            (self.paused, Reason.PAUSED),
            (self.record.state is CertificateState.REVOKED, Reason.REVOKED),
            (self.record.state is CertificateState.REPLACED, Reason.REPLACED),
            (self.record.state is CertificateState.SUSPENDED, Reason.SUSPENDED),
            (at < content.valid_from, Reason.NOT_YET_VALID),
            (at > content.not_after, Reason.EXPIRED),
            (not all(standing.counts_in(issued) for standing in self.endorsers), Reason.ISSUER_KEY_COMPROMISED),
            (self.model_state is ModelState.WITHDRAWN, Reason.MODEL_WITHDRAWN),
            (self.verifier is not None and self.verifier.state is VerifierState.WITHDRAWN, Reason.PROOF_WITHDRAWN),
            (self.agreement_state is not AgreementState.ACTIVE, Reason.AGREEMENT_TERMINATED),
            (not counted, Reason.FEATURES_MISSING),
            (not all(source.intact for source in counted), Reason.COLLATERAL_VOIDED),
        )
        return next((reason for applies, reason in findings if applies), Reason.OK)
