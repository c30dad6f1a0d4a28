"""`trustspace invoice open`, `check-opening` and `provable`: one field for one bank, or one invoice for its firm."""

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
    takes_signer,
)
from trustspace.errors import InvalidOpening, UsageError

if TYPE_CHECKING:
    from trustspace.apps.space import Space
    from trustspace.domain.disclosure import InvoiceField
    from trustspace.domain.ids import ParticipantId
    from trustspace.encoding.commitments import BatchHeader
    from trustspace.services.registration import Opening

DAY = 86_400

Bank = Annotated[int, typer.Option("--bank", envvar="TRUSTSPACE_BANK", help="Your own participant number.", min=1)]


@takes_signer
def open_invoice(
    openings: Annotated[Path, typer.Argument(metavar="FILE", help="Openings of the anchored batches.", exists=True)],
    invoice: Annotated[str, typer.Option(help="Number of the invoice.")],
    field: Annotated[
        list[str],
        typer.Option(help="Fields, with commas: seller, buyer, number, date, amount, tax, total, kind."),
    ],
    receiver: Annotated[int, typer.Option("--for", help="Participant number of the bank that may read it.", min=1)],
    out: Annotated[Path, typer.Option(help="Where to write the document for the bank.")],
    subject: Annotated[str | None, typer.Option(help="Address of the firm, where several have this number.")] = None,
    index: Annotated[int | None, typer.Option(help="Place in the batch, where a firm has the number twice.")] = None,
    days: Annotated[int, typer.Option(help="How long the bank may rely on it.", min=1, max=365)] = 7,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Show single fields of one invoice to one bank, signed by the firm or its source; the rest stays hidden."""
    from trustspace.adapters.chain.opening_ledger import ChainOpeningLedger
    from trustspace.adapters.store.files import write_private
    from trustspace.apps.session import signer_of
    from trustspace.apps.space import Space
    from trustspace.domain.ids import ParticipantId
    from trustspace.services.disclosure import open_fields

    shown = _fields(field)
    key = signer_of(signing)
    kept, place = _found(openings, invoice, subject, index)
    space = Space.connect(rpc, deployment=deployment)
    bank = _bank(space, receiver)
    ledger = ChainOpeningLedger(space.invoices, space.participants)
    now = ledger.now()
    opened = open_fields(
        kept, _header(space, kept), place, shown,
        receiver=ParticipantId(bank), issued_at=now, not_after=now + days * DAY, ledger=ledger, signer=key,
    )  # fmt: skip
    write_private(out, opened.to_bytes())
    Output(as_json=json).facts(
        "Opened",
        {
            "file": str(out),
            "batch": bytes(opened.header.batch_id),
            "index": place,
            "receiver": int(bank),
            "not_after": opened.not_after,
            **{name.label: text for name, text in opened.shown.items()},
        },
    )


def provable(
    openings: Annotated[Path, typer.Argument(metavar="FILE", help="Openings of the anchored batches.", exists=True)],
    invoice: Annotated[str, typer.Option(help="Number of the invoice.")],
    out: Annotated[Path, typer.Option(help="Where to write the document: secret, for the firm alone.")],
    subject: Annotated[str | None, typer.Option(help="Address of the firm, where several have this number.")] = None,
    index: Annotated[int | None, typer.Option(help="Place in the batch, where a firm has the number twice.")] = None,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Write what a firm needs to prove about one invoice of a batch that was anchored with --provable."""
    from trustspace.adapters.store.files import write_private
    from trustspace.apps.space import Space
    from trustspace.services.invoice_statements import ProvableBatch

    kept, place = _found(openings, invoice, subject, index)
    header = _header(Space.connect(rpc, deployment=deployment), kept)
    write_private(out, ProvableBatch(kept, header).invoice(place).to_bytes())
    Output(as_json=json).facts("Provable", {"file": str(out), "batch": bytes(header.batch_id), "index": place})


def check_opening(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Document that a firm sent.", exists=True)],
    bank: Bank,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Check fields that a firm showed you against the chain. Exit code 0 only when everything holds for your bank."""
    from trustspace.adapters.chain.opening_ledger import ChainOpeningLedger
    from trustspace.apps.space import Space
    from trustspace.domain.ids import ParticipantId
    from trustspace.encoding.field_opening import LARGEST_BYTES, parse_field_opening
    from trustspace.services import disclosure

    with file.open("rb") as stream:
        opening = parse_field_opening(stream.read(LARGEST_BYTES + 1), where=file.name)
    space = Space.connect(rpc, deployment=deployment)
    ledger = ChainOpeningLedger(space.invoices, space.participants)
    verdict = disclosure.check_opening(opening, bank=ParticipantId(bank), ledger=ledger)
    Output(as_json=json).facts(
        "Opening",
        {
            "file": file.name,
            "valid": verdict.valid,
            "reason": verdict.reason.value,
            "receiver": int(opening.receiver),
            "subject": opening.header.subject,
            "source": int(opening.header.source),
            "batch": bytes(opening.header.batch_id),
            "index": opening.index,
            "not_after": opening.not_after,
            "statuses": [status.name.lower() for status in sorted(verdict.statuses)],
            "shown": {name.label: text for name, text in verdict.shown.items()},
        },
    )
    if not verdict.valid:
        raise typer.Exit(ExitCode.NEGATIVE)


def _found(path: Path, invoice: str, subject: str | None, index: int | None) -> tuple[Opening, int]:
    """The kept opening and the place of an invoice in it."""
    from trustspace.adapters.store.openings import read_openings
    from trustspace.domain.ids import SubjectId
    from trustspace.encoding.address import normal_address
    from trustspace.services.disclosure import find_invoice

    firm = None if subject is None else SubjectId(normal_address(subject))
    return find_invoice(read_openings(path), invoice, subject=firm, index=index)


def _fields(names: list[str]) -> frozenset[InvoiceField]:
    from trustspace.domain.disclosure import InvoiceField

    known = {field.label: field for field in InvoiceField}
    wanted = [name.strip() for text in names for name in text.split(",")]
    for name in wanted:
        if name not in known:
            raise UsageError(f"{name!r} is no field", where="--field", remedy=f"choose of {', '.join(known)}")
    return frozenset(known[name] for name in wanted)


def _bank(space: Space, receiver: int) -> ParticipantId:
    """The receiver, when it is a bank of this space."""
    from trustspace.domain.ids import ParticipantId
    from trustspace.domain.participants import Role

    bank = ParticipantId(receiver)
    if receiver > space.participants.count() or not space.participants.roles_of(bank)[0] & Role.BANK:
        raise UsageError(f"participant {receiver} is no bank", where="--for", remedy="ask the bank for its number")
    return bank


def _header(space: Space, kept: Opening) -> BatchHeader:
    header = space.invoices.header_of(kept.subject, kept.nonce, len(kept.invoices))
    if header is None:
        raise InvalidOpening(
            "the batch of this invoice is not anchored here", where="openings", remedy="check file and deployment"
        )
    return header
