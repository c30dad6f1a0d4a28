"""Deploy the contracts of a data space: plan, deploy, grant, renounce, read back, write down.

A second run over a finished deployment reads everything back and changes nothing. A run that was killed goes on where
it was: every contract is written to the unfinished store once it is mined, and grants are made only where missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from trustspace.domain.deployment import CONTRACTS, DeployedContract, Deployment
from trustspace.errors import DeploymentConflict, UsageError
from trustspace.services.governance import (
    ADMIN,
    GUARDIAN,
    MANAGER,
    REGULATOR,
    ROLE_NAMES,
    ChainReader,
    constructor_arguments,
    differences,
    function_roles,
    member_of,
    require_no_differences,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.domain.ids import Address

DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the constructors fix, and how long the regulator's own acts wait. Times in seconds."""

    recovery_quorum: int = 2
    recovery_delay: int = 2 * DAY
    certificate_quorum: int = 2
    max_validity: int = 366 * DAY
    commit_window: int = 20  # blocks
    reservation_time: int = 3 * DAY
    regulator_delay: int = 0
    admin_delay: int = 0

    def numbers(self, contract: str) -> tuple[int, ...]:
        """What a contract's constructor takes after the addresses."""
        if contract == "ParticipantRegistry":
            return self.recovery_quorum, self.recovery_delay
        if contract == "LienRegistry":
            return self.commit_window, self.reservation_time
        return (self.certificate_quorum, self.max_validity) if contract == "CertificateRegistry" else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPlan:
    """Who shall govern what where. `commit` names the sources deployed from."""

    network: str
    regulator: Address
    guardian: Address
    policy: Policy = field(default_factory=Policy)
    commit: str = ""

    def lines(self, deployer: Deployer) -> list[str]:
        """The plan for people, before anything is done."""
        chain_id, _ = deployer.chain()
        return [
            f"network     {self.network} (chain {chain_id})",
            f"deployer    {deployer.account}, which keeps no right",
            (
                f"regulator   {self.regulator} (acts after {self.policy.regulator_delay} s; administrator after "
                f"{self.policy.admin_delay} s)"
            ),
            f"guardian    {self.guardian} (may pause)",
            (
                f"quorums     {self.policy.certificate_quorum} endorsements a certificate, "
                f"{self.policy.recovery_quorum} approvals a recovery ({self.policy.recovery_delay} s delay)"
            ),
            (
                f"liens       financed {self.policy.commit_window} blocks after their commitment at the earliest, "
                f"reserved for {self.policy.reservation_time} s"
            ),
            *(f"deploy      {name} {deployer.kind(name).version}" for name in CONTRACTS),
            "grant       roles of functions, regulator, guardian; then renounce and read back",
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a deployed contract is."""

    address: Address
    block: int
    transaction: str


class Deployer(ChainReader, Protocol):
    """Deploys and sends as one account."""

    @property
    def account(self) -> Address:
        """Account that pays and, until it renounces, administers."""
        ...

    def chain(self) -> tuple[int, str]:
        """Return chain id and hash of the first block."""
        ...

    def deploy(self, name: str, arguments: Sequence[Any]) -> Placed:
        """Deploy a contract and wait until it is there."""
        ...

    def transact(self, name: str, address: Address, function: str, arguments: Sequence[Any]) -> None:
        """Send a write and wait until it is done."""
        ...


class DeploymentStore(Protocol):
    """Where a deployment is written down."""

    def read(self) -> Deployment | None:
        """Return what is written, None when nothing is."""
        ...

    def write(self, deployment: Deployment) -> None:
        """Replace it at once."""
        ...

    def remove(self) -> None:
        """Forget it; nothing happens when nothing is written."""
        ...


@dataclass(slots=True)
class MemoryStore:
    """Forgets with the program: for chains that do as well."""

    known: Deployment | None = None

    def read(self) -> Deployment | None:
        """What is kept."""
        return self.known

    def write(self, deployment: Deployment) -> None:
        """Keep it."""
        self.known = deployment

    def remove(self) -> None:
        """Forget it."""
        self.known = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentOutcome:
    """The deployment, and whether this run made it or found it."""

    deployment: Deployment
    created: bool


def deploy_space(
    deployer: Deployer,
    plan: DeploymentPlan,
    *,
    store: DeploymentStore | None = None,
    unfinished: DeploymentStore | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> DeploymentOutcome:
    """Bring the chain to what the plan says and write it down; `tell` hears each step.

    Raises UsageError for a plan whose accounts coincide, DeploymentConflict when the store or the chain holds
    something else than planned, and whatever the deployer raises.
    """
    store, unfinished = store or MemoryStore(), unfinished or MemoryStore()
    _check_plan(plan, deployer)
    finished = store.read()
    if finished is not None:
        _same_plan(finished, plan, deployer, "deployment")
        _verify(deployer, finished)
        tell("everything is on the chain already; nothing to do")
        return DeploymentOutcome(deployment=finished, created=False)
    deployment = _deploy_contracts(deployer, plan, unfinished, tell)
    _grant(deployer, deployment, plan, tell)
    _verify(deployer, deployment)
    tell("read back: code, creation, wiring, rights; the deployer keeps no right")
    store.write(deployment)
    unfinished.remove()
    return DeploymentOutcome(deployment=deployment, created=True)


def _check_plan(plan: DeploymentPlan, deployer: Deployer) -> None:
    accounts = {"deployer": deployer.account, "regulator": plan.regulator, "guardian": plan.guardian}
    if len({account.lower() for account in accounts.values()}) < len(accounts):
        listed = ", ".join(f"{name} {account}" for name, account in accounts.items())
        raise UsageError(f"three different accounts are needed: {listed}", remedy="the deployer must keep no right")


def _same_plan(found: Deployment, plan: DeploymentPlan, deployer: Deployer, what: str) -> None:
    """The stored deployment is on this chain and for these accounts."""
    chain_id, genesis = deployer.chain()
    wanted = (chain_id, genesis, plan.regulator, plan.guardian)
    stored = (found.chain_id, found.genesis_hash, found.regulator, found.guardian)
    names = ("chain id", "genesis block", "regulator", "guardian")
    for name, expected, known in zip(names, wanted, stored, strict=True):
        if str(expected).lower() != str(known).lower():
            raise DeploymentConflict(
                f"the stored {what} has {name} {known}, not {expected}",
                where=f"network {plan.network}",
                remedy="use another network name, or move the stored file away if that chain is gone",
            )


def _deploy_contracts(
    deployer: Deployer, plan: DeploymentPlan, unfinished: DeploymentStore, tell: Callable[[str], None]
) -> Deployment:
    deployment = unfinished.read() or _empty(deployer, plan)
    _same_plan(deployment, plan, deployer, "unfinished deployment")
    for contract in deployment.contracts:
        if not deployer.code_matches(contract.name, contract.address):
            raise DeploymentConflict(
                "an unfinished deployment left other code there, or none",
                where=f"{contract.name} at {contract.address}",
                remedy="move the unfinished file away to start anew",
            )
        tell(f"found {contract.name} at {contract.address}")
    for name in CONTRACTS[len(deployment.contracts) :]:
        arguments = constructor_arguments(name, deployment, plan.policy.numbers(name))
        placed = deployer.deploy(name, arguments)
        kind = deployer.kind(name)
        contract = DeployedContract(
            name=name,
            address=placed.address,
            block=placed.block,
            transaction=placed.transaction,
            arguments=tuple(arguments),
            abi_hash=kind.abi_hash,
            code_hash=kind.code_hash,
            version=kind.version,
        )
        deployment = replace(deployment, contracts=(*deployment.contracts, contract))
        unfinished.write(deployment)
        tell(f"deployed {name} at {placed.address}")
    return deployment


def _empty(deployer: Deployer, plan: DeploymentPlan) -> Deployment:
    chain_id, genesis = deployer.chain()
    return Deployment(
        network=plan.network,
        chain_id=chain_id,
        genesis_hash=genesis,
        deployer=deployer.account,
        regulator=plan.regulator,
        guardian=plan.guardian,
        commit=plan.commit,
        contracts=(),
    )


def _grant(deployer: Deployer, deployment: Deployment, plan: DeploymentPlan, tell: Callable[[str], None]) -> None:
    """Set function roles and members where they are missing, then renounce. Nothing to do once that is done."""
    manager = deployment.address(MANAGER)
    if not member_of(deployer, manager, ADMIN, deployer.account):
        return
    for contract in CONTRACTS:
        for role, selectors in function_roles(deployer, contract):
            target = deployment.address(contract)
            known = (deployer.call(MANAGER, manager, "getTargetFunctionRole", (target, item)) for item in selectors)
            if any(int(found) != role for found in known):
                deployer.transact(MANAGER, manager, "setTargetFunctionRole", (target, selectors, role))
                tell(f"{contract}: {len(selectors)} functions to the {ROLE_NAMES[role]}")
    members = (
        (REGULATOR, plan.regulator, plan.policy.regulator_delay),
        (GUARDIAN, plan.guardian, 0),
        (ADMIN, plan.regulator, plan.policy.admin_delay),
    )
    for role, account, delay in members:
        if not member_of(deployer, manager, role, account):
            deployer.transact(MANAGER, manager, "grantRole", (role, account, delay))
            tell(f"granted {ROLE_NAMES[role]} to {account}")
    deployer.transact(MANAGER, manager, "renounceRole", (ADMIN, deployer.account))
    tell("renounced the deployer's rights")


def _verify(deployer: Deployer, deployment: Deployment) -> None:
    require_no_differences(
        differences(deployer, deployment),
        DeploymentConflict,
        where=f"network {deployment.network}",
        remedy="nothing was changed; find out who did, or deploy under another network name",
    )
