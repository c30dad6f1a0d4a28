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

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustspace.apps.options import SigningOptions
from trustspace.errors import InvalidPlan
from trustspace.learning.invoice_plan import invoice_plan, invoice_trees_plan
from trustspace.learning.plan import TrainingPlan
from trustspace.learning.training import read_plan

_SIGNING = {"keystore", "password_file", "signer", "account"}
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
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidPlan(f"cannot be read: {error}", where=str(path), remedy="see trustspace train --help") from error
    file = _File(path)
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


def _plan(file: _File, run: dict[str, Any]) -> TrainingPlan:
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


def _party(file: _File, item: Any, where: str) -> PartyConfig:
    if not isinstance(item, dict):
        raise file.wrong(where, "a table [[party]]")
    return PartyConfig(
        name=file.text(item, f"{where}.name"),
        table=file.path(item, f"{where}.table"),
        kept=file.path(item, f"{where}.kept") if "kept" in item else None,
        signing=file.signing(item, where, {"name", "table", "kept"}),
    )


class _File:
    """Typed access to the parsed file, with errors that name the place."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def wrong(self, field: str, remedy: str) -> InvalidPlan:
        """The error for a field."""
        return InvalidPlan("is missing or wrong", where=f"{self._path}, {field}", remedy=remedy)

    def only(self, table: dict[str, Any], where: str, known: set[str]) -> None:
        """Refuse misspelt keys: they would be ignored silently."""
        for name in table.keys() - known:
            raise self.wrong(f"{where}.{name}".lstrip("."), f"known are {', '.join(sorted(known))}")

    def table(self, content: dict[str, Any], name: str) -> dict[str, Any]:
        """A required table."""
        found = content.get(name)
        if not isinstance(found, dict):
            raise self.wrong(name, f"add a [{name}] table")
        return found

    def text(self, table: dict[str, Any], field: str) -> str:
        """A required, non-empty string; `field` ends in its key."""
        found = table.get(field.rpartition(".")[2])
        if not isinstance(found, str) or not found:
            raise self.wrong(field, "a text in quotes")
        return found

    def path(self, table: dict[str, Any], field: str) -> Path:
        """A required path, relative to the file."""
        return self._path.parent / self.text(table, field)

    def signing(self, table: dict[str, Any], where: str, others: set[str]) -> SigningOptions:
        """Who signs."""
        self.only(table, where, _SIGNING | others)
        paths = {
            key: self.path(table, f"{where}.{key}") if key in table else None for key in ("keystore", "password_file")
        }
        texts = {key: self.text(table, f"{where}.{key}") if key in table else None for key in ("signer", "account")}
        return SigningOptions(
            keystore=paths["keystore"],
            password_file=paths["password_file"],
            signer=texts["signer"],
            account=texts["account"],
        )
