"""What the demo did: shown while it runs, as a table at the end, and as one JSON document."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from trustspace.apps.console import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

Section = dict[str, Any]


@dataclass(slots=True)
class Report:
    """Figures by section.

    `credential` and `liens` tell what became of one certificate carried and of one invoice pledged, `verify` maps what
    was tried to the reason it got, `gas` holds `per_item` and `by_function`, `seconds` the time of each step.
    """

    invoices: Section = field(default_factory=dict)
    features: Section = field(default_factory=dict)
    training: Section = field(default_factory=dict)
    certificates: Section = field(default_factory=dict)
    credential: dict[str, str] = field(default_factory=dict)
    liens: dict[str, str] = field(default_factory=dict)
    verify: dict[str, str] = field(default_factory=dict)
    gas: Section = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Section]:
        """The JSON document's content."""
        return {
            "invoices": self.invoices,
            "features": self.features,
            "training": self.training,
            "certificates": self.certificates,
            "credential": self.credential,
            "liens": self.liens,
            "verify": self.verify,
            "gas": self.gas,
            "seconds": self.seconds,
        }

    def write(self, path: Path) -> None:
        """Write the JSON document, whole or not at all."""
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path)


class Narrator:
    """Tells on the terminal what happens, step by step."""

    def __init__(self, report: Report, console: Console) -> None:
        self.report = report
        self.console = console

    @contextmanager
    def step(self, name: str, title: str, *, total: int | None = None) -> Iterator[Step]:
        """Time a step and print it with what it found; with a `total`, `step.advance` moves a bar."""
        columns: list[ProgressColumn] = [SpinnerColumn(), TextColumn("{task.description}")]
        if total is not None:
            columns += [BarColumn(), MofNCompleteColumn()]
        started = time.perf_counter()
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as bars:
            task = bars.add_task(title, total=total)
            step = Step(advance=lambda done: bars.advance(task, done))
            yield step
        seconds = time.perf_counter() - started
        self.report.seconds[name] = round(seconds, 3)
        text = Text.assemble(("✓ ", "green"), (f"{title:<34}", "bold"), f"{step.outcome} ", (f"{seconds:.1f} s", "dim"))
        self.console.print(text, soft_wrap=True)
        for line in step.lines:
            self.console.print(Text("    " + line, style="dim"), soft_wrap=True)

    def verdict(self, scenario: str, title: str, reason: str) -> None:
        """Print and record how something that was tried turned out."""
        self.report.verify[scenario] = reason
        style = "green" if reason == "Ok" else "yellow"
        self.console.print(Text.assemble("    ", f"{title:<52}", (reason, style)), soft_wrap=True)

    def summary(self) -> None:
        """Print the closing table."""
        table = Table(title="The chain of evidence in figures", title_justify="left", show_header=False)
        for section, values in self.report.as_dict().items():
            if section in {"credential", "liens", "verify", "seconds"}:
                continue
            shown = values["per_item"] if section == "gas" else values
            listed = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in shown.items())
            table.add_row(Text(section, style="bold"), Text(listed))
        table.add_row(Text("seconds", style="bold"), Text(f"{sum(self.report.seconds.values()):.1f} in all"))
        self.console.print(table)


@dataclass(slots=True)
class Step:
    """What a step tells about itself."""

    advance: Callable[[int], None]
    outcome: str = ""
    lines: list[str] = field(default_factory=list)


def _short(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{key} {_short(item)}" for key, item in value.items()) + ")"
    if isinstance(value, float):
        return f"{value:.4g}"
    text = readable(value)
    return text[:10] + "…" if text.startswith("0x") and len(text) > 14 else text
