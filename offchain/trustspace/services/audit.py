"""Replay of a run from its public transcript and the ledger alone: every hash, sum and the model are recomputed."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from trustspace.domain.ids import RunId
from trustspace.domain.models import ModelCard, ModelState
from trustspace.encoding.sum_message import vector_hash
from trustspace.errors import AuditMismatch, InputError, ProtocolError
from trustspace.learning.training import read_plan, start_training
from trustspace.services.secure_sum import SumGroup, open_sum, sum_messages
from trustspace.services.training import card_of
from trustspace.services.transcript import (
    METRICS,
    MODEL,
    PARTIES,
    PLAN,
    SUM,
    message_file,
    parties_bytes,
    round_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustspace.domain.models import ModelRecord
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.run import TrainedModel, Training
    from trustspace.ports import TrainingReader


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """A replay that found no difference. `hashes`: how many were recomputed and compared with the ledger."""

    run: RunId
    parties: int
    rounds: int
    hashes: int
    model: ModelRecord
    trained: TrainedModel


def audit(
    transcript: Path,
    reader: TrainingReader,
    *,
    run: RunId | None = None,
    on_round: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Replay a run. `run`: the one the auditor means (default: the one the transcript names).

    Raises AuditMismatch at the first difference, naming file, round and party.
    """
    run = run or _run_of(transcript)
    record = reader.run(run)
    if not record.parties:
        raise _mismatch(PARTIES, f"the ledger knows no run {run.hex()}")
    plan_bytes = _read(transcript, PLAN)
    plan = _parsed_plan(plan_bytes)
    if plan.digest != record.plan_hash:
        raise _mismatch(PLAN, "the plan has another hash than the one on the ledger")
    group = _group(reader, run)
    if _read(transcript, PARTIES) != parties_bytes(group):
        raise _mismatch(PARTIES, "run, parties or mask keys differ from the ledger")
    _require_no_more(transcript, group, record.round)
    training = start_training(plan)
    for round_number in range(1, record.round + 1):
        if training.result is not None:
            raise _mismatch(PLAN, f"the ledger closed {record.round} rounds, the run ends after {round_number - 1}")
        _replay_round(transcript, reader, group, training)
        if on_round:
            on_round(round_number, record.round)
    trained = training.result
    if trained is None:
        raise _mismatch(PLAN, f"the ledger closed {record.round} rounds, the run needs more")
    model = _compare_model(transcript, reader, run, plan, trained)
    hashes = record.round * (len(group.members) + 1) + 1 + len(fields(ModelCard))
    return AuditReport(
        run=run, parties=len(group.members), rounds=record.round, hashes=hashes, model=model, trained=trained
    )


def _replay_round(transcript: Path, reader: TrainingReader, group: SumGroup, training: Training) -> None:
    round_number, shape = training.round, training.shape
    folder = round_folder(round_number)
    where = f"{folder}/{SUM}"
    messages = {}
    for member in group.members:
        name = f"{folder}/{message_file(member.participant)}"
        messages[member.participant] = _read(transcript, name, f"{member}, round {round_number}")
    try:
        expected = sum_messages(reader, group, round_number, shape.tensor, shape.size, messages)
        sums = open_sum(expected)
        shape.check(sums, training.plan.max_rows * len(group.members), "sum")
        if reader.aggregate(group.run, round_number) != vector_hash(expected):
            raise _mismatch(where, "the ledger's hash is not that of the messages' sum", f"round {round_number}")
        if _read(transcript, where) != expected:
            raise _mismatch(where, "the recorded sum is not the sum of the messages", f"round {round_number}")
        training.absorb(sums)
    except (ProtocolError, InputError) as error:
        raise AuditMismatch(error.message, where=f"{folder}, {error.where}", remedy=_REMEDY) from error


def _compare_model(
    transcript: Path, reader: TrainingReader, run: RunId, plan: TrainingPlan, trained: TrainedModel
) -> ModelRecord:
    if _read(transcript, MODEL) != trained.model.to_bytes():
        raise _mismatch(MODEL, "the recorded model is not the one the sums give")
    if _read(transcript, METRICS) != trained.metrics.to_bytes():
        raise _mismatch(METRICS, "the recorded figures are not those the sums give")
    models = reader.models_of(run)
    if not models or models[0].state not in (ModelState.FINAL, ModelState.WITHDRAWN):
        raise _mismatch(MODEL, "no model of this run is final on the ledger")
    recomputed = card_of(plan, trained)
    for field in fields(ModelCard):
        if getattr(models[0].card, field.name) != getattr(recomputed, field.name):
            raise _mismatch(MODEL, f"{field.name} on the ledger is not the recomputed one")
    return models[0]


def _group(reader: TrainingReader, run: RunId) -> SumGroup:
    try:
        return SumGroup.of(reader, run)
    except ProtocolError as error:
        raise AuditMismatch(error.message, where=error.where, remedy=_REMEDY) from error


def _run_of(transcript: Path) -> RunId:
    try:
        return RunId(bytes.fromhex(json.loads(_read(transcript, PARTIES))["run"]))
    except (ValueError, KeyError, TypeError) as error:
        raise _mismatch(PARTIES, "does not name a run") from error


def _parsed_plan(raw: bytes) -> TrainingPlan:
    try:
        return read_plan(raw, where=PLAN)
    except InputError as error:
        raise _mismatch(PLAN, error.message) from error


def _require_no_more(transcript: Path, group: SumGroup, rounds: int) -> None:
    expected = {PLAN, PARTIES, MODEL, METRICS}
    for round_number in range(1, rounds + 1):
        folder = round_folder(round_number)
        expected.add(f"{folder}/{SUM}")
        expected.update(f"{folder}/{message_file(member.participant)}" for member in group.members)
    found = {path.relative_to(transcript).as_posix() for path in transcript.rglob("*") if path.is_file()}
    for name in sorted(found - expected):
        raise _mismatch(name, "does not belong to this run")


def _read(transcript: Path, name: str, extra: str = "") -> bytes:
    try:
        return (transcript / name).read_bytes()
    except OSError as error:
        raise _mismatch(name, f"cannot be read: {error.strerror}", extra) from error


def _mismatch(where: str, message: str, extra: str = "") -> AuditMismatch:
    return AuditMismatch(message, where=f"{where}, {extra}" if extra else where, remedy=_REMEDY)


_REMEDY = "fetch the transcript from another member; if the difference stays, tell the regulator"
