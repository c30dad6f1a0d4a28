"""`trustspace statement invoice|turnover|verify|accept`: what a firm shows of itself by a proof, and nothing else."""

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
from trustspace.apps.proving import ArtefactsFolder, ProvingFolders, SetupFolder
from trustspace.errors import FalseStatement, NoCircuit, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.apps.space import Space
    from trustspace.domain.ids import ParticipantId, StatementId
    from trustspace.domain.proofs import Circuit, Proof, Statement
    from trustspace.domain.ranges import InvoiceRange, TurnoverRange
    from trustspace.encoding.provable_invoice import ProvableInvoice

DAY = 86_400
app = typer.Typer(no_args_is_help=True, help="Show that an amount lies in a range, and nothing else of it.")

Low = Annotated[int, typer.Option(help="Least amount, in fen.", min=0)]
High = Annotated[int, typer.Option(help="Greatest amount, in fen.", min=0)]
Receiver = Annotated[
    int | None, typer.Option("--for", help="Participant number of whom it is shown to; everybody by default.", min=1)
]
Days = Annotated[int, typer.Option(help="How long it is shown for.", min=1, max=365)]


@app.command()
@takes_signer
def invoice(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The invoice, as the source wrote it (invoice provable).", exists=True, dir_okay=False
        ),
    ],
    low: Low,
    high: High,
    scope: Annotated[str, typer.Option(help="The occasion, as the receiver named it: an invoice is shown once in it.")],
    receiver: Receiver = None,
    days: Days = 7,
    setup: SetupFolder = None,
    artefacts: ArtefactsFolder = None,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Show that an invoice of a batch has a total, with tax, in a range: not which one, nor how much."""
    from trustspace.adapters.chain.opening_ledger import ChainOpeningLedger
    from trustspace.apps.session import signed_space
    from trustspace.domain.ids import SubjectId
    from trustspace.domain.proofs import Circuit
    from trustspace.domain.ranges import InvoiceRange
    from trustspace.encoding.provable_batch import nullifier_of
    from trustspace.encoding.statements import context_of, scope_of
    from trustspace.services.invoice_statements import invoice_statement, require_standing

    known = _read_invoice(file)
    space, element = signed_space(rpc, deployment, signing), scope_of(scope)
    ledger = ChainOpeningLedger(space.invoices, space.participants)
    header, nullifier = known.header, nullifier_of(known.secret, element)
    shown = InvoiceRange(
        source=header.source, subject=SubjectId(header.subject), count=header.count, root=header.nonce, low=low,
        high=high, scope=element, nullifier=nullifier, receiver=_participant(receiver),
        not_after=ledger.now() + days * DAY,
    )  # fmt: skip
    context = context_of(space.ranges.id_of(shown), space.ranges.account)
    statement = invoice_statement(known, low=low, high=high, scope=element, context=context)
    require_standing(known, ledger)
    if space.invoices.voided_count(header.batch_id):
        raise _fallen("an invoice of the batch was voided, and nobody could tell that it is not this one", file)
    _require_unshown(space, element, nullifier)
    space.ranges.rehearse_invoice(shown)
    proof = _proof(space, Circuit.INVOICE_RANGE, ProvingFolders(setup=setup, artefacts=artefacts), statement)
    _report(space, space.ranges.show_invoice(shown, proof.proof).value, json)


@app.command()
@takes_signer
def turnover(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="The firm's total, as its bank wrote it (write_opened_total).",
            exists=True,
            dir_okay=False,
        ),
    ],
    low: Low,
    high: High,
    latest: Annotated[int, typer.Option(help="Latest month, counted back from the as-of day: 0 to 23.", min=0)] = 0,
    earliest: Annotated[int, typer.Option(help="Earliest month, counted likewise.", min=0)] = 11,
    receiver: Receiver = None,
    days: Days = 7,
    setup: SetupFolder = None,
    artefacts: ArtefactsFolder = None,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Show, as the firm, that net sales over whole months lie in a range, by what all sources committed to."""
    from trustspace.adapters.store.proof_jobs import read_opened_total
    from trustspace.apps.session import signed_space
    from trustspace.domain.proofs import Circuit
    from trustspace.domain.ranges import TurnoverRange
    from trustspace.encoding.statements import context_of
    from trustspace.services.statements import turnover_statement

    opened = read_opened_total(file)
    space = signed_space(rpc, deployment, signing)
    if str(space.ranges.account) != str(opened.subject):
        raise UsageError(
            f"the total is that of {opened.subject}, the signer is {space.ranges.account}",
            where=file.name,
            remedy="sign as the firm itself",
        )
    shown = TurnoverRange(
        subject=opened.subject, as_of_day=opened.as_of, latest_month=latest, earliest_month=earliest, low=low,
        high=high, receiver=_participant(receiver), not_after=space.client.node.timestamp() + days * DAY,
    )  # fmt: skip
    statement = turnover_statement(
        opened,
        recorded=space.features.committed(opened.subject, opened.as_of),
        latest_month=latest,
        earliest_month=earliest,
        low=low,
        high=high,
        context=context_of(space.ranges.id_of(shown), space.ranges.account),
    )
    if not all(space.features.evidence_state(opened.subject, opened.as_of, space.client.node.block_number())):
        raise _fallen("an invoice behind the sources' figures was voided, or a source's account stolen", file)
    space.ranges.rehearse_turnover(shown)
    proof = _proof(space, Circuit.TURNOVER_RANGE, ProvingFolders(setup=setup, artefacts=artefacts), statement)
    _report(space, space.ranges.show_turnover(shown, proof.proof).value, json)


