"""Ranges of invoices and turnovers, proven by the real tools and shown on a real chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.integration.registries.story import DAY, refuses
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.batches import Batch, InvoiceStatus
from trustspace.domain.invoices import BookStatus, Direction, Invoice, Record
from trustspace.domain.proofs import Circuit
from trustspace.domain.ranges import InvoiceRange, RangeReason, TurnoverRange
from trustspace.encoding.commitments import BatchHeader
from trustspace.encoding.hashing import keccak
from trustspace.encoding.provable_batch import nullifier_of
from trustspace.encoding.statements import context_of
from trustspace.services.invoice_statements import ProvableBatch, invoice_statement
from trustspace.services.registration import draw_openings
from trustspace.services.statements import turnover_statement

if TYPE_CHECKING:
    from tests.integration.proofs.conftest import ProvingSpace
    from trustspace.domain.ids import Address
    from trustspace.domain.proofs import Proof, Statement
    from trustspace.encoding.provable_invoice import ProvableInvoice

SCOPE = 20_261


def anchored_invoice(world: ProvingSpace) -> ProvableInvoice:
    """The second invoice of a batch that the first source anchored."""
    source, subject = world.kit.actors.sources[0], world.opened.subject
    records = [
        Record(Direction.SALE, Invoice("F1", "B", f"N{n}", date(2025, 1, 2), total, 0, total, status=BookStatus.VALID))
        for n, total in enumerate((900_000, 1_500_000, 70))
    ]
    opening = draw_openings({"F1": records}, {"F1": subject}, SystemRandomness(), provable=True)[0]
    batch = Batch(subject=subject, count=3, nonce=opening.nonce, root=keccak(b"the batch's own root"))
    source.invoices.anchor(batch)
    header = BatchHeader(
        chain_id=world.kit.client.chain_id, registry=source.invoices.address, source=source.participant,
        subject=subject, count=3, nonce=opening.nonce,
    )  # fmt: skip
    return ProvableBatch(opening, header).invoice(1)


def range_of(world: ProvingSpace, invoice: ProvableInvoice, scope: int = SCOPE) -> InvoiceRange:
    return InvoiceRange(
        source=invoice.header.source, subject=world.opened.subject, count=3, root=invoice.header.nonce,
        low=1_000_000, high=2_000_000, scope=scope, nullifier=nullifier_of(invoice.secret, scope),
        receiver=world.kit.actors.banks[0].participant, not_after=world.kit.now() + 86_400,
    )  # fmt: skip


def invoice_proof(world: ProvingSpace, invoice: ProvableInvoice, shown: InvoiceRange, sender: Address) -> Proof:
    context = context_of(world.kit.actors.outsider.ranges.id_of(shown), sender)
    return world.prove(invoice_statement(invoice, low=shown.low, high=shown.high, scope=shown.scope, context=context))


def turnover_of(world: ProvingSpace) -> TurnoverRange:
    sales = sum(world.opened.statistics[0:12])
    return TurnoverRange(
        subject=world.opened.subject, as_of_day=DAY, latest_month=0, earliest_month=11, low=max(sales - 10**6, 0),
        high=sales + 10**6, receiver=world.kit.actors.banks[1].participant, not_after=world.kit.now() + 86_400,
    )  # fmt: skip


def turnover(world: ProvingSpace, shown: TurnoverRange, sender: Address) -> Statement:
    actor = world.kit.actors.outsider
    sources = actor.features.sources_of(shown.subject, DAY)
    found = actor.features.commitments_of([(shown.subject, DAY, source) for source in sources])
    return turnover_statement(
        world.opened,
        recorded={source: word for source, word in zip(sources, found, strict=True) if word is not None},
        latest_month=shown.latest_month,
        earliest_month=shown.earliest_month,
        low=shown.low,
        high=shown.high,
        context=context_of(actor.ranges.id_of(shown), sender),
    )


def test_show_invoice__true_range__once_for_each_scope(world: ProvingSpace) -> None:
    actors, invoice = world.kit.actors, anchored_invoice(world)
    firm, reader = actors.subjects[0], actors.banks[0].ranges
    shown = range_of(world, invoice)
    proof = invoice_proof(world, invoice, shown, firm.address)
    assert reader.is_invoice_proven(shown, firm.address, proof.proof)
    for wrong in (
        replace(shown, low=1_600_000), replace(shown, scope=SCOPE + 1), replace(shown, nullifier=5),
        replace(shown, not_after=shown.not_after + 1), replace(shown, receiver=None),
    ):  # fmt: skip
        assert not reader.is_invoice_proven(wrong, firm.address, proof.proof)
        with refuses("ProofInvalid"):
            firm.ranges.show_invoice(wrong, proof.proof)
    with refuses("ProofInvalid"):
        actors.outsider.ranges.show_invoice(shown, proof.proof)  # read from the pool, and sent first
    statement = firm.ranges.show_invoice(shown, proof.proof).value
    record = reader.get(statement)
    assert record is not None
    assert (record.circuit, record.verifier) == (Circuit.INVOICE_RANGE, world.verifiers[Circuit.INVOICE_RANGE])
    assert (reader.verify(statement), record.about) == (RangeReason.OK, invoice.header.batch_id)
    assert reader.shown_as(shown.scope, shown.nullifier) == statement
    again = replace(shown, low=0)
    with refuses("InvoiceAlreadyShown", nullifier=shown.nullifier.to_bytes(32, "big")):
        firm.ranges.show_invoice(again, b"")
    actors.sources[0].invoices.set_status(invoice.header.batch_id, 2, InvoiceStatus.VOIDED)
    assert reader.verify(statement) is RangeReason.POSSIBLY_VOIDED


def test_show_turnover__firm_consents__shown_by_itself_or_by_its_bank(world: ProvingSpace) -> None:
    actors, shown = world.kit.actors, turnover_of(world)
    firm, bank = actors.subjects[0], actors.banks[0]
    consent = firm.key.sign_message(bank.ranges.message(shown))
    proof = world.prove(turnover(world, shown, bank.address))
    assert bank.ranges.is_turnover_proven(shown, bank.address, proof.proof, consent)
    with refuses("SubjectConsentMissing", subject=firm.subject):
        bank.ranges.show_turnover(shown, proof.proof)
    with refuses("ProofInvalid"):
        firm.ranges.show_turnover(shown, proof.proof)  # made for the bank
    narrower = replace(shown, high=shown.high - 1)
    with refuses("ProofInvalid"):
        signature = firm.key.sign_message(bank.ranges.message(narrower))
        bank.ranges.show_turnover(narrower, proof.proof, signature)
    statement = bank.ranges.show_turnover(shown, proof.proof, consent).value
    assert bank.ranges.verify(statement) is RangeReason.OK
    with refuses("TurnoverAlreadyShown", statement=statement):
        firm.ranges.show_turnover(shown, proof.proof)
    actors.regulator.verifiers.withdraw(world.verifiers[Circuit.TURNOVER_RANGE], keccak(b"defect"))
    assert bank.ranges.verify(statement) is RangeReason.PROOF_WITHDRAWN


def test_get__never_shown__none(world: ProvingSpace) -> None:
    reader = world.kit.actors.outsider.ranges
    unknown = reader.id_of(turnover_of(world))
    assert (reader.get(unknown), reader.verify(unknown)) == (None, RangeReason.UNKNOWN)
    assert reader.shown_as(1, 2) is None
    assert reader.verifier_of(Circuit.SCORE_CARD) is None
    assert reader.verifier_of(Circuit.INVOICE_RANGE) == world.verifiers[Circuit.INVOICE_RANGE]


@pytest.mark.parametrize("kind", ["invoice", "turnover"])
def test_id_of__package_and_contract__alike(world: ProvingSpace, kind: str) -> None:
    reader = world.kit.actors.outsider.ranges
    if kind == "turnover":
        shown = turnover_of(world)
        words = (shown.subject, DAY, 0, 11, shown.low, shown.high, shown.receiver, shown.not_after)
        assert bytes(reader.read("turnoverStatementOf", words)) == reader.id_of(shown)
    else:
        invoice = range_of(world, anchored_invoice(world))
        parts = (
            invoice.source, invoice.subject, 3, invoice.root, invoice.low, invoice.high, invoice.scope.to_bytes(32),
            invoice.nullifier.to_bytes(32), invoice.receiver, invoice.not_after,
        )  # fmt: skip
        assert bytes(reader.read("invoiceStatementOf", parts)) == reader.id_of(invoice)
