"""`trustspace certificate show|revoke`; `bundle` and `prove` have files of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from trustspace.apps.console import Output
from trustspace.apps.options import (
    DEFAULT_RPC,
    UNSIGNED,
    DeploymentFile,
    Json,
    RpcUrl,
    SigningOptions,
    hex_bytes32,
    takes_signer,
)
from trustspace.errors import UsageError

app = typer.Typer(
    no_args_is_help=True, help="Look at one certificate, pack it for offline use, take it back; issue some with proofs."
)

CertificateArgument = Annotated[str, typer.Argument(metavar="ID", help="Certificate id, 32 bytes in hex.")]


@app.command()
def show(
    certificate: CertificateArgument,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Show what a certificate says, who endorsed it and whether it holds now."""
    from trustspace.apps.space import Space
    from trustspace.domain.certificates import CertificateState
    from trustspace.domain.ids import CertificateId

    space = Space.connect(rpc, deployment=deployment)
    certificate_id = CertificateId(hex_bytes32(certificate, what="certificate id"))
    record = space.certificates.get(certificate_id)
    if record.state is CertificateState.NONE:
        raise UsageError(
            f"certificate 0x{certificate_id.hex()} was never issued",
            where="certificate",
            remedy="check the id and the deployment",
        )
    verdict = space.verify(certificate_id)
    Output(as_json=json).facts(
        "Certificate",
        {
            "certificate": bytes(certificate_id),
            "reason": verdict.reason.label,
            "as_of_block": verdict.as_of_block,
            "state": record.state.name,
            "grade": record.content.grade.name,
            "subject": record.subject,
            "agreement": bytes(record.content.agreement),
            "model": bytes(record.content.model),
            "as_of_day": iso_day(record.content.as_of_day),
            "valid_from": iso_time(record.content.valid_from),
            "not_after": iso_time(record.content.not_after),
            "issued_block": record.issued_block,
            "proof": record.proof_kind.name,
            "verifier": record.verifier,
            "endorsers": list(record.endorsers),
        },
    )


@app.command()
@takes_signer
def revoke(
    certificate: CertificateArgument,
    reason: Annotated[str, typer.Option(help="Why; only its hash goes to the chain.")],
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Take a certificate back for ever. Only a participant that endorsed it can."""
    from trustspace.apps.session import signed_space
    from trustspace.domain.ids import CertificateId
    from trustspace.encoding.hashing import keccak

    certificate_id = CertificateId(hex_bytes32(certificate, what="certificate id"))
    space = signed_space(rpc, deployment, signing)
    reason_hash = keccak(reason.encode())
    space.certificates.revoke(certificate_id, reason_hash)
    verdict = space.verify(certificate_id)
    Output(as_json=json).facts(
        "Revoked",
        {
            "certificate": bytes(certificate_id),
            "reason": verdict.reason.label,
            "reason_hash": reason_hash,
            "as_of_block": verdict.as_of_block,
        },
    )


def iso_day(day: int) -> str:
    """Date of a day counted from 1970-01-01."""
    from datetime import date, timedelta

    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def iso_time(seconds: int) -> str:
    """UTC time of Unix seconds."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()
