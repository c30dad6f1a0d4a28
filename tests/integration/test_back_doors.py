"""Back doors that a malicious deployer leaves in a deployment whose file says that all is well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.adapters.chain.deployer import PackageDeployer, PackageReader
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.sender import Sender
from trustspace.domain.participants import Role
from trustspace.encoding.address import address_bytes
from trustspace.encoding.hashing import keccak
from trustspace.errors import ChainUnreachable, DeploymentConflict
from trustspace.services.deployment import DeploymentPlan, MemoryStore, Placed, Policy, deploy_space
from trustspace.services.governance import ADMIN, GUARDIAN, MANAGER, REGULATOR, differences
from trustspace.testing.actors import actor_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.anvil import Anvil
    from trustspace.domain.deployment import Deployment
    from trustspace.domain.ids import Address
    from trustspace.testing.kit import SpaceKit

PLAN = DeploymentPlan(
    network="test",
    regulator=actor_key("regulator").address,
    guardian=actor_key("guardian").address,
    policy=Policy(recovery_delay=3600),
)
ACCOMPLICE = actor_key("accomplice").address
ALL_ROLES = sum(Role)


class BeforeLeaving(PackageDeployer):
    """Sends something of its own just before it renounces."""

    extra: tuple[tuple[str, str, tuple[Any, ...]], ...] = ()

    def transact(self, name: str, address: Address, function: str, arguments: Sequence[Any]) -> None:
        if function == "renounceRole":
            for contract, sent, given in self.extra:
                target = address if contract == MANAGER else self.places[contract]
                super().transact(contract, target, sent, given)
        super().transact(name, address, function, arguments)

    def deploy(self, name: str, arguments: Sequence[Any]) -> Placed:
        placed = super().deploy(name, arguments)
        self.places[name] = placed.address
        return placed

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self.places: dict[str, Address] = {}


class EarlyAdmission(BeforeLeaving):
    """Admits an accomplice while every restricted function is the administrator's still."""

    def transact(self, name: str, address: Address, function: str, arguments: Sequence[Any]) -> None:
        if not self.done:
            self.done = True
            registry = self.places["ParticipantRegistry"]
            super().transact("ParticipantRegistry", registry, "admit", (ACCOMPLICE, ALL_ROLES, bytes(32)))
        super().transact(name, address, function, arguments)

    done = False


class OtherArguments(PackageDeployer):
    """Gives the constructor weaker numbers than it reports."""

    def deploy(self, name: str, arguments: Sequence[Any]) -> Placed:
        weak = (arguments[0], 1, 0) if name == "ParticipantRegistry" else arguments
        return super().deploy(name, weak)


class HandMadeCreation(PackageDeployer):
    """Writes an account word with every role, then returns the genuine code."""

    def deploy(self, name: str, arguments: Sequence[Any]) -> Placed:
        if name != "ParticipantRegistry":
            return super().deploy(name, arguments)
        code = self.node.code(super().deploy(name, arguments).address)
        word = ALL_ROLES << 152 | 1 << 32 | 1 << 16 | 60_000
        place = keccak(address_bytes(ACCOMPLICE).rjust(32, b"\0") + (4).to_bytes(32, "big"))
        writes = _store(place, word) + _store((2).to_bytes(32, "big"), int(arguments[0], 16))
        length = b"\x63" + len(code).to_bytes(4, "big")  # PUSH4
        offset = b"\x63" + (len(writes) + 21).to_bytes(4, "big")
        copy = length + offset + b"\x60\x00\x39" + length + b"\x60\x00\xf3"  # CODECOPY to 0, RETURN from 0
        receipt = self._sender.send(self._request(name, "deploy", None, writes + copy + code))
        assert receipt.contract is not None
        return Placed(address=receipt.contract, block=receipt.block, transaction="0x" + receipt.transaction.hex())


def _store(place: bytes, word: int) -> bytes:
    return b"\x7f" + word.to_bytes(32, "big") + b"\x7f" + place + b"\x55"  # PUSH32 word, PUSH32 place, SSTORE


def sender_on(anvil: Anvil, name: str) -> Sender:
    return Sender(Node(anvil.url), actor_key(name))


def deployed_by(deployer: PackageDeployer) -> tuple[Deployment, str]:
    """What the deployer would publish, and what the honest read-back in its own run said."""
    unfinished = MemoryStore()
    with pytest.raises(DeploymentConflict) as raised:
        deploy_space(deployer, PLAN, unfinished=unfinished)
    assert unfinished.known is not None
    return unfinished.known, str(raised.value)


def seen(anvil: Anvil, deployment: Deployment) -> str:
    return "; ".join(map(str, differences(PackageReader(Node(anvil.url)), deployment)))


@pytest.mark.parametrize(
    ("role", "name"), [(ADMIN, "admin"), (REGULATOR, "regulator"), (GUARDIAN, "guardian"), (77, "role 77")]
)
def test_differences__deployer_gave_a_role_to_a_fourth_account__names_it(chain: Anvil, role: int, name: str) -> None:
    deployer = BeforeLeaving(sender_on(chain, "deployer"))
    deployer.extra = ((MANAGER, "grantRole", (role, ACCOMPLICE, 0)),)
    deployment, told = deployed_by(deployer)
    text = f"{ACCOMPLICE} as {name}: expected no member, found member"
    assert text in told
    assert text in seen(chain, deployment)