@app.command()
def verify(
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="Statement id, 32 bytes in hex.")],
    scope: Annotated[str | None, typer.Option(help="The occasion that you named: no to another one.")] = None,
    receiver: Annotated[
        int | None, typer.Option("--for", help="Your participant number: no to what is shown to another.", min=1)
    ] = None,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """What range was shown, and does it hold now. Exit code 0 only when it does, to you and for your occasion."""
    from trustspace.apps.space import Space
    from trustspace.domain.ids import StatementId
    from trustspace.encoding.statements import scope_of

    wanted = StatementId(hex_bytes32(statement, what="statement id"))
    expected: dict[str, tuple[object, ...]] = {} if scope is None else {"scope": (_element(scope_of(scope)),)}
    if receiver is not None:
        expected["receiver"] = (receiver, None)  # None: shown to everybody
    if not _report(Space.connect(rpc, deployment=deployment), wanted, json, expected):
        raise typer.Exit(ExitCode.NEGATIVE)


@app.command()
@takes_signer
def accept(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The verifier's number.", min=1, max=255)],
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Let a verifier check ranges of its circuit from now on, as the regulator."""
    from trustspace.apps.session import signed_space
    from trustspace.domain.ids import VerifierNumber
    from trustspace.domain.proofs import Circuit

    space = signed_space(rpc, deployment, signing)
    space.ranges.set_verifier(VerifierNumber(number))
    ranges = (Circuit.INVOICE_RANGE, Circuit.TURNOVER_RANGE)
    Output(as_json=json).facts("Accepted", {str(circuit): space.ranges.verifier_of(circuit) for circuit in ranges})


def _read_invoice(file: Path) -> ProvableInvoice:
    from trustspace.adapters.store.proof_jobs import open_private
    from trustspace.encoding.provable_invoice import LARGEST_BYTES, parse_provable_invoice

    with open_private(file) as stream:
        return parse_provable_invoice(stream.read(LARGEST_BYTES + 1), where=file.name)


def _require_unshown(space: Space, scope: int, nullifier: int) -> None:
    earlier = space.ranges.shown_as(scope, nullifier)
    if earlier is not None:
        raise UsageError(
            f"the invoice was shown under this scope, as statement 0x{earlier.hex()}",
            where="--scope",
            remedy="trustspace statement verify tells whether that still holds",
        )


def _fallen(why: str, file: Path) -> FalseStatement:
    return FalseStatement(f"it would not hold: {why}", where=file.name, remedy="ask the source to state it anew")


def _proof(space: Space, circuit: Circuit, folders: ProvingFolders, statement: Statement) -> Proof:
    verifier = space.ranges.verifier_of(circuit)
    if verifier is None:
        raise NoCircuit(
            "no verifier is set", where=str(circuit), remedy="the regulator sets one: trustspace statement accept"
        )
    with folders.open_prover(space, verifier) as prover:
        return prover.prove(statement)


def _report(
    space: Space, statement: StatementId, json: bool, expected: Mapping[str, tuple[object, ...]] | None = None
) -> bool:
    """Print what the chain says of a statement; whether it holds and its facts are among those expected."""
    from trustspace.domain.ranges import RangeReason

    reason, record = space.ranges.verify(statement), space.ranges.get(statement)
    facts: dict[str, object] = {"statement": bytes(statement), "reason": reason.label}
    if record is not None:
        facts |= {
            "circuit": str(record.circuit),
            "verifier": int(record.verifier),
            "shown_block": record.shown_block,
            "not_after": record.not_after,
            "about": record.about,
            **_said(space.ranges.range_of(record)),
        }
    differs = [name for name, values in (expected or {}).items() if facts.get(name) not in values]
    Output(as_json=json).facts("Statement", facts | ({} if expected is None else {"differs": differs}))
    return reason is RangeReason.OK and not differs


def _said(shown: InvoiceRange | TurnoverRange) -> dict[str, object]:
    from trustspace.apps.commands.certificate import iso_day
    from trustspace.domain.ranges import InvoiceRange

    own: dict[str, object] = (
        {"source": int(shown.source), "scope": _element(shown.scope)}
        if isinstance(shown, InvoiceRange)
        else {
            "as_of": iso_day(shown.as_of_day),
            "latest_month": shown.latest_month,
            "earliest_month": shown.earliest_month,
        }
    )
    return {"subject": shown.subject, "low": shown.low, "high": shown.high, "receiver": shown.receiver, **own}


def _element(value: int) -> str:
    return f"0x{value:064x}"


def _participant(number: int | None) -> ParticipantId | None:
    from trustspace.domain.ids import ParticipantId

    return None if number is None else ParticipantId(number)
