"""A firm carries its certificate to a bank that it does not know yet, and shows grade and expiry alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.system_clock import SystemClock
from trustspace.domain.credentials import CredentialField, CredentialReason
from trustspace.encoding.credential_document import utc_text
from trustspace.encoding.sd_jwt import SALT_BYTES, disclose, joined, parse_sd_jwt
from trustspace.errors import ProtocolError
from trustspace.services.credential_issue import present_credential

if TYPE_CHECKING:
    from trustspace.apps.demo.certifying import CertificateDesk, Issued
    from trustspace.domain.credentials import CredentialVerdict
    from trustspace.ports import Randomness

ASKING, OTHER = "bank-9.example", "bank-7.example"
"""Banks outside the region, by the names they know themselves by."""
GOOD = ("the firm shows grade and expiry", "the same without a node")
REFUSED = {
    "a better grade written in": CredentialReason.DISCLOSURE_INVALID,
    "a copy, presented by nobody": CredentialReason.HOLDER_MISSING,
    "shown on to another bank": CredentialReason.WRONG_AUDIENCE,
    "replayed for another challenge": CredentialReason.WRONG_CHALLENGE,
}
EXPECTED = dict.fromkeys(GOOD, CredentialReason.OK) | REFUSED


def play_credential(desk: CertificateDesk, issued: Issued, randomness: Randomness) -> tuple[str, dict[str, str]]:
    """Export, present, verify, then what a cheat could try: what the bank saw, and each title with its reason.

    Raises ProtocolError when something ends otherwise than it must.
    """
    name = next(iter(issued.ids))
    bank, firm = desk.banks_of(name)[0].key, desk.cast.firms[name].key
    credentials = desk.stage.reader.credentials
    credential, challenge = credentials.issue(issued.ids[name], bank), credentials.challenge()
    presented = present_credential(
        credential, (CredentialField.GRADE,), audience=ASKING, challenge=challenge, key=firm, now=SystemClock().now()
    )
    parts = parse_sd_jwt(presented)
    better = joined(parts.token, [disclose(randomness.bytes(SALT_BYTES), CredentialField.GRADE.value, "A")])

    def verify(text: str, audience: str = ASKING, answering: str = challenge) -> CredentialVerdict:
        return credentials.verify(text, audience=audience, challenge=answering)

    answers = (
        verify(presented),
        credentials.verify(presented, audience=ASKING, challenge=challenge, offline=True, issuers=[bank.address]),
        verify(better + (parts.key_binding or "")),
        verify(joined(parts.token, parts.disclosures)),
        verify(presented, audience=OTHER),
        verify(presented, answering=credentials.challenge()),
    )
    for (title, expected), answer in zip(EXPECTED.items(), answers, strict=True):
        if answer.reason is not expected:
            raise ProtocolError(f"{title}: {answer.reason.value} instead of {expected.value}", where="demo")
    return _seen(answers[0]), {title: answer.reason.value for title, answer in zip(EXPECTED, answers, strict=True)}


def _seen(verdict: CredentialVerdict) -> str:
    if verdict.shown is None:
        raise ProtocolError("a good presentation shows nothing", where="demo")
    fields = ", ".join(f"{field.value} {value}" for field, value in verdict.shown.fields.items())
    return f"{fields}, until {utc_text(verdict.shown.credential.valid_until)[:10]}"