def test_differences__role_given_and_taken_before_the_deployer_left__names_the_account(chain: Anvil) -> None:
    deployer = BeforeLeaving(sender_on(chain, "deployer"))
    deployer.extra = (
        (MANAGER, "grantRole", (REGULATOR, ACCOMPLICE, 0)),
        (MANAGER, "revokeRole", (REGULATOR, ACCOMPLICE)),
    )
    deployment, _ = deployed_by(deployer)
    expected = f"{ACCOMPLICE} as regulator: expected never a member, found granted before the deployer left"
    assert seen(chain, deployment) == expected


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        ("setRoleAdmin", (REGULATOR, 77), "administrator of role 1: expected 0, found 77"),
        ("setRoleGuardian", (REGULATOR, GUARDIAN), "guardian of role 1: expected 0, found 2"),
        ("setGrantDelay", (GUARDIAN, 99), "grant delay of role 2: expected 0, found 99"),
        ("setTargetAdminDelay", (ACCOMPLICE, 99), f"administration delay of {ACCOMPLICE}: expected 0, found 99"),
        ("setTargetClosed", (ACCOMPLICE, True), f"closure of {ACCOMPLICE}: expected 0, found 1"),
        (
            "setTargetFunctionRole",
            (ACCOMPLICE, [b"\1\2\3\4"], 2**64 - 1),
            f"function 0x01020304 of {ACCOMPLICE.lower()}: expected admin, found role {2**64 - 1}",
        ),
        ("grantRole", (GUARDIAN, PLAN.guardian, 99), f"delay of {PLAN.guardian} as guardian: expected 0, found 99"),
    ],
)
def test_differences__other_setting_of_the_manager__is_found(
    chain: Anvil, function: str, arguments: tuple[Any, ...], text: str
) -> None:
    deployer = BeforeLeaving(sender_on(chain, "deployer"))
    deployer.extra = ((MANAGER, function, arguments),)
    deployment, _ = deployed_by(deployer)
    assert text in seen(chain, deployment)


def test_differences__participant_admitted_before_the_deployer_left__is_found(chain: Anvil) -> None:
    deployment, _ = deployed_by(EarlyAdmission(sender_on(chain, "deployer")))
    assert "expected nothing done before the deployer left, found ParticipantAdmitted" in seen(chain, deployment)


def test_differences__other_constructor_arguments_than_recorded__are_found(chain: Anvil) -> None:
    deployment, told = deployed_by(OtherArguments(sender_on(chain, "deployer")))
    reader, registry = PackageReader(Node(chain.url)), deployment.contract("ParticipantRegistry")
    assert reader.call(registry.name, registry.address, "RECOVERY_QUORUM") == 1
    assert registry.arguments[1:] == (2, 3600)
    assert "found other code or other arguments" in told
    assert f"creation of ParticipantRegistry in {registry.transaction}" in seen(chain, deployment)
    admitted = replace(registry, arguments=(registry.arguments[0], 1, 0))
    contracts = tuple(admitted if contract is registry else contract for contract in deployment.contracts)
    assert "ParticipantRegistry" not in seen(chain, replace(deployment, contracts=contracts))


def test_differences__creation_code_that_writes_storage__is_found(chain: Anvil) -> None:
    deployment, _ = deployed_by(HandMadeCreation(sender_on(chain, "deployer")))
    reader, registry = PackageReader(Node(chain.url)), deployment.contract("ParticipantRegistry")
    assert reader.code_matches(registry.name, registry.address)
    assert "found other code or other arguments" in seen(chain, deployment)


def test_differences__file_names_another_transaction_or_block__is_found(space_kit: SpaceKit) -> None:
    reader, deployment = PackageReader(space_kit.node), space_kit.deployment
    first, second, *rest = deployment.contracts
    for change in ({"transaction": first.transaction}, {"block": second.block + 1}, {"transaction": "0x" + "11" * 32}):
        changed = replace(deployment, contracts=(first, replace(second, **change), *rest))  # type: ignore[arg-type]
        assert any("creation of ParticipantRegistry" in item.where for item in differences(reader, changed)), change


def test_differences__file_names_no_transaction_hash__says_what_the_node_does_not_tell(space_kit: SpaceKit) -> None:
    first, *rest = space_kit.deployment.contracts
    changed = replace(space_kit.deployment, contracts=(replace(first, transaction="none"), *rest))
    with pytest.raises(ChainUnreachable, match="does not tell transaction none"):
        differences(PackageReader(space_kit.node), changed)


def test_differences__regulator_names_a_second_guardian_later__is_told(data_space: SpaceKit) -> None:
    regulator = PackageDeployer(data_space.actors.regulator.sender)
    manager = data_space.deployment.address(MANAGER)
    regulator.transact(MANAGER, manager, "grantRole", (GUARDIAN, ACCOMPLICE, 0))
    found = [str(item) for item in differences(regulator, data_space.deployment)]
    assert found == [f"{ACCOMPLICE} as guardian: expected no member, found member"]
    regulator.transact(MANAGER, manager, "revokeRole", (GUARDIAN, ACCOMPLICE))
    assert differences(regulator, data_space.deployment) == []
