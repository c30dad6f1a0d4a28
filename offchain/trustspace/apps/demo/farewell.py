"""What a kept demo leaves: a running chain, its deployment file, and keystores to try the commands with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from trustspace.apps.demo.cast import Cast
    from trustspace.apps.demo.certifying import Issued
    from trustspace.apps.demo.stage import Stage
    from trustspace.apps.demo.training import Trained


def leave_running(console: Console, stage: Stage, cast: Cast, trained: Trained, issued: Issued) -> None:
    """Print how to connect and what to try."""
    good = next(verdict.certificate for verdict in stage.reader.verify_many(list(issued.ids.values())) if verdict.valid)
    deployment = stage.folder / "deployment.json"
    lines = (
        f"The chain goes on (process {stage.anvil.pid}; end it with: kill {stage.anvil.pid}). Try:",
        f"  export TRUSTSPACE_RPC={stage.anvil.url} TRUSTSPACE_DEPLOYMENT={deployment}",
        f"  trustspace verify 0x{good.hex()}",
        f"  trustspace certificate show 0x{good.hex()}",
        f"  trustspace audit 0x{trained.outcome.run.hex()} --transcript {stage.folder / 'transcript'}",
        "  trustspace doctor",
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)
