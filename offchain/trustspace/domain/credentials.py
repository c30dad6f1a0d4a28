"""A certificate carried by its firm: the credential, what a presentation shows of it, why that holds or does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from trustspace.domain.participants import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.certificates import CertificateRecord, Verdict
    from trustspace.domain.ids import Address, CertificateId, ParticipantId, SubjectId
    from trustspace.domain.participants import AccountInfo


class CredentialField(StrEnum):
    """What the firm shows or hides, by its name in the credential."""

    GRADE = "grade"
    MODEL = "model"
    AGREEMENT = "agreement"
    AS_OF = "asOf"
    VALID_FROM = "validFrom"
    PROOF_KIND = "proofKind"
    ISSUED_BLOCK = "issuedBlock"
    ENDORSERS = "endorsers"
    """Participants that endorsed the certificate."""


ALWAYS_SHOWN = ("issuer", "subject", "status", "validUntil")
"""What a credential is worthless or dangerous without: who says it, of whom, where it is taken back, until when."""

FieldValue = str | int | tuple[int, ...]


class CredentialReason(Enum):
    """Why a presentation holds or does not; the first that applies, in this order."""

    OK = "Ok"
    MALFORMED = "Malformed"
    ALGORITHM_REFUSED = "AlgorithmRefused"
    ISSUER_SIGNATURE_INVALID = "IssuerSignatureInvalid"
    DISCLOSURE_INVALID = "DisclosureInvalid"
    STATUS_MISSING = "StatusMissing"
    CLAIM_MISSING = "ClaimMissing"
    WRONG_SPACE = "WrongSpace"
    HOLDER_MISSING = "HolderMissing"
    HOLDER_SIGNATURE_INVALID = "HolderSignatureInvalid"
    WRONG_HOLDER = "WrongHolder"
    WRONG_AUDIENCE = "WrongAudience"
    WRONG_CHALLENGE = "WrongChallenge"
    PRESENTATION_EXPIRED = "PresentationExpired"
    NOT_YET_VALID = "NotYetValid"
    EXPIRED = "Expired"
    ISSUER_NOT_TRUSTED = "IssuerNotTrusted"
    NOT_IN_FORCE = "NotInForce"
    """The chain says why: see `CredentialVerdict.status`."""
    ISSUER_COMPROMISED = "IssuerCompromised"
    ISSUER_NOT_LIVE = "IssuerNotLive"
    ISSUER_NOT_ENDORSER = "IssuerNotEndorser"
    CERTIFICATE_MISMATCH = "CertificateMismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What the issuer signs openly. `holder_key`: 64 bytes x | y of the subject's account; times in UTC seconds."""

    chain_id: int
    registry: Address
    certificate: CertificateId
    issuer: Address
    participant: ParticipantId
    subject: SubjectId
    holder_key: bytes
    issued_at: int
    valid_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCredential:
    """The open part and the fields that the firm chose to show."""

    credential: Credential
    fields: Mapping[CredentialField, FieldValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStanding:
    """What the chain says of a certificate and of who signed a credential for it, in one block."""

    verdict: Verdict
    record: CertificateRecord
    endorsers: tuple[ParticipantId, ...]
    issuer: AccountInfo

    def issuer_problem(self) -> CredentialReason | None:
        """Why the issuer cannot speak for this certificate; None when it can."""
        if self.issuer.compromised_from:
            return CredentialReason.ISSUER_COMPROMISED
        if not self.issuer.live or not self.issuer.roles & Role.CERTIFIER:
            return CredentialReason.ISSUER_NOT_LIVE
        if self.issuer.participant not in self.endorsers:
            return CredentialReason.ISSUER_NOT_ENDORSER
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialVerdict:
    """Whether a bank may rely on a presentation.

    `shown` is None unless issuer and holder both signed it for this audience and challenge. `status` is the chain's
    answer, None where the chain was not asked: then a certificate taken back since shows as good.
    """

    reason: CredentialReason
    shown: ShownCredential | None = None
    status: Verdict | None = None

    @property
    def valid(self) -> bool:
        """Whether nothing speaks against it."""
        return self.reason is CredentialReason.OK
