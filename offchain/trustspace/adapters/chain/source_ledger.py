"""The port of a source on the chain."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.invoices import InvoiceRegistry
    from trustspace.domain.batches import Batch
    from trustspace.domain.ids import Address, BatchId, ParticipantId


class SourceLedger:
    """`ports.InvoiceLedger` on the chain."""

    def __init__(self, invoices: InvoiceRegistry) -> None:
        """Take the registry, bound to an account of the source."""
        self.invoices = invoices

    @property
    def chain_id(self) -> int:
        """Chain that leaves are bound to."""
        return self.invoices.client.chain_id

    @property
    def registry(self) -> Address:
        """Contract that leaves are bound to."""
        return self.invoices.address

    @cached_property
    def participant(self) -> ParticipantId:
        """The source itself; 0 when the account is nobody's."""
        return self.invoices.own_participant()

    def anchor_many(self, batches: Sequence[Batch]) -> tuple[BatchId, ...]:
        """Anchor batches; one that is anchored already is left as it is."""
        return self.invoices.anchor_many(batches).value
