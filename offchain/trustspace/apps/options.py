"""Options that several commands share, and the connection they describe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from trustspace.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

RpcUrl = Annotated[
    str, typer.Option("--rpc", envvar="TRUSTSPACE_RPC", help="Node to talk to.", rich_help_panel="Connection")
]
DeploymentFile = Annotated[
    Path | None,
    typer.Option(
        "--deployment",
        envvar="TRUSTSPACE_DEPLOYMENT",
        help="deployments/<network>.json of the space; by default the one bundled for the node's chain.",
        rich_help_panel="Connection",
    ),
]
KeystoreFile = Annotated[
    Path | None,
    typer.Option(
        "--keystore",
        envvar="TRUSTSPACE_KEYSTORE",
        help="Encrypted keystore (JSON) of the account that signs; the password is asked for.",
        rich_help_panel="Signing",
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        envvar="TRUSTSPACE_PASSWORD_FILE",
        help="File with the keystore's password, readable by its owner alone.",
        rich_help_panel="Signing",
    ),
]
SignerUrl = Annotated[
    str | None,
    typer.Option(
        "--signer",
        envvar="TRUSTSPACE_SIGNER",
        help="URL of a remote signer (Web3Signer, Clef) instead of a keystore.",
        rich_help_panel="Signing",
    ),
]
SignerAccount = Annotated[
    str | None,
    typer.Option(
        "--account",
        envvar="TRUSTSPACE_ACCOUNT",
        help="Address at the remote signer.",
        rich_help_panel="Signing",
    ),
]
OFFLINE = "Without a node"
BlockHash = Annotated[str | None, typer.Option(help="Trust the block of this hash.", rich_help_panel=OFFLINE)]
ValidatorsFile = Annotated[
    Path | None,
    typer.Option(help="Trust the seals of the validators in this file.", exists=True, rich_help_panel=OFFLINE),
]
MaxAge = Annotated[str, typer.Option(help="How old the block may be, such as 30m, 12h, 7d.", rich_help_panel=OFFLINE)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]

_WORD = re.compile(r"[0-9a-fA-F]{64}")
DEFAULT_RPC = "http://127.0.0.1:8545"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOptions:
    """Where signatures come from. Never a private key: arguments are seen by every process of the machine."""

    keystore: Path | None = None
    password_file: Path | None = None
    signer: str | None = None
    account: str | None = None

    def check(self) -> None:
        """Raise UsageError when two signers are named."""
        if self.keystore is not None and self.signer is not None:
            raise UsageError("both a keystore and a remote signer are given", remedy="choose one")
        if self.signer is not None and self.account is None:
            raise UsageError("a remote signer needs the account to sign with", remedy="add --account ADDRESS")


UNSIGNED = SigningOptions()
"""What a command declares in place of the signing options, see `takes_signer`."""
_SIGNING = {"keystore": KeystoreFile, "password_file": PasswordFile, "signer": SignerUrl, "account": SignerAccount}


def takes_signer(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the four signing options where it declares `signing: SigningOptions = UNSIGNED`."""
    declared, hints = signature(command), get_type_hints(command, include_extras=True)
    parameters = []
    for parameter in declared.parameters.values():
        if parameter.name == "signing":
            parameters += [parameter.replace(name=name, default=None, annotation=of) for name, of in _SIGNING.items()]
        else:
            parameters.append(parameter.replace(annotation=hints[parameter.name]))

    @wraps(command)
    def called(**given: Any) -> None:
        command(signing=SigningOptions(**{name: given.pop(name) for name in _SIGNING}), **given)

    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    called.__dict__["__signature__"] = declared.replace(parameters=parameters)
    return called


def hex_bytes32(text: str, *, what: str) -> bytes:
    """32 bytes from hexadecimal. Raises UsageError that says which argument is wrong."""
    digits = text.removeprefix("0x")
    if not _WORD.fullmatch(digits):
        raise UsageError(f"{text!r} is no {what}", remedy="give 0x and 64 hexadecimal digits")
    return bytes.fromhex(digits)
