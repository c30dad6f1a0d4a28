"""Liens as a bank's desk sees them, on the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.chain.participants import ParticipantRegistry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.invoices import InvoiceRegistry
    from trustspace.adapters.chain.liens import LienRegistry
    from trustspace.domain.batches import InvoiceStatus
    from trustspace.domain.ids import BatchId, LienId, ParticipantId
    from trustspace.domain.liens import Exposure, Lien, LienHint, LienReference, Pledge, Refusal


class ChainLienLedger:
    """`services.lien_desk.LienLedger`; reading needs no signer."""

    def __init__(self, registry: LienRegistry, invoices: InvoiceRegistry) -> None:
        """Nothing is asked yet."""
        self._registry = registry
        self._invoices = invoices
        self._bank: ParticipantId | None = None

    @property
    def bank(self) -> ParticipantId:
        """The organisation the signing account belongs to. Raises SignerMissing."""
        if self._bank is None:
            self._bank = ParticipantRegistry(self._registry.client).participant_of(self._registry.account)
        return self._bank

    def exposures(self, fingerprints: Sequence[bytes]) -> tuple[Exposure, ...]:
        """In one round trip."""
        return self._registry.exposures(fingerprints)

    def liens(self, references: Sequence[LienReference]) -> tuple[Lien, ...]:
        """In one round trip."""
        return self._registry.liens(references)

    def hinted(self, *, parties: bytes | None = None, digits: bytes | None = None) -> tuple[LienReference, ...]:
        """From the events."""
        return self._registry.hinted(parties=parties, digits=digits)

    def invoice_statuses(self, batch: BatchId, index: int) -> frozenset[InvoiceStatus]:
        """From the InvoiceRegistry."""
        return self._invoices.statuses(batch, index)

    def identify(self, salt: bytes, pledges: Sequence[Pledge]) -> tuple[bytes, tuple[LienId, ...]]:
        """Computed here; nothing leaves this process."""
        header = self._registry.header(self.bank)
        return header.commitment(salt, pledges), header.lien_ids(salt, pledges)

    def commit(self, commitment: bytes) -> None:
        """One transaction."""
        self._registry.commit(commitment)

    def reserve(self, salt: bytes, pledges: Sequence[Pledge]) -> tuple[Refusal, ...]:
        """One transaction, in a later block as the commitment is final."""
        return self._registry.reserve(self.bank, salt, pledges).value

    def finance(self, liens: Sequence[LienReference]) -> tuple[Refusal, ...]:
        """One transaction."""
        return self._registry.finance(liens).value

    def release(self, liens: Sequence[LienReference]) -> None:
        """One transaction."""
        self._registry.release(liens)

    def migrate(self, items: Sequence[tuple[LienReference, bytes]]) -> tuple[Refusal, ...]:
        """One transaction."""
        return self._registry.migrate(items).value

    def hint(self, hints: Sequence[LienHint]) -> None:
        """One transaction."""
        self._registry.hint(hints)
