"""Replay of a run from its public transcript and the ledger alone: every hash, sum and the model are recomputed."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from trustspace.domain.ids import RunId
from trustspace.domain.models import ModelCard, ModelState
from trustspace.domain.sums import SumPhase
from trustspace.encoding.sum_message import vector_hash
from trustspace.errors import AuditMismatch, InputError, ProtocolError
from trustspace.learning.privacy.accounting import require_paid
from trustspace.learning.training import read_plan
from trustspace.services.model_card.document import RunFacts, card_bytes
from trustspace.services.model_card.page import page_of
from trustspace.services.passes import Passes
from trustspace.services.sum_group import SumGroup
from trustspace.services.sum_round import MaskedSum, Roster, open_sum, void_sum
from trustspace.services.training import card_of
from trustspace.services.transcript import (
    ANSWER,
    CARD,
    MESSAGE,
    MODEL,
    OFFER,
    PAGE,
    PARTIES,
    PLAN,
    SUM,
    message_file,
    parties_bytes,
    round_folder,
    signed_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustspace.domain.ids import ParticipantId
    from trustspace.domain.models import ModelRecord
    from trustspace.domain.sums import SignedMessage
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.run import TrainedModel
    from trustspace.ports import TrainingReader
    from trustspace.services.own_part import OwnPart


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """A replay that found no difference. `hashes`: how many were recomputed and compared with the ledger.

    `members`: whose rows the model stands for; `left`: the round in which each other party did not survive.
    """

    run: RunId
    parties: int
    members: tuple[ParticipantId, ...]
    left: dict[ParticipantId, int]
    rounds: int
    hashes: int
    model: ModelRecord
    trained: TrainedModel


def audit(
    transcript: Path,
    reader: TrainingReader,
    *,
    run: RunId | None = None,
    own: OwnPart | None = None,
    on_round: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Replay a run. `run`: the one the auditor means (default: the one the transcript names).

    `own`: a bank's rows and secrets, to recompute its contributions too.

    Raises AuditMismatch at the first difference, naming file, round and party.
    """
    run = run or _run_of(transcript)
    record = reader.run(run)
    if not record.parties:
        raise _mismatch(PARTIES, f"the ledger knows no run {run.hex()}")
    plan = recorded_plan(transcript)
    if plan.digest != record.plan_hash:
        raise _mismatch(PLAN, "the plan has another hash than the one on the ledger")
    group = _group(reader, run)
    if _read(transcript, PARTIES) != parties_bytes(group):
        raise _mismatch(PARTIES, "run, parties or mask keys differ from the ledger")
    if own is not None and (own.kept.run != run or own.kept.participant not in group.by_id):
        raise _mismatch("keepsake", f"kept by party {own.kept.participant} of run {own.kept.run.hex()}")
    replay = _Replay(transcript, reader, group, _passes(plan, len(group.members)), own)
    for _ in range(record.round):
        if replay.passes.result is not None:
            raise _mismatch(PLAN, f"the ledger closed {record.round} rounds, the model stands after fewer")
        replay.round()
        if on_round:
            on_round(replay.passes.training.round - 1, plan.rounds)
    trained = replay.passes.result
    if trained is None:
        raise _mismatch(PLAN, f"the ledger closed {record.round} rounds, they give no model")
    _require_no_more(transcript, replay.files)
    facts = RunFacts.of(run, group.by_id, replay.passes.members or ())
    model = _compare_model(transcript, reader, facts, plan, trained)
    return AuditReport(
        run=run,
        parties=len(group.members),
        members=tuple(sorted(replay.passes.members or ())),
        left=replay.left,
        rounds=record.round,
        hashes=replay.hashes + 1 + len(fields(ModelCard)),
        model=model,
        trained=trained,
    )


def recorded_plan(transcript: Path) -> TrainingPlan:
    """The plan that a transcript names. Raises AuditMismatch when it holds none."""
    try:
        return read_plan(_read(transcript, PLAN), where=PLAN)
    except InputError as error:
        raise _mismatch(PLAN, error.message) from error


