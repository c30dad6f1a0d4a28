"""RangeStatements: ranges of invoices and turnovers, shown on chain or in a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.contract import Contract, Written
from trustspace.adapters.chain.verifiers import PROOF_REFUSED
from trustspace.domain.ids import AsOfDay, ParticipantId, StatementId, SubjectId, VerifierNumber
from trustspace.domain.proofs import Circuit
from trustspace.domain.ranges import InvoiceRange, RangeReason, ShownRange, TurnoverRange
from trustspace.encoding.range_messages import invoice_range_message, turnover_range_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.node import Receipt
    from trustspace.domain.ids import Address
    from trustspace.encoding.eip712 import TypedMessage


class RangeStatements(Contract):
    """What firms showed of their invoices and turnovers."""

    name = "RangeStatements"

    def message(self, shown: InvoiceRange | TurnoverRange) -> TypedMessage:
        """The range as a typed message: its digest is its id. A turnover's is what the subject signs."""
        if isinstance(shown, InvoiceRange):
            return invoice_range_message(self.address, self.client.chain_id, shown)
        return turnover_range_message(self.address, self.client.chain_id, shown)

    def id_of(self, shown: InvoiceRange | TurnoverRange) -> StatementId:
        """The range's id on this chain. Computed here, no chain needed."""
        return StatementId(self.message(shown).digest)

    # --- writes ------------------------------------------------------------------------------------------------

    def show_invoice(self, shown: InvoiceRange, proof: bytes) -> Written[StatementId]:
        """Show an invoice's range for everybody to see, by a proof made for this account."""
        receipt = self.write("showInvoice", _invoice(shown), proof)
        return Written(value=self.id_of(shown), receipt=receipt)

    def show_turnover(self, shown: TurnoverRange, proof: bytes, consent: bytes = b"") -> Written[StatementId]:
        """Show a turnover's range by a proof made for this account: the subject's own, or with its signature."""
        receipt = self.write("showTurnover", _turnover(shown), consent, proof)
        return Written(value=self.id_of(shown), receipt=receipt)

    def rehearse_invoice(self, shown: InvoiceRange) -> None:
        """Raise ContractRefused for anything but the proof that `show_invoice` would be refused for."""
        self.rehearse("showInvoice", _invoice(shown), b"", until=PROOF_REFUSED)

    def rehearse_turnover(self, shown: TurnoverRange, consent: bytes = b"") -> None:
        """The same for `show_turnover`."""
        self.rehearse("showTurnover", _turnover(shown), consent, b"", until=PROOF_REFUSED)

    def set_verifier(self, verifier: VerifierNumber) -> Receipt:
        """Let a verifier check ranges of its circuit from now on, as the regulator."""
        return self.write("setVerifier", verifier, once=False)

    # --- reads -------------------------------------------------------------------------------------------------

    def verify(self, statement: StatementId) -> RangeReason:
        """Whether a range that was shown holds now, and if not, why not."""
        answer = self.read("verify", statement)
        try:
            return RangeReason(answer)
        except ValueError as error:
            raise self.unreadable(str(error)) from error

    def is_invoice_proven(self, shown: InvoiceRange, sender: Address, proof: bytes) -> bool:
        """Whether a proof made for `sender` shows the range now. Leaves no trace, and uses no nullifier."""
        return bool(self.read("isInvoiceProven", _invoice(shown), sender, proof))

    def is_turnover_proven(self, shown: TurnoverRange, sender: Address, proof: bytes, consent: bytes) -> bool:
        """The same for a turnover, with the subject's signature, whoever `sender` is."""
        return bool(self.read("isTurnoverProven", _turnover(shown), consent, sender, proof))

    def get(self, statement: StatementId) -> ShownRange | None:
        """A range as it stands on the chain; None when it was not shown."""
        circuit, verifier, block, not_after, about = self.read("statementInfo", statement)
        if not block:
            return None
        try:
            kind = Circuit.numbered(circuit)
        except ValueError as error:
            raise self.unreadable(str(error)) from error
        return ShownRange(
            statement=statement,
            circuit=kind,
            verifier=VerifierNumber(verifier),
            shown_block=block,
            not_after=not_after,
            about=about,
        )

    def range_of(self, record: ShownRange) -> InvoiceRange | TurnoverRange:
        """What a statement says, from the event that showed it.

        Raises ChainUnreachable when the node has no event with a range whose id is the statement's.
        """
        is_invoice = record.circuit is Circuit.INVOICE_RANGE
        block, event = record.shown_block, "InvoiceShown" if is_invoice else "TurnoverShown"
        for found in self.events(event, since=block, until=block, statement=record.statement):
            words = found.arguments["range"]
            shown = _invoice_of(words) if is_invoice else _turnover_of(words)
            if self.id_of(shown) == record.statement:
                return shown
        raise self.unreadable(f"no {event} of this statement in block {block}")

    def shown_as(self, scope: int, nullifier: int) -> StatementId | None:
        """The statement in which an invoice was shown under a scope; None when it was not."""
        found = bytes(self.read("shownAs", scope.to_bytes(32, "big"), nullifier.to_bytes(32, "big")))
        return StatementId(found) if any(found) else None

    def verifier_of(self, circuit: Circuit) -> VerifierNumber | None:
        """The verifier of a range circuit; None when none is set."""
        return VerifierNumber(self.read("verifierOf", circuit.number)) or None


def _invoice(shown: InvoiceRange) -> tuple[object, ...]:
    return (
        shown.source, shown.subject, shown.count, shown.root, shown.low, shown.high, shown.scope.to_bytes(32, "big"),
        shown.nullifier.to_bytes(32, "big"), shown.receiver or 0, shown.not_after,
    )  # fmt: skip


def _invoice_of(words: Sequence[Any]) -> InvoiceRange:
    source, subject, count, root, low, high, scope, nullifier, receiver, not_after = words
    return InvoiceRange(
        source=ParticipantId(source), subject=SubjectId(subject), count=count, root=root, low=low, high=high,
        scope=int.from_bytes(scope, "big"), nullifier=int.from_bytes(nullifier, "big"),
        receiver=ParticipantId(receiver) if receiver else None, not_after=not_after,
    )  # fmt: skip


def _turnover_of(words: Sequence[Any]) -> TurnoverRange:
    subject, as_of_day, latest_month, earliest_month, low, high, receiver, not_after = words
    return TurnoverRange(
        subject=SubjectId(subject), as_of_day=AsOfDay(as_of_day), latest_month=latest_month,
        earliest_month=earliest_month, low=low, high=high,
        receiver=ParticipantId(receiver) if receiver else None, not_after=not_after,
    )  # fmt: skip


def _turnover(shown: TurnoverRange) -> tuple[object, ...]:
    return (
        shown.subject, shown.as_of_day, shown.latest_month, shown.earliest_month, shown.low, shown.high,
        shown.receiver or 0, shown.not_after,
    )  # fmt: skip
