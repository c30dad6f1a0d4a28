"""What a bundle proves to somebody without a node."""

from __future__ import annotations

from dataclasses import dataclass

from trustspace.domain.certificate_evidence import CertificateEvidence
from trustspace.domain.certificates import Reason
from trustspace.domain.ids import Address, CertificateId


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVerdict:
    """The state of a certificate as of a block, and what time has done to it since.

    `reason_then` is what the registry itself said in that block; `reason` judges the same state at the verifier's time,
    so that a certificate that ran out since is Expired. What happened on the chain after the block is not known.
    """

    certificate: CertificateId
    evidence: CertificateEvidence | None
    block: int
    block_hash: bytes
    block_time: int
    trust: str
    validators: tuple[Address, ...]
    sealers: tuple[Address, ...]
    age: int
    max_age: int
    reason_then: Reason
    reason: Reason

    @property
    def fresh(self) -> bool:
        """Whether the block is as young as the verifier wants it."""
        return self.age <= self.max_age

    @property
    def valid(self) -> bool:
        """Whether the certificate can be relied upon."""
        return self.reason is Reason.OK and self.reason_then is Reason.OK and self.fresh