class _Replay:
    """Round after round, from the files alone."""

    def __init__(
        self, transcript: Path, reader: TrainingReader, group: SumGroup, passes: Passes, own: OwnPart | None
    ) -> None:
        self.passes = passes
        self._own = own
        self.files = {PLAN, PARTIES, MODEL, CARD, PAGE}
        self.left: dict[ParticipantId, int] = {}
        self.hashes = 0
        self._transcript, self._reader, self._group = transcript, reader, group

    def round(self) -> None:
        """Recompute the next round and compare it with ledger and record."""
        number = self.passes.round
        try:
            self._round(number)
        except (ProtocolError, InputError) as error:
            where = f"{round_folder(number)}, {error.where}"
            raise AuditMismatch(error.message, where=where, remedy=_REMEDY) from error

    def _round(self, number: int) -> None:
        reader, group, passes = self._reader, self._group, self.passes
        survivors = group.survivors(reader, number)
        roster = Roster.of(reader, group, number, self._offers(number, survivors))
        passes.begin(roster.stated)
        shape = passes.shape()
        signed = {party: self._signed(number, party, MESSAGE) for party in sorted(survivors)}
        masked = MaskedSum.of(reader, roster, shape, {party: message.body for party, message in signed.items()})
        for party, message in signed.items():
            group.require_signed(group.by_id[party], message, number, SumPhase.CONTRIBUTION, shape.tensor)
        if self._own is not None:
            self._own.check_statement(roster)
            sent = signed.get(self._own.kept.participant)
            self._own.check(passes, roster, sent.body if sent else None)
        opens = passes.opens(survivors)
        answers = {party: self._signed(number, party, ANSWER) for party in self._found(number, ANSWER)} if opens else {}
        expected = masked.open(answers) if opens else void_sum(group, number)
        folder = round_folder(number)
        where = f"{folder}/{SUM}"
        self.files.add(where)
        if reader.aggregate(group.run, number) != vector_hash(expected):
            raise _mismatch(where, "the ledger's hash is not that of the messages' sum", f"round {number}")
        if _read(self._transcript, where) != expected:
            raise _mismatch(where, "the recorded sum is not the sum of the messages", f"round {number}")
        for party in group.by_id.keys() - survivors:
            self.left.setdefault(party, number)
        self.hashes += len(survivors) + 1
        passes.end(survivors, open_sum(expected) if opens else None)

    def _offers(self, number: int, survivors: frozenset[ParticipantId]) -> dict[ParticipantId, SignedMessage]:
        """Those on file; a survivor's must be there."""
        wanted = survivors.union(self._found(number, OFFER))
        return {party: self._signed(number, party, OFFER) for party in sorted(wanted)}

    def _found(self, number: int, kind: str) -> list[ParticipantId]:
        folder = self._transcript / round_folder(number)
        return [party for party in sorted(self._group.by_id) if (folder / message_file(party, kind)).exists()]

    def _signed(self, number: int, party: ParticipantId, kind: str) -> SignedMessage:
        name = f"{round_folder(number)}/{message_file(party, kind)}"
        self.files.add(name)
        return signed_message(_read(self._transcript, name, f"{self._group.by_id[party]}, round {number}"))


def _compare_model(
    transcript: Path, reader: TrainingReader, facts: RunFacts, plan: TrainingPlan, trained: TrainedModel
) -> ModelRecord:
    if _read(transcript, MODEL) != trained.model.to_bytes():
        raise _mismatch(MODEL, "the recorded model is not the one the sums give")
    card = card_bytes(plan, trained, facts)
    if _read(transcript, CARD) != card:
        raise _mismatch(CARD, "the recorded card is not the one the sums give")
    if _read(transcript, PAGE) != page_of(card):
        raise _mismatch(PAGE, "the page does not show the card")
    models = reader.models_of(facts.run)
    if not models or models[0].state not in (ModelState.FINAL, ModelState.WITHDRAWN):
        raise _mismatch(MODEL, "no model of this run is final on the ledger")
    recomputed = card_of(plan, trained, facts)
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


def _passes(plan: TrainingPlan, parties: int) -> Passes:
    try:
        if plan.privacy is not None:
            require_paid(plan.privacy)
        return Passes(plan, parties)
    except InputError as error:
        raise _mismatch(PLAN, error.message) from error


def _require_no_more(transcript: Path, expected: set[str]) -> None:
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
