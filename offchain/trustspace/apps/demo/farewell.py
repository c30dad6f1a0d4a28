"""What a kept demo leaves: a running chain, its deployment file, and a bank's keystore to try the commands with."""

from __future__ import annotations

import os
import secrets
import shlex
from typing import TYPE_CHECKING

from rich.text import Text

from trustspace.adapters.keys.keystore import write_keystore
from trustspace.crypto.signing import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from trustspace.apps.demo.cast import Member
    from trustspace.apps.demo.certifying import CertificateDesk, Issued
    from trustspace.apps.demo.stage import Stage
    from trustspace.apps.demo.training import Trained


def leave_running(console: Console, desk: CertificateDesk, trained: Trained, issued: Issued) -> None:
    """Print how to connect and what to try."""
    stage = desk.stage
    verdicts = stage.reader.verify_many(list(issued.ids.values()))
    name = next(name for name, verdict in zip(issued.ids, verdicts, strict=True) if verdict.valid)
    certificate = "0x" + issued.ids[name].hex()
    bank = desk.banks_of(name)[0]
    keystore, password = further_account(stage, bank)
    root = os.environ.get("TRUSTSPACE_ROOT")  # set by ./run
    program = "trustspace" if root is None else f"{shlex.quote(root + '/run')} exec trustspace"
    deployment, transcript = (shlex.quote(str(stage.folder / name)) for name in ("deployment.json", "transcript"))
    signing = f"--keystore {shlex.quote(str(keystore))} --password-file {shlex.quote(str(password))}"
    lines = (
        f"The chain goes on as process {stage.anvil.pid} (end it: kill {stage.anvil.pid}). To try:",
        f"  export TRUSTSPACE_RPC={stage.anvil.url} TRUSTSPACE_DEPLOYMENT={deployment}",
        f"  {program} verify {certificate}",
        f"  {program} certificate show {certificate}",
        f"  {program} audit 0x{trained.outcome.run.hex()} --transcript {transcript}",
        f"  {program} certificate revoke {certificate} --reason test {signing}",
        f"  {program} doctor",
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def further_account(stage: Stage, bank: Member) -> tuple[Path, Path]:
    """Give a bank one more account, in a new keystore with a new password; paths of both files."""
    private, password = secrets.token_bytes(32), secrets.token_urlsafe(24)
    key, space = SigningKey(private), stage.as_(bank.key)
    consent = key.sign_message(space.participants.consent_message(bank.id, key.address))
    space.participants.add_account(key.address, consent)
    stem = bank.name.replace(" ", "-")
    keystore, password_file = stage.folder / f"{stem}.json", stage.folder / f"{stem}.password"
    write_keystore(keystore, private, password)
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    return keystore, password_file
