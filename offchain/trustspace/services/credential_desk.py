"""A space's credentials in three calls: issue, ask, verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.services.credential_check import PRESENTATION_AGE, Expectation, check_presentation
from trustspace.services.credential_issue import issue_credential, new_challenge

if TYPE_CHECKING:
    from collections.abc import Collection

    from trustspace.crypto.signing import SigningKey
    from trustspace.domain.credentials import CredentialVerdict
    from trustspace.domain.ids import Address, CertificateId
    from trustspace.ports import Clock, Randomness
    from trustspace.services.credential_issue import CredentialLedger


class CredentialDesk:
    """What a bank does with credentials. What the firm does, `present_credential`, needs no chain."""

    def __init__(self, ledger: CredentialLedger, randomness: Randomness, clock: Clock) -> None:
        """Take what credentials are issued from and checked against."""
        self._ledger = ledger
        self._randomness = randomness
        self._clock = clock

    def issue(self, certificate: CertificateId, key: SigningKey) -> str:
        """The credential of a certificate that the key's organisation endorsed. Raises InvalidCredential."""
        return issue_credential(certificate, ledger=self._ledger, key=key, randomness=self._randomness)

    def challenge(self) -> str:
        """A challenge for one presentation. Keep it until the answer comes, and take no answer twice."""
        return new_challenge(self._randomness)

    def verify(
        self,
        presentation: str,
        *,
        audience: str,
        challenge: str,
        issuers: Collection[Address] | None = None,
        longest_age: int = PRESENTATION_AGE,
        offline: bool = False,
    ) -> CredentialVerdict:
        """Whether to rely on a presentation; `offline` asks no node, and then `issuers` must name whom to believe."""
        expected = Expectation(
            chain_id=self._ledger.chain_id,
            registry=self._ledger.registry,
            audience=audience,
            challenge=challenge,
            issuers=None if issuers is None else frozenset(issuers),
            longest_age=longest_age,
        )
        ledger = None if offline else self._ledger
        return check_presentation(presentation, expected, now=self._clock.now(), ledger=ledger)
