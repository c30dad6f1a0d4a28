"""`trustspace train TABLE`: options to a job, its report to the reader."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.apps.console import Output, progress, require_writable, write_file
from trustspace.apps.table_job import TableJob, run_table_job
from trustspace.apps.table_plan import KINDS
from trustspace.apps.table_report import predictions_of, report_of
from trustspace.errors import UsageError
from trustspace.learning.splitting import LabelRule, PartyRule, parse_test_rule
from trustspace.services.model_card.page import page_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_PARTIES = 4
STDOUT = Path("-")


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
        test=parse_test_rule(test_rule) if test_rule else None,
        params=params,
        in_one_place=in_one_place,
        personalise=personalise,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFiles:
    """Where what is found goes; `report`: figures as JSON, "-" for stdout. None: not asked for."""

    report: Path | None = None
    predictions: Path | None = None
    model: Path | None = None
    card: Path | None = None

    def check(self, job: TableJob) -> None:
        """Raise UsageError for what the job will not bring, or a file that cannot be written."""
        if self.predictions and job.test is None:
            raise UsageError("there are no test rows to predict", where="--predictions", remedy="add --test-rule")
        if self.card and job.in_one_place:
            raise UsageError("only a federated run has a card", where="--card", remedy="leave --centralised out")
        for file in (self.report, self.predictions, self.model, self.card):
            if file and file != STDOUT:
                require_writable(file)


def train_table(job: TableJob, files: TableFiles) -> None:
    """Train, and say how good the model is."""
    files.check(job)
    with progress("training", total=1_000, silent=files.report is not None) as advance:
        done = 0

        def on_round(round_number: int, rounds: int) -> None:
            nonlocal done
            step = 1_000 * round_number // rounds - done
            done += step
            advance(step)

        result = run_table_job(job, on_round)
    if files.predictions:
        write_file(files.predictions, predictions_of(result))
    if files.model:
        write_file(files.model, result.trained.model.to_bytes())
    if files.card:
        write_file(files.card, page_of(result.card) if files.card.suffix == ".html" else result.card)
    report = report_of(result)
    if files.report:
        Output(as_json=True, file=None if files.report == STDOUT else files.report).facts("Trained", report)
        return
    parties = report.pop("parties")
    Output(as_json=False).facts("Trained", report)
    Output(as_json=False).rows("Parties", tuple(parties[0]), parties)
