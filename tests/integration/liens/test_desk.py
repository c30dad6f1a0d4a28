"""A bank's desk on a real chain: pledge, second pledge refused, financed, repaid, free again; what a check tells."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.chain.lien_ledger import ChainLienLedger
from trustspace.adapters.store.lien_book import SqliteLienBook
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.batches import Batch, InvoiceStatus
from trustspace.domain.fingerprints import EpochFingerprints
from trustspace.domain.liens import (
    WHOLE,
    Collateral,
    DisputeVerdict,
    InvoicePrints,
    InvoiceStanding,
    LienReference,
    LienState,
    LienWarning,
    Refusal,
)
from trustspace.encoding.commitments import BatchHeader, batch_tree
from trustspace.encoding.hashing import keccak
from trustspace.errors import ContractRefused, OutOfRange, UsageError
from trustspace.services.lien_desk import LienDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit

DESKS = 3


class Office:
    """Banks with a desk each, on one space with open epochs."""

    def __init__(self, space: SpaceKit, folder: Path) -> None:
        self.space = space
        self.folder = folder
        self.books: list[SqliteLienBook] = []
        self.desks = [self.desk(bank) for bank in space.actors.banks[:DESKS]]
        self.epoch = 0
        self.open_epoch()

    def desk(self, bank: Actor) -> LienDesk:
        book = SqliteLienBook(self.folder / f"{bank.name}.sqlite")
        self.books.append(book)
        return LienDesk(ChainLienLedger(bank.liens, bank.invoices), book, SystemRandomness())

    def open_epoch(self) -> None:
        self.epoch = self.space.open_epoch()

    def close_epoch(self, epoch: int) -> None:
        self.space.actors.regulator.fingerprint_keys.close_epoch(epoch)

    def prints(self, label: str, *epochs: int) -> InvoicePrints:
        return InvoicePrints(
            label=label,
            epochs=tuple(
                EpochFingerprints(
                    epoch=epoch,
                    strict=keccak(b"strict %d %s" % (epoch, label.encode())),
                    parties=keccak(b"parties %d %s" % (epoch, label.encode())),
                    digits=keccak(b"digits %d %s" % (epoch, label.encode())),
                )
                for epoch in epochs or (self.epoch,)
            ),
        )

    def pass_window(self) -> None:
        self.space.mine(self.space.actors.outsider.liens.commit_window())


@pytest.fixture
def office(data_space: SpaceKit, tmp_path: Path) -> Iterator[Office]:
    made = Office(data_space, tmp_path)
    yield made
    for book in made.books:
        book.close()


def standing(desk: LienDesk, prints: InvoicePrints) -> InvoiceStanding:
    return desk.check([prints])[0].standing


def test_desk__pledge_to_repayment__second_bank_sees_each_step(office: Office) -> None:
    first, second, _ = office.desks
    invoice = office.prints("INV-1")
    assert standing(second, invoice) is InvoiceStanding.FREE
    assert first.reserve([(invoice, 8_000)]) == {"INV-1": Refusal.NONE}
    assert standing(second, invoice) is InvoiceStanding.RESERVED
    with pytest.raises(ContractRefused, match="an earlier commitment may be opened"):
        first.finance(["INV-1"])
    office.pass_window()
    assert first.finance(["INV-1"]) == {"INV-1": Refusal.NONE}
    (seen,) = second.check([invoice])
    assert (seen.standing, seen.share_bps, seen.warnings) == (InvoiceStanding.FINANCED, 8_000, frozenset())
    assert second.reserve([(invoice, 2_001)], size=1) == {"INV-1": Refusal.SHARE_TAKEN}
    (refused,) = office.space.actors.outsider.liens.refusals(invoice.newest.strict)
    assert Refusal(refused.arguments["refusal"]) is Refusal.SHARE_TAKEN
    assert first.release(["INV-1"]) == {"INV-1": Refusal.NONE}
    assert standing(second, invoice) is InvoiceStanding.FREE
    assert second.reserve([(office.prints("INV-1"), WHOLE)], size=1) == {"INV-1": Refusal.NONE}


def test_desk__calls__are_full_and_fillers_live_like_the_rest(office: Office) -> None:
    desk, registry = office.desks[0], office.space.actors.outsider.liens
    wanted = [(office.prints(f"INV-{n}"), 5_000) for n in range(3)]
    desk.reserve(wanted)
    office.pass_window()
    desk.finance([f"INV-{n}" for n in range(3)])
    reserved = list(registry.events("LienReserved"))
    financed = list(registry.events("LienFinanced"))
    hinted = list(registry.events("LienHinted"))
    assert (len(reserved), len(financed), len(hinted)) == (10, 10, 10)
    assert {event.arguments["family"] for event in reserved} == {event.arguments["family"] for event in financed}
    assert {event.arguments["lien"] >> 192 & 0xFFFF for event in reserved} == {5_000}
    desk.release(["INV-1"])
    assert len(list(registry.events("LienReleased"))) == 1  # seven fillers do not fill ten with it
    desk.release(["INV-0", "INV-2"])
    assert [lien.state for _, lien in desk.own()] == [LienState.RELEASED] * 3


def test_desk__altered_copy__is_warned_of_and_not_blocked(office: Office) -> None:
    first, second, _ = office.desks
    original = office.prints("INV-1")
    first.reserve([(original, WHOLE)])
    digits = replace(office.prints("INV-1A").newest, digits=original.newest.digits)
    parties = replace(office.prints("INV-1B").newest, parties=original.newest.parties)
    for changed in (digits, parties):
        copy = InvoicePrints(label="copy", epochs=(changed,))
        (seen,) = second.check([copy])
        assert (seen.standing, seen.warnings) == (InvoiceStanding.WARNED, {LienWarning.ALTERED_COPY})
    assert second.reserve([(copy, 1)], size=1) == {"copy": Refusal.NONE}
    first.release(["INV-1"])
    assert standing(second, InvoicePrints(label="copy", epochs=(digits,))) is InvoiceStanding.FREE


def test_desk__next_epoch__migrated_liens_are_found(office: Office) -> None:
    first, second, _ = office.desks
    old = office.epoch
    first.reserve([(office.prints("INV-1"), WHOLE)])
    first.reserve([(office.prints("INV-2"), WHOLE)])
    office.pass_window()
    first.finance(["INV-1"])
    office.open_epoch()
    new = office.epoch
    with pytest.raises(ContractRefused, match="names one fingerprint"):
        second.reserve([(office.prints("INV-3", new), 1)])
    both = [office.prints(f"INV-{n}", old, new) for n in (1, 2)]
    assert first.migrate(both) == {"INV-1": Refusal.NONE, "INV-2": Refusal.NONE}
    office.close_epoch(old)
    seen = second.check([office.prints(f"INV-{n}", new) for n in (1, 2)])
    assert [item.standing for item in seen] == [InvoiceStanding.FINANCED, InvoiceStanding.RESERVED]
    linked = list(office.space.actors.outsider.liens.events("FingerprintLinked"))
    assert len(linked) == 20  # fillers moved as well


def test_desk__false_older_fingerprint__shows_as_conflict(office: Office) -> None:
    first, second, third = office.desks
    old = office.epoch
    first.reserve([(office.prints("INV-1"), WHOLE)])
    office.open_epoch()
    honest = office.prints("INV-1", old, office.epoch)
    lying = replace(honest, epochs=(replace(honest.epochs[0], strict=os.urandom(32)), honest.epochs[1]))
    assert second.reserve([(lying, WHOLE)], size=1) == {"INV-1": Refusal.NONE}
    (seen,) = third.check([honest])
    assert seen.warnings == {LienWarning.LINK_CONFLICT}
    assert third.reserve([(honest, 1)], size=1) == {"INV-1": Refusal.LINK_CONFLICT}
    assert first.migrate([honest]) == {"INV-1": Refusal.LINK_CONFLICT}


def test_desk__linked_invoice_voided__told_at_once_and_not_financed(office: Office) -> None:
    bank, source = office.space.actors.banks[0], office.space.actors.sources[0]
    desk, other, _ = office.desks
    invoice = office.prints("INV-1")
    subject = office.space.actors.subjects[0].subject
    header = BatchHeader(
        chain_id=office.space.deployment.chain_id,
        registry=source.invoices.address,
        source=source.participant,
        subject=subject,
        count=5,
        nonce=keccak(b"nonce"),
    )
    commitments = [keccak(b"commitment %d" % number) for number in range(5)]
    tree = batch_tree(header, commitments)
    batch = source.invoices.anchor(Batch(subject=subject, count=5, nonce=header.nonce, root=tree.root)).value
    desk.reserve([(invoice, WHOLE)], size=1)
    reference = desk.own()[0][0].reference
    collateral = Collateral(
        number=bank.liens.enrol(batch),
        batch=batch,
        index=3,
        commitment=commitments[3],
        buyer=None,
        proof=tuple(tree.proof(3)),
    )
    bank.liens.link_collateral([(reference, collateral)])
    assert standing(other, invoice) is InvoiceStanding.RESERVED
    source.invoices.set_status(batch, 3, InvoiceStatus.VOIDED)
    assert standing(other, invoice) is InvoiceStanding.VOIDED
    office.pass_window()
    assert desk.finance(["INV-1"]) == {"INV-1": Refusal.COLLATERAL_LOST}
    lien = bank.liens.lien(reference)
    assert (lien.batch, lien.index, lien.invoice_status) == (batch, 3, {InvoiceStatus.VOIDED})
    unlinked = replace(office.prints("INV-2"), anchored=(batch, 3))
    assert standing(other, unlinked) is InvoiceStanding.VOIDED  # the bank knows where it is anchored, nobody else does


def test_desk__dispute__warns_and_is_resolved(office: Office) -> None:
    first, second, _ = office.desks
    actors = office.space.actors
    invoice = office.prints("INV-1")
    first.reserve([(invoice, WHOLE)], size=1)
    reference = first.own()[0][0].reference
    actors.banks[1].liens.dispute(reference, keccak(b"evidence"))
    assert second.check([invoice])[0].warnings == {LienWarning.DISPUTED}
    office.pass_window()
    assert first.finance(["INV-1"]) == {"INV-1": Refusal.DISPUTED}
    actors.regulator.liens.resolve(reference, DisputeVerdict.UPHELD, keccak(b"evidence"))
    assert standing(second, invoice) is InvoiceStanding.FREE
    assert first.own()[0][1].state is LienState.ANNULLED


class Crash(Exception):
    """The program died here."""


@pytest.mark.parametrize("step", ["commit", "reserve", "hint"])
def test_desk__killed_anywhere__resumed_once(office: Office, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    bank = office.space.actors.banks[0]
    invoice = office.prints("INV-1")

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(ChainLienLedger, step, crash)
        with pytest.raises(Crash):
            office.desks[0].reserve([(invoice, WHOLE)])
    again = office.desk(bank)
    assert again.resume() == {"INV-1": Refusal.NONE}
    assert again.resume() == {}
    assert len(list(bank.liens.events("LienReserved"))) == 10
    assert standing(office.desks[1], invoice) is InvoiceStanding.RESERVED


def test_desk__misuse__is_refused_by_name(office: Office) -> None:
    desk = office.desks[0]
    invoice = office.prints("INV-1")
    with pytest.raises(UsageError, match="a batch of 7"):
        desk.reserve([(invoice, 1)], size=7)
    with pytest.raises(UsageError, match="named twice"):
        desk.reserve([(invoice, 1), (invoice, 1)])
    with pytest.raises(UsageError, match="a share of 10001"):
        desk.reserve([(invoice, 10_001)])
    with pytest.raises(UsageError, match="no lien on INV-9"):
        desk.finance(["INV-9"])
    with pytest.raises(OutOfRange, match=r"epochs \[2, 1\]"):
        office.prints("INV-1", 2, 1)


def test_desk__reference__of_own_liens_is_kept(office: Office) -> None:
    desk = office.desks[0]
    desk.reserve([(office.prints("INV-1"), 10)], size=1)
    ((own, lien),) = desk.own()
    assert own.reference == LienReference(fingerprint=office.prints("INV-1").newest.strict, lien=lien.lien)
    assert (own.share_bps, lien.share_bps) == (10, 10)
