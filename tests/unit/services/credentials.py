"""A bank, a firm and a chain that answers what a test wants: what the credential's tests build on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from hashlib import shake_256
from typing import TYPE_CHECKING, Any

from trustspace.crypto.signing import SigningKey
from trustspace.domain.certificates import (
    Certificate,
    CertificateRecord,
    CertificateState,
    Grade,
    ProofKind,
    Reason,
    Verdict,
)
from trustspace.domain.credentials import CertificateStanding, CredentialField
from trustspace.domain.ids import Address, AgreementId, AsOfDay, CertificateId, ModelId, ParticipantId, SubjectId
from trustspace.domain.participants import AccountInfo, Role
from trustspace.encoding.eip712 import certificate_message
from trustspace.encoding.hashing import keccak
from trustspace.encoding.jose import parse_jws
from trustspace.encoding.sd_jwt import parse_sd_jwt
from trustspace.services.credential_check import Expectation, check_presentation
from trustspace.services.credential_issue import issue_credential, present_credential
from trustspace.services.credential_token import signed_token

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from trustspace.domain.credentials import CredentialVerdict

BANK, FIRM, STRANGER = (SigningKey(keccak(name)) for name in (b"bank", b"firm", b"stranger"))
SUBJECT = SubjectId(FIRM.address)
REGISTRY = Address("0x5FbDB2315678afecb367f032d93F642f64180aa3")
CHAIN, LENDER, SECOND = 31337, ParticipantId(4), ParticipantId(5)
NOW, DAY = 1_764_000_000, 86_400
AUDIENCE, CHALLENGE = "bank-9.example", "pVMgHbBxQXw2qVg4yYH0yXz5"
CONTENT = Certificate(
    agreement=AgreementId(keccak(b"agreement")),
    model=ModelId(keccak(b"model")),
    as_of_day=AsOfDay(18_262),
    grade=Grade.B,
    valid_from=NOW - DAY,
    not_after=NOW + 90 * DAY,
)


class Drawn:
    """Randomness that repeats, for tests."""

    def __init__(self, seed: bytes = b"one") -> None:
        self.seed, self.drawn = seed, 0

    def bytes(self, count: int) -> bytes:
        self.drawn += 1
        return shake_256(self.seed + self.drawn.to_bytes(4, "big")).digest(count)


def account(**changes: Any) -> AccountInfo:
    good = AccountInfo(
        address=BANK.address, participant=LENDER, number=1, roles=Role.BANK | Role.CERTIFIER,
        valid_from=1, retired_at=0, compromised_from=0,
    )  # fmt: skip
    return replace(good, **changes)


@dataclass
class Ledger:
    """One certificate, one issuer; asked for anything else, the chain knows nothing."""

    content: Certificate = CONTENT
    reason: Reason = Reason.OK
    issuer: AccountInfo = field(default_factory=account)
    endorsers: tuple[ParticipantId, ...] = (LENDER, SECOND)
    subject: SubjectId = SUBJECT
    chain_id: int = CHAIN
    registry: Address = REGISTRY
    asked: int = 0

    @property
    def certificate(self) -> CertificateId:
        return CertificateId(certificate_message(self.registry, self.chain_id, self.content).digest)

    def standing(self, certificate: CertificateId, issuer: Address) -> CertificateStanding:
        self.asked += 1
        known = certificate == self.certificate
        record = CertificateRecord(
            certificate=certificate, state=CertificateState.ACTIVE, content=self.content, subject=self.subject,
            proof_kind=ProofKind.ENDORSED, verifier=None, issued_block=77, endorsers=(BANK.address,),
        )  # fmt: skip
        reason = self.reason if known else Reason.UNKNOWN
        verdict = Verdict(
            certificate=certificate, reason=reason, grade=self.content.grade, as_of_block=99,
            proof_kind=record.proof_kind,
        )  # fmt: skip
        found = self.issuer if issuer == BANK.address else account(address=issuer, participant=0, roles=Role(0))
        return CertificateStanding(verdict=verdict, record=record, endorsers=self.endorsers, issuer=found)

    def holder_key(self, agreement: AgreementId) -> bytes:
        assert agreement == self.content.agreement
        return FIRM.public_key

    def now(self) -> int:
        return NOW


def issued(ledger: Ledger | None = None, key: SigningKey = BANK, seed: bytes = b"one") -> str:
    known = ledger or Ledger()
    return issue_credential(known.certificate, ledger=known, key=key, randomness=Drawn(seed))


def presented(
    credential: str | None = None,
    fields: Collection[CredentialField] = (CredentialField.GRADE,),
    key: SigningKey = FIRM,
    now: int = NOW,
    **words: str,
) -> str:
    bound = {"audience": AUDIENCE, "challenge": CHALLENGE} | words
    return present_credential(credential or issued(), fields, key=key, now=now, **bound)


def expectation(**changes: Any) -> Expectation:
    asked = Expectation(chain_id=CHAIN, registry=REGISTRY, audience=AUDIENCE, challenge=CHALLENGE)
    return replace(asked, **changes)


def checked(presentation: str, ledger: Ledger | None = None, now: int = NOW + 1, **changes: Any) -> CredentialVerdict:
    return check_presentation(presentation, expectation(**changes), now=now, ledger=ledger or Ledger())


def reissued(change: Callable[[dict[str, Any]], object], *, key: SigningKey = BANK, header: Any = None) -> str:
    """A credential whose claims are changed and signed again: what a bad or careless issuer could make."""
    parts = parse_sd_jwt(issued())
    token = parse_jws(parts.token)
    claims = json.loads(json.dumps(token.payload))
    change(claims)
    made = signed_token(header or token.header, claims, key)
    return "~".join([made, *(item.text for item in parts.disclosures), ""])


def rebound(presentation: str, *, key: SigningKey = FIRM, header: Any = None, **changes: Any) -> str:
    """A presentation whose holder's token is changed and signed again; a claim set to None is left out."""
    before, _, binding = presentation.rpartition("~")
    token = parse_jws(binding)
    claims = {name: value for name, value in (dict(token.payload) | changes).items() if value is not None}
    return f"{before}~{signed_token(header or token.header, claims, key)}"


def bound(credential: str, *, key: SigningKey = FIRM, **changes: Any) -> str:
    """A presentation of whatever text, by a holder that checks nothing."""
    claims = {"iat": NOW, "aud": AUDIENCE, "nonce": CHALLENGE, "sd_hash": parse_sd_jwt(credential).hashed} | changes
    return credential + signed_token({"alg": "ES256K", "typ": "kb+jwt"}, claims, key)
