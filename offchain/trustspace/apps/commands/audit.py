"""`trustspace audit`: replay a training run from its public transcript and the chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.console import Output, progress
from trustspace.apps.options import DEFAULT_RPC, DeploymentFile, Json, RpcUrl, hex_bytes32

if TYPE_CHECKING:
    from trustspace.services.own_part import OwnPart


def audit(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run id, 32 bytes in hex.")],
    transcript: Annotated[Path, typer.Option(help="Folder with the run's transcript.", exists=True, file_okay=False)],
    party: Annotated[
        Path | None, typer.Option(help="A bank's own table, to recompute its contributions too.", exists=True)
    ] = None,
    kept: Annotated[
        Path | None, typer.Option(help="What that bank kept of the run (`kept` in its configuration).", exists=True)
    ] = None,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Recompute every sum and the model, and compare every hash with the chain. Exit code 1 at the first difference."""
    from trustspace.adapters.chain.training_ledger import ModelReader
    from trustspace.apps.space import Space
    from trustspace.domain.ids import RunId
    from trustspace.errors import UsageError
    from trustspace.services.audit import audit as replay

    if (party is None) != (kept is None):
        raise UsageError("--party needs --kept, and the other way round", remedy="name a bank's table and what it kept")
    own = _own_part(transcript, party, kept) if party and kept else None
    run_id = RunId(hex_bytes32(run, what="run id"))
    reader = ModelReader(Space.connect(rpc, deployment=deployment).models)
    record = reader.run(run_id)
    with progress("replaying", total=record.round or 1, silent=json) as advance:
        report = replay(transcript, reader, run=run_id, own=own, on_round=lambda _done, _rounds: advance(1))
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
            **_own_facts(own),
        },
    )


def _own_part(transcript: Path, table: Path, kept: Path) -> OwnPart:
    from trustspace.adapters.labelled_table import read_labelled
    from trustspace.services.audit import recorded_plan
    from trustspace.services.keepsake import read_keepsake
    from trustspace.services.own_part import OwnPart

    run = read_keepsake(kept)
    rows = read_labelled(table, recorded_plan(transcript), party=str(run.participant))
    return OwnPart(rows=rows, kept=run)


def _own_facts(own: OwnPart | None) -> dict[str, object]:
    if own is None:
        return {}
    facts: dict[str, object] = {"party": own.kept.participant, "contributions_recomputed": own.rounds}
    if own.noise:
        facts["noise_to_planned"] = {str(number): round(size, 3) for number, size in own.noise.items()}
    return facts
