"""`trustspace lien check|reserve|finance|release|migrate|show`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
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
    takes_signer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustspace.domain.liens import InvoicePrints, Refusal
    from trustspace.services.lien_desk import LienDesk

app = typer.Typer(no_args_is_help=True, help="Is an invoice pledged anywhere? Pledge it, finance it, give it back.")

Prints = Annotated[
    str, typer.Argument(metavar="PRINTS", help="What `trustspace fingerprint --json` printed; - reads it from stdin.")
]
Seller = Annotated[str, typer.Option(help="Own name of the seller: keeps equal numbers of different sellers apart.")]
Book = Annotated[
    Path | None, typer.Option(help="Own record of liens: secret; by default liens.sqlite in TRUSTSPACE_HOME.")
]
Labels = Annotated[list[str], typer.Argument(metavar="INVOICE...", help="Numbers, or SELLER:NUMBER, as reserved.")]


@app.command()
def check(
    prints: Prints,
    seller: Seller = "",
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Ask what is claimed of invoices anywhere. Shows them to nobody. Exit code 0 only when all are free."""
    from trustspace.apps.space import Space
    from trustspace.domain.liens import InvoiceStanding

    found = Space.connect(rpc, deployment=deployment).liens.check(_prints(prints, seller))
    rows = [
        {
            "invoice": item.label,
            "standing": item.standing.name.lower(),
            "reserved_bps": item.reserved_bps,
            "financed_bps": item.financed_bps,
            "warnings": [warning.name.lower() for warning in sorted(item.warnings)],
        }
        for item in found
    ]
    Output(as_json=json).rows("Liens", ("invoice", "standing", "reserved_bps", "financed_bps", "warnings"), rows)
    if any(item.standing is not InvoiceStanding.FREE for item in found):
        raise typer.Exit(ExitCode.NEGATIVE)


@app.command()
@takes_signer
def reserve(
    prints: Prints,
    share: Annotated[int, typer.Option(help="Share of each invoice in basis points.")] = 10_000,
    batch: Annotated[int, typer.Option(help="Pledges in one commitment, filled up: 1, 10 or 100.")] = 10,
    seller: Seller = "",
    book: Book = None,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Commit to pledges, then open them. What a killed call left over is brought to its end first."""
    wanted = [(item, share) for item in _prints(prints, seller)]
    with _desk(rpc, deployment, signing, book) as desk:
        _tell("Reserved", desk.reserve(wanted, size=batch), json=json)


@app.command()
@takes_signer
def finance(
    invoices: Labels,
    book: Book = None,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Turn reservations into claims that last, once no earlier commitment can be opened any more."""
    with _desk(rpc, deployment, signing, book) as desk:
        _tell("Financed", desk.finance(invoices), json=json)


@app.command()
@takes_signer
def release(
    invoices: Labels,
    book: Book = None,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Give liens up: repaid, or not financed after all."""
    with _desk(rpc, deployment, signing, book) as desk:
        _tell("Released", desk.release(invoices), json=json)


@app.command()
@takes_signer
def migrate(
    prints: Prints,
    seller: Seller = "",
    book: Book = None,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Make the new epoch's fingerprints known for own liens, before the old epoch closes."""
    with _desk(rpc, deployment, signing, book) as desk:
        _tell("Migrated", desk.migrate(_prints(prints, seller)), json=json)


@app.command()
@takes_signer
def show(
    book: Book = None,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """List the bank's own liens as the chain has them now."""
    with _desk(rpc, deployment, signing, book) as desk:
        rows = [
            {
                "invoice": own.label,
                "state": lien.state.name.lower(),
                "share_bps": own.share_bps,
                "until": lien.until or None,
                "disputed": lien.disputed,
                "refusal": own.refusal.name.lower() if own.refusal else None,
                "lien": lien.lien or None,
            }
            for own, lien in desk.own()
        ]
    Output(as_json=json).rows(
        "Own liens", ("invoice", "state", "share_bps", "until", "disputed", "refusal", "lien"), rows
    )


def _prints(source: str, seller: str) -> tuple[InvoicePrints, ...]:
    from trustspace.adapters.invoices.prints import read_prints

    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    return read_prints(text, source=source, seller=seller)


@contextmanager
def _desk(rpc: str, deployment: Path | None, signing: SigningOptions, book: Path | None) -> Iterator[LienDesk]:
    from trustspace.adapters.store.lien_book import SqliteLienBook
    from trustspace.apps.session import home, signed_space

    space = signed_space(rpc, deployment, signing)
    kept = SqliteLienBook(book or home() / "liens.sqlite")
    try:
        yield space.lien_desk(kept)
    finally:
        kept.close()


def _tell(title: str, outcome: dict[str, Refusal], *, json: bool) -> None:
    rows = [
        {"invoice": label, "done": not refusal, "refusal": refusal.name.lower(), "why": refusal.sentence}
        for label, refusal in outcome.items()
    ]
    Output(as_json=json).rows(title, ("invoice", "done", "why"), rows)
    if any(outcome.values()):
        raise typer.Exit(ExitCode.NEGATIVE)
