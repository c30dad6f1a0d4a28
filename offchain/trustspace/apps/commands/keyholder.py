"""`trustspace keyholder certificate|setup|serve|status|anchor|destroy`, and for the regulator `propose|close`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.console import Output
from trustspace.apps.options import (
    DEFAULT_RPC,
    UNSIGNED,
    DeploymentFile,
    Json,
    RpcUrl,
    SigningOptions,
    takes_signer,
)
from trustspace.errors import EpochNotOpen

if TYPE_CHECKING:
    from trustspace.adapters.keyholders.seed_files import SeedFiles
    from trustspace.adapters.keyholders.server import KeyholderServer
    from trustspace.adapters.store.evaluation_book import SqliteEvaluationBook
    from trustspace.apps.keyholder_config import KeyholderConfig
    from trustspace.apps.space import Space

app = typer.Typer(
    no_args_is_help=True, help="Hold a share of the fingerprints' keys; see docs/how-to-run-a-keyholder.md."
)
ConfigFile = Annotated[Path, typer.Option("--config", help="TOML file of this keyholder.", exists=True, dir_okay=False)]
Epoch = Annotated[int, typer.Option(help="Number of the epoch; by default the one proposed last.", min=0)]
LOG_FILE = "log.sqlite"


@app.command()
def certificate(
    name: Annotated[str, typer.Argument(help="Name of the certificate and its files.")],
    host: Annotated[list[str], typer.Option(help="Host name or address it is reached under; repeat for more.")],
    password_file: Annotated[Path, typer.Option(help="File whose first line encrypts the private key.", exists=True)],
    folder: Annotated[Path, typer.Option(help="Where to write NAME.crt and NAME.key.", file_okay=False)] = Path(),
    json: Json = False,
) -> None:
    """Make a self-signed certificate for mutual TLS: give NAME.crt to the other side, keep NAME.key."""
    from trustspace.adapters.keyholders.tls import make_certificate, pin_of
    from trustspace.adapters.keys.keystore import read_password

    own = make_certificate(folder, name, host, read_password("", password_file=password_file))
    Output(as_json=json).facts(
        "Certificate", {"certificate": str(own.certificate), "key": str(own.key), "sha256": pin_of(own.certificate)}
    )


@app.command()
def setup(config: ConfigFile, epoch: Epoch = 0, json: Json = False) -> None:
    """Do this keyholder's part in the proposed epoch's ceremony as far as it can go; run it again until it is done."""
    from trustspace.adapters.keyholders.setup import advance

    settings, space = _space(config)
    keys = space.fingerprint_keys
    status = advance(epoch or keys.proposed_epoch(), keys, space.participants, _files(settings), settings.exchange)
    facts = {"epoch": status.epoch, "node": status.node, "stage": status.stage, "waiting_for": list(status.waiting_for)}
    Output(as_json=json).facts("Setup", facts)
    raise typer.Exit(0 if status.done else 1)


@app.command()
def serve(config: ConfigFile) -> None:
    """Answer banks until interrupted. The first line on stdout says where: {"listening": "host:port"}."""
    import logging

    from trustspace.adapters.keyholders.log_anchor import LogAnchor

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings, space = _space(config)
    keys = space.fingerprint_keys
    participant = space.participants.participant_of(keys.account)
    book = _book(settings)
    try:
        book.require_continues(keys.log_head(participant))
        server = _server(settings, space, book)
        anchor = LogAnchor(book, keys, participant, seconds=settings.anchor_seconds)
        anchor.start()
        typer.echo(f'{{"listening": "{settings.host}:{server.port}"}}')
        sys.stdout.flush()
        try:
            server.serve_forever()
        finally:
            server.server_close()
            anchor.stop()
    finally:
        book.close()


@app.command()
def status(
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Show the open epochs, their keyholders, proven faults and anchored logs."""
    from trustspace.apps.space import Space

    keys = Space.connect(rpc, deployment=deployment).fingerprint_keys
    rows = []
    for record in keys.epochs(keys.open_epochs()):
        for node in record.nodes:
            head = keys.log_head(node.participant)
            rows.append(
                {
                    "epoch": record.epoch,
                    "threshold": record.threshold,
                    "node": node.number,
                    "participant": int(node.participant),
                    "account": node.account,
                    "faults": node.faults,
                    "evaluations": head.evaluations,
                }
            )
    Output(as_json=json).rows("Keyholders", list(rows[0]) if rows else ("epoch",), rows)


