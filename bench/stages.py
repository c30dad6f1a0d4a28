"""Where the time of a registration goes: clocks around signer, ledger and the stages of computing, while it runs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from trustspace.encoding.canonical import canonical_encoder
from trustspace.encoding.commitments import batch_root, commitments
from trustspace.services import registration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustspace.adapters.chain.source_ledger import SourceLedger
    from trustspace.crypto.signing import SigningKey
    from trustspace.domain.batches import Batch
    from trustspace.domain.disclosure import CommitmentScheme
    from trustspace.domain.ids import Address, BatchId, ParticipantId
    from trustspace.domain.invoices import Invoice
    from trustspace.encoding.commitments import BatchHeader
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


class Clocks:
    """Seconds spent in the two computing stages of a registration, while it runs."""

    def __init__(self) -> None:
        """From zero."""
        self.commitments = 0.0
        self.roots = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Put clocks around what `services.registration` calls for each batch."""

        def timed_commitments(invoices: Sequence[Invoice], salts: bytes, scheme: CommitmentScheme) -> list[bytes]:
            started = time.perf_counter()
            found = commitments(invoices, salts, scheme)
            self.commitments += time.perf_counter() - started
            return found

        def timed_root(header: BatchHeader, batch: Sequence[bytes]) -> bytes:
            started = time.perf_counter()
            root = batch_root(header, batch)
            self.roots += time.perf_counter() - started
            return root

        with patch.multiple(registration, commitments=timed_commitments, batch_root=timed_root):
            yield

    def steps(self, openings: Sequence[Opening]) -> dict[str, float]:
        """The stages; the encoding inside the commitments is timed by repeating it on the same invoices."""
        encode = canonical_encoder()
        started = time.perf_counter()
        for opening in openings:
            for invoice in opening.invoices:
                encode(invoice)
        encoding = min(time.perf_counter() - started, self.commitments)
        return {
            "canonical bytes": encoding,
            "commitments": self.commitments - encoding,
            "leaves and Merkle roots": self.roots,
        }
