"""`services.disclosure.OpeningLedger` on the chain: what an opening is checked against."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trustspace.domain.ids import ParticipantId
from trustspace.domain.participants import Role
from trustspace.errors import ContractRefused

if TYPE_CHECKING:
    from trustspace.adapters.chain.invoices import InvoiceRegistry
    from trustspace.adapters.chain.participants import ParticipantRegistry
    from trustspace.domain.batches import InvoiceStatus
    from trustspace.domain.ids import Address, BatchId


class ChainOpeningLedger:
    """Reads with whatever connection the registries have; needs no signer."""

    def __init__(self, invoices: InvoiceRegistry, participants: ParticipantRegistry) -> None:
        """Take the registries of one space."""
        self._invoices = invoices
        self._participants = participants

    @property
    def chain_id(self) -> int:
        """Chain that leaves and signatures are bound to."""
        return self._invoices.client.chain_id

    @property
    def registry(self) -> Address:
        """Contract that leaves and signatures are bound to."""
        return self._invoices.address

    def root(self, batch: BatchId) -> bytes | None:
        """Root of a batch; None when it is not anchored."""
        anchored = self._invoices.get(batch)
        return None if anchored is None else anchored.root

    def statuses(self, batch: BatchId, index: int) -> frozenset[InvoiceStatus]:
        """Every status an invoice reached."""
        return self._invoices.statuses(batch, index)

    def source_of(self, account: Address) -> ParticipantId:
        """Source for which an account acts now; 0 when it does not: unknown, retired, compromised or suspended."""
        try:
            return self._participants.require_role(account, Role.SOURCE)
        except ContractRefused:
            return ParticipantId(0)

    def now(self) -> int:
        """The later of this machine's clock and the latest block: a silent chain makes nothing fresh again."""
        return max(int(time.time()), self._invoices.client.node.timestamp())