@app.command()
def anchor(config: ConfigFile, json: Json = False) -> None:
    """Bring the head of the log to the chain now."""
    from trustspace.adapters.keyholders.log_anchor import LogAnchor

    settings, space = _space(config)
    keys, book = space.fingerprint_keys, _book(settings)
    try:
        participant = space.participants.participant_of(keys.account)
        book.require_continues(keys.log_head(participant))
        LogAnchor(book, keys, participant, seconds=settings.anchor_seconds).anchor()
        head = book.head()
    finally:
        book.close()
    facts = {"entries": head.entries, "evaluations": head.evaluations, "head": head.head}
    Output(as_json=json).facts("Anchored", facts)


@app.command()
def destroy(
    config: ConfigFile,
    epoch: Annotated[int, typer.Argument(help="Number of a closed epoch.", min=1)],
    json: Json = False,
) -> None:
    """Delete the seeds of a closed epoch for ever and say so on the chain; backups are yours to destroy."""
    from trustspace.adapters.keyholders.setup import own_node
    from trustspace.domain.fingerprints import EpochState

    settings, space = _space(config)
    keys = space.fingerprint_keys
    record = keys.epoch(epoch)
    if record.state is not EpochState.CLOSED:
        raise EpochNotOpen(f"epoch {epoch} is {record.state.name.lower()}", remedy="the regulator closes it first")
    number = own_node(record, keys, space.participants)
    _files(settings).destroy_seeds(epoch)
    if not record.nodes[number - 1].destroyed:
        keys.confirm_destruction(epoch)
    Output(as_json=json).facts("Destroyed", {"epoch": epoch, "node": number})


@app.command()
@takes_signer
def propose(
    participants: Annotated[list[int], typer.Argument(help="Numbers of the keyholders' participants, in node order.")],
    threshold: Annotated[int, typer.Option(help="How many of them it takes.", min=2)] = 3,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Propose the next epoch, as the regulator."""
    from trustspace.apps.session import signed_space
    from trustspace.crypto.oprf.replicated import Sharing
    from trustspace.domain.ids import ParticipantId

    Sharing(threshold, len(participants))
    keys = signed_space(rpc, deployment, signing).fingerprint_keys
    epoch = keys.propose_epoch([ParticipantId(number) for number in participants], threshold).value
    Output(as_json=json).facts("Proposed", {"epoch": epoch, "ceremony": keys.epoch(epoch).ceremony})


@app.command()
@takes_signer
def close(
    epoch: Annotated[int, typer.Argument(help="Number of an open epoch.", min=1)],
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """End an epoch for ever, as the regulator."""
    from trustspace.apps.session import signed_space

    keys = signed_space(rpc, deployment, signing).fingerprint_keys
    keys.close_epoch(epoch)
    Output(as_json=json).facts("Closed", {"epoch": epoch, "open": list(keys.open_epochs())})


def _space(config: Path) -> tuple[KeyholderConfig, Space]:
    from trustspace.apps.keyholder_config import read_keyholder_config
    from trustspace.apps.session import signed_space

    settings = read_keyholder_config(config)
    return settings, signed_space(settings.chain.rpc, settings.chain.deployment, settings.chain.signing)


def _files(settings: KeyholderConfig) -> SeedFiles:
    from trustspace.adapters.keyholders.seed_files import SeedFiles

    return SeedFiles(settings.state, settings.identity.password)


def _book(settings: KeyholderConfig) -> SqliteEvaluationBook:
    from trustspace.adapters.store.evaluation_book import SqliteEvaluationBook

    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    return SqliteEvaluationBook(settings.state / LOG_FILE)


def _server(settings: KeyholderConfig, space: Space, book: SqliteEvaluationBook) -> KeyholderServer:
    from trustspace.adapters.chain.fingerprint_ledger import ChainKeyholderLedger
    from trustspace.adapters.keyholders.seed_shelf import SeedShelf
    from trustspace.adapters.keyholders.server import KeyholderServer
    from trustspace.adapters.keyholders.tls import pin_of, server_context
    from trustspace.adapters.system_clock import SystemClock
    from trustspace.services.keyholder import Keyholder

    keys = space.fingerprint_keys
    seeds = SeedShelf(_files(settings), keys, space.participants)
    for epoch in keys.open_epochs():
        seeds.get(epoch)
    ledger = ChainKeyholderLedger(space.client)
    keyholder = Keyholder(keys.signer, ledger, book, SystemClock(), seeds, quota=settings.quota)
    context = server_context(settings.identity, [bank.certificate for bank in settings.banks])
    banks = {pin_of(bank.certificate): bank.participant for bank in settings.banks}
    return KeyholderServer((settings.host, settings.port), context, keyholder, banks)
