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

from trustspace.apps.config_file import ConfigFile
from trustspace.apps.engine_config import EngineConfig, read_engine
from trustspace.apps.options import SigningOptions
from trustspace.apps.training_config import agreed_plan

if TYPE_CHECKING:
    from trustspace.learning.plan import TrainingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """One bank's part in one run."""

    run: str
    plan: TrainingPlan
    table: Path
    signing: SigningOptions
    engine: EngineConfig


def read_worker_config(path: Path) -> WorkerConfig:
    """Parse a file. Raises InvalidPlan naming file and field."""
    file = ConfigFile(path, {"run", "party", "engine"})
    run, party = file.table("run"), file.table("party")
    file.only(run, "run", {"name", "model", "plan"})
    return WorkerConfig(
        run=file.text(run, "run.name"),
        plan=agreed_plan(file, run),
        table=file.path(party, "party.table"),
        signing=file.signing(party, "party", {"table"}),
        engine=read_engine(file, "coordinator"),
    )
