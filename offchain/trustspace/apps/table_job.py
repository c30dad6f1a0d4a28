"""Training on a table: it is split among parties, they train, and the model is tried on rows that none has seen."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from trustspace.adapters.table_file import read_table
from trustspace.apps.table_plan import plan_of, read_params
from trustspace.domain.ids import OperationId
from trustspace.encoding.hashing import keccak
from trustspace.errors import InvalidTable, UsageError
from trustspace.learning.correction import fit_correction
from trustspace.learning.prediction import default_log_odds
from trustspace.learning.schema import TableSchema
from trustspace.learning.splitting import PeriodRule, Split
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from trustspace.adapters.table_file import TextTable
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.prediction import Floats
    from trustspace.learning.run import TrainedModel
    from trustspace.learning.splitting import LabelRule, PartyRule, TestRule
    from trustspace.services.federation import TrainingOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class TableJob:
    """What the command line asks for."""

    table: Path
    label: LabelRule
    party: PartyRule
    id_column: str | None
    ignore: tuple[str, ...]
    model: str
    test: TestRule | PeriodRule | None
    params: Path | None
    in_one_place: bool
    personalise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartyRows:
    """A party's rows to learn from and to test on; `places`: row numbers (from 0) of the test rows in the table."""

    name: str
    learn: LabelledRows
    test: LabelledRows
    places: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedTable:
    """Everything before the first round."""

    plan: TrainingPlan
    schema: TableSchema
    parties: tuple[PartyRows, ...]


@dataclass(slots=True, kw_only=True)
class TableResult:
    """The finished model, and log-odds of default of each party's test rows; corrected: by its own correction."""

    prepared: PreparedTable
    trained: TrainedModel
    log_odds: dict[str, Floats]
    corrected: dict[str, Floats] = field(default_factory=dict)
    outcome: TrainingOutcome | None = None
    card: bytes = b""
    """The model card of a federated run, whose hash that run's chain held."""
    bytes_per_party: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def run_table_job(job: TableJob, on_round: Callable[[int, int], None] | None = None) -> TableResult:
    """Read, split, train, predict. Raises what reading, plan and run raise; UsageError for columns that are not there.

    Only a federated run needs a chain: it starts its own.
    """
    seconds: dict[str, float] = {}
    with _timed(seconds, "read"):
        prepared = prepare(job)
    outcome, card, sent = None, b"", 0
    if job.in_one_place:
        with _timed(seconds, "train"):
            trained = centralised(prepared.plan, [party.learn for party in prepared.parties])
    else:
        outcome, card, sent = _federated(prepared, seconds, on_round)
        trained = outcome.trained
    with _timed(seconds, "predict"):
        log_odds = {party.name: default_log_odds(trained.model, party.test.values) for party in prepared.parties}
    corrected: dict[str, Floats] = {}
    if job.personalise:
        with _timed(seconds, "personalise"):
            corrected = {party.name: _corrected(prepared, trained, party) for party in prepared.parties}
    return TableResult(
        prepared=prepared,
        trained=trained,
        log_odds=log_odds,
        corrected=corrected,
        outcome=outcome,
        card=card,
        bytes_per_party=sent,
        seconds={**seconds, "total": sum(seconds.values())},
    )


def _corrected(prepared: PreparedTable, trained: TrainedModel, party: PartyRows) -> Floats:
    """What a party computes for itself, from its own rows and the common model alone."""
    found = fit_correction(prepared.plan, trained.model, party.learn)
    values = party.test.values
    return found.default_log_odds(trained.model, values) if found else default_log_odds(trained.model, values)


def prepare(job: TableJob) -> PreparedTable:
    """Read the table, derive schema and plan from the rows to learn from, and split the rows."""
    table = read_table(job.table)
    _require_columns(table, job)
    if not table.rows:
        raise InvalidTable("holds no rows", file=table.file, remedy="at least some of each kind")
    labels = job.label.read(table.columns[job.label.column], file=table.file)
    ids = _ids(table, job)
    split = _split(table, job)
    parties = job.party.assign(table.columns, ids, file=table.file)
    taking_part = np.zeros(table.rows, dtype=bool)
    for rows in parties.values():
        taking_part[rows] = True
    learning = np.flatnonzero(taking_part & split.learn).tolist()
    _require_both_kinds(labels[learning], table.file)
    features = {name: cells for name, cells in table.columns.items() if name not in _no_features(job)}
    schema = TableSchema.of({n: [c[row] for row in learning] for n, c in features.items()}, file=table.file)
    settings = read_params(job.params, job.model) if job.params else {}
    plan = plan_of(job.table.name.split(".")[0], schema, model=job.model, rows=len(learning), settings=settings)
    columns = schema.encode(features, file=table.file)

    def part(name: str, rows: npt.NDArray[np.int64]) -> LabelledRows:
        chosen = {feature: column[rows] for feature, column in columns.items()}
        return LabelledRows.from_columns(plan, [ids[row] for row in rows], chosen, labels[rows], party=name)

    return PreparedTable(
        plan=plan,
        schema=schema,
        parties=tuple(
            PartyRows(
                name=name,
                learn=part(name, rows[split.learn[rows]]),
                test=part(name, rows[split.test[rows]]),
                places=rows[split.test[rows]],
            )
            for name, rows in parties.items()
        ),
    )


