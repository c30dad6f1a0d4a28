"""Anchoring invoices: a source commits to its records of each subject and keeps what opens the commitments.

Order matters: salts and nonces are drawn and kept *before* the first transaction. Whatever is interrupted is repeated
with the same openings, gives the same batch ids and roots, and the registry takes what it has already as a no-op.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustspace.domain.batches import Batch
from trustspace.domain.disclosure import CommitmentScheme
from trustspace.encoding.canonical import canonical_bytes
from trustspace.encoding.commitments import SALT_BYTES, BatchHeader, batch_root, batch_tree, commitments
from trustspace.encoding.provable_batch import SECRET_BYTES, provable_tree, secrets_for
from trustspace.errors import CommitmentMismatch, InvalidInvoice, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from trustspace.domain.ids import BatchId, SubjectId
    from trustspace.domain.invoices import Invoice, Record
    from trustspace.encoding.merkle import MerkleTree
    from trustspace.ports import InvoiceLedger, Randomness

BATCHES_PER_CALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """All that opens one batch. Secret: whoever has the salts can test guesses against the chain.

    `nonce` 32 bytes, `salts` 32 bytes per invoice in the order of `invoices`; `scheme`: how they are committed to.
    `secrets`: 31 bytes per invoice where the batch can be proven about, and then the nonce is the root of its Poseidon2
    tree (`encoding.provable_batch`); else none, and the nonce is random.
    """

    subject: SubjectId
    nonce: bytes = field(repr=False)
    salts: bytes = field(repr=False)
    invoices: tuple[Invoice, ...] = field(repr=False)
    scheme: CommitmentScheme = CommitmentScheme.FIELDS
    secrets: bytes = field(default=b"", repr=False)

    def header(self, ledger: InvoiceLedger) -> BatchHeader:
        """What fixes the batch id at this ledger for this source."""
        return BatchHeader(
            chain_id=ledger.chain_id,
            registry=ledger.registry,
            source=ledger.participant,
            subject=self.subject,
            count=len(self.invoices),
            nonce=self.nonce,
        )

    def batch(self, ledger: InvoiceLedger) -> Batch:
        """What is anchored."""
        root = batch_root(self.header(ledger), commitments(self.invoices, self.salts, self.scheme))
        return Batch(subject=self.subject, count=len(self.invoices), nonce=self.nonce, root=root)

    def tree(self, ledger: InvoiceLedger) -> MerkleTree:
        """The batch's tree, for proofs of single invoices."""
        return batch_tree(self.header(ledger), commitments(self.invoices, self.salts, self.scheme))

    def commitment(self, index: int) -> bytes:
        """Commitment of one invoice. Raises OutOfRange for an index that the batch has not."""
        if not 0 <= index < len(self.invoices):
            raise OutOfRange(f"index {index}", where="batch", remedy=f"the batch holds {len(self.invoices)} invoices")
        return commitments([self.invoices[index]], self.salt(index), self.scheme)[0]

    def salt(self, index: int) -> bytes:
        """Salt of one invoice."""
        return self.salts[SALT_BYTES * index : SALT_BYTES * (index + 1)]


def draw_openings(
    records: Mapping[str, Sequence[Record]],
    pseudonyms: Mapping[str, SubjectId],
    randomness: Randomness,
    *,
    scheme: CommitmentScheme = CommitmentScheme.FIELDS,
    provable: bool = False,
) -> tuple[Opening, ...]:
    """One opening per subject, with fresh salts.

    `provable`: make batches whose invoices can be proven about, at a millisecond each. Raises InvalidInvoice for a
    subject without a pseudonym, OutOfRange for a provable batch of more than 2^20 invoices.
    """
    openings = []
    for subject, of_subject in records.items():
        if subject not in pseudonyms:
            raise InvalidInvoice(
                f"no pseudonym for subject {subject!r}", where="subject", remedy="add it to the table of subjects"
            )
        invoices = tuple(record.invoice for record in of_subject)
        secrets = secrets_for(invoices, randomness.bytes(SECRET_BYTES * len(invoices))) if provable else b""
        root = provable_tree(invoices, secrets).root.to_bytes(32, "big") if provable else None
        openings.append(
            Opening(
                subject=pseudonyms[subject],
                nonce=root or randomness.bytes(32),
                salts=randomness.bytes(SALT_BYTES * len(invoices)),
                invoices=invoices,
                scheme=scheme,
                secrets=secrets,
            )
        )
    return tuple(openings)


def require_same_invoices(
    openings: Iterable[Opening], records: Mapping[str, Sequence[Record]], pseudonyms: Mapping[str, SubjectId]
) -> None:
    """Refuse kept openings that belong to other records. Raises CommitmentMismatch."""
    kept = {str(opening.subject): [canonical_bytes(invoice) for invoice in opening.invoices] for opening in openings}
    wanted = {
        str(pseudonyms.get(subject, subject)): [canonical_bytes(record.invoice) for record in of_subject]
        for subject, of_subject in records.items()
    }
    if kept != wanted:
        differing = sorted(key for key in kept.keys() | wanted.keys() if kept.get(key) != wanted.get(key))
        raise CommitmentMismatch(
            f"the kept openings belong to other invoices, first at subject {differing[0]}",
            where="openings",
            remedy="name another openings file for a changed export, or repeat the export that was anchored",
        )


def register(
    openings: Sequence[Opening],
    ledger: InvoiceLedger,
    *,
    advance: Callable[[int], None] = lambda _: None,
    batches_per_call: int = BATCHES_PER_CALL,
) -> tuple[BatchId, ...]:
    """Anchor every opening's batch and return the batch ids in order. Repeating it changes nothing.

    `advance` is told the number of invoices after each chunk.
    """
    anchored: list[BatchId] = []
    for start in range(0, len(openings), batches_per_call):
        chunk = openings[start : start + batches_per_call]
        anchored += ledger.anchor_many([opening.batch(ledger) for opening in chunk])
        advance(sum(len(opening.invoices) for opening in chunk))
    expected = [opening.header(ledger).batch_id for opening in openings]
    for batch, wanted in zip(anchored, expected, strict=True):
        if not hmac.compare_digest(batch, wanted):
            raise CommitmentMismatch(
                f"the registry answered batch {batch.hex()}, expected {wanted.hex()}",
                where="InvoiceRegistry",
                remedy="chain id, registry address and source must be those of the deployment",
            )
    return tuple(anchored)
