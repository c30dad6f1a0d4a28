"""The [engine] table of a run's or a worker's file.

[engine]
kind = "nvflare"
listen = "0.0.0.0:8002"          # the run's file: where workers connect to
coordinator = "hub.example:8002" # a worker's file: the same place, as seen from the bank
kit = "kits/coordinator"         # certificates by `trustspace worker provision`
patience = { gather = 60, away = 10, answer = 120, silence = 600 }   # seconds; each may be left out
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.adapters.transport.nvflare_core import parse_address
from trustspace.adapters.transport.patience import Patience

if TYPE_CHECKING:
    from trustspace.apps.settings_file import SettingsFile

NVFLARE = "nvflare"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """An engine between processes. `address`: where the coordinator listens, or is."""

    address: tuple[str, int]
    kit: Path
    patience: Patience


def read_engine(file: SettingsFile, address: str) -> EngineConfig:
    """Parse the table; `address`: "listen" or "coordinator". Raises InvalidPlan, UsageError or OutOfRange."""
    table = file.table(file.content, "engine")
    file.only(table, "engine", {"kind", address, "kit", "patience"})
    if file.text(table, "engine.kind") != NVFLARE:
        raise file.wrong("engine.kind", f'known is "{NVFLARE}"')
    waits = table.get("patience", {})
    if not isinstance(waits, dict):
        raise file.wrong("engine.patience", "a table of seconds")
    file.only(waits, "engine.patience", {field.name for field in fields(Patience)})
    return EngineConfig(
        address=parse_address(file.text(table, f"engine.{address}"), where=f"engine.{address}"),
        kit=file.path(table, "engine.kit"),
        patience=Patience(**waits),
    )
