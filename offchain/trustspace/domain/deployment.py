"""A deployment: which contracts make up one data space on one chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.errors import ContractMissing

if TYPE_CHECKING:
    from trustspace.domain.ids import Address

# In order of deployment; each may know the ones before it.
CONTRACTS = (
    "SpaceAccessManager",
    "ParticipantRegistry",
    "AgreementRegistry",
    "InvoiceRegistry",
    "FeatureRegistry",
    "ModelRegistry",
    "VerifierRegistry",
    "CertificateRegistry",
    "FingerprintKeys",
    "LienRegistry",
    "RangeStatements",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedContract:
    """One contract. Hashes in hexadecimal; `code_hash` leaves out immutables and metadata."""

    name: str
    address: Address
    block: int
    transaction: str
    arguments: tuple[str | int, ...]
    abi_hash: str
    code_hash: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """All contracts with who governs them. `commit` names the sources, `block` is the first of the deployment."""

    network: str
    chain_id: int
    genesis_hash: str
    deployer: Address
    regulator: Address
    guardian: Address
    commit: str
    contracts: tuple[DeployedContract, ...]

    @property
    def block(self) -> int:
        """Where reading events may begin."""
        return min((contract.block for contract in self.contracts), default=0)

    def contract(self, name: str) -> DeployedContract:
        """One contract by name. Raises ContractMissing."""
        for contract in self.contracts:
            if contract.name == name:
                return contract
        raise ContractMissing(
            f"the deployment has no {name}", where=self.network, remedy="use the file that the deploy script wrote"
        )

    def address(self, name: str) -> Address:
        """Address of a contract by name. Raises ContractMissing."""
        return self.contract(name).address
