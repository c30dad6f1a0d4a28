"""The certificate as a W3C Verifiable Credential (Data Model 2.0), secured as an SD-JWT (VC-JOSE-COSE, section 3.2).

    header   {"alg": "ES256K", "typ": "vc+sd-jwt", "cty": "vc", "kid": DID of the issuer, "jwk": its key}
    claims   {"@context": [VC 2.0, TERMS], "type": ["VerifiableCredential", "TrustSpaceCreditCertificate"],
              "issuer": {"id": "did:pkh:eip155:<chain>:<account>", "participant": 3},
              "validUntil": "2026-12-31T00:00:00Z", "_sd": [validFrom],
              "credentialStatus": {"type": "TrustSpaceRegistryStatus", "chainId": 1, "registry": "0x…",
                                   "certificate": "0x…"},
              "credentialSubject": {"id": "did:pkh:…", "_sd": [grade, model, agreement, asOf, …]},
              "iat": …, "exp": validUntil in seconds, "cnf": {"jwk": the subject's key}, "_sd_alg": "sha-256"}

The terms are part of the document, so that no reader has to fetch them. `TrustSpaceRegistryStatus` means: call
`verify(certificate)` of the CertificateRegistry at `registry` on chain `chainId`; it holds while the answer is Ok.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from trustspace.domain.credentials import Credential, CredentialField, CredentialReason, ShownCredential
from trustspace.domain.ids import Address, CertificateId, ParticipantId, SubjectId
from trustspace.encoding.address import normal_address
from trustspace.encoding.credential_terms import CONTEXT, STATUS_TYPE, TYPES
from trustspace.encoding.did_pkh import account_of, did_of
from trustspace.encoding.jose import ALGORITHM, key_of_jwk, public_jwk
from trustspace.encoding.sd_jwt import ALGORITHM_CLAIM, DIGESTS, HASH, disclose
from trustspace.errors import InvalidCredential, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trustspace.domain.certificates import CertificateRecord
    from trustspace.domain.credentials import FieldValue
    from trustspace.encoding.sd_jwt import Disclosure

TYPE, CONTENT_TYPE, HOLDER_TYPE = "vc+sd-jwt", "vc", "kb+jwt"
_EPOCH, _TIME = date(1970, 1, 1), "%Y-%m-%dT%H:%M:%SZ"
_ID = re.compile(r"0x[0-9a-f]{64}")
_TEXTS = {
    CredentialField.GRADE: re.compile(r"[A-E]"),
    CredentialField.MODEL: _ID,
    CredentialField.AGREEMENT: _ID,
    CredentialField.AS_OF: re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    CredentialField.VALID_FROM: re.compile(r"[\d:TZ-]{20}", re.ASCII),
    CredentialField.PROOF_KIND: re.compile(r"[A-Z][A-Za-z]{1,30}"),
}


def header_of(credential: Credential, issuer_key: bytes) -> dict[str, Any]:
    """Header of the issuer's token."""
    did = did_of(credential.chain_id, credential.issuer)
    return {
        "alg": ALGORITHM, "typ": TYPE, "cty": CONTENT_TYPE,
        "kid": f"{did}#blockchainAccountId", "jwk": public_jwk(issuer_key),
    }  # fmt: skip


def fields_of(record: CertificateRecord, endorsers: Sequence[ParticipantId]) -> dict[CredentialField, FieldValue]:
    """What the credential of a certificate says in the fields that can be hidden."""
    content = record.content
    return {
        CredentialField.GRADE: content.grade.name,
        CredentialField.MODEL: "0x" + content.model.hex(),
        CredentialField.AGREEMENT: "0x" + content.agreement.hex(),
        CredentialField.AS_OF: (_EPOCH + timedelta(days=content.as_of_day)).isoformat(),
        CredentialField.VALID_FROM: utc_text(content.valid_from),
        CredentialField.PROOF_KIND: record.proof_kind.name.capitalize(),
        CredentialField.ISSUED_BLOCK: record.issued_block,
        CredentialField.ENDORSERS: tuple(sorted(int(endorser) for endorser in endorsers)),
    }


def claims_of(
    shown: ShownCredential, salts: Mapping[CredentialField, bytes]
) -> tuple[dict[str, Any], tuple[Disclosure, ...]]:
    """The claims to sign, and what opens each hidden field."""
    credential = shown.credential
    hidden = {field: disclose(salts[field], field.value, value) for field, value in shown.fields.items()}
    on_top = hidden[CredentialField.VALID_FROM]
    in_subject = sorted(item.digest for field, item in hidden.items() if field is not CredentialField.VALID_FROM)
    claims = {
        "@context": CONTEXT,
        "type": list(TYPES),
        "issuer": {
            "id": did_of(credential.chain_id, credential.issuer), "participant": int(credential.participant),
        },
        "validUntil": utc_text(credential.valid_until),
        DIGESTS: [on_top.digest],
        "credentialStatus": {
            "type": STATUS_TYPE,
            "chainId": credential.chain_id,
            "registry": credential.registry,
            "certificate": "0x" + credential.certificate.hex(),
        },
        "credentialSubject": {"id": did_of(credential.chain_id, credential.subject), DIGESTS: in_subject},
        "iat": credential.issued_at,
        "exp": credential.valid_until,
        "cnf": {"jwk": public_jwk(credential.holder_key)},
        ALGORITHM_CLAIM: HASH,
    }  # fmt: skip
    return claims, tuple(hidden.values())


