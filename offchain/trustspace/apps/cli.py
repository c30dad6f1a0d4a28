"""The command line. Commands import what they need when they run, so that `--help` answers at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

import typer

from trustspace.apps.commands import (
    ceremony,
    certificate,
    credential,
    invoice,
    keyholder,
    lien,
    model,
    statement,
    verifier,
    worker,
)
from trustspace.apps.commands.audit import audit
from trustspace.apps.commands.bundle import bundle
from trustspace.apps.commands.demo import demo
from trustspace.apps.commands.doctor import doctor
from trustspace.apps.commands.fingerprint import fingerprint
from trustspace.apps.commands.prove import prove
from trustspace.apps.commands.signals import signals
from trustspace.apps.commands.train import train
from trustspace.apps.commands.verify import verify
from trustspace.apps.console import print_error
from trustspace.apps.exit_codes import exit_code_of
from trustspace.errors import TrustspaceError, UsageError

EPILOG = (
    "Exit codes: 0 yes, done · 1 no (not valid, audit differs, something is missing) · 2 wrong call or input · "
    "3 chain, contract or tool unreachable · 4 refused by a contract · 5 a party broke the protocol · 130 interrupted."
)

app = typer.Typer(
    name="trustspace",
    help="SME credit on shared, private, provable data: from invoices to certificates a bank can verify.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo)
app.command("verify")(verify)
certificate.app.command("bundle")(bundle)
certificate.app.command("prove")(prove)
app.add_typer(certificate.app, name="certificate")
app.add_typer(credential.app, name="credential")
app.add_typer(invoice.app, name="invoice")
app.command("fingerprint")(fingerprint)
app.add_typer(keyholder.app, name="keyholder")
app.add_typer(lien.app, name="lien")
app.command("train")(train)
app.add_typer(worker.app, name="worker")
app.command("audit")(audit)
app.add_typer(model.app, name="model")
app.add_typer(verifier.app, name="verifier")
app.add_typer(statement.app, name="statement")
app.add_typer(ceremony.app, name="ceremony")
app.command("signals")(signals)
app.command("doctor")(doctor)


@app.callback(invoke_without_command=True)
def root(
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    """Answer --version; everything else is a command's business."""
    if version:
        from trustspace import __version__

        typer.echo(f"trustspace {__version__}")
        raise typer.Exit


def main() -> None:
    """Run a command and turn errors into one clear message and a documented exit code."""
    signal.signal(signal.SIGINT, _interrupted)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        try:
            app(args=arguments(sys.argv[1:]))
        except OSError as error:
            raise _file_problem(error) from error
    except TrustspaceError as error:
        names_a_file = sys.argv[1:2] in (["demo"], ["signals"]) or sys.argv[1:3] == ["invoice", "check"]
        wants_json = "--json" in sys.argv and not names_a_file
        print_error(error, as_json=wants_json)
        sys.exit(exit_code_of(error))


def arguments(given: Sequence[str]) -> list[str]:
    """What was typed, with `train --json` on its own spelt out as `--json -`: there the option may name a file."""
    spelt = list(given)
    if spelt[:1] == ["train"] and "--json" in spelt:
        after = spelt.index("--json") + 1
        if after == len(spelt) or spelt[after].startswith("--"):
            spelt.insert(after, "-")
    return spelt


def _file_problem(error: OSError) -> UsageError:
    """What a file that cannot be read or written is for the caller; any other trouble goes on as it is."""
    if error.filename is None:
        raise error
    return UsageError(str(error.strerror), where=str(error.filename), remedy="check path and permissions")


def _interrupted(number: int, _frame: object) -> None:
    """Leave in order (chains are stopped, files are closed) with the usual code: 128 and the signal's number."""
    print("interrupted", file=sys.stderr)
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
