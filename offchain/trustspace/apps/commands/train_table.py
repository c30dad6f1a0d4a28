"""`trustspace train TABLE`: options to a job, its report to the reader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.apps.console import Output, progress, write_file
from trustspace.apps.table_job import TableJob, run_table_job
from trustspace.apps.table_plan import KINDS
from trustspace.apps.table_report import predictions_of, report_of
from trustspace.errors import UsageError
from trustspace.learning.splitting import LabelRule, PartyRule, TestRule

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_PARTIES = 4


def job_of(
    table: Path,
    *,
    label: str | None,
    party: str | None,
    parties: int,
    row_id: str | None,
    ignore: Sequence[str],
    model: str,
    test_rule: str | None,
    params: Path | None,
    in_one_place: bool,
    personalise: bool = False,
) -> TableJob:
    """Parse the options. Raises UsageError."""
    if not label:
        raise UsageError("which column holds the outcome?", where=str(table), remedy="--label COLUMN")
    if model not in KINDS:
        raise UsageError(f"{model!r} is no kind of model", where="--model", remedy=f"known are {', '.join(KINDS)}")
    if personalise and not test_rule:
        raise UsageError("no test rows would show a correction", where="--personalise", remedy="add --test-rule")
    if parties < 0:
        raise UsageError(f"{parties} parties", where="--parties", remedy="at least three")
    return TableJob(
        table=table,
        label=LabelRule.parse(label),
        party=PartyRule.parse(party or f"hash:{parties or DEFAULT_PARTIES}", most=parties),
        id_column=row_id,
        ignore=tuple(name.strip() for names in ignore for name in names.split(",") if name.strip()),
        model=model,
        test=TestRule.parse(test_rule) if test_rule else None,
        params=params,
        in_one_place=in_one_place,
        personalise=personalise,
    )


def train_table(job: TableJob, *, json: Path | None, predictions: Path | None, save: Path | None = None) -> None:
    """Train, and say how good the model is."""
    if predictions is not None and job.test is None:
        raise UsageError("there are no test rows to predict", where="--predictions", remedy="add --test-rule")
    with progress("training", total=1_000, silent=json is not None) as advance:
        done = 0

        def on_round(round_number: int, rounds: int) -> None:
            nonlocal done
            step = 1_000 * round_number // rounds - done
            done += step
            advance(step)

        result = run_table_job(job, on_round)
    if predictions is not None:
        write_file(predictions, predictions_of(result))
    if save is not None:
        write_file(save, result.trained.model.to_bytes())
    report = report_of(result)
    if json is not None:
        Output(as_json=True, file=None if json == Path("-") else json).facts("Trained", report)
        return
    parties = report.pop("parties")
    Output(as_json=False).facts("Trained", report)
    Output(as_json=False).rows("Parties", tuple(parties[0]), parties)
