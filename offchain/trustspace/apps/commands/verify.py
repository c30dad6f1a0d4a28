"""`trustspace verify`: does a certificate hold now?"""

from __future__ import annotations

from typing import Annotated

import typer

from trustspace.apps.console import Output
from trustspace.apps.exit_codes import ExitCode
from trustspace.apps.options import DEFAULT_RPC, DeploymentFile, Json, RpcUrl, hex_bytes32


def verify(
    certificates: Annotated[list[str], typer.Argument(metavar="ID...", help="Certificate ids, 32 bytes in hex.")],
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Ask the chain whether certificates hold now, and if not, why not. Exit code 0 only when all do."""
    from trustspace.apps.space import Space
    from trustspace.domain.ids import CertificateId

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
