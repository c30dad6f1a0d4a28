"""What a certifier checks before it signs: the registered model, its own features, its own grade."""

from dataclasses import replace

import pytest

from trustspace.crypto.signing import SigningKey, recover
from trustspace.domain.agreements import AgreementRecord, AgreementState, Purpose
from trustspace.domain.certificates import Certificate, Grade
from trustspace.domain.features import FEATURES, FeatureVector
from trustspace.domain.ids import AgreementId, AsOfDay, ParticipantId, SubjectId
from trustspace.domain.models import ModelCard, ModelRecord, ModelState
from trustspace.encoding.eip712 import certificate_message
from trustspace.errors import CommitmentMismatch, OutOfRange
from trustspace.learning.provable import model_commitment
from trustspace.learning.scorecard import Scorecard, ScoredFeature
from trustspace.services.certification import (
    DEFAULT_VALIDITY,
    LAST_SECOND,
    Certifier,
    RegisteredModel,
    propose,
)
from trustspace.services.features import OpenedTotal

CHAIN, REGISTRY = 31337, "0x" + "c" * 40
FIRM, OTHER_FIRM = SubjectId("0x" + "f1" * 20), SubjectId("0x" + "f2" * 20)
AGREEMENT = AgreementRecord(
    agreement=AgreementId(b"a" * 32), subject=FIRM, grantee=ParticipantId(1), purposes=Purpose.CERTIFICATE,
    state=AgreementState.ACTIVE, not_before=0, not_after=2**32, max_uses=1, uses=1, scope_hash=bytes(32),
)  # fmt: skip
BANK = SigningKey(b"\x01" * 32)
CARD = Scorecard(
    plan_hash=b"p" * 32,
    schema="test",
    features=(
        ScoredFeature(
            name="sales_24m", cuts=(100, 200), points=(0, 20, 50), woe=(-1, 0, 1), coefficient=1, reason="sales"
        ),
    ),
    intercept=0,
    offset=500,
    cut_offs=(505, 515, 530, 545),
)


def record(card: Scorecard = CARD, state: ModelState = ModelState.FINAL) -> ModelRecord:
    hashes = ModelCard(
        model_hash=card.digest,
        schema_hash=b"s" * 32,
        code_hash=b"c" * 32,
        metrics_hash=b"m" * 32,
        commitment=model_commitment(card),
    )
    return ModelRecord(model=b"i" * 32, state=state, run=b"r" * 32, confirmations=3, card=hashes)


def firm(sales: int) -> OpenedTotal:
    features = FeatureVector(tuple(sales if spec.name == "sales_24m" else 0 for spec in FEATURES))
    return OpenedTotal(subject=FIRM, as_of=AsOfDay(20_000), points={}, blinding=0, statistics=(), features=features)


WEAK, MIDDLING, STRONG = firm(50), firm(150), firm(5_000)
SCORECARD = RegisteredModel(card=CARD, record=record())


def proposal(opened: OpenedTotal = STRONG, **changes: int) -> Certificate:
    times = {"valid_from": 1_000, "validity": 60} | changes
    return propose(SCORECARD, opened, agreement=AGREEMENT, **times)


@pytest.fixture
def certifier() -> Certifier:
    return Certifier(BANK, chain_id=CHAIN, registry=REGISTRY)


@pytest.mark.parametrize("state", [ModelState.NONE, ModelState.PROPOSED, ModelState.WITHDRAWN])
def test_registered_scorecard__model_that_is_not_final__refused(state: ModelState) -> None:
    with pytest.raises(CommitmentMismatch, match=f"{state.name.lower()}, not final") as raised:
        RegisteredModel(card=CARD, record=record(state=state))
    assert (b"i" * 32).hex() in raised.value.where


def test_registered_scorecard__one_point_changed__refused() -> None:
    other = replace(CARD, offset=501)
    with pytest.raises(CommitmentMismatch, match="not the registered model"):
        RegisteredModel(card=other, record=record())


