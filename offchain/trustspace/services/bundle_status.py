"""A bundle as the status of a credential: proven for one block, without a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.certificate_evidence import AccountStanding
from trustspace.domain.certificates import Grade, ProofKind, Reason, Verdict
from trustspace.domain.credentials import CertificateStanding
from trustspace.domain.ids import ParticipantId
from trustspace.domain.participants import Role
from trustspace.errors import InvalidBundle

if TYPE_CHECKING:
    from trustspace.domain.bundle_verdicts import BundleVerdict
    from trustspace.domain.ids import Address, CertificateId


class BundleStatus:
    """`services.credential_issue.StatusSource` from a bundle's verdict.

    A bundle proves the accounts that endorsed the certificate and no others: a credential signed by another account of
    the same organisation is not borne out by it.
    """

    def __init__(self, verdict: BundleVerdict) -> None:
        """Take what `verify_bundle` gave."""
        self._verdict = verdict

    def standing(self, certificate: CertificateId, issuer: Address) -> CertificateStanding:
        """What the bundle proves. Raises InvalidBundle when it is of another certificate."""
        proven = self._verdict
        if proven.certificate != certificate:
            raise InvalidBundle(
                f"it is of certificate 0x{proven.certificate.hex()}, the credential of 0x{certificate.hex()}",
                where="bundle",
                remedy="ask for the bundle of this certificate",
            )
        evidence = proven.evidence
        record = None if evidence is None else evidence.record
        accounts = () if evidence is None else evidence.endorsers
        reason = proven.reason if proven.reason_then is Reason.OK else proven.reason_then
        return CertificateStanding(
            verdict=Verdict(
                certificate=certificate,
                reason=reason,
                grade=Grade.NONE if record is None else record.content.grade,
                as_of_block=proven.block,
                proof_kind=ProofKind.ENDORSED if record is None else record.proof_kind,
            ),
            record=record,
            endorsers=tuple(account.participant for account in accounts),
            issuer=next((account for account in accounts if account.account == issuer), _stranger(issuer)),
            fresh=proven.fresh,
        )


def _stranger(account: Address) -> AccountStanding:
    return AccountStanding(
        account=account, participant=ParticipantId(0), roles=Role(0), retired_at=0, compromised_from=0
    )
