"""LienRegistry: claims of banks on shares of invoices, by fingerprint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.contract import Contract, Written
from trustspace.domain.batches import InvoiceStatus
from trustspace.domain.ids import BatchId, LienId, ParticipantId
from trustspace.domain.liens import DisputeVerdict, Exposure, Lien, LienReference, LienState, Refusal
from trustspace.encoding.hashing import ZERO_ADDRESS
from trustspace.encoding.liens import NO_FINGERPRINT, CommitmentHeader, family_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustspace.adapters.chain.contract import Event
    from trustspace.adapters.chain.node import Receipt
    from trustspace.domain.liens import Collateral, LienHint, Pledge


# Limits, not costs: a pledge that displaces many reservations takes this, an ordinary one 27k.
GAS_BASE, GAS_PER_PLEDGE = 300_000, 200_000


class LienRegistry(Contract):
    """Who pledged how much of what, in which order."""

    name = "LienRegistry"

    # --- writes ------------------------------------------------------------------------------------------------

    def commit(self, commitment: bytes) -> Receipt:
        """Commit this bank to pledges that it does not show yet; one that is pending is left as it is."""
        return self.write("commit", commitment, once=False)

    def reserve(self, bank: ParticipantId, salt: bytes, pledges: Sequence[Pledge]) -> Written[tuple[Refusal, ...]]:
        """Open a commitment: each pledge is reserved or refused. Anybody may send it."""
        items = [(pledge.fingerprint, pledge.older or NO_FINGERPRINT, pledge.share_bps) for pledge in pledges]
        # The node would check and estimate this in the block of the commitment, in which it cannot be opened yet.
        gas = GAS_BASE + GAS_PER_PLEDGE * len(items)
        request = self.request("reserve", bank, salt, items, once=False, gas=gas)
        (receipt,) = self.write_many([request], check=False)
        liens = self.header(bank).lien_ids(salt, pledges)
        return Written(value=self._refusals(receipt, liens), receipt=receipt)

    def finance(self, liens: Sequence[LienReference]) -> Written[tuple[Refusal, ...]]:
        """Turn own reservations into claims that last."""
        receipt = self.write("finance", [_pair(item) for item in liens], once=False)
        return Written(value=self._refusals(receipt, [item.lien for item in liens]), receipt=receipt)

    def release(self, liens: Sequence[LienReference]) -> Receipt:
        """Give own liens up; what ended before is left as it is."""
        return self.write("release", [_pair(item) for item in liens], once=False)

    def migrate(self, items: Sequence[tuple[LienReference, bytes]]) -> Written[tuple[Refusal, ...]]:
        """Make a further fingerprint of the invoice behind each own lien known."""
        receipt = self.write("migrate", [(*_pair(item), following) for item, following in items], once=False)
        return Written(value=self._refusals(receipt, [item.lien for item, _ in items]), receipt=receipt)

    def hint(self, hints: Sequence[LienHint]) -> Receipt:
        """Post softer fingerprints of the invoices behind own liens, so that altered copies are noticed elsewhere."""
        return self.write("hint", [(*_pair(item.reference), item.parties, item.digits) for item in hints], once=False)

    def enrol(self, batch: BatchId) -> int:
        """Give an anchored batch the number by which liens point to it."""
        self.write("enrol", batch)
        return self.number_of(batch)

    def link_collateral(self, links: Sequence[tuple[LienReference, Collateral]]) -> Receipt:
        """Say on which anchored invoices own liens rest; the status of each shows in its lien from then on."""
        items = [
            (
                *_pair(item),
                of.number,
                of.index,
                of.batch,
                of.commitment,
                of.buyer or ZERO_ADDRESS,
                list(of.proof),
            )
            for item, of in links
        ]
        return self.write("linkCollateral", items)

    def dispute(self, item: LienReference, evidence_hash: bytes) -> Receipt:
        """Mark a live lien as disputed."""
        return self.write("dispute", *_pair(item), evidence_hash, once=False)

    def resolve(self, item: LienReference, verdict: DisputeVerdict, evidence_hash: bytes) -> Receipt:
        """End a lien, or dismiss a dispute, as the regulator."""
        return self.write("resolve", *_pair(item), int(verdict), evidence_hash, once=False)

    def unlink(self, fingerprint: bytes, evidence_hash: bytes) -> Receipt:
        """Take a wrong fingerprint out of its family, as the regulator."""
        return self.write("unlink", fingerprint, evidence_hash, once=False)

    # --- reads -------------------------------------------------------------------------------------------------

    def header(self, bank: ParticipantId) -> CommitmentHeader:
        """What binds a bank's commitments to this chain and contract."""
        return CommitmentHeader(chain_id=self.client.chain_id, registry=self.address, bank=bank)

    def exposures(self, fingerprints: Sequence[bytes]) -> tuple[Exposure, ...]:
        """What is claimed of the invoice with each fingerprint."""
        return tuple(_exposure(answer) for answer in self.read_each("exposure", [(item,) for item in fingerprints]))

    def lien(self, item: LienReference) -> Lien:
        """One lien; state NONE when there is none such, or another took its place."""
        return self.liens([item])[0]

    def liens(self, items: Sequence[LienReference]) -> tuple[Lien, ...]:
        """The same for many."""
        return tuple(_lien(answer) for answer in self.read_each("lienInfo", [_pair(item) for item in items]))

    def liens_of(self, fingerprint: bytes) -> tuple[Lien, ...]:
        """Liens of an invoice, ended ones included until another takes their place."""
        return tuple(_lien(item) for item in self.read("liensOf", fingerprint))

    def committed_at(self, bank: ParticipantId, commitment: bytes) -> int:
        """Block of a pending commitment; 0 when there is none, or all it held is reserved."""
        return int(self.read("committedAt", bank, commitment))

    def commit_window(self) -> int:
        """Blocks in which a commitment can be opened, and after which its liens can be financed."""
        return int(self.read("COMMIT_WINDOW"))

    def number_of(self, batch: BatchId) -> int:
        """Number of an enrolled batch; 0 when it is not."""
        return int(self.read("numberOf", batch))

    def hinted(self, *, parties: bytes | None = None, digits: bytes | None = None) -> tuple[LienReference, ...]:
        """Liens whose invoice has this softer fingerprint, by what their banks posted."""
        topic = {"parties": parties} if digits is None else {"digits": digits}
        return tuple(
            LienReference(fingerprint=bytes(event.arguments["family"]), lien=LienId(event.arguments["lien"]))
            for event in self.events("LienHinted", **topic)
        )

    def refusals(self, fingerprint: bytes) -> Iterator[Event]:
        """Evidence of what was refused for a fingerprint."""
        return self.events("LienRefused", fingerprint=family_key(fingerprint))

    def _refusals(self, receipt: Receipt, liens: Sequence[LienId]) -> tuple[Refusal, ...]:
        refused = {
            event.arguments["lien"]: Refusal(event.arguments["refusal"])
            for event in self.events_in(receipt, "LienRefused")
        }
        return tuple(refused.get(lien, Refusal.NONE) for lien in liens)


def _pair(item: LienReference) -> tuple[bytes, LienId]:
    return item.fingerprint, item.lien


def _statuses(mask: int) -> frozenset[InvoiceStatus]:
    return frozenset(status for status in InvoiceStatus if mask >> status & 1)


def _exposure(answer: Any) -> Exposure:
    family, reserved, financed, live, disputed, mask = answer
    return Exposure(
        family=bytes(family) if any(family) else None,
        reserved_bps=reserved,
        financed_bps=financed,
        live=live,
        disputed=disputed,
        invoice_status=_statuses(mask),
    )


def _lien(answer: Any) -> Lien:
    lien, bank, state, share, committed_at, until, disputed, batch, index, mask = answer
    return Lien(
        lien=LienId(lien),
        bank=ParticipantId(bank),
        state=LienState(state),
        share_bps=share,
        committed_at=committed_at,
        until=until,
        disputed=disputed,
        batch=BatchId(bytes(batch)) if any(batch) else None,
        index=index,
        invoice_status=_statuses(mask),
    )