@pytest.mark.parametrize(("opened", "grade"), [(WEAK, Grade.E), (MIDDLING, Grade.C), (STRONG, Grade.A)])
def test_propose__features__the_grade_they_deserve(opened: OpenedTotal, grade: Grade) -> None:
    certificate = proposal(opened)
    assert certificate.grade is grade
    assert (certificate.model, certificate.agreement, certificate.as_of_day) == (b"i" * 32, b"a" * 32, 20_000)
    assert (certificate.valid_from, certificate.not_after) == (1_000, 1_060)


def test_propose__no_validity_named__half_a_year() -> None:
    certificate = propose(SCORECARD, STRONG, agreement=AGREEMENT, valid_from=0)
    assert certificate.not_after == DEFAULT_VALIDITY == 180 * 86_400


@pytest.mark.parametrize(
    ("valid_from", "validity"),
    [(-1, 60), (0, 0), (0, -1), (LAST_SECOND, 1), (0, LAST_SECOND + 1), (2**40, 60), (5, -10)],
)
def test_propose__times_that_do_not_fit__refused(valid_from: int, validity: int) -> None:
    with pytest.raises(OutOfRange, match="certificate"):
        proposal(valid_from=valid_from, validity=validity)


def test_propose__up_to_the_last_second__fits() -> None:
    assert proposal(valid_from=LAST_SECOND - 1, validity=1).not_after == LAST_SECOND


def test_endorse__own_grade_agrees__signature_of_this_account_over_this_contract(certifier: Certifier) -> None:
    certificate = proposal(STRONG)
    signature = certifier.endorse(certificate, SCORECARD, STRONG, agreement=AGREEMENT)
    assert len(signature) == 65
    assert recover(certificate_message(REGISTRY, CHAIN, certificate).digest, signature) == BANK.address
    assert recover(certificate_message(REGISTRY, CHAIN + 1, certificate).digest, signature) != BANK.address
    assert recover(certificate_message("0x" + "d" * 40, CHAIN, certificate).digest, signature) != BANK.address


@pytest.mark.parametrize("grade", [grade for grade in Grade if grade is not Grade.A])
def test_endorse__any_other_grade_than_its_own__not_signed(certifier: Certifier, grade: Grade) -> None:
    with pytest.raises(CommitmentMismatch, match=f"grade {grade.name}, the features give A"):
        certifier.endorse(replace(proposal(STRONG), grade=grade), SCORECARD, STRONG, agreement=AGREEMENT)


def test_endorse__features_that_it_opened_differ__not_signed(certifier: Certifier) -> None:
    with pytest.raises(CommitmentMismatch, match="the features give E"):
        certifier.endorse(proposal(STRONG), SCORECARD, WEAK, agreement=AGREEMENT)


def test_endorse__certificate_names_another_model__not_signed(certifier: Certifier) -> None:
    with pytest.raises(CommitmentMismatch, match="it names model"):
        certifier.endorse(replace(proposal(), model=b"o" * 32), SCORECARD, STRONG, agreement=AGREEMENT)


def test_propose__agreement_of_another_firm__refused() -> None:
    with pytest.raises(CommitmentMismatch, match=f"that of {OTHER_FIRM}, the features are those of {FIRM}"):
        propose(SCORECARD, STRONG, agreement=replace(AGREEMENT, subject=OTHER_FIRM), valid_from=0)


def test_endorse__features_of_another_firm__not_signed(certifier: Certifier) -> None:
    with pytest.raises(CommitmentMismatch, match=f"that of {FIRM}, the features are those of {OTHER_FIRM}"):
        certifier.endorse(proposal(), SCORECARD, replace(STRONG, subject=OTHER_FIRM), agreement=AGREEMENT)


def test_endorse__certificate_under_another_agreement_than_was_read__not_signed(certifier: Certifier) -> None:
    other = replace(proposal(), agreement=AgreementId(b"b" * 32))
    with pytest.raises(CommitmentMismatch, match="it names agreement 0x6262"):
        certifier.endorse(other, SCORECARD, STRONG, agreement=AGREEMENT)


@pytest.mark.parametrize("day", [19_999, 20_001])
def test_endorse__features_of_another_day__not_signed(certifier: Certifier, day: int) -> None:
    with pytest.raises(CommitmentMismatch, match=f"says day {day}, the features are as of day 20000"):
        certifier.endorse(replace(proposal(), as_of_day=AsOfDay(day)), SCORECARD, STRONG, agreement=AGREEMENT)
