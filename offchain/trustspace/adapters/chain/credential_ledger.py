"""`services.credential_issue.CredentialLedger` on the chain: what credentials are issued from and checked against."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trustspace.domain.credentials import CertificateStanding

if TYPE_CHECKING:
    from trustspace.adapters.chain.agreements import AgreementRegistry
    from trustspace.adapters.chain.certificates import CertificateRegistry
    from trustspace.adapters.chain.participants import ParticipantRegistry
    from trustspace.domain.ids import Address, AgreementId, CertificateId


class ChainCredentialLedger:
    """Reads with whatever connection the registries have; needs no signer."""

    def __init__(
        self, certificates: CertificateRegistry, participants: ParticipantRegistry, agreements: AgreementRegistry
    ) -> None:
        """Take the registries of one space."""
        self._certificates = certificates
        self._participants = participants
        self._agreements = agreements

    @property
    def chain_id(self) -> int:
        """Chain of the certificates."""
        return self._certificates.client.chain_id

    @property
    def registry(self) -> Address:
        """The CertificateRegistry."""
        return self._certificates.address

    def standing(self, certificate: CertificateId, issuer: Address) -> CertificateStanding:
        """What the chain says of a certificate and of the issuer's account, all as of the verdict's block."""
        verdict = self._certificates.verify(certificate)
        record = self._certificates.get(certificate, block=verdict.as_of_block)
        account, *endorsers = self._participants.account_infos([issuer, *record.endorsers], block=verdict.as_of_block)
        return CertificateStanding(
            verdict=verdict,
            record=record,
            endorsers=tuple(endorser.participant for endorser in endorsers),
            issuer=account,
        )

    def holder_key(self, agreement: AgreementId) -> bytes:
        """Public key with which the subject signed an agreement."""
        return self._agreements.subject_key(agreement)

    def now(self) -> int:
        """The later of this machine's clock and the latest block."""
        return max(int(time.time()), self._certificates.client.node.timestamp())
