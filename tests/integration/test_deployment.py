"""Deploying from the package: complete, repeatable, resumable, and governed by nobody but regulator and guardian."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.client import Client
from trustspace.adapters.chain.deployer import PackageDeployer
from trustspace.adapters.chain.deployment import DeploymentFile
from trustspace.adapters.chain.manager import AccessManager
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.sender import Sender
from trustspace.adapters.store.outbox import Outbox
from trustspace.domain.deployment import CONTRACTS
from trustspace.errors import ContractRefused, DeploymentConflict, UsageError
from trustspace.services.deployment import DeploymentPlan, MemoryStore, Policy, deploy_space
from trustspace.services.governance import ADMIN, GOVERNED, GUARDIAN, REGULATOR, WIRING, differences
from trustspace.testing.actors import Actor, actor_key

if TYPE_CHECKING:
    from trustspace.adapters.chain.anvil import Anvil
    from trustspace.testing.kit import SpaceKit

SOLIDITY = Path(__file__).parents[2] / "contracts"
PLAN = DeploymentPlan(network="test", regulator=actor_key("regulator").address, guardian=actor_key("guardian").address)


def deployer_on(anvil: Anvil, outbox: Outbox | None = None) -> PackageDeployer:
    return PackageDeployer(Sender(Node(anvil.url), actor_key("deployer"), outbox))


class Killed(PackageDeployer):
    """Dies after so many transactions."""

    left = 0

    def _count(self) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1

    def deploy(self, *arguments: Any) -> Any:
        self._count()
        return super().deploy(*arguments)

    def transact(self, *arguments: Any) -> None:
        self._count()
        super().transact(*arguments)


def test_deploy__twice__second_sends_nothing(chain: Anvil) -> None:
    deployer, store = deployer_on(chain), MemoryStore()
    first = deploy_space(deployer, PLAN, store=store)
    before = deployer.node.block_number()
    second = deploy_space(deployer, PLAN, store=store)
    assert (first.created, second.created) == (True, False)
    assert first.deployment == second.deployment
    assert deployer.node.block_number() == before


@pytest.mark.parametrize("transactions", [0, 1, 6, 9, 11, 31, 33, 34])
def test_deploy__killed_after_any_transaction__goes_on_and_ends_the_same(
    chain: Anvil, tmp_path: Path, transactions: int
) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    file = DeploymentFile(tmp_path / "test.json")
    killed = Killed(Sender(Node(chain.url), actor_key("deployer"), outbox))
    killed.left = transactions
    with pytest.raises(KeyboardInterrupt):
        deploy_space(killed, PLAN, store=file, unfinished=file.unfinished)
    assert file.read() is None
    outcome = deploy_space(deployer_on(chain, outbox), PLAN, store=file, unfinished=file.unfinished)
    assert outcome.created
    assert file.read() == outcome.deployment
    assert file.unfinished.read() is None
    assert killed.node.block_number() == 35  # as many transactions as without a kill


def test_deploy__killed_between_mined_and_written__the_outbox_knows_the_contract(chain: Anvil, tmp_path: Path) -> None:
    """The unfinished file lags behind by one contract; it is not deployed again."""
    outbox, kept = Outbox(tmp_path / "outbox.sqlite"), MemoryStore()

    class Forgetful(MemoryStore):
        def write(self, deployment: Any) -> None:
            if len(deployment.contracts) == 3:
                raise KeyboardInterrupt
            kept.write(deployment)

    with pytest.raises(KeyboardInterrupt):
        deploy_space(deployer_on(chain, outbox), PLAN, unfinished=Forgetful())
    deployer = deployer_on(chain, outbox)
    assert deploy_space(deployer, PLAN, unfinished=kept).created
    assert deployer.node.block_number() == 35


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"regulator": actor_key("outsider").address}, "has regulator"),
        ({"guardian": actor_key("outsider").address}, "has guardian"),
    ],
)
def test_deploy__stored_one_is_for_others__is_refused(chain: Anvil, change: dict[str, Any], message: str) -> None:
    store = MemoryStore()
    deploy_space(deployer_on(chain), PLAN, store=store)
    with pytest.raises(DeploymentConflict, match=message):
        deploy_space(deployer_on(chain), replace(PLAN, **change), store=store)


def test_deploy__stored_one_is_of_another_chain__is_refused(chain: Anvil) -> None:
    store = MemoryStore()
    outcome = deploy_space(deployer_on(chain), PLAN, store=store)
    store.write(replace(outcome.deployment, genesis_hash="0x" + "00" * 32))
    with pytest.raises(DeploymentConflict, match="has genesis block"):
        deploy_space(deployer_on(chain), PLAN, store=store)


def test_deploy__contract_gone__is_refused(chain: Anvil) -> None:
    store, deployer = MemoryStore(), deployer_on(chain)
    outcome = deploy_space(deployer, PLAN, store=store)
    deployer.node.rpc.call("anvil_setCode", outcome.deployment.address("ModelRegistry"), "0x00")
    with pytest.raises(DeploymentConflict, match=r"ModelRegistry at .* found no code or other code"):
        deploy_space(deployer, PLAN, store=store)


def test_deploy__unfinished_one_left_other_code__is_refused(chain: Anvil) -> None:
    deployer, unfinished = deployer_on(chain), MemoryStore()
    killed = Killed(Sender(deployer.node, actor_key("deployer")))
    killed.left = 3
    with pytest.raises(KeyboardInterrupt):
        deploy_space(killed, PLAN, unfinished=unfinished)
    assert unfinished.known is not None
    deployer.node.rpc.call("anvil_setCode", unfinished.known.contracts[1].address, "0x00")
    with pytest.raises(DeploymentConflict, match="move the unfinished file away"):
        deploy_space(deployer, PLAN, unfinished=unfinished)


@pytest.mark.parametrize("role", ["regulator", "guardian"])
def test_deploy__deployer_would_keep_a_right__is_refused(chain: Anvil, role: str) -> None:
    with pytest.raises(UsageError, match="three different accounts"):
        deploy_space(deployer_on(chain), replace(PLAN, **{role: actor_key("deployer").address}))


def test_deploy__delays__bind_the_regulator(chain: Anvil) -> None:
    plan = replace(PLAN, policy=Policy(regulator_delay=3600, admin_delay=7200))
    deployment = deploy_space(deployer_on(chain), plan).deployment
    client = Client(chain.url, deployment)
    manager = AccessManager(client)
    assert manager.has_role(REGULATOR, PLAN.regulator) == (True, 3600)
    assert manager.has_role(ADMIN, PLAN.regulator) == (True, 7200)
    with pytest.raises(ContractRefused) as refused:
        Actor("regulator", client).participants.suspend(1)  # type: ignore[arg-type]
    assert refused.value.error == "AccessManagerNotScheduled"


def test_roles__nobody_but_regulator_and_guardian_holds_one(space_kit: SpaceKit) -> None:
    manager = AccessManager(space_kit.client)
    regulator, guardian = space_kit.actors.regulator.address, space_kit.actors.guardian.address
    assert manager.members() == {REGULATOR: (regulator,), GUARDIAN: (guardian,), ADMIN: (regulator,)}
    assert not manager.has_role(ADMIN, space_kit.deployment.deployer)[0]
    for contract in GOVERNED:
        assert not manager.target_closed(space_kit.deployment.address(contract))


def test_guardian__pauses_every_contract_and_can_do_nothing_else(data_space: SpaceKit) -> None:
    actors = data_space.actors
    for name in GOVERNED:
        attribute = {
            "ParticipantRegistry": "participants", "AgreementRegistry": "agreements", "InvoiceRegistry": "invoices",
            "FeatureRegistry": "features", "ModelRegistry": "models", "CertificateRegistry": "certificates",
            "VerifierRegistry": "verifiers", "FingerprintKeys": "fingerprint_keys", "LienRegistry": "liens",
            "RangeStatements": "ranges",
        }[name]  # fmt: skip
        guardian, regulator = getattr(actors.guardian, attribute), getattr(actors.regulator, attribute)
        with pytest.raises(ContractRefused, match="is not allowed to do this"):
            regulator.pause()
        guardian.pause()
        assert guardian.paused()
        with pytest.raises(ContractRefused, match="is not allowed to do this"):
            guardian.unpause()
        regulator.unpause()
        assert not guardian.paused()


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("grantRole", (GUARDIAN, actor_key("outsider").address, 0)),
        ("revokeRole", (REGULATOR, actor_key("regulator").address)),
        ("setTargetClosed", (actor_key("outsider").address, True)),
        ("updateAuthority", (actor_key("outsider").address, actor_key("outsider").address)),
    ],
)
@pytest.mark.parametrize("who", ["guardian", "deployer", "outsider"])
def test_manager__is_administered_by_the_regulator_only(
    data_space: SpaceKit, who: str, function: str, arguments: tuple[Any, ...]
) -> None:
    manager = AccessManager(data_space.client, Sender(data_space.node, actor_key(who)))
    with pytest.raises(ContractRefused) as refused:
        manager.write(function, *arguments)
    assert refused.value.error == "AccessManagerUnauthorizedAccount"


def test_differences__none_after_a_deployment(space_kit: SpaceKit) -> None:
    assert differences(PackageDeployer(space_kit.actors.outsider.sender), space_kit.deployment) == []


def test_governance__table_has_every_restricted_function_of_the_sources_and_no_other() -> None:
    """A function that nobody put into the table would belong to the administrator unnoticed."""
    found: dict[str, set[str]] = {}
    for file in SOLIDITY.rglob("*.sol"):
        header = r"function\s+(\w+)\s*\([^)]*\)([^{;]*)"
        names = {name for name, rest in re.findall(header, file.read_text()) if re.search(r"\brestricted\b", rest)}
        if names:
            found[file.stem] = names
    governed = set().union(*(names for roles in GOVERNED.values() for names in roles.values()))
    assert set().union(*found.values()) == governed
    for contract, roles in GOVERNED.items():
        for names in roles.values():
            assert set(names) <= load(contract).functions.keys()


def test_governance__wiring_lists_every_immutable_contract() -> None:
    known = {"RECOVERY_QUORUM", "RECOVERY_DELAY", "COMMIT_WINDOW", "RESERVATION_TIME"}  # numbers
    for contract in CONTRACTS[1:]:
        getters = {name for name in load(contract).functions if name.isupper()}
        assert getters - known == {name for name, _ in WIRING[contract]}
