"""Rights in the AccessManager, from every event it ever emitted: what nobody asks about is seen too.

Questions such as `hasRole` need an account to ask about; events name every account, function and target by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trustspace.domain.ids import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEvent:
    """An event of a contract: its name, empty when the package knows none of that kind, and arguments by name."""

    name: str
    arguments: Mapping[str, Any]
    block: int
    index: int
    transaction: str


@dataclass(slots=True)
class Rights:
    """What a history of events leaves. Roles are numbers, addresses lower case, times in seconds.

    `members` counts an account from its grant on, even while the grant still waits, with the delay of its acts.
    """

    members: dict[tuple[int, str], int] = field(default_factory=dict)
    functions: dict[tuple[str, bytes], int] = field(default_factory=dict)
    settings: dict[str, int] = field(default_factory=dict)

    @classmethod
    def after(cls, events: Iterable[ChainEvent]) -> Rights:
        """Replay events in their order."""
        rights = cls()
        for event in events:
            rights._apply(event.name, event.arguments)
        return rights

    def unusual(self) -> dict[str, int]:
        """Settings that are not as OpenZeppelin's constructor leaves them: all of them are zero there."""
        return {name: value for name, value in self.settings.items() if value}

    def _apply(self, name: str, given: Mapping[str, Any]) -> None:
        if name == "RoleGranted":
            self.members[int(given["roleId"]), _key(given["account"])] = int(given["delay"])
        elif name == "RoleRevoked":
            self.members.pop((int(given["roleId"]), _key(given["account"])), None)
        elif name == "TargetFunctionRoleUpdated":
            place = _key(given["target"]), bytes(given["selector"])[:4]
            self.functions[place] = int(given["roleId"])
        elif name == "RoleAdminChanged":
            self.settings[f"administrator of role {given['roleId']}"] = int(given["admin"])
        elif name == "RoleGuardianChanged":
            self.settings[f"guardian of role {given['roleId']}"] = int(given["guardian"])
        elif name == "RoleGrantDelayChanged":
            self.settings[f"grant delay of role {given['roleId']}"] = int(given["delay"])
        elif name == "TargetAdminDelayUpdated":
            self.settings[f"administration delay of {given['target']}"] = int(given["delay"])
        elif name == "TargetClosed":
            self.settings[f"closure of {given['target']}"] = int(given["closed"])


def left_at(events: Iterable[ChainEvent], role: int, account: Address) -> tuple[int, int] | None:
    """Block and log index at which an account first lost a role; None when it never did."""
    places = [
        (event.block, event.index)
        for event in events
        if event.name == "RoleRevoked"
        and int(event.arguments["roleId"]) == role
        and _key(event.arguments["account"]) == _key(account)
    ]
    return min(places, default=None)


def _key(address: str) -> str:
    return str(address).lower()
