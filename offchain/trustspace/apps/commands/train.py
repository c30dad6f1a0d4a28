"""`trustspace train`: a federated run over the chain, from a run's file or a table of one's own."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.console import Output, progress
from trustspace.apps.options import DEFAULT_RPC, DeploymentFile, RpcUrl
from trustspace.apps.table_options import (
    Ignore,
    JsonFile,
    Label,
    Model,
    Params,
    Parties,
    Party,
    Personalise,
    Predictions,
    RowId,
    Rule,
    Save,
    Source,
)
from trustspace.errors import NoCircuit, UsageError

if TYPE_CHECKING:
    from trustspace.apps.training_config import TrainingConfig
    from trustspace.learning.run import TrainedModel
    from trustspace.learning.score import CreditModel
    from trustspace.ports import Transport
    from trustspace.services.federation import TrainingOutcome


def train(
    source: Source,
    centralised: Annotated[
        bool, typer.Option(help="Train on all tables in one place instead, without a chain: the same model hash.")
    ] = False,
    resume: Annotated[
        bool, typer.Option(help="Go on with a run that was interrupted, from its transcript and the parties' memory.")
    ] = False,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: JsonFile = None,
    label: Label = None,
    party: Party = None,
    parties: Parties = 0,
    row_id: RowId = None,
    ignore: Ignore = None,
    model: Model = "scorecard",
    test_rule: Rule = None,
    params: Params = None,
    predictions: Predictions = None,
    save: Save = None,
    personalise: Personalise = False,
) -> None:
    """Train a model over several banks. Tables stay with their parties; hashes of masked sums go to the chain."""
    if source.suffix != ".toml":
        if resume:
            raise UsageError("a table has no run to resume", where="--resume", remedy="train again")
        from trustspace.apps.commands.train_table import job_of, train_table

        options = job_of(
            source, label=label, party=party, parties=parties, row_id=row_id, ignore=ignore or [], model=model,
            test_rule=test_rule, params=params, in_one_place=centralised, personalise=personalise,
        )  # fmt: skip
        train_table(options, json=json, predictions=predictions, save=save)
        return
    if label or party or parties or row_id or ignore or test_rule or params or predictions or save or personalise:
        raise UsageError("these options are for tables", where=str(source), remedy="settings of a run are in its file")
    output = Output(as_json=json is not None, file=None if json == Path("-") else json)
    _train_by_file(source, output, rpc, deployment, resume=resume, centralised=centralised)


def _train_by_file(
    source: Path, output: Output, rpc: str, deployment: Path | None, *, resume: bool, centralised: bool
) -> None:
    from trustspace.apps.training_config import read_training_config

    run = read_training_config(source)
    if centralised:
        output.facts("Trained in one place", _figures(_in_one_place(run)))
        return
    outcome = _federated(run, rpc, deployment, resume=resume, silent=output.as_json)
    output.facts(
        "Trained",
        {
            "run": bytes(outcome.run),
            "model": bytes(outcome.model),
            **_figures(outcome.trained),
            "parties": outcome.parties,
            "members": list(outcome.members),
            "left": {str(party): number for party, number in outcome.left.items()},
            "reasons": {str(party): reason for party, reason in outcome.reasons.items()},
            "rounds": outcome.rounds,
            "transcript": str(run.transcript),
        },
    )


def _figures(trained: TrainedModel) -> dict[str, object]:
    metrics = trained.metrics
    return {
        "model_hash": trained.model.digest,
        "auc_out_of_fold": metrics.auc,
        "ks": metrics.ks,
        "rows": metrics.rows,
        "defaults": metrics.defaults,
        "proven_by": _circuit(trained.model),
    }


def _circuit(model: CreditModel) -> str:
    """The circuit that can prove the model's grades, or why there is none."""
    from trustspace.learning.provable import provable

    try:
        return provable(model).circuit.value
    except NoCircuit as error:
        return error.message


def _in_one_place(run: TrainingConfig) -> TrainedModel:
    if run.engine is not None:
        raise UsageError("the tables are at the workers", where=run.name, remedy="give a file that names the tables")
    from trustspace.adapters.labelled_table import read_labelled
    from trustspace.learning.training import centralised

    return centralised(run.plan, [read_labelled(party.table, run.plan, party=party.name) for party in run.parties])


def _federated(
    run: TrainingConfig, rpc: str, deployment: Path | None, *, resume: bool, silent: bool
) -> TrainingOutcome:
    from trustspace.adapters.chain.training_ledger import RunLedger
    from trustspace.apps.party_session import operation_of
    from trustspace.apps.session import signed_space
    from trustspace.services.federation import train
    from trustspace.services.training import Aggregator

    with ExitStack() as stack:
        engine = _engine(run, rpc, deployment, stack)
        aggregator = Aggregator(run.plan, RunLedger(signed_space(rpc, deployment, run.aggregator).models))
        advance = stack.enter_context(progress("training", total=run.plan.rounds, silent=silent))
        return train(
            run.plan,
            aggregator,
            engine,
            operation=operation_of(run.name),
            quorum=run.quorum,
            transcript=run.transcript,
            resume=resume,
            on_round=lambda _done, _rounds: advance(1),
        )


def _engine(run: TrainingConfig, rpc: str, deployment: Path | None, stack: ExitStack) -> Transport:
    """All parties in this process, or lines to the workers at their banks."""
    from trustspace.adapters.labelled_table import read_labelled
    from trustspace.adapters.transport.in_process import InProcess
    from trustspace.apps.party_session import training_party
    from trustspace.apps.session import signed_space
    from trustspace.apps.space import Space
    from trustspace.services.party_desk import by_participant

    if run.engine is None:
        tables = [read_labelled(party.table, run.plan, party=party.name) for party in run.parties]
        return InProcess(
            [
                training_party(run.plan, rows, signed_space(rpc, deployment, party.signing), run.name, kept=party.kept)
                for party, rows in zip(run.parties, tables, strict=True)
            ]
        )
    from trustspace.adapters.transport.nvflare_coordinator import NvflareCoordinator

    registry = Space.connect(rpc, deployment=deployment).participants
    parties = by_participant((registry.participant_of(account), account) for account in run.workers)
    coordinator = NvflareCoordinator(parties, run.engine.kit, run.engine.address, run.engine.patience)
    return stack.enter_context(coordinator)
