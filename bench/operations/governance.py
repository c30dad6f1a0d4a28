"""What every contract shares: the guardian's pause, the regulator's restart; and the AccessManager's daily writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.contract import Contract
from trustspace.adapters.chain.manager import AccessManager
from trustspace.services.governance import GOVERNED, GUARDIAN

if TYPE_CHECKING:
    from bench.operations.metering import Meter
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Pause and restart of each contract; membership and function roles at the AccessManager."""
    for contract in GOVERNED:
        short = contract.removesuffix("Registry").lower()
        paused = _at(kit.actors.guardian, contract).pause()
        meter.note(f"pause_{short}", paused, state="running")
        meter.note(f"unpause_{short}", _at(kit.actors.regulator, contract).unpause(), state="paused")
    _manager(kit, meter)


def _manager(kit: SpaceKit, meter: Meter) -> None:
    regulator = kit.actors.regulator
    manager = AccessManager(kit.client, regulator.sender)
    guardian = kit.actors.outsider.address
    meter.note("role_grant", manager.write("grantRole", GUARDIAN, guardian, 0), state="role has a member")
    meter.note("role_revoke", manager.write("revokeRole", GUARDIAN, guardian), state="two members")
    target = kit.deployment.address("InvoiceRegistry")
    selector = load("InvoiceRegistry").functions["pause"].selector
    changed = manager.write("setTargetFunctionRole", target, [selector], 1)
    meter.note("function_role_set", changed, state="one function of another role")
    meter.note("target_close", manager.write("setTargetClosed", target, True), state="open")


def _at(actor: Actor, contract: str) -> Contract:
    return next(found for found in vars(actor).values() if isinstance(found, Contract) and found.name == contract)
