"""Deployment files: `deployments/<network>.json`, written by the deploy script only, and those inside the package."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustspace.domain.deployment import DeployedContract, Deployment
from trustspace.encoding.address import normal_address
from trustspace.errors import ContractMissing, InvalidDeployment, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustspace.adapters.chain.node import ChainIdentity
    from trustspace.domain.ids import Address

SCHEMA = 1


class DeploymentFile:
    """One file as the store of a deployment."""

    def __init__(self, path: Path) -> None:
        """The file need not exist yet."""
        self.path = path

    def read(self) -> Deployment | None:
        """What is written; None when the file does not exist. Raises InvalidDeployment for a damaged one."""
        return read_deployment(self.path) if self.path.exists() else None

    def write(self, deployment: Deployment) -> None:
        """Replace the file at once: a reader sees the old or the new one."""
        write_deployment(deployment, self.path)

    def remove(self) -> None:
        """Delete the file if it is there."""
        self.path.unlink(missing_ok=True)

    @property
    def unfinished(self) -> DeploymentFile:
        """The file beside it in which a running deployment is kept."""
        return DeploymentFile(self.path.with_suffix(".unfinished.json"))


def read_deployment(path: Path) -> Deployment:
    """Read a deployment file. Raises InvalidDeployment naming file and field."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidDeployment(
            "no such deployment file", where=str(path), remedy="run the deploy script, or ask the operator for the file"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidDeployment(f"not a deployment file: {error}", where=str(path), remedy="fetch it again") from error
    return parse_deployment(content, where=str(path))


def write_deployment(deployment: Deployment, path: Path) -> None:
    """Write a deployment file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(_as_json(deployment), file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def bundled_deployment(chain: ChainIdentity) -> Deployment:
    """The deployment that came with the package for a chain. Raises ContractMissing when there is none."""
    for found in _bundled():
        if (found.chain_id, found.genesis_hash) == (chain.chain_id, chain.genesis_hash):
            return found
    raise _unknown(chain.chain_id)


def bundled_deployment_of(chain_id: int, registry: Address) -> Deployment:
    """The same by chain id and address of the CertificateRegistry, for those without a node."""
    for found in _bundled():
        if (found.chain_id, found.address("CertificateRegistry")) == (chain_id, registry):
            return found
    raise _unknown(chain_id)


def _bundled() -> Iterator[Deployment]:
    folder = files("trustspace").joinpath("deployments")
    if folder.is_dir():
        for file in sorted(folder.iterdir(), key=lambda item: item.name):
            if file.name.endswith(".json"):
                yield parse_deployment(json.loads(file.read_text(encoding="utf-8")), where=file.name)


def _unknown(chain_id: int) -> ContractMissing:
    return ContractMissing(
        f"the package knows no deployment on chain {chain_id}",
        remedy="name the file that the deploy script wrote",
    )


def parse_deployment(content: Any, *, where: str) -> Deployment:
    """Parse a deployment's JSON. Raises InvalidDeployment naming the field."""
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise InvalidDeployment(
            f"not a deployment of schema {SCHEMA}", where=where, remedy="use the deploy script's file"
        )
    try:
        return Deployment(
            network=str(content["network"]),
            chain_id=int(content["chain_id"]),
            genesis_hash=str(content["genesis_hash"]),
            deployer=normal_address(content["deployer"]),
            regulator=normal_address(content["regulator"]),
            guardian=normal_address(content["guardian"]),
            commit=str(content["commit"]),
            contracts=tuple(_contract(name, item) for name, item in content["contracts"].items()),
        )
    except KeyError as error:
        raise InvalidDeployment(
            f"field {error} is missing", where=where, remedy="use the deploy script's file"
        ) from error
    except (TypeError, ValueError, OverflowError, AttributeError, OutOfRange) as error:
        raise InvalidDeployment(f"unreadable: {error}", where=where, remedy="use the script's file") from error


def _contract(name: str, item: dict[str, Any]) -> DeployedContract:
    return DeployedContract(
        name=name,
        address=normal_address(item["address"]),
        block=int(item["block"]),
        transaction=str(item["transaction"]),
        arguments=tuple(item["arguments"]),
        abi_hash=str(item["abi_hash"]),
        code_hash=str(item["code_hash"]),
        version=str(item["version"]),
    )


def _as_json(deployment: Deployment) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "network": deployment.network,
        "chain_id": deployment.chain_id,
        "genesis_hash": deployment.genesis_hash,
        "deployer": deployment.deployer,
        "regulator": deployment.regulator,
        "guardian": deployment.guardian,
        "commit": deployment.commit,
        "contracts": {
            contract.name: {
                "address": contract.address,
                "block": contract.block,
                "transaction": contract.transaction,
                "arguments": list(contract.arguments),
                "abi_hash": contract.abi_hash,
                "code_hash": contract.code_hash,
                "version": contract.version,
            }
            for contract in deployment.contracts
        },
    }
