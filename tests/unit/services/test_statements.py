from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from eth_abi import encode

from tests.unit.services.proving import (
    AGREEMENT,
    CARD,
    CHAIN,
    FIRM,
    REGISTRY,
    SENDER,
    TREES,
    certificate_for,
    opened_firm,
    registered,
)
from trustspace.domain.certificates import Grade
from trustspace.domain.ids import Address, AgreementId, AsOfDay, ModelId, ParticipantId, SubjectId
from trustspace.domain.proofs import Circuit, Statement
from trustspace.encoding.eip712 import certificate_message
from trustspace.encoding.grumpkin import GRUMPKIN
from trustspace.encoding.hashing import keccak
from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.encoding.statements import context_of, noir_inputs
from trustspace.errors import CommitmentMismatch, FalseStatement, NoCircuit, OutOfRange
from trustspace.services.certification import RegisteredModel
from trustspace.services.features import OpenedTotal
from trustspace.services.statements import MOST_SOURCES, ScoreStatements, turnover_statement

MODEL, FOREST = registered(CARD), registered(TREES)
OPENED, RECORDED = opened_firm()
CERTIFICATE = certificate_for(MODEL, OPENED)


def state(
    opened: OpenedTotal = OPENED, recorded: Mapping[ParticipantId, bytes] = RECORDED, **changes: Any
) -> Statement:
    """The statement of the usual case with some arguments or fields of the certificate changed."""
    model: RegisteredModel = changes.pop("model", MODEL)
    agreement, sender = changes.pop("agreement", AGREEMENT), changes.pop("sender", SENDER)
    return ScoreStatements(model).about(
        replace(CERTIFICATE, **changes), opened,
        recorded=recorded, agreement=agreement, chain_id=CHAIN, registry=REGISTRY, sender=sender,
    )  # fmt: skip


@pytest.mark.parametrize(("model", "circuit"), [(MODEL, Circuit.SCORE_CARD), (FOREST, Circuit.SCORE_TREES)])
def test_score__public_inputs__what_the_registry_rebuilds(model: RegisteredModel, circuit: Circuit) -> None:
    certificate = certificate_for(model, OPENED)
    statement = state(model=model, grade=certificate.grade)
    digest = certificate_message(REGISTRY, CHAIN, certificate).digest
    context = int.from_bytes(keccak(encode(["bytes32", "address"], [digest, SENDER])), "big") >> 8
    assert statement.circuit is circuit
    assert statement.public_inputs == (
        int(FIRM, 16),
        20_000,
        7 | 2 << 16 | 65_535 << 32,
        *(int.from_bytes(word, "big") for word in RECORDED.values()),
        *[0] * 5,
        int.from_bytes(model.record.card.commitment, "big"),
        int(certificate.grade),
        context,
    )


def test_score__inputs__decimal_field_elements_of_the_circuits_shape() -> None:
    inputs: Any = state().inputs
    assert list(inputs) == [
        "subject", "as_of", "sources", "commitments", "model", "grade", "_context", "opening", "features", "card",
    ]  # fmt: skip
    assert len(inputs["opening"]["points"]) == len(inputs["commitments"]) == 8
    assert inputs["opening"]["points"][3] == {"x": "0", "y": "0"}
    assert inputs["commitments"][3] == "0"
    low, high = (int(inputs["opening"]["blinding"][half]) for half in ("lo", "hi"))
    assert (low + (high << 128), low < 2**128) == (OPENED.blinding, True)
    assert len(inputs["opening"]["raised"]) == 118
    assert all(0 <= int(cell) < 2**60 for cell in inputs["opening"]["raised"])
    assert inputs["features"] == [str(value % FIELD_MODULUS) for value in OPENED.features.values]


def test_noir_inputs__whatever_depth__strings_and_truth_values() -> None:
    found = noir_inputs({"a": -1, "b": [True, (2, {"c": FIELD_MODULUS + 3})]})
    assert found == {"a": str(FIELD_MODULUS - 1), "b": [True, ["2", {"c": "3"}]]}
    with pytest.raises(TypeError, match="bytes"):
        noir_inputs({"a": b"x"})


def test_score__another_sender__another_context_alone() -> None:
    own, other = state().public_inputs, state(sender=Address("0x" + "5f" * 20)).public_inputs
    assert own[:-1] == other[:-1]
    assert own[-1] != other[-1]
    assert max(own[-1], other[-1]).bit_length() <= 248


