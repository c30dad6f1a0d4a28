"""What `trustspace worker` reads: one bank's own file.

[run]
name = "sme-2026-q4"             # the one run this worker takes part in
plan = "plan.json"               # the plan its bank agreed to; or model, as in the run's file

[party]
table = "bank-1.csv"             # never leaves this machine
keystore = "bank-1.json"
password_file = "bank-1.password"

[engine]                         # see `engine_config`
kind = "nvflare"
coordinator = "hub.example:8002"
kit = "kits/0x…"
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.apps.engine_config import EngineConfig, read_engine
from trustspace.apps.options import SigningOptions
from trustspace.apps.settings_file import SettingsFile
from trustspace.apps.training_config import agreed_plan
from trustspace.errors import InvalidPlan

if TYPE_CHECKING:
    from trustspace.learning.plan import TrainingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """One bank's part in one run."""

    run: str
    plan: TrainingPlan
    table: Path
    kept: Path | None
    signing: SigningOptions
    engine: EngineConfig


def read_worker_config(path: Path) -> WorkerConfig:
    """Parse a file. Raises InvalidPlan naming file and field."""
    file = SettingsFile(path, InvalidPlan, remedy="see trustspace worker --help")
    file.only(file.content, "", {"run", "party", "engine"})
    run, party = file.table(file.content, "run"), file.table(file.content, "party")
    file.only(run, "run", {"name", "model", "plan"})
    return WorkerConfig(
        run=file.text(run, "run.name"),
        plan=agreed_plan(file, run),
        table=file.path(party, "party.table"),
        kept=file.path(party, "party.kept") if "kept" in party else None,
        signing=file.signing(party, "party", {"table", "kept"}),
        engine=read_engine(file, "coordinator"),
    )
