"""Where the time of a registration goes: clocks around ledger and signer, and the computing stages by themselves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trustspace.encoding.canonical import canonical_encoder
from trustspace.encoding.commitments import batch_root, commitments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.source_ledger import SourceLedger
    from trustspace.crypto.signing import SigningKey
    from trustspace.domain.batches import Batch
    from trustspace.domain.ids import Address, BatchId, ParticipantId
    from trustspace.encoding.eip712 import TypedMessage
    from trustspace.encoding.transactions import Transaction
    from trustspace.services.registration import Opening


class TimedSigner:
    """A key, and the seconds that it spent signing transactions."""

    def __init__(self, key: SigningKey) -> None:
        """From zero."""
        self._key = key
        self.seconds = 0.0

    @property
    def address(self) -> Address:
        """Account that signs."""
        return self._key.address

    def sign_message(self, message: TypedMessage) -> bytes:
        """Signature of a typed message."""
        return self._key.sign_message(message)

    def sign_transaction(self, transaction: Transaction) -> bytes:
        """The signed bytes, timed."""
        started = time.perf_counter()
        raw = self._key.sign_transaction(transaction)
        self.seconds += time.perf_counter() - started
        return raw


class TimedLedger:
    """A source's ledger, and the seconds from batches to receipts."""

    def __init__(self, ledger: SourceLedger) -> None:
        """From zero."""
        self._ledger = ledger
        self.seconds = 0.0

    @property
    def chain_id(self) -> int:
        """Chain that leaves are bound to."""
        return self._ledger.chain_id

    @property
    def registry(self) -> Address:
        """Contract that leaves are bound to."""
        return self._ledger.registry

    @property
    def participant(self) -> ParticipantId:
        """The source itself."""
        return self._ledger.participant

    def anchor_many(self, batches: Sequence[Batch]) -> tuple[BatchId, ...]:
        """Anchor batches, timed."""
        started = time.perf_counter()
        anchored = self._ledger.anchor_many(batches)
        self.seconds += time.perf_counter() - started
        return anchored


def stages(openings: Sequence[Opening], ledger: TimedLedger) -> dict[str, float]:
    """Seconds of the stages that a registration interleaves, repeated one after the other on the same invoices."""
    encode = canonical_encoder()
    started = time.perf_counter()
    for opening in openings:
        for invoice in opening.invoices:
            encode(invoice)
    encoded = time.perf_counter()
    committed = [commitments(opening.invoices, opening.salts) for opening in openings]
    hashed = time.perf_counter()
    for opening, items in zip(openings, committed, strict=True):
        batch_root(opening.header(ledger), items)
    done = time.perf_counter()
    return {
        "canonical bytes": encoded - started,
        "commitments": (hashed - encoded) - (encoded - started),  # they encode again
        "leaves and Merkle roots": done - hashed,
    }
