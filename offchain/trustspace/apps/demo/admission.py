"""Admission of participants, and agreements signed by firms and banks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.domain.agreements import AgreementTerms, Purpose, SignedAgreement
from trustspace.encoding.eip712 import agreement_message
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.apps.demo.cast import Cast, Firm, Member
    from trustspace.apps.demo.stage import Stage
    from trustspace.apps.demo.world import World
    from trustspace.domain.ids import AgreementId
    from trustspace.ports import Randomness

YEAR = 365 * 86_400
SCOPE = keccak(b"invoices of the subject, 24 months, totals only")
LEAD_PURPOSES = Purpose.FEATURES | Purpose.TRAINING | Purpose.CERTIFICATE
AGREEMENTS_PER_CALL = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """Agreements by firm: with the lending bank (`lead`), and with the bank that checks its grade (`second`)."""

    lead: Mapping[str, AgreementId]
    second: Mapping[str, AgreementId]
    example: SignedAgreement


def admit(stage: Stage, cast: Cast) -> None:
    """The regulator admits every organisation; each publishes the key under which others mask for it."""
    regulator = stage.as_(cast.regulator)
    for member in cast.members:
        profile = keccak(member.name.encode())
        member.id = regulator.participants.admit(member.key.address, member.roles, profile).value
    for member in cast.members:
        stage.as_(member.key).participants.set_encryption_key(member.mask_key.public)


def agree(stage: Stage, cast: Cast, world: World, randomness: Randomness) -> Consents:
    """Every firm signs with its lending bank and with the checking bank; both banks countersign."""
    now = stage.now()
    lead: dict[str, AgreementId] = {}
    second: dict[str, AgreementId] = {}
    for index, bank in enumerate(cast.banks):
        own = [firm for firm in cast.firms.values() if world.bank_of(firm.name) == index]
        checked = [firm for firm in cast.firms.values() if cast.second_bank(world.bank_of(firm.name)) == index]
        signed = [sign(stage, firm, bank, LEAD_PURPOSES, now, randomness) for firm in own]
        signed += [sign(stage, firm, bank, Purpose.FEATURES, now, randomness) for firm in checked]
        ids: list[AgreementId] = []
        for start in range(0, len(signed), AGREEMENTS_PER_CALL):
            chunk = signed[start : start + AGREEMENTS_PER_CALL]
            ids += stage.as_(bank.key).agreements.record_many(chunk).value
        lead.update(zip((firm.name for firm in own), ids, strict=False))
        second.update(zip((firm.name for firm in checked), ids[len(own) :], strict=True))
    return Consents(lead=lead, second=second, example=signed[0])


def sign(
    stage: Stage, firm: Firm, bank: Member, purposes: Purpose, now: int, randomness: Randomness
) -> SignedAgreement:
    """Terms for a year, signed by the firm and by the bank."""
    terms = AgreementTerms(
        subject=firm.pseudonym,
        grantee=bank.id,
        purposes=purposes,
        scope_hash=SCOPE,
        not_before=now,
        not_after=now + YEAR,
        max_uses=4,
        salt=randomness.bytes(32),
    )
    deployment = stage.deployment
    message = agreement_message(deployment.address("AgreementRegistry"), deployment.chain_id, terms)
    return SignedAgreement(
        terms=terms,
        subject_signature=firm.key.sign_message(message),
        grantee_signature=bank.key.sign_message(message),
    )
