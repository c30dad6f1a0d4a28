"""Encrypted feature aggregation: a bank learns the total of a subject's statistics, and nobody learns a part.

    source i:    c_i = x_i + sum over peers j of +-p_ij + r_i     mod 2^64, per cell
    aggregator:  C   = c_1 + ... + c_n                            learns nothing: every c_i is uniform
    bank:        X   = C - r_1 - ... - r_n = x_1 + ... + x_n      the pairwise masks p cancelled

p_ij is shared by two sources, r_i by a source and the bank. A bank that sees a single c_i cannot open it either: the
pairwise masks are still on. Sources commit to x_i on chain first; the commitments are part of the mask context. A
source delivers for one set of sources per subject and day: the difference of two totals would be one source's x_i.

The vector ends in the blinding of the source's Pedersen commitment, so that the bank learns the sum of the blindings:
with it, and the points behind the commitments, the bank sees that the total is that of the parts committed to, and can
prove so to others without opening any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from trustspace.crypto.masks import MaskBook, MaskContext, MaskKey, pairwise_mask, receiver_stream
from trustspace.domain.features import MAX_SOURCES, FeatureVector, derive
from trustspace.domain.statistics import CELLS, statistics
from trustspace.encoding.aggregation import aggregation_digest
from trustspace.encoding.feature_commitment import (
    BLINDING_BYTES,
    BLINDING_LIMBS,
    blinding_of,
    commitment_point,
    feature_commitment,
    join_blinding,
    opens,
    split_blinding,
)
from trustspace.encoding.fixed_point import UInt64s, from_ring, pack_words, to_ring
from trustspace.errors import CommitmentMismatch, MissingParty, OutOfRange, RoundOutOfOrder, TooFewParties
from trustspace.services.deliveries import DeliveryBook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trustspace.domain.ids import AgreementId, AsOfDay, OperationId, ParticipantId, SubjectId
    from trustspace.domain.invoices import Record
    from trustspace.encoding.grumpkin import Point
    from trustspace.ports import Randomness

MIN_SOURCES = 3
TENSOR = "statistics-1+blinding"
WORDS = len(CELLS) + BLINDING_LIMBS
"""Length of a masked vector: the statistics, then the limbs of the blinding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregation:
    """What sources, aggregator and bank agree on before anything is masked.

    `commitments` are those on chain (32 bytes), `mask_keys` the X25519 public keys of sources and receiver.
    Raises TooFewParties below three sources and MissingParty for one without a mask key.
    """

    chain_id: int
    registry: str
    subject: SubjectId
    as_of: AsOfDay
    agreement: AgreementId
    operation: OperationId
    receiver: ParticipantId
    commitments: Mapping[ParticipantId, bytes]
    mask_keys: Mapping[ParticipantId, bytes]
    digest: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not MIN_SOURCES <= len(self.commitments) <= MAX_SOURCES:
            raise TooFewParties(
                f"{len(self.commitments)} sources committed to features",
                where=f"subject {self.subject}",
                remedy=f"between {MIN_SOURCES} and {MAX_SOURCES} sources can be added up without showing one of them",
            )
        for party in (*self.commitments, self.receiver):
            if party not in self.mask_keys:
                raise MissingParty("has no mask key", where=f"party {party}", remedy="it must register one first")
        if self.receiver in self.commitments:
            raise OutOfRange("is source and receiver", where=f"party {self.receiver}", remedy="a bank opens the total")
        digest = aggregation_digest(
            chain_id=self.chain_id,
            registry=self.registry,
            subject=self.subject,
            as_of=self.as_of,
            agreement=self.agreement,
            operation=self.operation,
            receiver=self.receiver,
            commitments=self.commitments,
        )
        object.__setattr__(self, "digest", digest)

    @property
    def context(self) -> MaskContext:
        return MaskContext(run=self.digest, round=0, tensor=TENSOR)

    @property
    def peers(self) -> dict[int, bytes]:
        """Mask keys of the sources alone."""
        return {source: self.mask_keys[source] for source in self.commitments}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFeatures:
    """A source's own part: kept by the source, of which only the commitment is published."""

    source: ParticipantId
    subject: SubjectId
    as_of: AsOfDay
    cells: tuple[int, ...] = field(repr=False)
    blinding: int = field(repr=False)
    point: Point
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaskedStatistics:
    """One source's masked vector, uint64 of shape (WORDS,), and its commitment's point: may be seen by anybody."""

    source: ParticipantId
    digest: bytes
    point: Point
    words: UInt64s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaskedTotal:
    """Sum of all sources' masked vectors, uint64 of shape (WORDS,): only the receiver can open it."""

    digest: bytes
    points: Mapping[ParticipantId, Point]
    words: UInt64s


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedTotal:
    """What the bank learns about a subject as of a day; `points` and `blinding` open it against the commitments."""

    subject: SubjectId
    as_of: AsOfDay
    points: Mapping[ParticipantId, Point] = field(repr=False)
    blinding: int = field(repr=False)
    statistics: tuple[int, ...] = field(repr=False)
    features: FeatureVector = field(repr=False)


