"""FeatureRegistry: one commitment per subject, day and source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.registries.story import DAY, commit_features, refuses
from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.domain.batches import Batch, InvoiceStatus
from trustspace.domain.ids import AsOfDay
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit


def test_features__committed__are_read_and_follow_their_evidence(data_space: SpaceKit) -> None:
    batch, source, subject = commit_features(data_space), data_space.actors.sources[0], data_space.actors.subjects[0]
    registry, key = source.features, (data_space.actors.subjects[0].subject, DAY)
    assert registry.commitment_of(*key, source.participant) == (5).to_bytes(32, "big")
    assert registry.commitment_of(*key, data_space.actors.sources[1].participant) is None
    assert registry.sources_of(*key) == (source.participant,)
    assert registry.evidence_of(*key, source.participant) == (batch,)
    block = data_space.node.block_number()
    assert registry.evidence_state(*key, block) == (True, True)
    source.invoices.set_status(batch, 0, InvoiceStatus.VOIDED)
    assert registry.evidence_state(*key, block) == (True, False)
    with refuses("FeaturesAlreadyCommitted", subject=subject.address):
        registry.commit(
            FeatureCommitment(subject=subject.subject, as_of_day=DAY, commitment=b"\x01" * 32, evidence=(batch,))
        )


def test_features__of_all_sources__in_the_order_in_which_they_committed(data_space: SpaceKit) -> None:
    subject, sources = data_space.actors.subjects[0].subject, data_space.actors.sources
    with refuses("NothingCommitted"):
        sources[0].features.committed(subject, DAY)
    for number, source in enumerate(reversed(sources), 7):
        batch = source.invoices.anchor(
            Batch(subject=subject, count=1, nonce=keccak(b"nonce"), root=keccak(b"root"))
        ).value
        source.features.commit(
            FeatureCommitment(subject=subject, as_of_day=DAY, commitment=number.to_bytes(32, "big"), evidence=(batch,))
        )
    found = sources[0].features.committed(subject, DAY)
    assert list(found) == [source.participant for source in reversed(sources)]
    assert list(found.values()) == [number.to_bytes(32, "big") for number in range(7, 7 + len(sources))]


def test_features__many__in_few_transactions(data_space: SpaceKit) -> None:
    source, subject = data_space.actors.sources[0], data_space.actors.subjects[0]
    batch = source.invoices.anchor(
        Batch(subject=subject.subject, count=1, nonce=keccak(b"nonce"), root=keccak(b"root"))
    ).value
    items = [
        FeatureCommitment(
            subject=subject.subject,
            as_of_day=AsOfDay(day),
            commitment=day.to_bytes(32, "big"),
            evidence=(batch,),
        )
        for day in range(1, 151)
    ]
    assert len(source.features.commit_many(items)) == 2
    keys = [(item.subject, item.as_of_day, source.participant) for item in items]
    assert source.features.commitments_of(keys) == [item.commitment for item in items]
