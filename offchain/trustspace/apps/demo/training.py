"""The banks train a scorecard together, audit it, and compare it with training on pooled data; once a bank vanishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.chain.training_ledger import BankLedger, ModelReader, RunLedger
from trustspace.adapters.transport.in_process import InProcess
from trustspace.apps.demo.vanishing import VanishingBank
from trustspace.domain.agreements import Purpose
from trustspace.domain.features import FEATURE_SCHEMA, FEATURES
from trustspace.domain.ids import OperationId
from trustspace.encoding.hashing import keccak
from trustspace.learning.plan import plan_for
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised
from trustspace.services.audit import audit
from trustspace.services.certification import RegisteredModel
from trustspace.services.federation import train
from trustspace.services.training import Aggregator, TrainingParty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from trustspace.apps.demo.admission import Consents
    from trustspace.apps.demo.cast import Cast
    from trustspace.apps.demo.stage import Stage
    from trustspace.apps.demo.world import World
    from trustspace.domain.features import FeatureVector
    from trustspace.learning.plan import TrainingPlan
    from trustspace.ports import TrainingPeer
    from trustspace.services.federation import TrainingOutcome

USES_PER_CALL = 100
# A model for the scenario of a withdrawn one: two features, one Newton step.
VANISHES_AFTER = 2  # the pilot's second round of three
PILOT_FEATURES = ("sales_24m", "sales_void_share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A finished run with its registered model and what the comparison and the audit said."""

    outcome: TrainingOutcome
    scorecard: RegisteredModel
    centralised_hash: bytes
    audit_hashes: int


def pilot_plan() -> TrainingPlan:
    """The small model."""
    ranges = {spec.name: (spec.low, spec.high) for spec in FEATURES if spec.name in PILOT_FEATURES}
    return plan_for(FEATURE_SCHEMA, ranges, folds=3, newton_rounds=1)


def use_agreements(stage: Stage, cast: Cast, world: World, consents: Consents, plan: TrainingPlan) -> None:
    """Every bank counts the training as a use of its firms' agreements before it touches their rows."""
    for bank, loans in zip(cast.banks, world.loans, strict=True):
        uses = [
            (consents.lead[name], OperationId(keccak(b"training" + plan.digest + consents.lead[name])))
            for name in sorted(loans)
        ]
        registry = stage.as_(bank.key).agreements
        for start in range(0, len(uses), USES_PER_CALL):
            registry.use_many(uses[start : start + USES_PER_CALL], Purpose.TRAINING)


def run_training(
    stage: Stage,
    cast: Cast,
    tables: Mapping[str, LabelledRows],
    plan: TrainingPlan,
    *,
    transcript: Path,
    on_round: Callable[[int, int], None],
    vanishing: str | None = None,
) -> Trained:
    """Train federated on chain, audit the transcript, and train once more in one place, on the rows that were summed.

    `vanishing`: bank that is cut off in the middle of a round.
    """
    parties: list[TrainingPeer] = [
        TrainingParty(plan, tables[bank.name], BankLedger(stage.as_(bank.key).models), bank.id) for bank in cast.banks
    ]
    names = {bank.id: bank.name for bank in cast.banks}
    parties = [VanishingBank(p, after=VANISHES_AFTER) if names[p.participant] == vanishing else p for p in parties]
    aggregator = Aggregator(plan, RunLedger(stage.as_(cast.aggregator.key).models))
    operation = OperationId(keccak(b"training" + plan.digest))
    outcome = train(plan, aggregator, InProcess(parties), operation=operation, transcript=transcript, on_round=on_round)
    report = audit(transcript, ModelReader(stage.reader.models), run=outcome.run)
    reference = centralised(plan, [tables[names[member]] for member in outcome.members])
    return Trained(
        outcome=outcome,
        scorecard=RegisteredModel(card=outcome.trained.model, record=report.model),
        centralised_hash=reference.model.digest,
        audit_hashes=report.hashes,
    )


def bank_tables(
    cast: Cast, world: World, features: Mapping[str, FeatureVector], plan: TrainingPlan
) -> dict[str, LabelledRows]:
    """Each bank's own rows: the features it opened, and how its loans ended."""
    tables = {}
    for bank, loans in zip(cast.banks, world.loans, strict=True):
        names = sorted(loans)
        columns = {feature: [features[name][feature] for name in names] for feature in plan.names}
        tables[bank.name] = LabelledRows.from_columns(
            plan, names, columns, [int(loans[name]) for name in names], party=bank.name
        )
    return tables
