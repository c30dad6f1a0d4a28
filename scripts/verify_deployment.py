"""Read a deployment back: code, wiring, function roles, members; fail when anything is not as it should be.

brownie run verify_deployment --network NETWORK
brownie run verify_deployment main deployments/other.json --network NETWORK
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.common import BrownieReader, client, known_deployment
from trustspace.adapters.chain.manager import AccessManager
from trustspace.domain.deployment import CONTRACTS
from trustspace.errors import DeploymentConflict, WrongChain
from trustspace.services.governance import ADMIN, GUARDIAN, REGULATOR, ROLE_NAMES, Difference, differences

if TYPE_CHECKING:
    from trustspace.domain.deployment import Deployment


def main(file: str = "") -> None:
    verify(known_deployment(file))


def verify(deployment: Deployment) -> None:
    """Print what was found. Raises WrongChain on another chain, DeploymentConflict listing every difference."""
    reader = BrownieReader()
    if reader.chain() != (deployment.chain_id, deployment.genesis_hash):
        raise WrongChain("this is not the deployment's chain", where=deployment.network, remedy="name its network")
    found = [*differences(reader, deployment), *unexpected_members(deployment)]
    wrong = {difference.where.partition(" ")[0] for difference in found}
    for name in CONTRACTS:
        print(f"{'differs' if name in wrong else 'ok':8} {name} at {deployment.address(name)}")
    if found:
        raise DeploymentConflict(
            "; ".join(map(str, found)), where=f"network {deployment.network}", remedy="find out who changed it"
        )
    print(f"ok       roles: regulator {deployment.regulator}, guardian {deployment.guardian}, nobody else")


def unexpected_members(deployment: Deployment) -> list[Difference]:
    """Accounts that hold a role of governance besides regulator and guardian, from all grants ever made."""
    expected = {ADMIN: deployment.regulator, REGULATOR: deployment.regulator, GUARDIAN: deployment.guardian}
    members = AccessManager(client(deployment)).members()
    return [
        Difference(where=f"{account} as {ROLE_NAMES.get(role, role)}", expected="no member", found="member")
        for role, accounts in members.items()
        for account in accounts
        if account != expected.get(role)
    ]
