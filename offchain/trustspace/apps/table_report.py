"""What training on a table reports, and its predictions as a file."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from trustspace.learning.prediction import Figures, chances

if TYPE_CHECKING:
    import numpy.typing as npt

    from trustspace.apps.table_job import PartyRows, TableResult

AGGREGATES = ("auc", "ks", "brier", "log_loss")
MICRO = 1_000_000


def report_of(result: TableResult) -> dict[str, Any]:
    """What `--json` writes. Figures are those of the test rows, or out-of-fold ones without a test rule.

    `auc_personalised`: after each party's own correction, null unless that was asked for; above it that of all.
    `noise` and shares of the model's value are there when the plan asks for them.
    """
    prepared, metrics = result.prepared, result.trained.metrics
    tested = np.concatenate([party.test.labels for party in prepared.parties])
    if tested.size:
        overall = Figures.of(np.concatenate([result.log_odds[p.name] for p in prepared.parties]), tested)
        figures: dict[str, float | None] = {name: getattr(overall, name) for name in AGGREGATES}
    else:
        figures = {"auc": metrics.auc, "ks": metrics.ks, "brier": metrics.brier, "log_loss": metrics.log_loss}
    return {
        "model_hash": "0x" + result.trained.model.digest.hex(),
        **figures,
        "auc_personalised": _all_corrected(result, tested),
        "tested_on": "test rows" if tested.size else "out-of-fold rows",
        **({"noise": asdict(prepared.plan.privacy)} if prepared.plan.privacy else {}),
        "rounds": result.outcome.rounds if result.outcome else 0,
        "seconds": {name: round(value, 4) for name, value in result.seconds.items()},
        "bytes_per_party": result.bytes_per_party,
        "rows": sum(len(party.learn) for party in prepared.parties),
        "test_rows": int(tested.size),
        "features": len(prepared.plan.features),
        "left_out": prepared.schema.left_out,
        "parties": [
            {
                "name": party.name,
                "rows": len(party.learn),
                "auc_own_test": Figures.of(result.log_odds[party.name], party.test.labels).auc,
                "auc_personalised": _corrected_auc(result, party),
                **_shares(result, place),
            }
            for place, party in enumerate(prepared.parties)
        ],
    }


def _shares(result: TableResult, place: int) -> dict[str, float]:
    """A party's share of the model's value in nats, when the plan asks for it; its place is its seat in the run."""
    found = result.trained.contribution
    if found is None:
        return {}
    own = next(share for share in found.parties if share.place == place)
    return {
        "share": own.share_micro / MICRO,
        "share_error": own.error_micro / MICRO,
        "influence": own.influence_micro / MICRO,
        "influence_error": own.influence_error_micro / MICRO,
    }


def _corrected_auc(result: TableResult, party: PartyRows) -> float | None:
    return Figures.of(result.corrected[party.name], party.test.labels).auc if result.corrected else None


def _all_corrected(result: TableResult, tested: npt.NDArray[np.bool_]) -> float | None:
    if not result.corrected:
        return None
    return Figures.of(np.concatenate([result.corrected[party.name] for party in result.prepared.parties]), tested).auc


def predictions_of(result: TableResult) -> bytes:
    """CSV of all test rows in the table's order: row number (from 0), party, outcome, chance of default."""
    lines = []
    for party in result.prepared.parties:
        found = chances(result.log_odds[party.name])
        lines += [
            (int(row), party.name, int(bad), f"{chance:.9f}")
            for row, bad, chance in zip(party.places, party.test.labels, found, strict=True)
        ]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("row", "party", "defaulted", "chance"))
    writer.writerows(sorted(lines))
    return text.getvalue().encode()
