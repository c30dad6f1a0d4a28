"""The card as a document. Its SHA-256 stands on the ledger as the metrics hash of the model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

from trustspace.crypto.neighbours import threshold_of
from trustspace.encoding import canonical_json
from trustspace.learning.plan import ScorecardPlan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustspace.domain.ids import ParticipantId, RunId
    from trustspace.encoding.canonical_json import Json
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.run import TrainedModel

FORMAT = "trustspace.model-card/1"
LIMITS = (
    "Figures are of held-out rows of the same banks and years; on later firms and other banks they are usually worse.",
    "Outcomes are those the banks recorded. Firms that got no loan are not among the rows.",
    "Groups with few rows are shown together; a group without defaults, or with nothing else, still tells so.",
    "Fairness figures describe the agreed columns only; they do not show that a difference is justified or not.",
)
_COARSE = "Chances of default follow from whole points; `rounding` bounds what unrounded scores could change."
_NOISY = "Sums carry noise: so do model and figures, which were made consistent again and are no exact counts."
_WEIGHTED = "Classes were weighted in training; the chances of default are turned back to those of unweighted rows."


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Who took part. members: those whose rows the model stands for."""

    run: RunId
    parties: frozenset[ParticipantId]
    members: frozenset[ParticipantId]

    @classmethod
    def of(cls, run: RunId, parties: Iterable[ParticipantId], members: Iterable[ParticipantId]) -> RunFacts:
        """From any order."""
        return cls(run=run, parties=frozenset(parties), members=frozenset(members))


def card_bytes(plan: TrainingPlan, trained: TrainedModel, facts: RunFacts) -> bytes:
    """Canonical JSON of the card, the same for whoever replays the run."""
    return canonical_json.dumps(card_json(plan, trained, facts))


def card_json(plan: TrainingPlan, trained: TrainedModel, facts: RunFacts) -> dict[str, Json]:
    """The card; layout in docs/reference-model-card.md."""
    return {
        "format": FORMAT,
        "model": {
            "kind": "scorecard" if isinstance(plan, ScorecardPlan) else "trees",
            "hash": trained.model.digest.hex(),
            "schema": plan.schema,
            "features": list(plan.names),
            "code_version": plan.code_version,
        },
        "plan_hash": plan.digest.hex(),
        "run": {
            "id": bytes(facts.run).hex(),
            "parties": [int(party) for party in sorted(facts.parties)],
            "survivors": [int(party) for party in sorted(facts.members)],
            "left": [int(party) for party in sorted(facts.parties - facts.members)],
        },
        "privacy": {
            "mode": "secure-sum-with-noise" if plan.privacy else "secure-sum",
            "noise": cast("Json", asdict(plan.privacy)) if plan.privacy else None,
            "opened_by": threshold_of(len(facts.parties)),
            "min_cell_rows": plan.min_cell_rows,
        },
        "scale": {
            "base_points": plan.base_points,
            "base_odds": plan.base_odds,
            "double_points": plan.double_points,
            "max_points": plan.max_points,
        },
        "figures": trained.metrics.to_json(),
        "contribution": trained.contribution.to_json(sorted(facts.parties)) if trained.contribution else None,
        "limits": [
            *LIMITS,
            _COARSE,
            *([_WEIGHTED] if len(set(plan.class_weights_bps)) > 1 else []),
            *([_NOISY] if plan.privacy else []),
        ],
    }
