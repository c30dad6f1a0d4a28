"""`trustspace verify`: does a certificate hold now?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustspace.apps.console import Output
from trustspace.apps.exit_codes import ExitCode
from trustspace.apps.options import DEFAULT_RPC, DeploymentFile, Json, RpcUrl, hex_bytes32
from trustspace.errors import UsageError

OFFLINE = "Without a node"


def verify(
    certificates: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="Certificate ids, 32 bytes in hex.")
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(help="A file by `certificate bundle`; no node is asked.", exists=True, rich_help_panel=OFFLINE),
    ] = None,
    block_hash: Annotated[
        str | None, typer.Option(help="Trust the block of this hash.", rich_help_panel=OFFLINE)
    ] = None,
    validators: Annotated[
        Path | None,
        typer.Option(help="Trust the seals of the validators in this file.", exists=True, rich_help_panel=OFFLINE),
    ] = None,
    max_age: Annotated[
        str, typer.Option(help="How old the block may be, such as 30m, 12h, 7d.", rich_help_panel=OFFLINE)
    ] = "1d",
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Ask the chain whether certificates hold now, and if not, why not. Exit code 0 only when all do.

    With --bundle a file answers instead, as of the block that it was made in.
    """
    if bundle is None:
        if block_hash is not None or validators is not None:
            raise UsageError("there is no bundle to trust a block of", where="--bundle", remedy="add --bundle FILE")
        _verify_online(certificates or [], rpc, deployment, json=json)
        return
    from trustspace.apps.commands.bundle import verify_offline

    verify_offline(
        bundle,
        certificates=certificates or [],
        block_hash=block_hash,
        validators=validators,
        max_age=max_age,
        deployment=deployment,
        json=json,
    )


def _verify_online(certificates: list[str], rpc: str, deployment: Path | None, *, json: bool) -> None:
    from trustspace.apps.space import Space
    from trustspace.domain.ids import CertificateId

    if not certificates:
        raise UsageError("no certificate is named", where="ID", remedy="give ids, or --bundle FILE")
    ids = [CertificateId(hex_bytes32(text, what="certificate id")) for text in certificates]
    verdicts = Space.connect(rpc, deployment=deployment).verify_many(ids)
    Output(as_json=json).rows(
        "Verdicts",
        ("certificate", "valid", "reason", "grade", "as_of_block"),
        [
            {
                "certificate": bytes(verdict.certificate),
                "valid": verdict.valid,
                "reason": verdict.reason.label,
                "grade": verdict.grade.name if verdict.grade else None,
                "as_of_block": verdict.as_of_block,
            }
            for verdict in verdicts
        ],
    )
    if not all(verdict.valid for verdict in verdicts):
        raise typer.Exit(ExitCode.NEGATIVE)
