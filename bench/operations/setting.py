"""What several sections need before they can measure: agreements, anchored batches, features, a final model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.crypto.signing import SigningKey
from trustspace.domain.agreements import AgreementTerms, Purpose, SignedAgreement
from trustspace.domain.batches import Batch
from trustspace.domain.ids import AgreementId, AsOfDay, BatchId, ModelId, OperationId, RunId, SubjectId
from trustspace.domain.models import ModelCard
from trustspace.domain.sums import GatheredRound, SumPhase, SumStatement
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.testing.actors import Actor, Actors
    from trustspace.testing.kit import SpaceKit

AS_OF = AsOfDay(20_700)
YEAR = 365 * 86_400
CHUNK = 100  # items of one transaction while a section is set


def digest(*parts: object) -> bytes:
    """32 bytes that stand for content."""
    return keccak(" ".join(map(str, parts)).encode())


def operation(*parts: object) -> OperationId:
    """An operation id."""
    return OperationId(digest("operation", *parts))


def subject_key(index: int) -> SigningKey:
    """Key of a subject besides the cast's."""
    return SigningKey(digest("bench subject", index))


def signed_agreement(kit: SpaceKit, bank: Actor, index: int, *, salt: str = "") -> SignedAgreement:
    """Subject number `index` lets the bank use its data."""
    subject = subject_key(index)
    now = kit.now()
    terms = AgreementTerms(
        subject=SubjectId(subject.address),
        grantee=bank.participant,
        purposes=Purpose.FEATURES | Purpose.CERTIFICATE,
        scope_hash=digest("scope"),
        not_before=now,
        not_after=now + YEAR,
        max_uses=1000,
        salt=digest("salt", salt, index),
    )
    message = bank.agreements.message(terms)
    return SignedAgreement(
        terms=terms,
        subject_signature=subject.sign_message(message),
        grantee_signature=bank.key.sign_message(message),
    )


def record_agreements(kit: SpaceKit, bank: Actor, count: int, *, salt: str = "") -> list[AgreementId]:
    """Record agreements of subjects 0 to count - 1 with the bank."""
    found: list[AgreementId] = []
    for start in range(0, count, CHUNK):
        some = [signed_agreement(kit, bank, index, salt=salt) for index in range(start, min(count, start + CHUNK))]
        found += bank.agreements.record_many(some).value
    return found


def batch_of(subject: SubjectId, count: int, *name: object) -> Batch:
    """A batch with a root that nobody opens."""
    return Batch(subject=subject, count=count, nonce=digest("nonce", *name), root=digest("root", *name))


def anchor_batches(source: Actor, count: int) -> list[BatchId]:
    """One batch of each of subjects 0 to count - 1."""
    batches = [batch_of(SubjectId(subject_key(index).address), 100, "setting", index) for index in range(count)]
    return list(source.invoices.anchor_many(batches, per_transaction=CHUNK).value)


def features_of(subject: SubjectId, *evidence: BatchId, day: int = AS_OF) -> FeatureCommitment:
    """A source's commitment with its evidence."""
    element = digest("features", subject, day)[1:]  # 31 bytes are below the field's modulus
    return FeatureCommitment(
        subject=subject, as_of_day=AsOfDay(day), commitment=bytes(1) + element, evidence=tuple(evidence)
    )


def open_run(actors: Actors, name: str) -> RunId:
    """A run of four banks with a quorum of three."""
    parties = [bank.address for bank in actors.banks]
    return actors.aggregator.models.open_run(digest("plan"), parties, 3, operation(name)).value


def join_run(actors: Actors, run: RunId) -> None:
    """Every bank posts its mask key."""
    for bank in actors.banks:
        bank.models.join(run, digest("mask key", run.hex(), bank.name))


def play_round(actors: Actors, run: RunId, round_number: int) -> None:
    """Every bank commits, the aggregator fixes all of them as survivors and closes."""
    for bank in actors.banks:
        bank.models.commit_contribution(run, round_number, digest("contribution", round_number, bank.name))
    actors.aggregator.models.fix_survivors(run, round_number, (1 << len(actors.banks)) - 1)
    actors.aggregator.models.close_round(run, round_number, digest("aggregate", round_number))


def gathered_round(actors: Actors, run: RunId, round_number: int) -> GatheredRound:
    """What every bank signed about its contribution, and the sum of the round before."""
    tensor, contributions = digest("tensor"), []
    for bank in actors.banks:
        content = digest("contribution", round_number, bank.name)
        statement = SumStatement(
            run=run, round=round_number, phase=SumPhase.CONTRIBUTION, tensor=tensor, content=content
        )
        contributions.append((content, bank.models.signer.sign_message(bank.models.sum_message(statement))))
    return GatheredRound(
        round=round_number,
        previous=digest("aggregate", round_number - 1),
        survivors=(1 << len(actors.banks)) - 1,
        tensor=tensor,
        contributions=tuple(contributions),
    )


def model_card(name: str) -> ModelCard:
    """Hashes of a model that nobody trained."""
    return ModelCard(
        model_hash=digest("model", name),
        schema_hash=digest("schema"),
        code_hash=digest("code"),
        metrics_hash=digest("metrics", name),
        commitment=bytes(31) + b"\x07",
    )


def final_model(actors: Actors, name: str, card: ModelCard | None = None) -> ModelId:
    """A run of one round that ended in a model, by default one that nobody trained."""
    run = open_run(actors, name)
    join_run(actors, run)
    play_round(actors, run, 1)
    confirmed = [bank.models.confirm_model(run, card or model_card(name)).value for bank in actors.banks[:3]]
    return confirmed[-1]
