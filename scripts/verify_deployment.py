"""Read a deployment back: code, creation, wiring, rights, early acts; fail when anything is not as it should be.

brownie run verify_deployment --network NETWORK
brownie run verify_deployment main deployments/other.json --network NETWORK
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.common import BrownieReader, known_deployment
from trustspace.domain.deployment import CONTRACTS
from trustspace.errors import DeploymentConflict, WrongChain
from trustspace.services.governance import differences, policy_numbers

if TYPE_CHECKING:
    from trustspace.domain.deployment import Deployment


def main(file: str = "") -> None:
    verify(known_deployment(file))


def verify(deployment: Deployment) -> None:
    """Print what was found. Raises WrongChain on another chain, DeploymentConflict listing every difference."""
    reader = BrownieReader()
    if reader.chain() != (deployment.chain_id, deployment.genesis_hash):
        raise WrongChain("this is not the deployment's chain", where=deployment.network, remedy="name its network")
    found = differences(reader, deployment)
    wrong = {name for name in CONTRACTS for difference in found if name in difference.where}
    for name in CONTRACTS:
        print(f"{'differs' if name in wrong else 'ok':8} {name} at {deployment.address(name)}")
    if found:
        raise DeploymentConflict(
            "; ".join(map(str, found)), where=f"network {deployment.network}", remedy="find out who changed it"
        )
    numbers = ", ".join(f"{meaning} {number}" for meaning, number in policy_numbers(deployment).items())
    print(f"ok       roles: regulator {deployment.regulator}, guardian {deployment.guardian}, nobody else; {numbers}")