def _split(table: TextTable, job: TableJob) -> Split:
    if job.test is None:
        return Split(learn=np.ones(table.rows, dtype=bool), test=np.zeros(table.rows, dtype=bool))
    split = job.test.split(table.columns, table.rows, file=table.file)
    if not split.test.any():
        raise InvalidTable("no row is a test row", file=table.file, remedy="another --test-rule, or none")
    return split


def _federated(
    prepared: PreparedTable, seconds: dict[str, float], on_round: Callable[[int, int], None] | None
) -> tuple[TrainingOutcome, bytes, int]:
    from trustspace.adapters.transport.in_process import InProcess
    from trustspace.apps.private_chain import training_chain
    from trustspace.services.federation import train
    from trustspace.services.sum_group import require_enough
    from trustspace.services.training import Aggregator, TrainingParty
    from trustspace.services.transcript import CARD

    plan, names = prepared.plan, [party.name for party in prepared.parties]
    require_enough(len(names), "training on a table")
    started = perf_counter()
    with training_chain(names) as chain, tempfile.TemporaryDirectory(prefix="trustspace-train-") as folder:
        seconds["chain"] = perf_counter() - started
        parties = [
            TrainingParty(plan, party.learn, ledger, participant)
            for party, (ledger, participant) in zip(prepared.parties, chain.banks, strict=True)
        ]
        with _timed(seconds, "train"):
            outcome = train(
                plan,
                Aggregator(plan, chain.aggregator),
                InProcess(parties),
                operation=OperationId(keccak(b"table" + plan.digest)),
                transcript=Path(folder),
                on_round=on_round,
            )
        card = (Path(folder) / CARD).read_bytes()
        return outcome, card, _sent(Path(folder), [party.participant for party in parties])


def _sent(transcript: Path, parties: Sequence[int]) -> int:
    """Most bytes of public messages that one party sent in all rounds."""
    return max(sum(file.stat().st_size for file in transcript.glob(f"round-*/{party}.*")) for party in parties)


def _ids(table: TextTable, job: TableJob) -> list[str]:
    if job.id_column is None:
        return [str(row) for row in range(table.rows)]
    seen: dict[str, int] = {}
    for line, cell in enumerate(table.columns[job.id_column], start=2):
        if not cell or cell in seen:
            problem = f"id {cell!r} stands on line {seen[cell]} already" if cell else "no id"
            raise InvalidTable(problem, file=table.file, line=line, field=job.id_column, remedy="one id for each row")
        seen[cell] = line
    return list(seen)


def _no_features(job: TableJob) -> set[str | None]:
    return {job.label.column, job.party.column, job.id_column, _period_column(job), *job.ignore}


def _period_column(job: TableJob) -> str | None:
    return job.test.column if isinstance(job.test, PeriodRule) else None


def _require_columns(table: TextTable, job: TableJob) -> None:
    options: dict[str, tuple[str | None, ...]] = {
        "--label": (job.label.column,),
        "--party": (job.party.column,),
        "--id": (job.id_column,),
        "--test-rule": (_period_column(job),),
        "--ignore": job.ignore,
    }
    for option, names in options.items():
        for name in names:
            if name and name not in table.columns:
                known = ", ".join(table.columns)
                raise UsageError(f"{table.file} has no column {name!r}", where=option, remedy=f"there are {known}")


def _require_both_kinds(labels: npt.NDArray[np.bool_], file: str) -> None:
    bad = int(labels.sum())
    if not 0 < bad < labels.size:
        raise InvalidTable(
            f"{labels.size - bad} good and {bad} bad rows are left to learn from",
            file=file,
            remedy="bring more rows of both kinds, or test on fewer",
        )


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = perf_counter()
    yield
    seconds[name] = perf_counter() - started
