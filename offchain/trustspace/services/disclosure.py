"""Showing fields of one invoice to one bank, and checking what was shown against the chain.

What the bank learns: the fields shown, that they stand in an anchored invoice of that subject and source, its place in
the batch, and its status. Hidden fields stay behind salted hashes. The signature says for whom and until when; it is
the subject's or the source's, so that a bank that passes the document on shows nothing but what was meant for itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from trustspace.crypto.signing import recover
from trustspace.domain.batches import InvoiceStatus
from trustspace.domain.disclosure import CommitmentScheme, InvoiceField, OpeningReason, OpeningVerdict
from trustspace.domain.ids import Address
from trustspace.encoding.canonical import canonical_bytes, canonical_fields
from trustspace.encoding.commitments import batch_tree, commitments
from trustspace.encoding.field_commitments import field_hash, field_salts
from trustspace.encoding.field_opening import FieldOpening, ShownField
from trustspace.encoding.hashing import ZERO_ADDRESS
from trustspace.encoding.merkle import verify_proof
from trustspace.errors import CommitmentMismatch, InvalidKey, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from trustspace.crypto.signing import Signer
    from trustspace.domain.ids import BatchId, ParticipantId, SubjectId
    from trustspace.encoding.commitments import BatchHeader
    from trustspace.services.registration import Opening

CLOCK_SKEW = 300
"""Seconds by which two honest clocks may differ."""


class OpeningLedger(Protocol):
    """What a shown field is checked against; anybody can read it."""

    @property
    def chain_id(self) -> int:
        """Chain that leaves and signatures are bound to."""
        ...

    @property
    def registry(self) -> Address:
        """Contract that leaves and signatures are bound to."""
        ...

    def root(self, batch: BatchId) -> bytes | None:
        """Return the root of a batch; None when it is not anchored."""
        ...

    def statuses(self, batch: BatchId, index: int) -> frozenset[InvoiceStatus]:
        """Return every status an invoice reached."""
        ...

    def source_of(self, account: Address) -> ParticipantId:
        """Return the source for which an account acts now; 0 when it does not."""
        ...

    def now(self) -> int:
        """Return UTC seconds."""
        ...


def find_invoice(
    openings: Sequence[Opening], number: str, *, subject: SubjectId | None = None, index: int | None = None
) -> tuple[Opening, int]:
    """The batch's opening and the invoice's place in it. Raises OutOfRange when there is none, or more than one."""
    found = [
        (opening, place)
        for opening in openings
        for place, invoice in enumerate(opening.invoices)
        if invoice.number == number and subject in (None, opening.subject) and index in (None, place)
    ]
    if not found:
        raise OutOfRange(f"no invoice {number!r}", where="openings", remedy="check the number and whose file this is")
    if len(found) > 1:
        listed = ", ".join(f"{opening.subject} at {place}" for opening, place in found[:5])
        raise OutOfRange(
            f"{len(found)} invoices have the number {number!r}: {listed}",
            where="openings",
            remedy="say which one by subject and index",
        )
    return found[0]


def open_fields(
    opening: Opening,
    header: BatchHeader,
    index: int,
    shown: Collection[InvoiceField],
    *,
    receiver: ParticipantId,
    issued_at: int,
    not_after: int,
    ledger: OpeningLedger,
    signer: Signer,
) -> FieldOpening:
    """Open `shown` of one invoice to `receiver`, signed; the root is compared with the chain's before.

    Raises CommitmentMismatch when these openings are not what was anchored, OutOfRange for a batch of whole invoices
    or a signer that no bank would believe.
    """
    if opening.scheme is not CommitmentScheme.FIELDS:
        raise OutOfRange(
            "this batch commits to whole invoices, no field of it can be shown alone",
            where="openings",
            remedy="anchor the invoices again without --whole",
        )
    tree = batch_tree(header, commitments(opening.invoices, opening.salts, opening.scheme))
    if ledger.root(header.batch_id) != tree.root:
        raise CommitmentMismatch(
            f"batch 0x{header.batch_id.hex()} is not anchored with these invoices and salts",
            where="openings",
            remedy="take the openings file of this batch, and the deployment it was anchored in",
        )
    values, salts = canonical_fields(canonical_bytes(opening.invoices[index])), field_salts(opening.salt(index))
    parts: list[ShownField | bytes] = [
        ShownField(salt=salt, value=value) if field in shown else field_hash(field, salt, value)
        for field, salt, value in zip(InvoiceField, salts, values, strict=True)
    ]
    unsigned = FieldOpening(
        header=header,
        index=index,
        buyer=Address(ZERO_ADDRESS),
        proof=tree.proof(index),
        fields=tuple(parts),
        receiver=receiver,
        issued_at=issued_at,
        not_after=not_after,
    )
    signed = replace(unsigned, signature=signer.sign_message(unsigned.message()))
    if not _is_signed(signed, ledger):
        raise OutOfRange(
            f"{signer.address} is neither the subject nor an account of the source", where="signer",
            remedy="sign as the firm whose invoice it is, or as the source that anchored it",
        )  # fmt: skip
    return signed


def check_opening(opening: FieldOpening, *, bank: ParticipantId, ledger: OpeningLedger) -> OpeningVerdict:
    """Whether `bank` may believe what it was shown, by the ledger as it is now."""
    header = opening.header
    statuses: frozenset[InvoiceStatus] = frozenset()
    if opening.receiver != bank:
        return _refused(OpeningReason.WRONG_RECEIVER)
    if (header.chain_id, header.registry) != (ledger.chain_id, ledger.registry):
        return _refused(OpeningReason.WRONG_SPACE)
    root = ledger.root(header.batch_id)
    if root is None or not verify_proof(opening.leaf(), opening.proof, root):
        return _refused(OpeningReason.NOT_ANCHORED)
    if not _is_signed(opening, ledger):
        return _refused(OpeningReason.NOT_SIGNED)
    now, reason = ledger.now(), OpeningReason.OK
    statuses = ledger.statuses(header.batch_id, opening.index)
    if opening.issued_at > now + CLOCK_SKEW:
        reason = OpeningReason.NOT_YET_VALID
    elif opening.not_after < now:
        reason = OpeningReason.EXPIRED
    elif InvoiceStatus.VOIDED in statuses:
        reason = OpeningReason.VOIDED
    return OpeningVerdict(reason=reason, shown=opening.shown, statuses=statuses)


def _refused(reason: OpeningReason) -> OpeningVerdict:
    return OpeningVerdict(reason=reason, shown={}, statuses=frozenset())


def _is_signed(opening: FieldOpening, ledger: OpeningLedger) -> bool:
    """Whether the subject signed, or an account that acts for the source now."""
    try:
        signer = recover(opening.message().digest, opening.signature)
    except InvalidKey:
        return False
    return signer == opening.header.subject or ledger.source_of(signer) == opening.header.source
