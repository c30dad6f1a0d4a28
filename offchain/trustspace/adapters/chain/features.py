"""FeatureRegistry: what each source committed to about a subject and a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.chain.contract import Contract
from trustspace.domain.ids import AsOfDay, BatchId, ParticipantId, SubjectId
from trustspace.encoding.statements import MOST_SOURCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.node import Receipt

COMMITS_PER_TRANSACTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureCommitment:
    """One source's commitment (32 bytes, a field element) and the batches behind it."""

    subject: SubjectId
    as_of_day: AsOfDay
    commitment: bytes
    evidence: tuple[BatchId, ...]


class FeatureRegistry(Contract):
    """Commitments of feature vectors, one per subject, day and source."""

    name = "FeatureRegistry"

    def commit(self, features: FeatureCommitment) -> Receipt:
        """Commit as a source; identical features again change nothing."""
        return self.write("commit", _features(features))

    def commit_many(
        self, features: Sequence[FeatureCommitment], *, per_transaction: int = COMMITS_PER_TRANSACTION
    ) -> list[Receipt]:
        """Commit to many in few transactions, signed ahead and sent together."""
        return self.write_many(
            [
                self.request("commitMany", [_features(item) for item in features[at : at + per_transaction]])
                for at in range(0, len(features), per_transaction)
            ]
        )

    def commitment_of(self, subject: SubjectId, as_of_day: AsOfDay, source: ParticipantId) -> bytes | None:
        """Commitment of a source; None when it made none."""
        return self.commitments_of([(subject, as_of_day, source)])[0]

    def commitments_of(self, keys: Sequence[tuple[SubjectId, AsOfDay, ParticipantId]]) -> list[bytes | None]:
        """The same for many."""
        return [found if any(found) else None for found in self.read_each("commitmentOf", keys)]

    def sources_of(self, subject: SubjectId, as_of_day: AsOfDay) -> tuple[ParticipantId, ...]:
        """Sources that committed, in order."""
        return tuple(ParticipantId(source) for source in self.read("sourcesOf", subject, as_of_day))

    def committed(self, subject: SubjectId, as_of_day: AsOfDay) -> dict[ParticipantId, bytes]:
        """Commitments of all sources in order, for a proof about them; raises ContractRefused for none or too many."""
        word, commitments = self.read("requireCommitted", subject, as_of_day, MOST_SOURCES)
        return {ParticipantId(word >> 16 * place & 0xFFFF): own for place, own in enumerate(commitments)}

    def evidence_of(self, subject: SubjectId, as_of_day: AsOfDay, source: ParticipantId) -> tuple[BatchId, ...]:
        """Batches behind a source's commitment."""
        return tuple(BatchId(batch) for batch in self.read("evidenceOf", subject, as_of_day, source))

    def evidence_state(self, subject: SubjectId, as_of_day: AsOfDay, block: int) -> tuple[bool, bool]:
        """Whether features were committed by `block`, and whether their evidence is intact."""
        known, intact = self.read("evidenceState", subject, as_of_day, block)
        return bool(known), bool(intact)


def _features(features: FeatureCommitment) -> tuple[object, ...]:
    return features.subject, features.as_of_day, features.commitment, list(features.evidence)
