"""A space with the package's verifiers, a firm whose sources committed, and models that circuits take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bench.one_proof import prove
from tests.integration.registries.story import DAY, agree, trained
from tests.unit.services.proving import CARD, TREES, opened_firm, registered
from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.dev_setup import dev_setup
from trustspace.apps.session import cache
from trustspace.domain.certificates import Certificate, Grade
from trustspace.domain.proofs import Circuit
from trustspace.domain.verifiers import ProofPolicy
from trustspace.services.certification import RegisteredModel
from trustspace.services.statements import ScoreStatements
from trustspace.testing.kit import SpaceKit, start_kit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from trustspace.adapters.proving.setup_folder import Setup
    from trustspace.domain.ids import Address, AgreementId, VerifierNumber
    from trustspace.domain.proofs import Proof, Statement
    from trustspace.services.features import OpenedTotal

POWERS = (1 << 16) + 1


@dataclass
class ProvingSpace:
    """What a bank and a firm know besides the chain."""

    kit: SpaceKit
    agreement: AgreementId
    opened: OpenedTotal
    models: dict[Circuit, RegisteredModel]
    verifiers: dict[Circuit, VerifierNumber]
    prove: Callable[[Statement], Proof]

    def certificate(self, circuit: Circuit = Circuit.SCORE_CARD) -> Certificate:
        """A certificate of the grade that follows; no two are alike for a minute."""
        now = self.kit.now()
        model = self.models[circuit]
        grade = Grade(ScoreStatements(model)._form.grade([*self.opened.features.values, *[0] * 30]))
        return Certificate(
            agreement=self.agreement, model=model.record.model, as_of_day=DAY, grade=grade, valid_from=now - 10,
            not_after=now + 1_000_000,
        )  # fmt: skip

    def statement(self, certificate: Certificate, sender: Address, circuit: Circuit = Circuit.SCORE_CARD) -> Statement:
        bank = self.kit.actors.banks[0]
        sources = bank.features.sources_of(self.opened.subject, DAY)
        found = bank.features.commitments_of([(self.opened.subject, DAY, source) for source in sources])
        return ScoreStatements(self.models[circuit]).about(
            certificate,
            self.opened,
            recorded={source: word for source, word in zip(sources, found, strict=True) if word is not None},
            agreement=bank.agreements.get(self.agreement),
            chain_id=self.kit.client.chain_id,
            registry=bank.certificates.address,
            sender=sender,
        )


@pytest.fixture(scope="session")
def setup() -> Setup:
    return dev_setup(cache(), POWERS)


@pytest.fixture(scope="package")
def proving_space(setup: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProvingSpace]:
    """One chain for all tests of this folder; each undoes what it did."""

    def prove_it(statement: Statement) -> Proof:
        folder: Path = tmp_path_factory.mktemp(statement.circuit.value)
        return prove(statement, setup, folder)

    with start_kit() as kit:
        actors = kit.actors
        numbers = tuple(source.participant for source in actors.sources)
        opened, recorded = opened_firm(sources=numbers, subject=actors.subjects[0].subject, day=DAY)
        for source in actors.sources:
            commitment = recorded[source.participant]
            source.features.commit(
                FeatureCommitment(subject=opened.subject, as_of_day=DAY, commitment=commitment, evidence=())
            )
        artefacts, regulator = load_artefacts(), actors.regulator
        verifiers = {circuit: regulator.verifiers.publish(artefacts, circuit).value for circuit in Circuit}
        models = {}
        for circuit, content in ((Circuit.SCORE_CARD, CARD), (Circuit.SCORE_TREES, TREES)):
            model = trained(kit, registered(content).record.card)[1]
            models[circuit] = RegisteredModel(card=content, record=actors.outsider.models.model(model))
            regulator.certificates.set_proof_policy(
                ProofPolicy(model=model, verifier=verifiers[circuit], quorum=1, demanded=True)
            )
        for circuit in (Circuit.INVOICE_RANGE, Circuit.TURNOVER_RANGE):
            regulator.ranges.set_verifier(verifiers[circuit])
        yield ProvingSpace(
            kit=kit, agreement=agree(kit), opened=opened, models=models, verifiers=verifiers, prove=prove_it
        )


@pytest.fixture
def world(proving_space: ProvingSpace) -> Iterator[ProvingSpace]:
    with proving_space.kit.isolated():
        yield proving_space
