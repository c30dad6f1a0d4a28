"""Certificates: what a certifier checks before its signature vouches for a grade.

Every endorser opens the total of the features itself, scores it with the model that is registered, and signs only the
grade it got, under an agreement of the very subject whose total it is. A quorum of endorsements is therefore a quorum
of computations, not of good will.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.domain.certificates import Certificate, Grade
from trustspace.domain.models import ModelState
from trustspace.encoding.eip712 import certificate_message
from trustspace.errors import CommitmentMismatch, OutOfRange

if TYPE_CHECKING:
    from trustspace.crypto.signing import Signer
    from trustspace.domain.agreements import AgreementRecord
    from trustspace.domain.features import FeatureVector
    from trustspace.domain.ids import Address
    from trustspace.domain.models import ModelRecord
    from trustspace.learning.score import CreditModel, Score
    from trustspace.services.features import OpenedTotal

LAST_SECOND = 2**32 - 1
DEFAULT_VALIDITY = 180 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """A model's document together with the final model on the ledger whose hash it has."""

    card: CreditModel
    record: ModelRecord

    def __post_init__(self) -> None:
        if self.record.state is not ModelState.FINAL:
            raise CommitmentMismatch(
                f"the model is {self.record.state.name.lower()}, not final",
                where=f"model 0x{self.record.model.hex()}",
                remedy="score with a model that a quorum confirmed and nobody withdrew",
            )
        if not hmac.compare_digest(self.card.digest, self.record.card.model_hash):
            raise CommitmentMismatch(
                "the document is not the registered model",
                where=f"model 0x{self.record.model.hex()}",
                remedy="fetch the model again and audit the run it came from",
            )

    def score(self, features: FeatureVector) -> Score:
        """Points, grade and reason codes of one firm."""
        return self.card.score(features.as_dict())


def propose(
    model: RegisteredModel,
    opened: OpenedTotal,
    *,
    agreement: AgreementRecord,
    valid_from: int,
    validity: int = DEFAULT_VALIDITY,
) -> Certificate:
    """The certificate that opened features deserve, as of their day; times in UTC seconds.

    `agreement` is read from the ledger. Raises CommitmentMismatch when it is another subject's than the features,
    OutOfRange for times that do not fit 32 bits.
    """
    _require_subject(opened, agreement)
    if not 0 <= valid_from <= valid_from + validity <= LAST_SECOND or validity <= 0:
        raise OutOfRange(
            f"valid for {validity} s from {valid_from}", where="certificate", remedy="times are UTC seconds before 2106"
        )
    return Certificate(
        agreement=agreement.agreement,
        model=model.record.model,
        as_of_day=opened.as_of,
        grade=Grade[model.score(opened.features).grade],
        valid_from=valid_from,
        not_after=valid_from + validity,
    )


class Certifier:
    """Endorses with one account of one certifying participant."""

    def __init__(self, signer: Signer, *, chain_id: int, registry: Address) -> None:
        self._signer = signer
        self._chain_id = chain_id
        self._registry = registry

    def endorse(
        self,
        certificate: Certificate,
        model: RegisteredModel,
        opened: OpenedTotal,
        *,
        agreement: AgreementRecord,
    ) -> bytes:
        """Signature (65 bytes) of a certificate whose grade follows from `opened`, a total the certifier itself opened.

        `agreement` is what the certifier reads on the ledger under the certificate's agreement. Raises
        CommitmentMismatch when the certificate names another agreement, subject, day, model or grade.
        """
        if certificate.agreement != agreement.agreement:
            raise CommitmentMismatch(
                f"it names agreement 0x{certificate.agreement.hex()}, read was 0x{agreement.agreement.hex()}",
                where="certificate",
                remedy="read the agreement that the certificate names",
            )
        _require_subject(opened, agreement)
        if certificate.as_of_day != opened.as_of:
            raise CommitmentMismatch(
                f"it says day {certificate.as_of_day}, the features are as of day {opened.as_of}",
                where="certificate",
                remedy="open the subject's total of that day",
            )
        if certificate.model != model.record.model:
            raise CommitmentMismatch(
                f"it names model 0x{certificate.model.hex()}, scored was 0x{model.record.model.hex()}",
                where="certificate",
                remedy="score with the model that the certificate names",
            )
        own = Grade[model.score(opened.features).grade]
        if own is not certificate.grade:
            raise CommitmentMismatch(
                f"it says grade {certificate.grade.name}, the features give {own.name}",
                where="certificate",
                remedy="do not endorse; ask the proposing bank for its features' as-of day and agreement",
            )
        message = certificate_message(self._registry, self._chain_id, certificate)
        return self._signer.sign_message(message)


def _require_subject(opened: OpenedTotal, agreement: AgreementRecord) -> None:
    if opened.subject != agreement.subject:
        raise CommitmentMismatch(
            f"the agreement is that of {agreement.subject}, the features are those of {opened.subject}",
            where="certificate",
            remedy="open the total of the subject that signed the agreement",
        )
