"""InvoiceRegistry: batches, statuses, proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.registries.story import commit_features, refuses
from trustspace.domain.batches import Batch, InvoiceStatus
from trustspace.domain.ids import BatchId
from trustspace.encoding.commitments import BatchHeader, batch_tree
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit


def test_invoices__anchored__id_root_and_count_are_as_computed_here(data_space: SpaceKit) -> None:
    source, subject = data_space.actors.sources[0], data_space.actors.subjects[0]
    batch = Batch(subject=subject.subject, count=9, nonce=keccak(b"nonce"), root=keccak(b"root"))
    batch_id = source.invoices.anchor(batch).value
    assert batch_id == source.invoices.batch_id_of(source.participant, batch)
    found = source.invoices.get(batch_id)
    assert found is not None
    assert (found.source, found.count, found.root, found.voided) == (source.participant, 9, batch.root, 0)
    assert source.invoices.batches_of(source.participant, subject.subject) == [found]
    assert source.invoices.get(BatchId(batch_id[:-1] + b"\xff")) is None


def test_invoices__anchor_many__equals_the_general_encoder_and_anchors_all(data_space: SpaceKit) -> None:
    source, subject = data_space.actors.sources[0], data_space.actors.subjects[0]
    batches = [
        Batch(subject=subject.subject, count=n + 1, nonce=keccak(b"nonce %d" % n), root=keccak(b"root %d" % n))
        for n in range(450)
    ]
    registry = source.invoices
    general = registry.artifact.functions["anchorMany"].encode(
        [[(batch.subject, batch.count, batch.nonce, batch.root) for batch in batches]]
    )
    assert registry.anchor_call(batches) == general
    anchored = registry.anchor_many(batches).value
    found = registry.get_many(anchored)
    assert [item.root for item in found if item is not None] == [batch.root for batch in batches]
    before = data_space.node.block_number()
    assert registry.anchor_many(batches).value == anchored
    assert data_space.node.block_number() == before
    assert len(registry.batches_of(source.participant)) == 450


def test_invoices__statuses__move_forward_only(data_space: SpaceKit) -> None:
    source, batch = data_space.actors.sources[0], commit_features(data_space)
    source.invoices.set_status(batch, 7, InvoiceStatus.CONFIRMED)
    source.invoices.set_status(batch, 7, InvoiceStatus.PAID)
    assert source.invoices.statuses(batch, 7) == {InvoiceStatus.CONFIRMED, InvoiceStatus.PAID}
    with refuses("StatusMoveForbidden", batch=batch):
        source.invoices.set_status(batch, 7, InvoiceStatus.VOIDED)
    source.invoices.set_status_many(batch, [0, 255, 256, 299], InvoiceStatus.VOIDED)
    assert source.invoices.voided_count(batch) == 4
    assert source.invoices.status_word(batch, InvoiceStatus.VOIDED, 1) == 1 | 1 << 43
    with refuses("IndexOutOfRange", batch=batch, index=300):
        source.invoices.set_status(batch, 300, InvoiceStatus.VOIDED)
    with refuses("NotBatchSource", batch=batch):
        data_space.actors.sources[1].invoices.set_status(batch, 0, InvoiceStatus.PAID)


def test_invoices__proof_of_one_of_many__is_known_to_the_contract_and_its_buyer_answers(data_space: SpaceKit) -> None:
    source, subject, buyer = data_space.actors.sources[0], data_space.actors.subjects[0], data_space.actors.subjects[1]
    header = BatchHeader(
        chain_id=data_space.deployment.chain_id,
        registry=source.invoices.address,
        source=source.participant,
        subject=subject.subject,
        count=5,
        nonce=keccak(b"nonce"),
    )
    commitments = [keccak(b"commitment %d" % n) for n in range(5)]
    tree = batch_tree(header, commitments, [buyer.address] * 5)
    batch = source.invoices.anchor(Batch(subject=subject.subject, count=5, nonce=header.nonce, root=tree.root)).value
    proof = tree.proof(3)
    assert source.invoices.is_anchored(batch, 3, commitments[3], buyer.address, proof)
    assert not source.invoices.is_anchored(batch, 2, commitments[3], buyer.address, proof)
    assert not source.invoices.is_anchored(batch, 3, commitments[3], None, proof)
    buyer.invoices.answer_as_buyer(batch, 3, commitments[3], proof, InvoiceStatus.DISPUTED)
    assert source.invoices.statuses(batch, 3) == {InvoiceStatus.DISPUTED}
    with refuses("NotInBatch", batch=batch, index=3):
        subject.invoices.answer_as_buyer(batch, 3, commitments[3], proof, InvoiceStatus.CONFIRMED)


def test_invoices__bank_anchors__is_refused_by_name(data_space: SpaceKit) -> None:
    bank, subject = data_space.actors.banks[0], data_space.actors.subjects[0]
    batch = Batch(subject=subject.subject, count=1, nonce=keccak(b"nonce"), root=keccak(b"root"))
    with refuses("RoleMissing", account=bank.address):
        bank.invoices.anchor(batch)
