"""Credit certificates and what a bank is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from trustspace.domain.ids import Address, AgreementId, AsOfDay, CertificateId, ModelId, SubjectId, VerifierNumber


class Grade(IntEnum):
    """A is best."""

    NONE = 0
    A = 1
    B = 2
    C = 3
    D = 4
    E = 5


class Reason(IntEnum):
    """Why a certificate holds or not. Zero is UNKNOWN, so that an empty answer can never be read as valid."""

    UNKNOWN = 0
    OK = 1
    NOT_YET_VALID = 2
    EXPIRED = 3
    SUSPENDED = 4
    REVOKED = 5
    REPLACED = 6
    ISSUER_KEY_COMPROMISED = 7
    MODEL_WITHDRAWN = 8
    AGREEMENT_TERMINATED = 9
    COLLATERAL_VOIDED = 10
    PAUSED = 11
    FEATURES_MISSING = 12
    PROOF_WITHDRAWN = 13

    @property
    def label(self) -> str:
        """Name as written in the contracts, e.g. ``ModelWithdrawn``."""
        return "".join(part.capitalize() for part in self.name.split("_"))


class CertificateState(IntEnum):
    """What its endorsers or the regulator did with a certificate."""

    NONE = 0
    ACTIVE = 1
    SUSPENDED = 2
    REVOKED = 3
    REPLACED = 4


class ProofKind(IntEnum):
    """What supports the grade: the endorsers' word alone, or a proof besides that the contract checked."""

    ENDORSED = 0
    PROVEN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What endorsers sign. `valid_from` and `not_after` are UTC seconds."""

    agreement: AgreementId
    model: ModelId
    as_of_day: AsOfDay
    grade: Grade
    valid_from: int
    not_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The registry's answer about one certificate, true in block `as_of_block`."""

    certificate: CertificateId
    reason: Reason
    grade: Grade
    as_of_block: int
    proof_kind: ProofKind

    @property
    def valid(self) -> bool:
        """Whether the certificate can be relied upon."""
        return self.reason is Reason.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRecord:
    """A certificate as the registry knows it. `verifier` is the number of what checked its proof."""

    certificate: CertificateId
    state: CertificateState
    content: Certificate
    subject: SubjectId
    proof_kind: ProofKind
    verifier: VerifierNumber | None
    issued_block: int
    endorsers: tuple[Address, ...]
