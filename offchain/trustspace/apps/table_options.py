"""Options of `trustspace train` for a table of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_PANEL = "A table of one's own"

Source = Annotated[
    Path,
    typer.Argument(
        metavar="CONFIG|TABLE", help="TOML file of a run, or a table: CSV, .csv.gz or Parquet.", exists=True
    ),
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Write one JSON document to this file; alone or as -: print it.")
]
Label = Annotated[
    str | None,
    typer.Option(
        "--label", help="Outcome: COLUMN, COLUMN=VALUE or COLUMN>NUMBER for a default.", rich_help_panel=_PANEL
    ),
]
Party = Annotated[
    str | None, typer.Option("--party", help="Column that names a row's party, or hash:8.", rich_help_panel=_PANEL)
]
Parties = Annotated[
    int,
    typer.Option("--parties", help="Only the N largest parties; without --party: hash:N.", rich_help_panel=_PANEL),
]
RowId = Annotated[str | None, typer.Option("--id", help="Column of row ids.", rich_help_panel=_PANEL)]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", help="Columns that are no features, with commas.", rich_help_panel=_PANEL),
]
Model = Annotated[str, typer.Option("--model", help="scorecard or gbdt.", rich_help_panel=_PANEL)]
Rule = Annotated[
    str | None,
    typer.Option(
        "--test-rule",
        help="Rows to test on: sha256:NAME:30 for 30 percent, COLUMN:2005..2010 for what came later.",
        rich_help_panel=_PANEL,
    ),
]
Params = Annotated[
    Path | None, typer.Option("--params", help="Settings of the plan, JSON or TOML.", rich_help_panel=_PANEL)
]
Predictions = Annotated[
    Path | None,
    typer.Option("--predictions", help="CSV to write: each test row's chance of default.", rich_help_panel=_PANEL),
]
Save = Annotated[
    Path | None,
    typer.Option("--save", help="File for the model, to keep or to export.", rich_help_panel=_PANEL),
]
Card = Annotated[
    Path | None,
    typer.Option("--card", help="File for the model card: JSON, or a page (.html).", rich_help_panel=_PANEL),
]
Personalise = Annotated[
    bool,
    typer.Option(
        "--personalise", help="Each party corrects the model by its own rows, for itself.", rich_help_panel=_PANEL
    ),
]
