"""What registries' tests build on: agreements, a trained model, features and a certificate, by the wrappers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.domain.agreements import AgreementTerms, Purpose, SignedAgreement
from trustspace.domain.batches import Batch
from trustspace.domain.certificates import Certificate, Grade
from trustspace.domain.ids import AgreementId, AsOfDay, BatchId, CertificateId, ModelId, OperationId, RunId
from trustspace.domain.models import ModelCard
from trustspace.encoding.hashing import keccak
from trustspace.errors import ContractRefused

if TYPE_CHECKING:
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit

DAY = AsOfDay(18_262)
CARD = ModelCard(
    model_hash=keccak(b"model"),
    schema_hash=keccak(b"schema"),
    code_hash=keccak(b"code"),
    metrics_hash=keccak(b"metrics"),
    commitment=bytes(31) + b"\x07",
)


def refuses(error: str, **arguments: object) -> pytest.RaisesExc[ContractRefused]:
    """The contract's own error with these arguments."""
    return pytest.RaisesExc(
        ContractRefused, check=lambda found: found.error == error and arguments.items() <= found.arguments.items()
    )


def terms_of(kit: SpaceKit, subject: Actor, bank: Actor, salt: bytes = b"one") -> AgreementTerms:
    now = kit.now()
    return AgreementTerms(
        subject=subject.subject,
        grantee=bank.participant,
        purposes=Purpose.FEATURES | Purpose.TRAINING | Purpose.CERTIFICATE,
        scope_hash=keccak(b"scope"),
        not_before=now - 100,
        not_after=now + 10_000_000,
        max_uses=2,
        salt=keccak(salt),
    )


def signed(terms: AgreementTerms, subject: Actor, bank: Actor) -> SignedAgreement:
    message = bank.agreements.message(terms)
    return SignedAgreement(
        terms=terms,
        subject_signature=subject.key.sign_message(message),
        grantee_signature=bank.key.sign_message(message),
    )


def agree(kit: SpaceKit) -> AgreementId:
    subject, bank = kit.actors.subjects[0], kit.actors.banks[0]
    return bank.agreements.record(signed(terms_of(kit, subject, bank), subject, bank)).value


def trained(kit: SpaceKit, card: ModelCard = CARD) -> tuple[RunId, ModelId]:
    """A run of one round whose model two banks confirmed."""
    banks, aggregator = kit.actors.banks[:3], kit.actors.aggregator
    run = aggregator.models.open_run(
        keccak(b"plan"), [bank.address for bank in banks], 2, OperationId(keccak(b"run" + card.model_hash))
    ).value
    for bank in banks:
        bank.models.join(run, keccak(bank.name.encode()))
    for bank in banks:
        bank.models.commit_contribution(run, 1, keccak(b"masked " + bank.name.encode()))
    aggregator.models.fix_survivors(run, 1, 0b111)
    aggregator.models.close_round(run, 1, keccak(b"sum"))
    model = [bank.models.confirm_model(run, card).value for bank in banks[:2]][-1]
    return run, model


def commit_features(kit: SpaceKit) -> BatchId:
    source, subject = kit.actors.sources[0], kit.actors.subjects[0]
    batch = Batch(subject=subject.subject, count=300, nonce=keccak(b"nonce"), root=keccak(b"root"))
    anchored = source.invoices.anchor(batch).value
    source.features.commit(
        FeatureCommitment(
            subject=subject.subject, as_of_day=DAY, commitment=(5).to_bytes(32, "big"), evidence=(anchored,)
        )
    )
    return anchored


def certify(kit: SpaceKit) -> tuple[CertificateId, BatchId, AgreementId, ModelId]:
    batch, agreement, (_, model) = commit_features(kit), agree(kit), trained(kit)
    now = kit.now()
    certificate = Certificate(
        agreement=agreement, model=model, as_of_day=DAY, grade=Grade.B, valid_from=now - 10, not_after=now + 1_000_000
    )
    first, second = kit.actors.banks[:2]
    message = first.certificates.message(certificate)
    endorsements = [bank.key.sign_message(message) for bank in (first, second)]
    issued = kit.actors.outsider.certificates.issue(certificate, endorsements).value
    return issued, batch, agreement, model
