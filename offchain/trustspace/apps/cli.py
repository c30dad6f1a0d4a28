"""The command line. Commands import what they need when they run, so that `--help` answers at once."""

from __future__ import annotations

import sys

import typer

from trustspace.apps.commands import audit, certificate, demo, doctor, invoice, train, verify
from trustspace.apps.console import print_error
from trustspace.apps.exit_codes import ExitCode, exit_code_of
from trustspace.errors import TrustspaceError

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
app.command("demo")(demo.demo)
app.command("verify")(verify.verify)
app.add_typer(certificate.app, name="certificate")
app.add_typer(invoice.app, name="invoice")
app.command("train")(train.train)
app.command("audit")(audit.audit)
app.command("doctor")(doctor.doctor)


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
    try:
        app()
    except TrustspaceError as error:
        print_error(error, as_json="--json" in sys.argv[1:])
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    main()
