"""What a read-back sees, on a chain made of records: one thing is changed at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.deployer import package_kind
from trustspace.domain.deployment import CONTRACTS, DeployedContract, Deployment
from trustspace.encoding.address import checksum_address
from trustspace.services.deployment import Policy
from trustspace.services.governance import (
    ADMIN,
    GOVERNED,
    GUARDIAN,
    MANAGER,
    REGULATOR,
    WIRING,
    Creation,
    constructor_arguments,
    differences,
    policy_numbers,
)
from trustspace.services.rights import ChainEvent, Rights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.ids import Address
    from trustspace.services.governance import ContractKind

DEPLOYER, REGULATES, GUARDS, OUTSIDER = (checksum_address(bytes([number]) * 20) for number in (1, 2, 3, 4))


@dataclass
class FakeReader:
    """A chain as records."""

    made: dict[str, Creation] = field(default_factory=dict)
    emitted: dict[str, list[ChainEvent]] = field(default_factory=dict)
    deployment: Deployment | None = None

    def kind(self, name: str) -> ContractKind:
        return package_kind(name)

    def code_matches(self, name: str, address: Address) -> bool:
        return self._is_there(name, address)

    def creation_code(self, name: str, arguments: Sequence[Any]) -> bytes:
        return load(name).creation_code(arguments)

    def creation(self, transaction: str) -> Creation | None:
        return self.made.get(transaction)

    def events(self, name: str, address: Address, *, since: int, until: int | None = None) -> Sequence[ChainEvent]:
        events = self.emitted.get(name, []) if self._is_there(name, address) else []
        return [event for event in events if since <= event.block and (until is None or event.block <= until)]

    def call(self, name: str, address: Address, function: str, arguments: Sequence[Any] = ()) -> Any:
        assert self._is_there(name, address)
        rights = Rights.after(self.emitted[MANAGER])
        if function == "hasRole":
            return (arguments[0], arguments[1].lower()) in rights.members, 0
        if function == "getTargetFunctionRole":
            return rights.functions.get((arguments[0].lower(), arguments[1]), ADMIN)
        if function == "isTargetClosed":
            return False
        assert self.deployment is not None
        return self.deployment.address({"authority": MANAGER, **dict(WIRING[name])}[function])

    def _is_there(self, name: str, address: Address) -> bool:
        assert self.deployment is not None
        return self.deployment.address(name) == address

    def happened(self, contract: str, name: str, block: int, **arguments: Any) -> None:
        events = self.emitted.setdefault(contract, [])
        index = len(events)
        event = ChainEvent(name=name, arguments=arguments, block=block, index=index, transaction=f"0x{block:x}e{index}")
        events.append(event)

    def granted(self, role: int, account: Address, block: int) -> None:
        self.happened(MANAGER, "RoleGranted", block, roleId=role, account=account, delay=0, since=0, newMember=True)


def deployed() -> tuple[FakeReader, Deployment]:
    """Contracts in blocks 1 to 7, rights in block 8, the deployer leaves in block 9."""
    reader = FakeReader()
    deployment = Deployment(
        network="test", chain_id=1, genesis_hash="0x", deployer=DEPLOYER, regulator=REGULATES, guardian=GUARDS,
        commit="", contracts=(),
    )  # fmt: skip
    for block, name in enumerate(CONTRACTS, 1):
        kind, arguments = package_kind(name), constructor_arguments(name, deployment, Policy().numbers(name))
        contract = DeployedContract(
            name=name, address=checksum_address(bytes([16 + block]) * 20), block=block, transaction=f"0x{block:02x}",
            arguments=arguments, abi_hash=kind.abi_hash, code_hash=kind.code_hash, version=kind.version,
        )  # fmt: skip
        deployment = replace(deployment, contracts=(*deployment.contracts, contract))
        code = load(name).creation_code(arguments)
        made = Creation(code=code, address=contract.address, block=block, succeeded=True)
        reader.made[contract.transaction] = made
    reader.deployment = deployment
    reader.granted(ADMIN, DEPLOYER, 1)
    for name, roles in GOVERNED.items():
        for role, functions in roles.items():
            for function in functions:
                selector, target = package_kind(name).selectors[function], deployment.address(name)
                arguments = {"target": target, "selector": selector, "roleId": role}
                reader.happened(MANAGER, "TargetFunctionRoleUpdated", 8, **arguments)
    for role, account in ((REGULATOR, REGULATES), (GUARDIAN, GUARDS), (ADMIN, REGULATES)):
        reader.granted(role, account, 8)
    reader.happened(MANAGER, "RoleRevoked", 9, roleId=ADMIN, account=DEPLOYER)
    return reader, deployment


def told(reader: FakeReader, deployment: Deployment) -> list[str]:
    return [str(item) for item in differences(reader, deployment)]


def with_contract(deployment: Deployment, name: str, **change: Any) -> Deployment:
    contracts = (replace(each, **change) if each.name == name else each for each in deployment.contracts)
    return replace(deployment, contracts=tuple(contracts))


def test_differences__as_planned__none() -> None:
    assert told(*deployed()) == []


@pytest.mark.parametrize("block", [8, 20])
@pytest.mark.parametrize("role", [ADMIN, REGULATOR, GUARDIAN, 5])
def test_differences__fourth_account_has_a_role__is_named(role: int, block: int) -> None:
    reader, deployment = deployed()
    reader.granted(role, OUTSIDER, block)
    name = {ADMIN: "admin", REGULATOR: "regulator", GUARDIAN: "guardian"}.get(role, f"role {role}")
    assert f"{OUTSIDER} as {name}: expected no member, found member" in told(reader, deployment)


@pytest.mark.parametrize(
    "change",
    [{"code": b"other"}, {"address": OUTSIDER}, {"address": None}, {"block": 99}, {"succeeded": False}],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("name", CONTRACTS)
def test_differences__transaction_made_something_else__names_the_contract(name: str, change: dict[str, Any]) -> None:
    reader, deployment = deployed()
    transaction = deployment.contract(name).transaction
    reader.made[transaction] = replace(reader.made[transaction], **change)
    (found,) = told(reader, deployment)
    assert found.startswith(f"creation of {name} in {transaction}")


def test_differences__transaction_unknown__says_so() -> None:
    reader, deployment = deployed()
    reader.made.pop(deployment.contract("ModelRegistry").transaction)
    (found,) = told(reader, deployment)
    assert found.endswith("expected a mined transaction, found none that the node knows")


@pytest.mark.parametrize(
    ("name", "position", "value"),
    [
        (MANAGER, 0, OUTSIDER),
        ("ParticipantRegistry", 0, OUTSIDER),
        ("FeatureRegistry", 2, OUTSIDER),
        ("ParticipantRegistry", 1, 0),
        ("ParticipantRegistry", 1, "2"),
        ("ParticipantRegistry", 2, 2**40),
        ("CertificateRegistry", 5, 0),
        ("CertificateRegistry", 5, 5),
        ("CertificateRegistry", 6, True),
    ],
)
def test_differences__recorded_arguments_of_no_plan__are_refused(name: str, position: int, value: object) -> None:
    reader, deployment = deployed()
    arguments = list(deployment.contract(name).arguments)
    arguments[position] = value  # type: ignore[call-overload]
    found = told(reader, with_contract(deployment, name, arguments=tuple(arguments)))
    assert found
    assert all(text.startswith(name) for text in found)


@pytest.mark.parametrize("arguments", [(), (1,)])
def test_differences__recorded_arguments_missing__are_refused(arguments: tuple[int, ...]) -> None:
    reader, deployment = deployed()
    found = told(reader, with_contract(deployment, "ParticipantRegistry", arguments=arguments))
    assert found[0].startswith("ParticipantRegistry arguments")


def test_differences__registry_used_before_the_deployer_left__is_told() -> None:
    reader, deployment = deployed()
    reader.happened("ParticipantRegistry", "ParticipantAdmitted", 8)
    (found,) = told(reader, deployment)
    assert "expected nothing done before the deployer left, found ParticipantAdmitted" in found


def test_differences__registry_used_afterwards__is_no_difference() -> None:
    reader, deployment = deployed()
    reader.happened("ParticipantRegistry", "ParticipantAdmitted", 10)
    assert told(reader, deployment) == []


def test_differences__deployer_never_left__is_told() -> None:
    reader, deployment = deployed()
    reader.emitted[MANAGER].pop()
    assert told(reader, deployment) == [f"{DEPLOYER} as admin: expected no member, found member"]


def test_policy_numbers__are_those_of_the_constructors() -> None:
    policy = Policy()
    assert policy_numbers(deployed()[1]) == {
        "recovery quorum": policy.recovery_quorum,
        "recovery delay": policy.recovery_delay,
        "certificate quorum": policy.certificate_quorum,
        "longest validity": policy.max_validity,
        "commit window": policy.commit_window,
        "reservation time": policy.reservation_time,
    }
