"""`trustspace fingerprint`: an invoice's fingerprints, by the keyholders in a bank's configuration."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.console import Output
from trustspace.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustspace.apps.keyholder_config import FingerprintConfig
    from trustspace.domain.fingerprints import InvoiceFacts
    from trustspace.services.fingerprint_client import FingerprintClient, Trouble

_FIELDS = ("seller", "buyer", "number", "date", "total", "currency")


def fingerprint(
    file: Annotated[
        Path | None,
        typer.Argument(help="An e-invoice, or an export for its sales.", exists=True),
    ] = None,
    *,
    config: Annotated[Path, typer.Option(help="TOML file with keyholders and signer.", exists=True, dir_okay=False)],
    agreement: Annotated[str, typer.Option(help="The seller's agreement with this bank, 32 bytes in hex.")],
    pseudonym: Annotated[str, typer.Option(help="Address under which the seller is known on chain.")],
    seller: Annotated[str | None, typer.Option(help="Tax number of the seller.")] = None,
    buyer: Annotated[str | None, typer.Option(help="Tax number of the buyer.")] = None,
    number: Annotated[str | None, typer.Option(help="Number of the invoice.")] = None,
    issued: Annotated[str | None, typer.Option("--date", help="Issue date, YYYY-MM-DD.")] = None,
    total: Annotated[
        int | None, typer.Option(help="Total in minor units (fen, cents); negative for credit notes.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")] = False,
) -> None:
    """Compute fingerprints without showing an invoice to anybody. Counts one use a day on the agreement."""
    from trustspace.apps.keyholder_config import read_fingerprint_config
    from trustspace.apps.options import hex_bytes32
    from trustspace.domain.fingerprints import FingerprintQuery
    from trustspace.domain.ids import AgreementId, SubjectId
    from trustspace.encoding.address import normal_address

    given = dict(zip(_FIELDS, (seller, buyer, number, issued, total, currency), strict=True))
    invoices = _from_file(file, given) if file is not None else (_from_fields(given),)
    query = FingerprintQuery(
        seller=SubjectId(normal_address(pseudonym)),
        agreement=AgreementId(hex_bytes32(agreement, what="agreement id")),
        invoices=invoices,
    )
    with fingerprint_client(read_fingerprint_config(config)) as client:
        found = client.fingerprints(query)
    rows = [
        {
            "number": facts.number,
            "epoch": of_epoch.epoch,
            "strict": of_epoch.strict,
            "parties": of_epoch.parties,
            "digits": of_epoch.digits,
        }
        for facts, of_one in zip(invoices, found, strict=True)
        for of_epoch in of_one
    ]
    Output(as_json=json).rows("Fingerprints", ("number", "epoch", "strict", "parties", "digits"), rows)


@contextmanager
def fingerprint_client(config: FingerprintConfig) -> Iterator[FingerprintClient]:
    """A bank's client as its configuration says; keyholders in trouble are named on stderr."""
    from trustspace.adapters.chain.fingerprint_ledger import ChainFingerprintLedger
    from trustspace.adapters.keyholders.peer import HttpKeyholder
    from trustspace.adapters.keyholders.pins import PinFile
    from trustspace.adapters.keyholders.tls import client_context
    from trustspace.adapters.system_clock import SystemClock
    from trustspace.apps.session import signed_space
    from trustspace.errors import SignerMissing
    from trustspace.services.fingerprint_client import FingerprintClient

    space = signed_space(config.chain.rpc, config.chain.deployment, config.chain.signing)
    if space.sender is None:
        raise SignerMissing("the bank signs its requests", remedy="name its account in [account]")
    keys = space.fingerprint_keys
    peers = [
        HttpKeyholder(
            holder.participant,
            holder.url,
            client_context(config.identity, holder.certificate),
            registry=keys.address,
            chain_id=space.client.chain_id,
        )
        for holder in config.keyholders
    ]
    ledger = ChainFingerprintLedger(space.client, space.sender)
    client = FingerprintClient(ledger, peers, SystemClock(), pins=PinFile(config.pins), observe=_tell)
    try:
        yield client
    finally:
        client.close()
        for peer in peers:
            peer.close()


def _tell(trouble: Trouble) -> None:
    who = f"keyholder {trouble.node} (participant {trouble.participant}) of epoch {trouble.epoch}"
    typer.echo(f"warning: {who}: {trouble.error}", err=True)


def _from_file(path: Path, given: dict[str, str | int | None]) -> tuple[InvoiceFacts, ...]:
    from trustspace.apps.invoice_facts import read_facts

    if any(value is not None for value in given.values()):
        raise UsageError("both a file and fields are given", remedy="choose one")
    return read_facts(path)


def _from_fields(given: dict[str, str | int | None]) -> InvoiceFacts:
    from trustspace.domain.fingerprints import DocumentType, InvoiceFacts

    missing = [f"--{name}" for name, value in given.items() if value is None]
    if missing:
        raise UsageError(f"{', '.join(missing)} is missing", remedy="give a file, or all fields of an invoice")
    try:
        issued = date.fromisoformat(str(given["date"]))
    except ValueError as error:
        raise UsageError(f"{given['date']!r} is no date", remedy="write it as 2026-03-09") from error
    total = int(given["total"] or 0)
    return InvoiceFacts(
        seller=str(given["seller"]),
        buyer=str(given["buyer"]),
        document=DocumentType.CREDIT_NOTE if total < 0 else DocumentType.INVOICE,
        number=str(given["number"]),
        issue_date=issued,
        total_minor=total,
        currency=str(given["currency"]),
    )
