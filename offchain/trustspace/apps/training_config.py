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

Instead of a keystore: `signer` (URL) and `account`. Paths are relative to the file. Parties that are processes of their
own, at their banks, stand here by `name` and `account` alone, with the engine that reaches them (`engine_config`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustspace.apps.engine_config import EngineConfig, read_engine
from trustspace.apps.options import SigningOptions
from trustspace.apps.settings_file import SettingsFile
from trustspace.domain.ids import Address
from trustspace.encoding.address import normal_address
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
    """A whole run: `parties` in this process, or `workers` (accounts) behind an engine."""

    name: str
    transcript: Path
    plan: TrainingPlan
    quorum: int | None
    aggregator: SigningOptions
    parties: tuple[PartyConfig, ...]
    workers: tuple[Address, ...]
    engine: EngineConfig | None


def read_training_config(path: Path) -> TrainingConfig:
    """Parse a file. Raises InvalidPlan naming file and field."""
    file = SettingsFile(path, InvalidPlan, remedy="see trustspace train --help")
    file.only(file.content, "", {"run", "aggregator", "party", "engine"})
    run = file.table(file.content, "run")
    file.only(run, "run", {"name", "transcript", "model", "plan", "quorum"})
    parties = file.content.get("party")
    if not isinstance(parties, list) or not parties:
        raise file.wrong("party", "name every bank in a [[party]]")
    quorum = run.get("quorum")
    if quorum is not None and type(quorum) is not int:
        raise file.wrong("run.quorum", "a whole number")
    named = [(f"party {number}", item) for number, item in enumerate(parties, 1)]
    engine = read_engine(file, "listen") if "engine" in file.content else None
    return TrainingConfig(
        name=file.text(run, "run.name"),
        transcript=file.path(run, "run.transcript"),
        plan=agreed_plan(file, run),
        quorum=quorum,
        aggregator=file.signing(file.table(file.content, "aggregator"), "aggregator", set()),
        parties=() if engine else tuple(_party(file, item, where) for where, item in named),
        workers=tuple(_worker(file, item, where) for where, item in named) if engine else (),
        engine=engine,
    )


def default_plan(model: str = "scorecard") -> TrainingPlan:
    """All features that banks derive from invoices, with the usual settings of a kind of model."""
    return _USUAL_PLANS[model]()


def agreed_plan(file: SettingsFile, run: dict[str, Any]) -> TrainingPlan:
    """The plan that a [run] table names."""
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


def _worker(file: SettingsFile, item: Any, where: str) -> Address:
    if not isinstance(item, dict):
        raise file.wrong(where, "a table [[party]]")
    file.only(item, where, {"name", "account"})
    file.text(item, f"{where}.name")
    return normal_address(file.text(item, f"{where}.account"))
