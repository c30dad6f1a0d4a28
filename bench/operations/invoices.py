"""InvoiceRegistry: anchors and statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.operations.setting import batch_of, digest
from trustspace.domain.batches import Batch, InvoiceStatus
from trustspace.encoding.commitments import BatchHeader, batch_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.operations.metering import Meter
    from trustspace.adapters.chain.node import Receipt
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit

ANCHOR_TARGET = 60_000
STATUS_TARGET = 50_000
INVOICES = 1000  # in a batch whose statuses change
WORD = 256  # invoices whose bits share a word


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Every write, after the source anchored a batch and each status word was written once."""
    source, subject = kit.actors.sources[0], kit.actors.subjects[0].subject
    source.invoices.anchor(batch_of(subject, 500, "first"))
    _anchors(kit, meter)
    _statuses(kit, meter)
    _answer(kit, meter)


def _anchors(kit: SpaceKit, meter: Meter) -> None:
    subject = kit.actors.subjects[0].subject
    anchored: dict[int, Sequence[Receipt]] = {}
    for size in meter.sizes:
        batch = batch_of(subject, size, "of", size)
        anchored[size] = [kit.actors.sources[0].invoices.anchor(batch).receipt]
    last = max(anchored)
    meter.note(
        "anchor_batch", anchored[last][0], state=f"second batch of its source, {last} invoices", target=ANCHOR_TARGET
    )
    meter.note_items("anchor_batch", "invoice", anchored)

    def source() -> Actor:
        return kit.actors.sources[0]

    def batches(count: int) -> Sequence[Batch]:
        return [batch_of(subject, 500, "many", index) for index in range(count)]

    gas = meter.block_gas
    meter.batch(
        "anchor_many",
        "batch",
        source,
        lambda count: source().invoices.raw_request(
            "anchorMany", source().invoices.anchor_call(batches(count)), gas=gas
        ),
    )


def _statuses(kit: SpaceKit, meter: Meter) -> None:
    invoices = kit.actors.sources[0].invoices
    batch = invoices.anchor(batch_of(kit.actors.subjects[0].subject, INVOICES, "statuses")).value
    for status in InvoiceStatus:
        invoices.set_status(batch, int(status), status)  # an invoice of its own, so that every move is legal
        changed = invoices.set_status(batch, 10 + int(status), status)
        meter.note(_named("invoice_status", status), changed, state="word holds another", target=STATUS_TARGET)
    for status in (InvoiceStatus.CONFIRMED, InvoiceStatus.VOIDED):
        invoices.set_status(batch, WORD, status)
        (changed,) = invoices.set_status_many(batch, range(WORD + 1, 2 * WORD), status)
        name, state = _named("invoice_status_word", status), "255 invoices of a word with another"
        meter.note(name, changed, state=state, target=STATUS_TARGET)
    writes = {size: _confirm(kit, size) for size in meter.sizes}
    meter.note_items("invoice_status_word", "invoice", writes)


def _named(name: str, status: InvoiceStatus) -> str:
    return name if status is InvoiceStatus.CONFIRMED else f"{name}_{status.name.lower()}"


def _confirm(kit: SpaceKit, size: int) -> Sequence[Receipt]:
    """Confirm `size` invoices of a batch, all words of which hold one that is confirmed."""
    invoices = kit.actors.sources[0].invoices
    batch = invoices.anchor(batch_of(kit.actors.subjects[0].subject, INVOICES, "word", size)).value
    invoices.set_status_many(batch, range(0, INVOICES, WORD), InvoiceStatus.CONFIRMED)
    others = [index for index in range(INVOICES) if index % WORD][:size]
    return invoices.set_status_many(batch, others, InvoiceStatus.CONFIRMED)


def _answer(kit: SpaceKit, meter: Meter) -> None:
    """A buyer confirms its invoice: ten nodes of proof."""
    source, buyer = kit.actors.sources[0], kit.actors.subjects[1]
    subject, nonce = kit.actors.subjects[0].subject, digest("nonce", "buyer")
    header = BatchHeader(
        chain_id=kit.deployment.chain_id,
        registry=source.invoices.address,
        source=source.participant,
        subject=subject,
        count=INVOICES,
        nonce=nonce,
    )
    commitments = [digest("invoice", index) for index in range(INVOICES)]
    tree = batch_tree(header, commitments, [buyer.address] * INVOICES)
    batch = source.invoices.anchor(Batch(subject=subject, count=INVOICES, nonce=nonce, root=tree.root)).value
    source.invoices.set_status(batch, 0, InvoiceStatus.CONFIRMED)
    answered = buyer.invoices.answer_as_buyer(batch, 7, commitments[7], tree.proof(7), InvoiceStatus.CONFIRMED)
    meter.note("invoice_answer", answered, state="word holds another; ten nodes of proof", target=STATUS_TARGET)