@pytest.mark.parametrize("grade", [grade for grade in Grade if grade and grade is not CERTIFICATE.grade])
def test_score__another_grade__false(grade: Grade) -> None:
    with pytest.raises(FalseStatement, match=f"says grade {grade.name}, the features give {CERTIFICATE.grade.name}"):
        state(grade=grade)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"agreement": replace(AGREEMENT, agreement=AgreementId(b"b" * 32))}, "another agreement"),
        ({"agreement": replace(AGREEMENT, subject=SubjectId("0x" + "f2" * 20))}, "another subject"),
        ({"as_of_day": AsOfDay(20_001)}, "another as-of day"),
        (
            {"model": RegisteredModel(card=CARD, record=replace(MODEL.record, model=ModelId(b"j" * 32)))},
            "another model",
        ),
        ({"opened": replace(OPENED, subject=SubjectId("0x" + "f2" * 20))}, "another subject"),
        ({"opened": replace(OPENED, blinding=(OPENED.blinding + 1) % GRUMPKIN.order)}, "does not open"),
        ({"opened": replace(OPENED, statistics=(OPENED.statistics[0] + 1, *OPENED.statistics[1:]))}, "does not open"),
        ({"recorded": dict(list(RECORDED.items())[:2])}, "has sources"),
        ({"recorded": RECORDED | {ParticipantId(3): bytes(31) + b"\x01"}}, "has sources"),
        ({"recorded": RECORDED | {ParticipantId(2): bytes(31) + b"\x01"}}, "another point"),
        ({"opened": replace(opened_firm(2)[0], points=OPENED.points)}, "does not open"),
    ],
)
def test_score__what_does_not_belong_together__named(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(CommitmentMismatch, match=what):
        state(**changes)


def test_score__points_swapped_between_sources__refused() -> None:
    first, second, *_ = sorted(OPENED.points)
    swapped = dict(OPENED.points) | {first: OPENED.points[second], second: OPENED.points[first]}
    with pytest.raises(CommitmentMismatch, match="another point"):
        state(opened=replace(OPENED, points=swapped))


def test_score__as_many_sources_as_fit__and_one_more() -> None:
    opened, recorded = opened_firm(3, sources=tuple(range(1, MOST_SOURCES + 1)))
    grade = certificate_for(MODEL, opened).grade
    assert 0 not in state(opened, recorded, grade=grade).public_inputs[3:11]
    opened, recorded = opened_firm(3, sources=tuple(range(1, MOST_SOURCES + 2)))
    with pytest.raises(NoCircuit, match="9 sources"):
        state(opened, recorded)


def test_score__model_that_no_circuit_takes__says_why() -> None:
    with pytest.raises(NoCircuit, match="features of schema 'loans'"):
        ScoreStatements(registered(replace(CARD, schema="loans")))


@pytest.mark.parametrize("commitment", [bytes(32), bytes(31) + b"\x01"])
def test_score__another_commitment_on_the_ledger__refused(commitment: bytes) -> None:
    with pytest.raises(CommitmentMismatch, match="not that of this model"):
        ScoreStatements(registered(CARD, commitment))


def turnover(low: int, high: int, **changes: Any) -> Statement:
    settings = {"recorded": RECORDED, "latest_month": 0, "earliest_month": 11, "context": 77} | changes
    return turnover_statement(OPENED, low=low, high=high, **settings)


SALES = sum(OPENED.statistics[:12])


def test_turnover__bounds_that_hold_it__public_as_stated() -> None:
    assert SALES > 0
    statement = turnover(SALES, SALES)
    assert statement.circuit is Circuit.TURNOVER_RANGE
    assert statement.public_inputs[:11] == state().public_inputs[:11]
    assert statement.public_inputs[11:] == (0, 11, SALES, SALES, 77)
    assert list(statement.inputs)[4:] == ["latest_month", "earliest_month", "low", "high", "_context", "opening"]
    month = OPENED.statistics[23]
    assert turnover(month, month, latest_month=23, earliest_month=23).public_inputs[13:15] == (month, month)


@pytest.mark.parametrize(("low", "high"), [(SALES + 1, SALES + 2), (0, SALES - 1)])
def test_turnover__outside__false_and_the_sales_stay_unsaid(low: int, high: int) -> None:
    with pytest.raises(FalseStatement) as raised:
        turnover(low, high)
    assert str(SALES) not in str(raised.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"low": -1}, {"high": 2**64}, {"low": 5, "high": 4}, {"latest_month": 3, "earliest_month": 2},
        {"earliest_month": 24}, {"latest_month": -1},
    ],
)  # fmt: skip
def test_turnover__what_no_circuit_takes__refused(changes: dict[str, int]) -> None:
    with pytest.raises(OutOfRange):
        turnover(**({"low": 0, "high": 2**64 - 1} | changes))


def test_context__digest_or_sender_of_another_length__refused() -> None:
    with pytest.raises(OutOfRange, match="digest"):
        context_of(b"x" * 31, SENDER)
    with pytest.raises(OutOfRange, match="sender"):
        context_of(b"x" * 32, Address("0x12"))
