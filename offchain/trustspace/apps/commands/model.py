"""`trustspace model`: what to do with a finished model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustspace.apps.console import write_file
from trustspace.errors import UsageError

app = typer.Typer(help="Use a finished model elsewhere.", no_args_is_help=True)


@app.command("export")
def export(
    model: Annotated[Path, typer.Argument(help="model.json of a run.", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Option(help="File to write.")],
    kind: Annotated[str, typer.Option("--format", help="Scorecard: csv, json, onnx; trees: xgboost.")] = "csv",
) -> None:
    """Write a scorecard's points table (csv, json) or model (onnx), or trees for XGBoost."""
    from trustspace.adapters.model_export.onnx_scorecard import to_onnx
    from trustspace.apps.model_file import read_model
    from trustspace.learning.points_listing import to_csv, to_json
    from trustspace.learning.scorecard import Scorecard
    from trustspace.learning.trees.xgboost_json import to_xgboost

    writers = {"csv": to_csv, "json": to_json, "onnx": to_onnx}
    if kind not in {*writers, "xgboost"}:
        raise UsageError(f"{kind!r} is no format", where="--format", remedy="csv, json, onnx or xgboost")
    found = read_model(model)
    if isinstance(found, Scorecard):
        if kind not in writers:
            raise UsageError("a scorecard has no trees", where="--format", remedy="csv, json or onnx")
        content = writers[kind](found)
    else:
        if kind != "xgboost":
            raise UsageError("trees have no points table", where="--format", remedy="xgboost")
        content = to_xgboost(found)
    write_file(output, content)
    typer.echo(f"{output} written, {len(content)} bytes")
