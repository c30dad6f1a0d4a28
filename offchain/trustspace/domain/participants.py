"""Organisations of the space and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from trustspace.domain.ids import Address, ParticipantId


class Role(IntFlag):
    """Bits of a participant's role mask, as in ``contracts/types/Roles.sol``."""

    SOURCE = 1 << 0
    BANK = 1 << 1
    AGGREGATOR = 1 << 2
    KEYHOLDER = 1 << 3
    CERTIFIER = 1 << 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """An account as the registry knows it; block numbers, 0 where it did not happen."""

    address: Address
    participant: ParticipantId
    number: int
    roles: Role
    valid_from: int
    retired_at: int
    compromised_from: int

    @property
    def live(self) -> bool:
        """Whether the account acts for a participant now."""
        return self.participant != 0 and not self.retired_at and not self.compromised_from
