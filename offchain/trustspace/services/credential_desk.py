"""A space's credentials in three calls: issue, ask, verify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from trustspace.domain.credentials import ChallengeState, CredentialReason, CredentialVerdict
from trustspace.services.credential_check import PRESENTATION_AGE, Expectation, check_presentation
from trustspace.services.credential_issue import issue_credential, new_challenge

if TYPE_CHECKING:
    from collections.abc import Collection

    from trustspace.crypto.signing import SigningKey
    from trustspace.domain.ids import Address, CertificateId
    from trustspace.ports import Clock, Randomness
    from trustspace.services.credential_issue import CredentialLedger, StatusSource


CHALLENGE_SECONDS = 600
"""How long a challenge waits for its answer unless the bank says otherwise."""
_CLOSED = {
    ChallengeState.SPENT: CredentialReason.CHALLENGE_SPENT,
    ChallengeState.EXPIRED: CredentialReason.CHALLENGE_EXPIRED,
}


class ChallengeBook(Protocol):
    """What a bank remembers of the challenges it gave."""

    def keep(self, challenge: str, *, until: int) -> None:
        """Remember a new challenge, to be answered until UTC seconds `until`."""
        ...

    def state(self, challenge: str, *, now: int) -> ChallengeState:
        """Return what became of a challenge."""
        ...

    def spend(self, challenge: str) -> bool:
        """Mark a challenge as answered; False when somebody was first."""
        ...


class CredentialDesk:
    """What a bank does with credentials. What the firm does, `present_credential`, needs no chain."""

    def __init__(
        self, ledger: CredentialLedger, randomness: Randomness, clock: Clock, book: ChallengeBook | None = None
    ) -> None:
        """Take what credentials are issued from and checked against; with a book each challenge counts once."""
        self._ledger = ledger
        self._randomness = randomness
        self._clock = clock
        self._book = book

    def issue(self, certificate: CertificateId, key: SigningKey) -> str:
        """The credential of a certificate that the key's organisation endorsed. Raises InvalidCredential."""
        return issue_credential(certificate, ledger=self._ledger, key=key, randomness=self._randomness)

    def challenge(self, *, seconds: int = CHALLENGE_SECONDS) -> str:
        """A challenge for one presentation. Without a book: keep it yourself, and take no answer twice."""
        made = new_challenge(self._randomness)
        if self._book is not None:
            self._book.keep(made, until=self._clock.now() + seconds)
        return made

    def verify(
        self,
        presentation: str,
        *,
        audience: str,
        challenge: str,
        issuers: Collection[Address] | None = None,
        longest_age: int = PRESENTATION_AGE,
        offline: bool = False,
        status: StatusSource | None = None,
    ) -> CredentialVerdict:
        """Whether to rely on a presentation; `offline` asks no node, and then `issuers` must name whom to believe.

        `status`: what to ask instead of the node, such as a `BundleStatus`.

        A challenge of this desk's book is spent by the first presentation that both sides signed for it.
        """
        now, state = self._clock.now(), ChallengeState.STRANGE
        if self._book is not None:
            state = self._book.state(challenge, now=now)
        if state in _CLOSED:
            return CredentialVerdict(reason=_CLOSED[state])
        expected = Expectation(
            chain_id=self._ledger.chain_id,
            registry=self._ledger.registry,
            audience=audience,
            challenge=challenge,
            issuers=None if issuers is None else frozenset(issuers),
            longest_age=longest_age,
        )
        source = status or (None if offline else self._ledger)
        verdict = check_presentation(presentation, expected, now=now, ledger=source)
        if self._book is None or state is not ChallengeState.OPEN or verdict.shown is None:
            return verdict
        return verdict if self._book.spend(challenge) else CredentialVerdict(reason=CredentialReason.CHALLENGE_SPENT)