def shown_in(claims: Mapping[str, Any]) -> ShownCredential:
    """What opened claims say. Raises InvalidCredential for what they lack or spell otherwise than `claims_of`."""
    if claims.get("@context") != CONTEXT or claims.get("type") != list(TYPES):
        raise InvalidCredential(
            "another type of credential, or other terms", reason=CredentialReason.MALFORMED.value,
            remedy="ask for a TrustSpaceCreditCertificate of this version",
        )  # fmt: skip
    if not isinstance(claims.get("credentialStatus"), dict):
        raise InvalidCredential(
            "nothing says where the certificate can be looked up", reason=CredentialReason.STATUS_MISSING.value,
            remedy="do not rely on it: it could have been taken back",
        )  # fmt: skip
    try:
        return ShownCredential(credential=_open_part(claims), fields=_fields(claims))
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidCredential(
            f"a claim that must be shown is missing or of another kind: {error}",
            reason=CredentialReason.CLAIM_MISSING.value, remedy="ask the issuer for the credential again",
        ) from error  # fmt: skip
    except OutOfRange as error:
        raise malformed(error.message) from error


def malformed(what: str) -> InvalidCredential:
    """A text that is no credential of ours."""
    return InvalidCredential(what, reason=CredentialReason.MALFORMED.value, remedy="use the text as it was sent")


def utc_text(seconds: int) -> str:
    """UTC time, in seconds of 32 bits as on chain, as the data model writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime(_TIME)


def utc_seconds(text: str) -> int:
    """Inverse of `utc_text`. Raises OutOfRange for another spelling."""
    try:
        seconds = int(datetime.strptime(text, _TIME).replace(tzinfo=UTC).timestamp())
    except ValueError:
        seconds = -1
    if not 0 <= seconds < 1 << 32 or utc_text(seconds) != text:
        raise OutOfRange(f"{text[:40]!r} is no time", remedy="YYYY-MM-DDTHH:MM:SSZ")
    return seconds


def day_of(text: str) -> int:
    """Days since 1970 of a date, in 16 bits as on chain. Raises OutOfRange for any other text."""
    try:
        days = (date.fromisoformat(text) - _EPOCH).days
    except ValueError:
        days = -1
    if not 0 <= days < 1 << 16:
        raise OutOfRange(f"{text[:40]!r} is no date", remedy="YYYY-MM-DD")
    return days


_READ: dict[CredentialField, Callable[[str], object]] = {
    CredentialField.AS_OF: day_of,
    CredentialField.VALID_FROM: utc_seconds,
}


def _open_part(claims: Mapping[str, Any]) -> Credential:
    issuer, subject, status = claims["issuer"], claims["credentialSubject"], claims["credentialStatus"]
    chain_id, account = account_of(issuer["id"])
    subject_chain, firm = account_of(subject["id"])
    registry, certificate, until = status["registry"], status["certificate"], utc_seconds(claims["validUntil"])
    agrees = (
        status["type"] == STATUS_TYPE
        and chain_id == subject_chain == _whole(status["chainId"])
        and normal_address(registry) == registry
        and _ID.fullmatch(certificate) is not None
        and _whole(claims["exp"]) == until
    )
    if not agrees:
        raise malformed("its parts contradict each other, or one is spelled in another way")
    return Credential(
        chain_id=chain_id,
        registry=Address(registry),
        certificate=CertificateId(bytes.fromhex(certificate[2:])),
        issuer=account,
        participant=ParticipantId(_whole(issuer["participant"])),
        subject=SubjectId(firm),
        holder_key=key_of_jwk(claims["cnf"]["jwk"]),
        issued_at=_whole(claims["iat"]),
        valid_until=until,
    )


def _fields(claims: Mapping[str, Any]) -> dict[CredentialField, FieldValue]:
    """The fields that are there, each in its place; names not known here are left out."""
    subject = claims["credentialSubject"]
    place = {field: claims if field is CredentialField.VALID_FROM else subject for field in CredentialField}
    return {field: _value(field, place[field][field.value]) for field in CredentialField if field.value in place[field]}


def _value(field: CredentialField, value: object) -> FieldValue:
    if field in _TEXTS:
        if isinstance(value, str) and _TEXTS[field].fullmatch(value):
            _READ.get(field, str)(value)
            return value
    elif field is CredentialField.ISSUED_BLOCK:
        return _whole(value)
    elif isinstance(value, list):
        return tuple(map(_whole, value))
    raise malformed(f"{field.value} is spelled in another way")


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise malformed("a number is none, or out of range")
    return value
