"""Statements about invoices of a provable batch: what the source hands out, and what the firm proves with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.batches import InvoiceStatus
from trustspace.domain.proofs import Circuit, Statement
from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.encoding.provable_batch import DEPTH, SECRET_BYTES, nullifier_of, provable_tree, rest_of
from trustspace.encoding.provable_invoice import ProvableInvoice
from trustspace.encoding.statements import noir_inputs
from trustspace.errors import CommitmentMismatch, FalseStatement, OutOfRange
from trustspace.services.statements import require_bounds

if TYPE_CHECKING:
    from trustspace.encoding.commitments import BatchHeader
    from trustspace.services.disclosure import OpeningLedger
    from trustspace.services.registration import Opening


class ProvableBatch:
    """A source's anchored batch that can be proven about."""

    def __init__(self, opening: Opening, header: BatchHeader) -> None:
        """Build the tree, at a millisecond for each invoice.

        Raises OutOfRange for a batch that was not made provable, CommitmentMismatch when the kept invoices or secrets
        are not those of its root.
        """
        if not opening.secrets:
            raise OutOfRange(
                "its invoices cannot be proven about",
                where=f"batch of {opening.subject}",
                remedy="anchor them as a provable batch",
            )
        self._opening, self._header = opening, header
        self._tree = provable_tree(opening.invoices, opening.secrets)
        if self._tree.root.to_bytes(32, "big") != header.nonce:
            raise CommitmentMismatch(
                "invoices and secrets are not those of the batch's root",
                where=f"batch of {opening.subject}",
                remedy="restore the openings from a backup",
            )

    def invoice(self, index: int) -> ProvableInvoice:
        """What the firm needs to prove about one. Raises OutOfRange for one that is not there or has no leaf."""
        siblings = self._tree.siblings(index)
        secret = int.from_bytes(self._opening.secrets[SECRET_BYTES * index : SECRET_BYTES * (index + 1)], "big")
        if not secret:
            raise OutOfRange(
                "it was void when it was anchored, or its total is not positive",
                where=f"invoice {index}",
                remedy="nothing can be proven about it",
            )
        return ProvableInvoice(
            header=self._header,
            index=index,
            invoice=self._opening.invoices[index],
            secret=secret,
            siblings=siblings,
        )


def require_standing(invoice: ProvableInvoice, ledger: OpeningLedger) -> None:
    """Raise CommitmentMismatch unless its batch is anchored here, FalseStatement when it was voided since.

    A proof does not say which invoice of the batch it is about, so nobody else can check the second.
    """
    header = invoice.header
    where = f"batch 0x{header.batch_id.hex()}"
    here = (header.chain_id, header.registry) == (ledger.chain_id, ledger.registry)
    if not here or ledger.root(header.batch_id) is None:
        raise CommitmentMismatch("not anchored here", where=where, remedy="check the deployment, or ask the source")
    if InvoiceStatus.VOIDED in ledger.statuses(header.batch_id, invoice.index):
        raise FalseStatement("the invoice was voided", where=where, remedy="choose another one")


def invoice_statement(invoice: ProvableInvoice, *, low: int, high: int, scope: int, context: int) -> Statement:
    """The statement that an invoice of the batch has a total, with tax, from `low` to `high` fen.

    The nullifier is the invoice's one and only in this scope, a field element. Raises OutOfRange for bounds or a scope
    that no circuit takes, CommitmentMismatch when the document does not lead to the batch's root, FalseStatement when
    the total lies elsewhere.
    """
    where = f"invoice {invoice.index}"
    require_bounds(low, high, where=where)
    if not 0 <= scope < FIELD_MODULUS:
        raise OutOfRange("the scope is no field element", where=where, remedy="take one below the modulus")
    root, amount = invoice.root, invoice.invoice.total_fen
    if root.to_bytes(32, "big") != invoice.header.nonce:
        raise CommitmentMismatch(
            "it does not lead to the root of its batch", where=where, remedy="ask the source again"
        )
    if not low <= amount <= high:
        raise FalseStatement("the total is not in this range", where=where, remedy="state a true range")
    public: dict[str, int] = {
        "root": root,
        "low": low,
        "high": high,
        "scope": scope,
        "nullifier": nullifier_of(invoice.secret, scope),
        "_context": context,
    }
    private: dict[str, object] = {
        "amount": amount,
        "rest": rest_of(invoice.invoice),
        "secret": invoice.secret,
        "siblings": invoice.siblings,
        "is_right": [bool(invoice.index >> level & 1) for level in range(DEPTH)],
    }
    return Statement(
        circuit=Circuit.INVOICE_RANGE,
        inputs=noir_inputs({**public, **private}),
        public_inputs=tuple(public.values()),
    )
