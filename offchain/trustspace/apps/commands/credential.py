"""`trustspace credential export|challenge|present|verify`: a certificate as a W3C Verifiable Credential."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.console import Output
from trustspace.apps.exit_codes import ExitCode
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

if TYPE_CHECKING:
    from trustspace.domain.credentials import CredentialField, CredentialVerdict

app = typer.Typer(no_args_is_help=True, help="Carry a certificate as a W3C Verifiable Credential, and check one.")

Audience = Annotated[str, typer.Option(help="Name of the bank that asked, the same on both sides.")]
Challenge = Annotated[str, typer.Option(help="What the bank gave for this one presentation.")]
CredentialFile = Annotated[Path, typer.Argument(metavar="FILE", help="SD-JWT as text.", exists=True, dir_okay=False)]
Target = Annotated[Path, typer.Option("--out", help="File to write, readable by its owner alone.")]


@app.command()
@takes_signer
def export(
    certificate: Annotated[str, typer.Argument(metavar="ID", help="Certificate id, 32 bytes in hex.")],
    out: Target,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """As a bank that endorsed a certificate: write it as a credential for its firm. The certificate must hold now."""
    from trustspace.adapters.store.files import write_private
    from trustspace.apps.session import key_of
    from trustspace.apps.space import Space
    from trustspace.domain.ids import CertificateId
    from trustspace.services.credential_token import read_credential

    certificate_id = CertificateId(hex_bytes32(certificate, what="certificate id"))
    key = key_of(signing)
    text = Space.connect(rpc, deployment=deployment).credentials.issue(certificate_id, key)
    write_private(out, text.encode("ascii"))
    _, shown = read_credential(text)
    Output(as_json=json).facts(
        "Credential",
        {
            "file": str(out),
            "certificate": bytes(certificate_id),
            "issuer": shown.credential.issuer,
            "participant": int(shown.credential.participant),
            "subject": shown.credential.subject,
            "valid_until": _utc(shown.credential.valid_until),
            "fields": [field.value for field in shown.fields],
        },
    )


@app.command()
def challenge(json: Json = False) -> None:
    """As a bank: make a challenge for one presentation. Keep it until the answer comes, and take no answer twice."""
    from trustspace.crypto.randomness import SystemRandomness
    from trustspace.services.credential_issue import new_challenge

    made = new_challenge(SystemRandomness())
    if json:
        Output(as_json=True).facts("Challenge", {"challenge": made})
    else:
        typer.echo(made)


@app.command()
@takes_signer
def present(
    file: CredentialFile,
    disclose: Annotated[
        str,
        typer.Option(help="Fields, with commas: grade, model, agreement, asOf, validFrom, proofKind, issuedBlock, "
                     "endorsers. Issuer, subject, status and validUntil always show."),
    ],
    audience: Audience,
    challenge: Challenge,
    out: Target,
    minutes: Annotated[int, typer.Option(help="How long it can be used.", min=1, max=60)] = 5,
    signing: SigningOptions = UNSIGNED,
    json: Json = False,
) -> None:  # fmt: skip
    """As the firm: show some fields of a credential to one bank, signed by the firm's own account. Needs no node."""
    from trustspace.adapters.store.files import write_private
    from trustspace.adapters.system_clock import SystemClock
    from trustspace.apps.session import key_of
    from trustspace.services.credential_issue import present_credential

    fields = _fields(disclose)
    text = present_credential(
        _read(file), fields, audience=audience, challenge=challenge, key=key_of(signing),
        now=SystemClock().now(), seconds=minutes * 60,
    )  # fmt: skip
    write_private(out, text.encode("ascii"))
    Output(as_json=json).facts(
        "Presentation",
        {
            "file": str(out),
            "audience": audience,
            "minutes": minutes,
            "disclosed": [field.value for field in fields],
        },
    )


@app.command()
def verify(
    file: CredentialFile,
    audience: Audience,
    challenge: Challenge,
    issuer: Annotated[
        list[str] | None, typer.Option(help="Account of an issuer that you trust; may be given several times.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no node: needs --deployment and --issuer, status stays unknown.")
    ] = False,
    age: Annotated[int, typer.Option(help="Seconds after which a presentation is too old.", min=1, max=86_400)] = 300,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """As a bank: check what a firm presented, and its status on the chain. Exit code 0 only when everything holds."""
    from trustspace.apps.space import Space
    from trustspace.encoding.address import normal_address

    if offline and deployment is None:
        raise UsageError("offline nobody says which chain is meant", where="--deployment", remedy="name the file")
    if offline and not issuer:
        raise UsageError(
            "offline nobody says which issuers are real", where="--issuer", remedy="name accounts you trust"
        )
    verdict = Space.connect(rpc, deployment=deployment).credentials.verify(
        _read(file), audience=audience, challenge=challenge, offline=offline, longest_age=age,
        issuers=None if not issuer else [normal_address(account) for account in issuer],
    )  # fmt: skip
    Output(as_json=json).facts("Credential", {"file": str(file), **_report(verdict)})
    if not verdict.valid:
        raise typer.Exit(ExitCode.NEGATIVE)


def _report(verdict: CredentialVerdict) -> dict[str, object]:
    shown, status = verdict.shown, verdict.status
    report: dict[str, object] = {
        "valid": verdict.valid,
        "reason": verdict.reason.value,
        "status": None if status is None else status.reason.label,
        "as_of_block": None if status is None else status.as_of_block,
    }
    if shown is not None:
        report |= {
            "certificate": bytes(shown.credential.certificate),
            "issuer": shown.credential.issuer,
            "participant": int(shown.credential.participant),
            "subject": shown.credential.subject,
            "valid_until": _utc(shown.credential.valid_until),
        }
    return report | {"shown": {} if shown is None else {field.value: value for field, value in shown.fields.items()}}


def _fields(names: str) -> list[CredentialField]:
    from trustspace.domain.credentials import ALWAYS_SHOWN, CredentialField

    known = {field.value: field for field in CredentialField}
    wanted = [name for name in (part.strip() for part in names.split(",")) if name]
    for name in wanted:
        if name not in known and name not in ALWAYS_SHOWN:
            listed = ", ".join((*known, *ALWAYS_SHOWN))
            raise UsageError(f"{name!r} is no field", where="--disclose", remedy=f"choose of {listed}")
    return [field for name, field in known.items() if name in wanted]


def _read(file: Path) -> str:
    from trustspace.encoding.sd_jwt import LARGEST_CHARACTERS

    with file.open("rb") as stream:
        return stream.read(LARGEST_CHARACTERS + 2).decode("latin-1").removesuffix("\n")


def _utc(seconds: int) -> str:
    from trustspace.encoding.credential_document import utc_text

    return utc_text(seconds)
