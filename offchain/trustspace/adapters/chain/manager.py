"""SpaceAccessManager: who governs. Participants' roles are in the ParticipantRegistry instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.chain.contract import Contract

if TYPE_CHECKING:
    from trustspace.domain.ids import Address


class AccessManager(Contract):
    """OpenZeppelin's AccessManager, read-only here: granting is governance and goes through the deploy plan."""

    name = "SpaceAccessManager"

    def has_role(self, role: int, account: Address) -> tuple[bool, int]:
        """Whether an account is a member of a role, and after what delay (seconds) it acts."""
        member, delay = self.read("hasRole", role, account)
        return bool(member), int(delay)

    def function_role(self, contract: Address, selector: bytes) -> int:
        """Role that may call a function."""
        return int(self.read("getTargetFunctionRole", contract, selector))

    def target_closed(self, contract: Address) -> bool:
        """Whether all restricted functions of a contract are closed."""
        return bool(self.read("isTargetClosed", contract))