class SourceWorker:
    """A data source's side. One mask key, one book of used masks and one of deliveries for all its aggregations."""

    def __init__(
        self,
        source: ParticipantId,
        mask_key: MaskKey,
        randomness: Randomness,
        *,
        book: MaskBook | None = None,
        deliveries: DeliveryBook | None = None,
    ) -> None:
        """Start with persistent books where masks and source sets must stay single across restarts."""
        self.source = source
        self._mask_key = mask_key
        self._randomness = randomness
        self._book = MaskBook() if book is None else book
        self._deliveries = DeliveryBook() if deliveries is None else deliveries

    def prepare(self, subject: SubjectId, as_of: AsOfDay, records: Iterable[Record]) -> SourceFeatures:
        """Statistics of the distinct records of one subject that live here, with their blinded commitment.

        Raises OutOfRange when a sum exceeds its bound.
        """
        cells = statistics(records, as_of)
        blinding = blinding_of(self._randomness.bytes(BLINDING_BYTES))
        point = commitment_point(cells, blinding)
        return SourceFeatures(
            source=self.source,
            subject=subject,
            as_of=as_of,
            cells=cells,
            blinding=blinding,
            point=point,
            commitment=feature_commitment(point, subject=subject, as_of=as_of, source=self.source),
        )

    def contribute(self, aggregation: Aggregation, features: SourceFeatures) -> MaskedStatistics:
        """Mask this source's part for one aggregation; repeating the call gives the same words.

        Raises CommitmentMismatch when the chain holds another commitment of this source or the features belong to
        another subject or day, SourcesChanged when a part went out for other sources of this subject and day,
        MaskReuse when this aggregation's masks already covered other data.
        """
        where = f"source {self.source}"
        if (features.source, features.subject, features.as_of) != (
            self.source,
            aggregation.subject,
            aggregation.as_of,
        ):
            raise CommitmentMismatch(
                "features of another source, subject or day", where=where, remedy="prepare them for this aggregation"
            )
        if aggregation.commitments.get(self.source) != features.commitment:
            raise CommitmentMismatch(
                "the commitment on chain is not that of these features",
                where=where,
                remedy="aggregate with the features that were committed to; a changed vector needs a new as-of day",
            )
        if aggregation.mask_keys[self.source] != self._mask_key.public:
            raise CommitmentMismatch(
                "the mask key on record is not the one held here", where=where, remedy="register the present mask key"
            )
        self._deliveries.claim(aggregation.subject, aggregation.as_of, aggregation.commitments, party=self.source)
        values = np.array([*features.cells, *split_blinding(features.blinding)], dtype=np.int64)
        words = to_ring(values)
        self._book.claim(aggregation.context, pack_words(words), party=self.source)
        words = words + pairwise_mask(self._mask_key, self.source, aggregation.peers, aggregation.context, WORDS)
        receiver = aggregation.receiver
        words += receiver_stream(
            self._mask_key,
            aggregation.mask_keys[receiver],
            aggregation.context,
            WORDS,
            source_id=self.source,
            receiver_id=receiver,
            own_id=self.source,
        )
        return MaskedStatistics(source=self.source, digest=aggregation.digest, point=features.point, words=words)


