"""A bank gives a firm its certificate as a credential; the firm presents of it what it chooses.

Keys: the bank signs with an account that acts for it on the chain, the firm with the account that is its pseudonym.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from trustspace.domain.credentials import Credential, CredentialField, CredentialReason, ShownCredential
from trustspace.domain.ids import SubjectId
from trustspace.encoding.credential_document import HOLDER_TYPE, claims_of, fields_of, header_of
from trustspace.encoding.jose import ALGORITHM, base64url
from trustspace.encoding.sd_jwt import SALT_BYTES, joined, parse_sd_jwt
from trustspace.errors import InvalidCredential
from trustspace.services.credential_token import read_credential, require_words, signed_token

if TYPE_CHECKING:
    from collections.abc import Collection

    from trustspace.crypto.signing import SigningKey
    from trustspace.domain.credentials import CertificateStanding
    from trustspace.domain.ids import Address, AgreementId, CertificateId
    from trustspace.ports import Randomness

PRESENTATION_SECONDS = 300
"""How long a presentation can be used unless the firm says otherwise."""
CHALLENGE_BYTES = 24


class CredentialLedger(Protocol):
    """What credentials are issued from and checked against; anybody can read it."""

    @property
    def chain_id(self) -> int:
        """Chain of the certificates."""
        ...

    @property
    def registry(self) -> Address:
        """The CertificateRegistry."""
        ...

    def standing(self, certificate: CertificateId, issuer: Address) -> CertificateStanding:
        """Return what the chain says of a certificate and of the issuer's account, in one block."""
        ...

    def holder_key(self, agreement: AgreementId) -> bytes:
        """Return the public key (64 bytes) with which the subject signed an agreement."""
        ...

    def now(self) -> int:
        """Return UTC seconds."""
        ...


def issue_credential(
    certificate: CertificateId, *, ledger: CredentialLedger, key: SigningKey, randomness: Randomness
) -> str:
    """The credential of a certificate that holds now, signed for one of its endorsers.

    Raises InvalidCredential when the certificate does not hold or the key's account cannot speak for it.
    """
    standing = ledger.standing(certificate, key.address)
    if not standing.verdict.valid:
        raise InvalidCredential(
            f"the certificate does not hold: {standing.verdict.reason.label}",
            reason=CredentialReason.NOT_IN_FORCE.value, remedy="credentials are made of certificates that hold",
        )  # fmt: skip
    problem = standing.issuer_problem()
    if problem is not None:
        raise InvalidCredential(
            f"{key.address} cannot speak for this certificate", reason=problem.value,
            remedy="sign with a live account of a certifier that endorsed it",
        )  # fmt: skip
    record = standing.record
    credential = Credential(
        chain_id=ledger.chain_id,
        registry=ledger.registry,
        certificate=certificate,
        issuer=key.address,
        participant=standing.issuer.participant,
        subject=record.subject,
        holder_key=ledger.holder_key(record.content.agreement),
        issued_at=ledger.now(),
        valid_until=record.content.not_after,
    )
    fields = fields_of(record, standing.endorsers)
    salts = {field: randomness.bytes(SALT_BYTES) for field in fields}
    claims, disclosures = claims_of(ShownCredential(credential=credential, fields=fields), salts)
    return joined(signed_token(header_of(credential, key.public_key), claims, key), disclosures)


def new_challenge(randomness: Randomness) -> str:
    """A challenge that nobody can foresee; use each once."""
    return base64url(randomness.bytes(CHALLENGE_BYTES))


def present_credential(
    text: str,
    fields: Collection[CredentialField],
    *,
    audience: str,
    challenge: str,
    key: SigningKey,
    now: int,
    seconds: int = PRESENTATION_SECONDS,
) -> str:
    """Show `fields` of a credential to one bank, once: bound to its audience and challenge, for `seconds`.

    Raises InvalidCredential when the credential is damaged, presented already, another firm's, or lacks a field.
    """
    require_words(audience, challenge)
    parts, shown = read_credential(text)
    if parts.key_binding is not None:
        raise InvalidCredential(
            "this is a presentation", reason=CredentialReason.MALFORMED.value,
            remedy="present the credential that the bank gave you",
        )  # fmt: skip
    if shown.credential.subject != SubjectId(key.address) or shown.credential.holder_key != key.public_key:
        raise InvalidCredential(
            f"it is the credential of {shown.credential.subject}", reason=CredentialReason.WRONG_HOLDER.value,
            remedy="sign with that account's key",
        )  # fmt: skip
    missing = sorted(field.value for field in fields if field not in shown.fields)
    if missing:
        raise InvalidCredential(
            f"it does not hold {', '.join(missing)}", reason=CredentialReason.CLAIM_MISSING.value,
            remedy="present the whole credential that the bank gave you",
        )  # fmt: skip
    chosen = joined(parts.token, [item for item in parts.disclosures if item.name in fields])
    holder = signed_token(
        {"alg": ALGORITHM, "typ": HOLDER_TYPE},
        {
            "iat": now, "exp": now + seconds, "aud": audience, "nonce": challenge,
            "sd_hash": parse_sd_jwt(chosen).hashed,
        },
        key,
    )  # fmt: skip
    return chosen + holder
