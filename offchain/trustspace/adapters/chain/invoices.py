"""InvoiceRegistry: batches of invoices under Merkle roots, and the status of each invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.chain.contract import Contract, Written
from trustspace.adapters.chain.participants import ParticipantRegistry
from trustspace.domain.batches import AnchoredBatch, Batch, InvoiceStatus
from trustspace.domain.ids import BatchId, ParticipantId, SubjectId
from trustspace.encoding.commitments import BatchHeader, parse_batch_id
from trustspace.encoding.hashing import ZERO_ADDRESS, address_word, bytes32, uint_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trustspace.adapters.chain.node import Receipt
    from trustspace.domain.ids import Address

# Most batches in one transaction: 128 words of call data each, and about 35k gas.
BATCHES_PER_TRANSACTION = 200


class InvoiceRegistry(Contract):
    """What a source anchors, and what became of it."""

    name = "InvoiceRegistry"

    def anchor(self, batch: Batch) -> Written[BatchId]:
        """Anchor one batch; the same batch again changes nothing."""
        receipt = self.write("anchor", _batch(batch))
        return Written(value=self._batch_ids([batch], self.own_participant())[0], receipt=receipt)

    def anchor_many(
        self, batches: Sequence[Batch], *, per_transaction: int = BATCHES_PER_TRANSACTION
    ) -> Written[tuple[BatchId, ...]]:
        """Anchor many batches in as few transactions as fit, signed ahead and sent together.

        The receipt is the last one's.
        """
        source = self.own_participant()
        requests = [
            self.raw_request("anchorMany", self.anchor_call(batches[at : at + per_transaction]))
            for at in range(0, len(batches), per_transaction)
        ]
        receipts = self.write_many(requests)
        return Written(value=self._batch_ids(batches, source), receipt=receipts[-1])

    def anchor_call(self, batches: Sequence[Batch]) -> bytes:
        """Call data of `anchorMany`: offset, count, then (subject, count, nonce, root) of each as words."""
        parts = [self.artifact.functions["anchorMany"].selector, uint_word(32), uint_word(len(batches))]
        for batch in batches:
            parts += [
                address_word(batch.subject or ZERO_ADDRESS, where="subject"),
                uint_word(batch.count, 32, where="count"),
                bytes32(batch.nonce, where="nonce"),
                bytes32(batch.root, where="root"),
            ]
        return b"".join(parts)

    def set_status(self, batch: BatchId, index: int, status: InvoiceStatus) -> Receipt:
        """Move one invoice forward; a status it has already changes nothing."""
        return self.write("setStatus", batch, index, int(status))

    def set_status_many(self, batch: BatchId, indices: Iterable[int], status: InvoiceStatus) -> list[Receipt]:
        """Move many invoices of one batch forward, one transaction per 256 consecutive indices."""
        masks: dict[int, int] = {}
        for index in indices:
            masks[index >> 8] = masks.get(index >> 8, 0) | 1 << (index & 0xFF)
        return self.write_many(
            [self.request("setStatusMany", batch, word, mask, int(status)) for word, mask in sorted(masks.items())]
        )

    def answer_as_buyer(
        self, batch: BatchId, index: int, commitment: bytes, proof: Sequence[bytes], status: InvoiceStatus
    ) -> Receipt:
        """Confirm or dispute, as the buyer named in the leaf."""
        return self.write("answerAsBuyer", batch, index, commitment, list(proof), int(status))

    # --- reads -------------------------------------------------------------------------------------------------

    def get(self, batch: BatchId) -> AnchoredBatch | None:
        """A batch; None when it is not anchored."""
        return self.get_many([batch])[0]

    def get_many(self, batches: Sequence[BatchId]) -> list[AnchoredBatch | None]:
        """The same for many."""
        keys = [(batch,) for batch in batches]
        roots = self.read_each("rootOf", keys)
        voided = self.read_each("voidedCount", keys)
        found: list[AnchoredBatch | None] = []
        for batch, root, count in zip(batches, roots, voided, strict=True):
            source, size = parse_batch_id(batch)
            known = AnchoredBatch(batch=batch, source=source, count=size, root=root, voided=count)
            found.append(known if any(root) else None)
        return found

    def statuses(self, batch: BatchId, index: int) -> frozenset[InvoiceStatus]:
        """Every status an invoice reached; empty when it is as anchored."""
        mask = int(self.read("statusOf", batch, index))
        return frozenset(status for status in InvoiceStatus if mask >> status & 1)

    def status_word(self, batch: BatchId, status: InvoiceStatus, word: int) -> int:
        """256 invoices' bits of one status."""
        return int(self.read("statusWord", batch, int(status), word))

    def voided_count(self, batch: BatchId) -> int:
        """How many invoices were voided after anchoring."""
        return int(self.read("voidedCount", batch))

    def is_anchored(
        self, batch: BatchId, index: int, commitment: bytes, buyer: Address | None, proof: Sequence[bytes]
    ) -> bool:
        """Whether an invoice commitment stands at an index of a batch."""
        return bool(self.read("isAnchored", batch, index, commitment, buyer or ZERO_ADDRESS, list(proof)))

    def batch_id_of(self, source: ParticipantId, batch: Batch) -> BatchId:
        """The id a batch has, by the contract's own word."""
        return BatchId(self.read("batchIdOf", source, batch.subject or ZERO_ADDRESS, batch.count, batch.nonce))

    def batches_of(self, source: ParticipantId, subject: SubjectId | None = None) -> list[AnchoredBatch]:
        """Batches a source anchored, in order, from the events."""
        found = (event.arguments for event in self.events("BatchAnchored", source=source))
        batches = [BatchId(item["batch"]) for item in found if subject is None or item["subject"] == subject]
        return [known for known in self.get_many(batches) if known is not None]

    def header_of(self, subject: SubjectId, nonce: bytes, count: int) -> BatchHeader | None:
        """Header of a subject's anchored batch with that nonce, whoever anchored it; None when there is none."""
        for event in self.events("BatchAnchored", subject=subject):
            found = event.arguments
            if (found["nonce"], found["count"]) == (nonce, count):
                source = parse_batch_id(BatchId(found["batch"]))[0]
                return self._header(Batch(subject=subject, count=count, nonce=nonce, root=found["root"]), source)
        return None

    def own_participant(self) -> ParticipantId:
        """The organisation the signing account belongs to; 0 when it is nobody's."""
        return ParticipantRegistry(self.client).participant_of(self.account)

    def _batch_ids(self, batches: Sequence[Batch], source: ParticipantId) -> tuple[BatchId, ...]:
        return tuple(self._header(batch, source).batch_id for batch in batches)

    def _header(self, batch: Batch, source: ParticipantId) -> BatchHeader:
        return BatchHeader(
            chain_id=self.client.chain_id,
            registry=self.address,
            source=source,
            subject=batch.subject or ZERO_ADDRESS,
            count=batch.count,
            nonce=batch.nonce,
        )


def _batch(batch: Batch) -> tuple[object, ...]:
    return batch.subject or ZERO_ADDRESS, batch.count, batch.nonce, batch.root