def aggregate(aggregation: Aggregation, parts: Iterable[MaskedStatistics]) -> MaskedTotal:
    """Sum of the masked vectors, mod 2^64.

    Raises MissingParty naming sources whose part is not there, RoundOutOfOrder for a part that is repeated, uninvited,
    of another aggregation or of another length, CommitmentMismatch for one whose point is not what its source committed
    to.
    """
    waiting = set(aggregation.commitments)
    points: dict[ParticipantId, Point] = {}
    words = np.zeros(WORDS, dtype=np.uint64)
    for part in parts:
        if part.source not in waiting or part.digest != aggregation.digest or part.words.shape != words.shape:
            raise RoundOutOfOrder(
                "this part is repeated, uninvited or of another aggregation",
                where=f"source {part.source}",
                remedy="send one part per aggregation, masked for its present commitments",
            )
        _require_committed(aggregation, part.source, part.point)
        waiting.remove(part.source)
        points[part.source] = part.point
        words += part.words
    if waiting:
        raise MissingParty(
            "sent no masked statistics",
            where=", ".join(f"source {source}" for source in sorted(waiting)),
            remedy="ask again, or open a new aggregation without it",
        )
    return MaskedTotal(digest=aggregation.digest, points=points, words=words)


def _require_committed(aggregation: Aggregation, source: ParticipantId, point: Point) -> None:
    found = feature_commitment(point, subject=aggregation.subject, as_of=aggregation.as_of, source=source)
    if found != aggregation.commitments[source]:
        raise CommitmentMismatch(
            "the point is not the one committed to on chain", where=f"source {source}", remedy="have it send its own"
        )


class BankReceiver:
    """A bank's side: takes its masks off a total."""

    def __init__(self, bank: ParticipantId, mask_key: MaskKey) -> None:
        """Hold the key whose public half is registered for this bank."""
        self.bank = bank
        self._mask_key = mask_key

    def open(self, aggregation: Aggregation, total: MaskedTotal) -> OpenedTotal:
        """Totals and features of the subject.

        Raises RoundOutOfOrder for a total of another aggregation or receiver or without a point of every source,
        CommitmentMismatch when what comes out is not the sum that the sources committed to (a source sent other data, a
        part was masked with another key or altered on its way).
        """
        where = f"subject {aggregation.subject}"
        expected = (aggregation.digest, self.bank, set(aggregation.commitments))
        if expected != (total.digest, aggregation.receiver, set(total.points)):
            raise RoundOutOfOrder(
                "this total is meant for another aggregation or receiver", where=where, remedy="ask for your own"
            )
        words = total.words.copy()
        for source in sorted(aggregation.commitments):
            words -= receiver_stream(
                self._mask_key,
                aggregation.mask_keys[source],
                aggregation.context,
                WORDS,
                source_id=source,
                receiver_id=self.bank,
                own_id=self.bank,
            )
        for source, point in total.points.items():
            _require_committed(aggregation, source, point)
        opened = from_ring(words).tolist()
        cells, blinding = tuple(opened[: len(CELLS)]), join_blinding(opened[len(CELLS) :])
        sources = len(aggregation.commitments)
        try:
            intact = opens(total.points.values(), cells, blinding, sources=sources)
        except OutOfRange:
            intact = False
        if not intact:
            raise CommitmentMismatch(
                "the opened total is not the sum of what the sources committed to",
                where=where,
                remedy="check the registered mask keys; have every source send its part again",
            )
        return OpenedTotal(
            subject=aggregation.subject,
            as_of=aggregation.as_of,
            points=total.points,
            blinding=blinding,
            statistics=cells,
            features=derive(cells, sources=sources),
        )
