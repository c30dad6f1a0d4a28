"""Output of the commands: tables and progress for people on stderr/stdout, one JSON document for programs."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.apps.exit_codes import exit_code_of
from trustspace.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from trustspace.errors import TrustspaceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where a command's answer goes. With `as_json` stdout holds one JSON document and nothing else."""

    as_json: bool
    file: Path | None = None
    """Where the JSON document goes instead of stdout."""

    def facts(self, title: str, values: Mapping[str, object]) -> None:
        """Print one thing's properties."""
        if self.as_json:
            if self.file is None:
                print_json(values)
            else:
                text = json.dumps(values, indent=2, default=_plain, ensure_ascii=False) + "\n"
                write_file(self.file, text.encode())
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
        table.add_column()
        table.add_column(overflow="fold")  # ids are copied from here: never cut one
        for name, value in values.items():
            table.add_row(Text(name.replace("_", " "), style="dim"), Text(readable(value)))
        Console().print(table)

    def rows(self, title: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
        """Print many things of one kind; as JSON a list of objects."""
        if self.as_json:
            print_json(list(rows))
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(title=title, title_justify="left", header_style="bold")
        for column in columns:
            table.add_column(column.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(Text(readable(row.get(column))) for column in columns))
        Console().print(table)


def write_file(path: Path, content: bytes) -> None:
    """Write an answer to the file that the user named. Raises UsageError when that cannot be."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path), remedy="check the path") from error


def require_writable(path: Path) -> None:
    """Raise UsageError for a file that `write_file` could not write: before long work, not after it."""
    folder = path.parent
    if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        problem = "is a folder" if path.is_dir() else "cannot be written" if folder.is_dir() else "has no folder"
        raise UsageError(problem, where=str(path), remedy="check the path")


def readable(value: object) -> str:
    """Text for people: bytes in hex, nothing as a dash, thousands separated."""
    if value is None:
        return "-"
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(readable(item) for item in value)
    return str(value)


def print_json(value: object) -> None:
    """Print one JSON document, bytes in hex."""
    json.dump(value, sys.stdout, indent=2, default=_plain, ensure_ascii=False)
    sys.stdout.write("\n")


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    raise TypeError(f"{type(value).__name__} is not JSON")


def print_error(error: TrustspaceError, *, as_json: bool) -> None:
    """Say on stderr what was wrong, where, and what to do."""
    if as_json:
        document = {
            "error": type(error).__name__,
            "message": error.message,
            "where": error.where,
            "remedy": error.remedy,
            "exit_code": int(exit_code_of(error)),
        }
        print(json.dumps(document, ensure_ascii=False), file=sys.stderr)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    console.print(Text.assemble(("error: ", "bold red"), f"{error.where}: " if error.where else "", error.message))
    if error.remedy:
        console.print(Text.assemble(("  do this: ", "bold"), error.remedy))


@contextmanager
def progress(label: str, total: int, *, silent: bool) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr while long work goes on (nothing when silent or not at a terminal); yields its advance."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=silent or not console.is_terminal) as bars:
        task = bars.add_task(label, total=total)
        yield lambda steps: bars.advance(task, steps)
