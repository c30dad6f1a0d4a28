"""`trustspace demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    invoices: Annotated[
        Path | None,
        typer.Option(
            help="Play the tables of this folder (CUMCM, or exports with loans) instead of a synthetic region."
        ),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all figures to this file.")] = None,
    keep: Annotated[bool, typer.Option(help="Leave the chain running and print how to connect.")] = False,
    workdir: Annotated[
        Path | None, typer.Option(help="Keep openings, transcripts and the deployment here; else a temporary folder.")
    ] = None,
    firms: Annotated[int, typer.Option(help="Firms of the synthetic region.", min=60)] = 420,
    records: Annotated[int, typer.Option(help="Invoices of the synthetic region.", min=2_000)] = 66_000,
    seed: Annotated[int, typer.Option(help="Seed of the synthetic region.", min=0)] = 2020,
) -> None:
    """Play the whole chain of evidence on a private chain: from invoices to certificates that a bank verifies."""
    from trustspace.apps.demo.runner import DemoOptions, run_demo

    run_demo(
        DemoOptions(invoices=invoices, json=json, keep=keep, workdir=workdir, firms=firms, records=records, seed=seed)
    )
