"""A bank checks what a firm presented: offline by the signatures, or with the chain, which also knows what was revoked.

Nothing in a presentation is believed before the signature over it was checked, and the key of each signature is
compared with something that the sender cannot choose: the issuer's with the accounts the chain or the bank knows, the
firm's with the account that the issuer wrote into the credential.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustspace.crypto import es256k
from trustspace.crypto.signing import address_of_key
from trustspace.domain.certificates import Certificate, Grade
from trustspace.domain.credentials import CredentialField, CredentialReason, CredentialVerdict, ShownCredential
from trustspace.domain.ids import AgreementId, AsOfDay, ModelId, SubjectId
from trustspace.encoding.credential_document import HOLDER_TYPE, day_of, fields_of, malformed, utc_seconds
from trustspace.encoding.eip712 import certificate_message
from trustspace.encoding.jose import parse_jws
from trustspace.errors import InvalidCredential, OutOfRange
from trustspace.services.credential_token import read_credential, require_header, require_words
from trustspace.services.disclosure import CLOCK_SKEW

if TYPE_CHECKING:
    from trustspace.domain.credentials import CertificateStanding
    from trustspace.domain.ids import Address
    from trustspace.encoding.sd_jwt import SdJwt
    from trustspace.services.credential_issue import CredentialLedger

PRESENTATION_AGE = 300
"""Seconds after which a presentation is too old, unless the bank says otherwise."""
_IN_THE_ID = (
    CredentialField.GRADE, CredentialField.MODEL, CredentialField.AGREEMENT, CredentialField.AS_OF,
    CredentialField.VALID_FROM,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a bank asked for. `issuers`: accounts it trusts by itself, None for whoever the chain vouches for."""

    chain_id: int
    registry: Address
    audience: str
    challenge: str
    issuers: frozenset[Address] | None = None
    longest_age: int = PRESENTATION_AGE


def check_presentation(
    text: str, expected: Expectation, *, now: int, ledger: CredentialLedger | None = None
) -> CredentialVerdict:
    """Whether a bank may rely on a presentation at UTC seconds `now`.

    Without a ledger the status stays unknown and `expected.issuers` must say whom to believe. Raises OutOfRange when
    it does not, and for an audience or challenge that binds nothing.
    """
    require_words(expected.audience, expected.challenge)
    if ledger is None and expected.issuers is None:
        raise OutOfRange(
            "nobody says which issuers are real", where="issuers", remedy="ask the chain, or name accounts you trust"
        )
    try:
        shown = _authentic(text, expected, now)
    except InvalidCredential as error:
        return CredentialVerdict(reason=CredentialReason(error.reason))
    reason = _by_itself(shown, expected, now)
    if reason is not CredentialReason.OK or ledger is None:
        return CredentialVerdict(reason=reason, shown=shown)
    standing = ledger.standing(shown.credential.certificate, shown.credential.issuer)
    return CredentialVerdict(reason=_by_chain(shown, standing), shown=shown, status=standing.verdict)


def _authentic(text: str, expected: Expectation, now: int) -> ShownCredential:
    """What is shown, signed by its issuer and by its firm for this bank and challenge. Raises InvalidCredential."""
    parts, shown = read_credential(text)
    credential = shown.credential
    if (credential.chain_id, credential.registry) != (expected.chain_id, expected.registry):
        raise _refused(CredentialReason.WRONG_SPACE, "it belongs to another chain or registry")
    claims = _holder_claims(parts, credential.holder_key)
    if SubjectId(address_of_key(credential.holder_key)) != credential.subject:
        raise _refused(CredentialReason.WRONG_HOLDER, "the holder's key is not that of the subject")
    if claims.get("aud") != expected.audience:
        raise _refused(CredentialReason.WRONG_AUDIENCE, "it was presented to somebody else")
    if claims.get("nonce") != expected.challenge:
        raise _refused(CredentialReason.WRONG_CHALLENGE, "it answers another challenge")
    made, ends = claims.get("iat"), claims.get("exp", now)
    if type(made) is not int or type(ends) is not int:
        raise malformed("the holder's token has no time")
    if not now - expected.longest_age <= made <= now + CLOCK_SKEW or ends < now:
        raise _refused(CredentialReason.PRESENTATION_EXPIRED, "it was not presented just now")
    return shown


def _holder_claims(parts: SdJwt, holder_key: bytes) -> dict[str, Any]:
    """Claims of the holder's token, signed over exactly what is shown (RFC 9901, section 7.3)."""
    if parts.key_binding is None:
        raise _refused(CredentialReason.HOLDER_MISSING, "no holder presented it: anybody could have copied it")
    try:
        token = parse_jws(parts.key_binding)
    except OutOfRange as error:
        raise malformed(error.message) from error
    require_header(token, HOLDER_TYPE)
    if not es256k.is_signed(token.signed, token.signature, holder_key):
        raise _refused(CredentialReason.HOLDER_SIGNATURE_INVALID, "the holder's signature is not one of this content")
    if token.payload.get("sd_hash") != parts.hashed:
        raise _refused(CredentialReason.HOLDER_SIGNATURE_INVALID, "the holder presented something else")
    return dict(token.payload)


def _by_itself(shown: ShownCredential, expected: Expectation, now: int) -> CredentialReason:
    credential, fields = shown.credential, shown.fields
    start = fields.get(CredentialField.VALID_FROM)
    if start is not None and utc_seconds(str(start)) > now + CLOCK_SKEW:
        return CredentialReason.NOT_YET_VALID
    if now > credential.valid_until:
        return CredentialReason.EXPIRED
    if expected.issuers is not None and credential.issuer not in expected.issuers:
        return CredentialReason.ISSUER_NOT_TRUSTED
    if all(field in fields for field in _IN_THE_ID) and not _is_its_certificate(shown):
        return CredentialReason.CERTIFICATE_MISMATCH
    return CredentialReason.OK


def _is_its_certificate(shown: ShownCredential) -> bool:
    """Whether the fields make the certificate's id, which is the hash that its endorsers signed."""
    credential, fields = shown.credential, {field: str(value) for field, value in shown.fields.items()}
    content = Certificate(
        agreement=AgreementId(bytes.fromhex(fields[CredentialField.AGREEMENT][2:])),
        model=ModelId(bytes.fromhex(fields[CredentialField.MODEL][2:])),
        as_of_day=AsOfDay(day_of(fields[CredentialField.AS_OF])),
        grade=Grade[fields[CredentialField.GRADE]],
        valid_from=utc_seconds(fields[CredentialField.VALID_FROM]),
        not_after=credential.valid_until,
    )
    return certificate_message(credential.registry, credential.chain_id, content).digest == credential.certificate


def _by_chain(shown: ShownCredential, standing: CertificateStanding) -> CredentialReason:
    if not standing.verdict.valid:
        return CredentialReason.NOT_IN_FORCE
    problem = standing.issuer_problem()
    if problem is not None:
        return problem
    credential, record = shown.credential, standing.record
    said = (credential.subject, credential.valid_until, credential.participant)
    known = fields_of(record, standing.endorsers)
    same = said == (record.subject, record.content.not_after, standing.issuer.participant) and all(
        known[field] == value for field, value in shown.fields.items()
    )
    return CredentialReason.OK if same else CredentialReason.CERTIFICATE_MISMATCH


def _refused(reason: CredentialReason, why: str) -> InvalidCredential:
    return InvalidCredential(why, reason=reason.value, remedy="ask the firm to present it again")
