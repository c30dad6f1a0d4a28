"""`trustspace invoice anchor|status|check|open|check-opening|provable`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.commands.invoice_check import check
from trustspace.apps.commands.opening import check_opening, open_invoice, provable
from trustspace.apps.console import Output, progress
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
    from trustspace.domain.ids import SubjectId
    from trustspace.domain.invoices import InvoiceBook
    from trustspace.services.registration import Opening

app = typer.Typer(no_args_is_help=True, help="Check invoices, anchor them, ask what became of one, show fields of one.")
app.command()(check)
app.command("open")(open_invoice)
app.command("check-opening")(check_opening)
app.command("provable")(provable)


@app.command()
@takes_signer
def anchor(
    export: Annotated[
        Path, typer.Argument(help="Invoice export; layout in docs/reference-csv-layout.md.", exists=True)
    ],
    subjects: Annotated[
        Path,
        typer.Option(help="CSV `subject,pseudonym`: the address under which each firm is known on chain.", exists=True),
    ],
    openings: Annotated[
        Path, typer.Option(help="Where salts are kept: secret, needed to show an invoice later. Reused when it exists.")
    ],
    whole: Annotated[
        bool, typer.Option(help="Commit to whole invoices: quicker, but no field can be shown alone later.")
    ] = False,
    provable: Annotated[
        bool, typer.Option(help="Let firms prove about single invoices without showing them: a millisecond more each.")
    ] = False,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Anchor every firm's invoices as one batch. Interrupted or repeated, it loses nothing and doubles nothing."""
    from trustspace.adapters.chain.source_ledger import SourceLedger
    from trustspace.adapters.invoices.csv_export import read_export
    from trustspace.adapters.invoices.pseudonyms import read_pseudonyms
    from trustspace.apps.session import signed_space
    from trustspace.services.registration import register

    book = read_export(export)
    kept = _kept_openings(openings, book, read_pseudonyms(subjects), whole=whole, provable=provable)
    space = signed_space(rpc, deployment, signing)
    with progress("anchoring", total=len(book.records), silent=json) as advance:
        batches = register(kept, SourceLedger(space.invoices), advance=advance)
    census, output = book.census, Output(as_json=json)
    output.facts(
        "Anchored",
        {
            **asdict(census),
            "anchored": census.distinct,
            "batches": [bytes(batch) for batch in batches] if json else len(batches),
        },
    )
    if not json:
        rows = [
            {"subject": opening.subject, "invoices": len(opening.invoices), "batch": bytes(batch)}
            for opening, batch in zip(kept, batches, strict=True)
        ]
        output.rows("Batches", ("subject", "invoices", "batch"), rows)


def _kept_openings(
    path: Path, book: InvoiceBook, pseudonyms: dict[str, SubjectId], *, whole: bool, provable: bool
) -> tuple[Opening, ...]:
    """Openings of an earlier attempt, or new ones, on disk before anything is sent."""
    from trustspace.adapters.store.openings import read_openings, write_openings
    from trustspace.crypto.randomness import SystemRandomness
    from trustspace.domain.disclosure import CommitmentScheme
    from trustspace.services.registration import draw_openings, require_same_invoices

    records = book.by_subject()
    if path.exists():
        kept = read_openings(path)
        require_same_invoices(kept, records, pseudonyms)
        if whole and any(opening.scheme is not CommitmentScheme.WHOLE for opening in kept):
            raise UsageError(
                f"{path.name} holds commitments by field", where="--whole", remedy="repeat the call without --whole"
            )
        if provable and not all(opening.secrets for opening in kept):
            raise UsageError(
                f"{path.name} holds batches that cannot be proven about",
                where="--provable",
                remedy="repeat the call without --provable",
            )
        return kept
    scheme = CommitmentScheme.WHOLE if whole else CommitmentScheme.FIELDS
    kept = draw_openings(records, pseudonyms, SystemRandomness(), scheme=scheme, provable=provable)
    write_openings(path, kept)
    return kept


@app.command()
def status(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="Batch id, 32 bytes in hex.")],
    index: Annotated[
        int | None, typer.Argument(help="Place of the invoice in the batch, from 0; all when left out.")
    ] = None,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Show a batch, and which statuses one of its invoices reached."""
    from trustspace.apps.space import Space
    from trustspace.domain.ids import BatchId

    batch_id = BatchId(hex_bytes32(batch, what="batch id"))
    space = Space.connect(rpc, deployment=deployment)
    anchored = space.invoices.get(batch_id)
    if anchored is None:
        raise UsageError(
            f"batch 0x{batch_id.hex()} is not anchored", where="batch", remedy="check the id and the deployment"
        )
    facts: dict[str, object] = {
        "batch": bytes(batch_id),
        "source": anchored.source,
        "count": anchored.count,
        "root": anchored.root,
        "voided": anchored.voided,
    }
    if index is not None:
        if not 0 <= index < anchored.count:
            raise UsageError(f"index {index}", where="batch", remedy=f"the batch holds {anchored.count} invoices")
        reached = space.invoices.statuses(batch_id, index)
        facts |= {"index": index, "statuses": [status.name.lower() for status in sorted(reached)]}
    Output(as_json=json).facts("Batch", facts)
