"""What `trustspace train` reads: one TOML file that names plan, aggregator and parties.

    [run]
    name = "sme-2026-q4"             # one name, one run
    transcript = "transcripts/sme-2026-q4"
    model = "scorecard"              # or "trees": all features of the invoice schema, usual settings
    plan = "plan.json"               # instead of model: a plan of one's own, of either kind
    quorum = 3                       # left out: all but a third of the parties

    [aggregator]
    keystore = "aggregator.json"
    password_file = "aggregator.password"

    [[party]]
    name = "bank 1"
    table = "bank-1.csv"             # id, defaulted, features; never leaves this machine
    kept = "bank-1.kept"             # secrets for an auditor inside the bank; left out: none are kept
    keystore = "bank-1.json"
    password_file = "bank-1.password"

Instead of a keystore: `signer` (URL) and `account`. Paths are relative to the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustspace.apps.options import SigningOptions
from trustspace.apps.settings_file import SettingsFile
from trustspace.errors import InvalidPlan
from trustspace.learning.invoice_plan import invoice_plan, invoice_trees_plan
from trustspace.learning.plan import TrainingPlan
from trustspace.learning.training import read_plan

_USUAL_PLANS: dict[str, Callable[[], TrainingPlan]] = {"scorecard": invoice_plan, "trees": invoice_trees_plan}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyConfig:
    """A bank of the run: its table, its signer, and where it keeps what an auditor inside it needs."""

    name: str
    table: Path
    kept: Path | None
    signing: SigningOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """A whole run."""

    name: str
    transcript: Path
    plan: TrainingPlan
    quorum: int | None
    aggregator: SigningOptions
    parties: tuple[PartyConfig, ...]


def read_training_config(path: Path) -> TrainingConfig:
    """Parse a file. Raises InvalidPlan naming file and field."""
    file = SettingsFile(path, InvalidPlan, remedy="see trustspace train --help")
    content = file.content
    file.only(content, "", {"run", "aggregator", "party"})
    run = file.table(content, "run")
    file.only(run, "run", {"name", "transcript", "model", "plan", "quorum"})
    parties = content.get("party")
    if not isinstance(parties, list) or not parties:
        raise file.wrong("party", "name every bank in a [[party]]")
    quorum = run.get("quorum")
    if quorum is not None and type(quorum) is not int:
        raise file.wrong("run.quorum", "a whole number")
    return TrainingConfig(
        name=file.text(run, "run.name"),
        transcript=file.path(run, "run.transcript"),
        plan=_plan(file, run),
        quorum=quorum,
        aggregator=file.signing(file.table(content, "aggregator"), "aggregator", set()),
        parties=tuple(_party(file, item, f"party {number}") for number, item in enumerate(parties, 1)),
    )


def default_plan(model: str = "scorecard") -> TrainingPlan:
    """All features that banks derive from invoices, with the usual settings of a kind of model."""
    return _USUAL_PLANS[model]()


def _plan(file: SettingsFile, run: dict[str, Any]) -> TrainingPlan:
    if "plan" not in run:
        model = file.text(run, "run.model") if "model" in run else "scorecard"
        if model not in _USUAL_PLANS:
            raise file.wrong("run.model", f"known are {', '.join(_USUAL_PLANS)}")
        return default_plan(model)
    if "model" in run:
        raise file.wrong("run.model", "leave it out: the plan says what is trained")
    path = file.path(run, "run.plan")
    try:
        return read_plan(path.read_bytes(), where=str(path))
    except OSError as error:
        raise InvalidPlan(f"cannot be read: {error.strerror}", where=str(path), remedy="check the path") from error


def _party(file: SettingsFile, item: Any, where: str) -> PartyConfig:
    if not isinstance(item, dict):
        raise file.wrong(where, "a table [[party]]")
    return PartyConfig(
        name=file.text(item, f"{where}.name"),
        table=file.path(item, f"{where}.table"),
        kept=file.path(item, f"{where}.kept") if "kept" in item else None,
        signing=file.signing(item, where, {"name", "table", "kept"}),
    )
