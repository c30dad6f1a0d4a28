"""What the package's services state is what the compiled circuits take: the same private and public inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.circuits.relations import holds
from tests.unit.services.proving import (
    AGREEMENT,
    CARD,
    CHAIN,
    DAY,
    FIRM,
    REGISTRY,
    SENDER,
    TREES,
    certificate_for,
    opened_firm,
    registered,
)
from tests.unit.services.test_invoice_statements import INVOICE
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.domain.ids import ParticipantId
from trustspace.encoding.feature_commitment import commitment_point, feature_commitment
from trustspace.encoding.grumpkin import GRUMPKIN
from trustspace.services.invoice_statements import invoice_statement
from trustspace.services.statements import ScoreStatements, turnover_statement

if TYPE_CHECKING:
    from tests.circuits.programs import Noir
    from trustspace.domain.proofs import Statement
    from trustspace.learning.score import CreditModel


def numbers(value: Any) -> Any:
    """Inputs with integers for decimals."""
    if isinstance(value, dict):
        return {name: numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [numbers(item) for item in value]
    return int(value)


def require_taken(statement: Statement, noir: Noir) -> None:
    """The circuit takes the inputs and shows the public ones, and the plain relation holds."""
    inputs, program = numbers(statement.inputs), load_artefacts()[statement.circuit].program_path
    witness = noir.run(program, inputs)
    assert not isinstance(witness, str), witness
    assert tuple(witness[place] for place in range(len(statement.public_inputs))) == statement.public_inputs
    assert holds(statement.circuit, inputs)


@pytest.mark.parametrize("sources", [(9,), (7, 2, 65_535), tuple(range(1, 9))])
@pytest.mark.parametrize("model", [CARD, TREES])
def test_score__any_firm_and_number_of_sources__taken(model: CreditModel, sources: tuple[int, ...], noir: Noir) -> None:
    known = registered(model)
    statements = ScoreStatements(known)
    for seed in range(3):
        opened, recorded = opened_firm(seed, sources)
        statement = statements.about(
            certificate_for(known, opened), opened,
            recorded=recorded, agreement=AGREEMENT, chain_id=CHAIN, registry=REGISTRY, sender=SENDER,
        )  # fmt: skip
        require_taken(statement, noir)
        wrong = numbers(statement.inputs)
        wrong["grade"] = 1 + wrong["grade"] % 5
        assert isinstance(noir.run(load_artefacts()[statement.circuit].program_path, wrong), str)


@pytest.mark.parametrize("months", [(0, 0), (0, 23), (5, 11), (23, 23)])
def test_turnover__any_months__taken(months: tuple[int, int], noir: Noir) -> None:
    opened, recorded = opened_firm(1)
    sales = sum(opened.statistics[months[0] : months[1] + 1])
    for low, high in ((sales, sales), (0, 2**64 - 1)):
        statement = turnover_statement(
            opened, recorded=recorded, latest_month=months[0], earliest_month=months[1], low=low, high=high, context=3
        )
        require_taken(statement, noir)


def test_invoice__its_own_range__taken(noir: Noir) -> None:
    for low, high in ((2_500, 2_500), (0, 2**64 - 1)):
        require_taken(invoice_statement(INVOICE, low=low, high=high, scope=7, context=3), noir)
    strayed = invoice_statement(INVOICE, low=0, high=2_500, scope=7, context=3)
    wrong = numbers({**strayed.inputs, "high": "2499"})
    assert isinstance(noir.run(load_artefacts()[strayed.circuit].program_path, wrong), str)


def test_score__a_late_source_told_the_others_points__decides_the_total(noir: Noir) -> None:
    """A limit, stated in decision 0009: commitments show no ranges, so what is added can take away."""
    (honest, _), (wanted, _) = opened_firm(1, (7,)), opened_firm(2, (7, 9))
    told = honest.points[ParticipantId(7)]
    own = commitment_point(wanted.statistics, wanted.blinding, sources=2)
    points = {ParticipantId(7): told, ParticipantId(9): GRUMPKIN.add(own, GRUMPKIN.negate(told))}
    recorded = {
        source: feature_commitment(point, subject=FIRM, as_of=DAY, source=source) for source, point in points.items()
    }
    known, opened = registered(CARD), replace(wanted, points=points)
    statement = ScoreStatements(known).about(
        certificate_for(known, opened), opened,
        recorded=recorded, agreement=AGREEMENT, chain_id=CHAIN, registry=REGISTRY, sender=SENDER,
    )  # fmt: skip
    require_taken(statement, noir)
