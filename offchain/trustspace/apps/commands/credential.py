"""`trustspace credential export|challenge|present|verify`: a certificate as a W3C Verifiable Credential."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.console import Output
from trustspace.apps.exit_codes import ExitCode
from trustspace.apps.options import (
    DEFAULT_RPC,
    OFFLINE,
    UNSIGNED,
    BlockHash,
    DeploymentFile,
    Json,
    MaxAge,
    RpcUrl,
    SigningOptions,
    ValidatorsFile,
    hex_bytes32,
    takes_signer,
)
from trustspace.errors import UsageError

if TYPE_CHECKING:
    from trustspace.adapters.store.challenge_book import SqliteChallengeBook
    from trustspace.domain.credentials import CredentialField, CredentialVerdict
    from trustspace.services.bundle_status import BundleStatus

app = typer.Typer(no_args_is_help=True, help="Carry a certificate as a W3C Verifiable Credential, and check one.")

Audience = Annotated[str, typer.Option(help="Name of the bank that asked, the same on both sides.")]
Challenge = Annotated[str, typer.Option(help="What the bank gave for this one presentation.")]
Book = Annotated[Path | None, typer.Option(help="Challenges given; by default in TRUSTSPACE_HOME.", dir_okay=False)]
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
def challenge(
    minutes: Annotated[int, typer.Option(help="How long it waits for its answer.", min=1, max=1440)] = 10,
    book: Book = None,
    json: Json = False,
) -> None:
    """As a bank: make a challenge for one presentation, which counts once and for some minutes."""
    from trustspace.adapters.system_clock import SystemClock
    from trustspace.crypto.randomness import SystemRandomness
    from trustspace.services.credential_issue import new_challenge

    made = new_challenge(SystemRandomness())
    with _open(book) as kept:
        kept.keep(made, until=SystemClock().now() + minutes * 60)
    if json:
        Output(as_json=True).facts("Challenge", {"challenge": made, "minutes": minutes})
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
        bool,
        typer.Option(
            "--offline",
            help="Ask no node: needs --deployment and --issuer, status stays unknown.",
            rich_help_panel=OFFLINE,
        ),
    ] = False,
    bundle: Annotated[
        Path | None,
        typer.Option(
            help="Status by a file of `certificate bundle`; no node is asked.", exists=True, rich_help_panel=OFFLINE
        ),
    ] = None,
    block_hash: BlockHash = None,
    validators: ValidatorsFile = None,
    max_age: MaxAge = "1d",
    book: Book = None,
    age: Annotated[int, typer.Option(help="Seconds after which a presentation is too old.", min=1, max=86_400)] = 300,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """As a bank: check what a firm presented, and its status on the chain. Exit code 0 only when everything holds."""
    from trustspace.apps.space import Space
    from trustspace.encoding.address import normal_address

    if (offline or bundle is not None) and deployment is None:
        raise UsageError(
            "without a node nobody says which chain is meant", where="--deployment", remedy="name the file"
        )
    if offline and bundle is not None:
        raise UsageError("a bundle is a status", where="--offline", remedy="leave one of the two out")
    if offline and not issuer:
        raise UsageError(
            "offline nobody says which issuers are real", where="--issuer", remedy="name accounts you trust"
        )
    status = None if bundle is None else _status(bundle, block_hash, validators, max_age, deployment)
    with _open(book) as kept:
        verdict = Space.connect(rpc, deployment=deployment).credential_desk(kept).verify(
            _read(file), audience=audience, challenge=challenge, offline=offline, status=status, longest_age=age,
            issuers=None if not issuer else [normal_address(account) for account in issuer],
        )  # fmt: skip
    Output(as_json=json).facts("Credential", {"file": str(file), **_report(verdict)})
    if not verdict.valid:
        raise typer.Exit(ExitCode.NEGATIVE)


def _open(book: Path | None) -> closing[SqliteChallengeBook]:
    from trustspace.adapters.store.challenge_book import SqliteChallengeBook
    from trustspace.apps.session import home

    return closing(SqliteChallengeBook(book or home() / "challenges.sqlite"))


def _status(
    bundle: Path, block_hash: str | None, validators: Path | None, max_age: str, deployment: Path | None
) -> BundleStatus:
    from trustspace.apps.commands.bundle import header_trust, seconds_of
    from trustspace.apps.offline import verify_bundle
    from trustspace.services.bundle_status import BundleStatus

    trust = header_trust(block_hash, validators)
    return BundleStatus(verify_bundle(bundle, trust=trust, deployment=deployment, max_age=seconds_of(max_age)))


def _report(verdict: CredentialVerdict) -> dict[str, object]:
    shown, status = verdict.shown, verdict.status
    report: dict[str, object] = {
        "valid": verdict.valid,
        "reason": verdict.reason.value,
        "status": None if status is None else status.reason.label,
        "proof": None if status is None else status.proof_kind.name,
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
