"""`trustspace worker`: one bank's part in a run, as a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustspace.apps.console import Output
from trustspace.apps.options import DEFAULT_RPC, DeploymentFile, Json, RpcUrl
from trustspace.errors import UsageError

app = typer.Typer(help="Take part in a training run from a bank's own machine.")


@app.callback(invoke_without_command=True)
def worker(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="TOML file of the worker; layout in docs/how-to-run-workers.md.", exists=True)
    ] = None,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Connect to the coordinator and take part until the run is over. Killed and started again, it goes on."""
    if context.invoked_subcommand is not None:
        return
    if config is None:
        raise UsageError("no file is given", remedy="trustspace worker --config FILE")
    from trustspace.adapters.labelled_table import read_labelled
    from trustspace.adapters.transport.nvflare_worker import NvflareWorker
    from trustspace.apps.party_session import operation_of, training_party
    from trustspace.apps.session import signed_space
    from trustspace.apps.worker import Worker
    from trustspace.apps.worker_config import read_worker_config

    settings = read_worker_config(config)
    rows = read_labelled(settings.table, settings.plan, party=settings.table.stem)
    space = signed_space(rpc, deployment, settings.signing)
    party = training_party(settings.plan, rows, space, settings.run, kept=settings.kept)
    models, operation, engine = space.models, operation_of(settings.run), settings.engine
    line = NvflareWorker(party.address, engine.kit, engine.address, engine.patience)
    line.serve(Worker(party, lambda run: models.run_id_of(models.run(run).aggregator, operation) == run).answer)
    model = party.model
    Output(as_json=json).facts(
        "Took part", {"party": party.participant, "account": party.address, "model": model and bytes(model)}
    )


@app.command()
def provision(
    config: Annotated[Path, typer.Argument(help="TOML file of the run, with an [engine].", exists=True)],
    to: Annotated[Path, typer.Option(help="Folder for the kits; called again, it adds new parties.")],
    host: Annotated[str, typer.Option(help="Name or address under which workers find the coordinator.")] = "127.0.0.1",
    json: Json = False,
) -> None:
    """Make certificates for the coordinator and every worker of a run. Each kit goes to its owner alone."""
    from trustspace.adapters.transport.nvflare_kits import provision as make_kits
    from trustspace.apps.training_config import read_training_config

    run = read_training_config(config)
    if run.engine is None:
        raise UsageError("the run has no workers", where=str(config), remedy="add an [engine] to it")
    kits = make_kits(to, host, run.workers)
    Output(as_json=json).facts("Kits", {name: str(kit) for name, kit in kits.items()})
