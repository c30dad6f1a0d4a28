"""`trustspace audit`: replay a training run from its public transcript and the chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustspace.apps.console import Output, progress
from trustspace.apps.options import DEFAULT_RPC, DeploymentFile, Json, RpcUrl, hex_bytes32


def audit(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run id, 32 bytes in hex.")],
    transcript: Annotated[Path, typer.Option(help="Folder with the run's transcript.", exists=True, file_okay=False)],
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Recompute every sum and the model, and compare every hash with the chain. Exit code 1 at the first difference."""
    from trustspace.adapters.chain.training_ledger import ModelReader
    from trustspace.apps.space import Space
    from trustspace.domain.ids import RunId
    from trustspace.services.audit import audit as replay

    run_id = RunId(hex_bytes32(run, what="run id"))
    reader = ModelReader(Space.connect(rpc, deployment=deployment).models)
    record = reader.run(run_id)
    with progress("replaying", total=record.round or 1, silent=json) as advance:
        report = replay(transcript, reader, run=run_id, on_round=lambda _done, _rounds: advance(1))
    Output(as_json=json).facts(
        "No difference found",
        {
            "run": bytes(report.run),
            "model": bytes(report.model.model),
            "model_hash": report.model.card.model_hash,
            "state": report.model.state.name.lower(),
            "parties": report.parties,
            "rounds": report.rounds,
            "left": {str(party): number for party, number in report.left.items()},
            "hashes_compared": report.hashes,
        },
    )
