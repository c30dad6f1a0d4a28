"""Deploy a data space: print the plan, deploy, grant, renounce, read back, write deployments/<network>.json.

    brownie run deploy --network NETWORK                                 # a test chain: its accounts 0, 1 and 2
    brownie run deploy main DEPLOYER REGULATOR GUARDIAN --network NETWORK

DEPLOYER is a keystore id, REGULATOR and GUARDIAN are addresses. Run again, it reads all back and changes nothing.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from brownie import network

from scripts.common import (
    ROOT,
    TEST_CHAINS,
    BrownieDeployer,
    address_of,
    deployment_file,
    find_account,
    is_memory_only,
)
from trustspace.services.deployment import DeploymentOutcome, DeploymentPlan, MemoryStore, Policy, deploy_space

if TYPE_CHECKING:
    from trustspace.adapters.chain.deployment import DeploymentFile


def main(deployer: str = "0", regulator: str = "1", guardian: str = "2") -> DeploymentOutcome:
    return deploy(deployer, address_of(regulator), address_of(guardian))


def deploy(deployer: str, regulator: str, guardian: str, policy: Policy | None = None) -> DeploymentOutcome:
    """Deploy for these accounts, or find that it was done. Raises DeploymentConflict when something else is there."""
    sender = BrownieDeployer(find_account(deployer))
    plan = DeploymentPlan(
        network=network.show_active(),
        regulator=address_of(regulator),
        guardian=address_of(guardian),
        policy=policy or Policy(),
        commit=source_commit(),
    )
    print("\n".join(plan.lines(sender)))
    if is_memory_only():
        return deploy_space(sender, plan, store=MemoryStore(), tell=print)
    file = deployment_file()
    forget_gone_chain(file, sender)
    outcome = deploy_space(sender, plan, store=file, unfinished=file.unfinished, tell=print)
    print(f"written: {file.path}" if outcome.created else f"unchanged: {file.path}")
    return outcome


def forget_gone_chain(file: DeploymentFile, sender: BrownieDeployer) -> None:
    """Remove the files of a test chain that was started anew; a real chain's are never touched."""
    chain_id, genesis = sender.chain()
    for store in (file, file.unfinished):
        known = store.read()
        if known and known.chain_id == chain_id and chain_id in TEST_CHAINS and known.genesis_hash != genesis:
            print(f"the test chain of {store.path} is gone; starting anew")
            store.remove()


def source_commit() -> str:
    """The commit that is deployed, marked when files differ from it; empty outside a git checkout."""
    git = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return git.stdout.strip()
