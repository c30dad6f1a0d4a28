"""What training on a table reports, and its predictions as a file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from trustspace.errors import UsageError
from trustspace.learning.prediction import Figures, chances

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from trustspace.apps.table_job import PartyRows, TableResult

AGGREGATES = ("auc", "ks", "brier", "log_loss")


def report_of(result: TableResult) -> dict[str, Any]:
    """What `--json` writes. Figures are those of the test rows, or out-of-fold ones without a test rule.

    `auc_personalised`: after each party's own correction, null unless that was asked for; above it that of all.
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
            }
            for party in prepared.parties
        ],
    }


def _corrected_auc(result: TableResult, party: PartyRows) -> float | None:
    return Figures.of(result.corrected[party.name], party.test.labels).auc if result.corrected else None


def _all_corrected(result: TableResult, tested: npt.NDArray[np.bool_]) -> float | None:
    if not result.corrected:
        return None
    return Figures.of(np.concatenate([result.corrected[party.name] for party in result.prepared.parties]), tested).auc


def write_predictions(result: TableResult, path: Path) -> None:
    """CSV of all test rows in the table's order: row number (from 0), party, outcome, chance of default."""
    lines = []
    for party in result.prepared.parties:
        found = chances(result.log_odds[party.name])
        lines += [
            (int(row), party.name, int(bad), f"{chance:.9f}")
            for row, bad, chance in zip(party.places, party.test.labels, found, strict=True)
        ]
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("row", "party", "defaulted", "chance"))
            writer.writerows(sorted(lines))
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path), remedy="check the path") from error
