"""LienRegistry: from a commitment to a release, alone and in full calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.operations.setting import digest
from trustspace.domain.batches import Batch
from trustspace.domain.liens import Collateral, DisputeVerdict, LienHint, LienReference, Pledge
from trustspace.encoding.commitments import BatchHeader, batch_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.operations.metering import Meter
    from trustspace.testing.kit import SpaceKit

RESERVE_TARGET = 62_000
REFUSED_TARGET = 41_000
MARK_TARGET = 45_000
LEAVES = 1024
FULL = 100


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Every write, after a lien of another invoice was financed."""
    kit.open_epoch()
    _reserve(kit, _pledges(1, "first"))
    _life(kit, meter)
    _collateral(kit, meter)
    _disputes(kit, meter)
    _full_calls(kit, meter)


def _pledges(count: int, *name: object) -> list[Pledge]:
    return [Pledge(fingerprint=digest("invoice", *name, index)) for index in range(count)]


def _reserve(kit: SpaceKit, pledges: Sequence[Pledge], by: int = 0) -> list[LienReference]:
    bank = kit.actors.banks[by]
    salt = digest("salt", pledges[0].fingerprint.hex())
    header = bank.liens.header(bank.participant)
    bank.liens.commit(header.commitment(salt, pledges))
    bank.liens.reserve(bank.participant, salt, pledges)
    liens = header.lien_ids(salt, pledges)
    return [LienReference(fingerprint=p.fingerprint, lien=lien) for p, lien in zip(pledges, liens, strict=True)]


def _life(kit: SpaceKit, meter: Meter) -> None:
    bank, other = kit.actors.banks[0], kit.actors.banks[1]
    pledges, salt = _pledges(1, "alone"), digest("salt alone")
    header = bank.liens.header(bank.participant)
    meter.note("lien_commit", bank.liens.commit(header.commitment(salt, pledges)), state="other commitments opened")
    reserved = bank.liens.reserve(bank.participant, salt, pledges)
    meter.note("lien_reserve", reserved, state="invoice never pledged", target=RESERVE_TARGET)
    header = other.liens.header(other.participant)
    other.liens.commit(header.commitment(salt, pledges))
    refused = other.liens.reserve(other.participant, salt, pledges)
    meter.note("lien_refused", refused, state="invoice pledged by another bank", target=REFUSED_TARGET)
    (lien,) = _reserve(kit, _pledges(1, "life"))
    kit.mine(bank.liens.commit_window())
    meter.note("lien_hint", bank.liens.hint([LienHint(reference=lien, parties=salt, digits=salt)]), state="reserved")
    meter.note("lien_finance", bank.liens.finance([lien]), state="reserved")
    meter.note("lien_migrate", bank.liens.migrate([(lien, digest("next epoch"))]), state="financed")
    meter.note("lien_release", bank.liens.release([lien]), state="financed")


def _collateral(kit: SpaceKit, meter: Meter) -> None:
    bank, source, subject = kit.actors.banks[0], kit.actors.sources[0], kit.actors.subjects[0].subject
    header = BatchHeader(
        chain_id=kit.deployment.chain_id,
        registry=source.invoices.address,
        source=source.participant,
        subject=subject,
        count=LEAVES,
        nonce=digest("nonce"),
    )
    commitments = [digest("commitment", index) for index in range(LEAVES)]
    tree = batch_tree(header, commitments)
    batch = source.invoices.anchor(Batch(subject=subject, count=LEAVES, nonce=header.nonce, root=tree.root)).value
    meter.note("lien_enrol_batch", bank.liens.write("enrol", batch), state="batch of another lien enrolled before")
    number = bank.liens.number_of(batch)
    links = [
        (
            lien,
            Collateral(
                number=number,
                batch=batch,
                index=index,
                commitment=commitments[index],
                buyer=None,
                proof=tuple(tree.proof(index)),
            ),
        )
        for index, lien in enumerate(_reserve(kit, _pledges(10, "linked")) + _reserve(kit, _pledges(1, "linked alone")))
    ]
    alone = bank.liens.link_collateral(links[10:])
    meter.note("lien_prove_and_mark", alone, state="lien reserved, batch enrolled", target=MARK_TARGET)
    meter.note_items("lien_prove_and_mark", "lien", {1: [alone], 10: [bank.liens.link_collateral(links[:10])]})


def _disputes(kit: SpaceKit, meter: Meter) -> None:
    regulator, other = kit.actors.regulator, kit.actors.banks[1]
    pledges = _pledges(1, "disputed")
    (lien,) = _reserve(kit, pledges)
    meter.note("lien_dispute", other.liens.dispute(lien, digest("evidence")), state="reserved")
    upheld = regulator.liens.resolve(lien, DisputeVerdict.UPHELD, digest("evidence"))
    meter.note("lien_resolve", upheld, state="disputed")
    (linked,) = _reserve(kit, _pledges(1, "to unlink"))
    kit.actors.banks[0].liens.migrate([(linked, digest("wrong"))])
    meter.note("lien_unlink", regulator.liens.unlink(digest("wrong"), digest("evidence")), state="linked")


def _full_calls(kit: SpaceKit, meter: Meter) -> None:
    bank = kit.actors.banks[0]
    pledges, salt = _pledges(FULL, "full"), digest("salt full")
    header = bank.liens.header(bank.participant)
    bank.liens.commit(header.commitment(salt, pledges))
    reserved = bank.liens.reserve(bank.participant, salt, pledges).receipt
    meter.note_items("lien_reserve", "lien", {FULL: [reserved]})
    ids = header.lien_ids(salt, pledges)
    liens = [LienReference(fingerprint=p.fingerprint, lien=lien) for p, lien in zip(pledges, ids, strict=True)]
    kit.mine(bank.liens.commit_window())
    meter.note_items("lien_finance", "lien", {FULL: [bank.liens.finance(liens).receipt]})
    meter.note_items("lien_release", "lien", {FULL: [bank.liens.release(liens)]})
