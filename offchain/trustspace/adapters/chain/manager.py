"""SpaceAccessManager: who governs. Participants' roles are in the ParticipantRegistry instead."""

from __future__ import annotations

from trustspace.adapters.chain.contract import Contract
from trustspace.domain.ids import Address


class AccessManager(Contract):
    """OpenZeppelin's AccessManager, read-only here: granting is governance and goes through the deploy plan."""

    name = "SpaceAccessManager"

    def has_role(self, role: int, account: Address) -> tuple[bool, int]:
        """Whether an account is a member of a role, and after what delay (seconds) it acts."""
        member, delay = self.read("hasRole", role, account)
        return bool(member), int(delay)

    def members(self) -> dict[int, tuple[Address, ...]]:
        """Everybody who holds a role now, found among all grants ever made."""
        granted = dict.fromkeys(
            (event.arguments["roleId"], Address(event.arguments["account"])) for event in self.events("RoleGranted")
        )
        answers = self.read_each("hasRole", list(granted))
        held = [key for key, (member, _) in zip(granted, answers, strict=True) if member]
        return {role: tuple(account for known, account in held if known == role) for role, _ in held}

    def target_closed(self, contract: Address) -> bool:
        """Whether all restricted functions of a contract are closed."""
        return bool(self.read("isTargetClosed", contract))
