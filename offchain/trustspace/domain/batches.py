"""Batches of anchored invoices and the status of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from trustspace.domain.ids import BatchId, ParticipantId, SubjectId


class InvoiceStatus(IntEnum):
    """Statuses an invoice can reach after anchoring; they are never taken back."""

    CONFIRMED = 0
    VOIDED = 1
    PAID = 2
    DISPUTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a source anchors. `nonce` and `root` are 32 bytes, `count` is the number of leaves."""

    subject: SubjectId
    count: int
    nonce: bytes
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredBatch:
    """A batch as the registry knows it."""

    batch: BatchId
    source: ParticipantId
    count: int
    root: bytes
    voided: int
