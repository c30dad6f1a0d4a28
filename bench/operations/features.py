"""FeatureRegistry: commitments of a subject's features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.operations.setting import AS_OF, anchor_batches, features_of, subject_key
from trustspace.domain.ids import SubjectId

if TYPE_CHECKING:
    from bench.operations.metering import Meter
    from trustspace.adapters.chain.sender import Request
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Commitments with one batch as evidence, of the first and of a later source."""
    subject = kit.actors.subjects[0].subject
    for source, name in ((kit.actors.sources[0], "features_commit"), (kit.actors.sources[1], "features_commit_next")):
        (batch,) = anchor_batches(source, 1)
        source.features.commit(features_of(subject, batch, day=AS_OF - 30))
        committed = source.features.commit(features_of(subject, batch))
        state = "new day" if name == "features_commit" else "another source committed for this day"
        meter.note(name, committed, state=f"{state}; one batch of evidence")
    _many(kit, meter)


def _many(kit: SpaceKit, meter: Meter) -> None:
    def source() -> Actor:
        return kit.actors.sources[2]

    batches = anchor_batches(source(), max(meter.sizes))
    gas = meter.block_gas

    def committing(count: int) -> Request:
        items = [
            features_of(SubjectId(subject_key(index).address), batches[index], day=AS_OF) for index in range(count)
        ]
        rows = [(item.subject, item.as_of_day, item.commitment, list(item.evidence)) for item in items]
        return source().features.request("commitMany", rows, gas=gas)

    meter.batch("features_commit_many", "subject", source, committing)
