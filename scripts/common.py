"""What the scripts share: network, accounts, contracts and the deployment file.

Accounts are named by the id of an encrypted keystore (`brownie accounts generate ID`), or on a test chain by the number
of an unlocked account. The password is asked for, or read from the file that TRUSTSPACE_PASSWORD_FILE names.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brownie import accounts, network, project, web3
from brownie._config import CONFIG
from brownie.network.account import LocalAccount

from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.client import Client
from trustspace.adapters.chain.deployer import PackageReader, package_kind
from trustspace.adapters.chain.deployment import DeploymentFile
from trustspace.adapters.chain.fees import FeeSource
from trustspace.adapters.chain.node import Node
from trustspace.adapters.keys.keystore import PASSWORD_FILE, read_password
from trustspace.adapters.keys.remote import RemoteSigner
from trustspace.crypto.signing import SigningKey
from trustspace.domain.ids import Address
from trustspace.encoding.address import normal_address
from trustspace.errors import ContractMissing, DeploymentConflict, SignerMissing
from trustspace.services.deployment import Placed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.crypto.signing import Signer
    from trustspace.domain.deployment import Deployment
    from trustspace.services.governance import ContractKind, Creation
    from trustspace.services.rights import ChainEvent

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "TRUSTSPACE_DEPLOYMENTS"  # variable naming another folder than deployments/
CALLER_FOLDER = "TRUSTSPACE_CALLER_DIR"  # set by tools/shim
TEST_CHAINS = (1337, 31337)


def deployment_file(name: str = "") -> DeploymentFile:
    """The file of a network; by default of the one brownie is connected to."""
    folder = Path(os.environ.get(FOLDER, ROOT / "deployments"))
    return DeploymentFile(folder / f"{name or network.show_active()}.json")


def known_deployment(path: str = "") -> Deployment:
    """The deployment in a file, by default that of the network. Raises ContractMissing when there is none."""
    file = DeploymentFile(caller_path(path)) if path else deployment_file()
    found = file.read()
    if found is None:
        raise ContractMissing(
            "nothing is deployed on this network yet", where=str(file.path), remedy="brownie run deploy --network ..."
        )
    return found


def caller_path(name: str) -> Path:
    """A file as the user named it, from the folder in which brownie was called; brownie itself runs in the checkout."""
    return Path(os.environ.get(CALLER_FOLDER, "")) / name


def node_url() -> str:
    """RPC address of the network brownie is connected to."""
    return str(web3.provider.endpoint_uri)


def client(deployment: Deployment) -> Client:
    """The package's own connection to the same node."""
    return Client(node_url(), deployment)


def is_memory_only() -> bool:
    """Whether the chain ends with this program, so that nothing is worth writing down unless a folder is named."""
    return bool(CONFIG.network_type == "development") and FOLDER not in os.environ


def find_account(name: str) -> Any:
    """A brownie account by keystore id or, on a test chain, by number. Raises SignerMissing."""
    if name.isdigit():
        if int(name) >= len(accounts):
            raise SignerMissing(
                f"the node has no unlocked account {name}", remedy="name a keystore: brownie accounts list"
            )
        return accounts[int(name)]
    password = read_password("") if os.environ.get(PASSWORD_FILE) else None
    try:
        return accounts.load(name, password=password)
    except FileNotFoundError as error:
        raise SignerMissing(f"no keystore {name}", remedy=f"brownie accounts generate {name}") from error


def address_of(name: str) -> Address:
    """An address as it is, or that of an unlocked account given by number."""
    return normal_address(name) if name.startswith("0x") else normal_address(find_account(name).address)


def signer_of(account: Any) -> Signer:
    """Signs typed messages for a brownie account: by its key, or by the node for an unlocked account."""
    if isinstance(account, LocalAccount):
        return SigningKey(bytes.fromhex(account.private_key.removeprefix("0x")))
    return RemoteSigner(node_url(), normal_address(account.address), dialect="eth_v4")


class BrownieReader:
    """Reads contracts through brownie."""

    def chain(self) -> tuple[int, str]:
        """Chain id and hash of the first block."""
        return int(web3.eth.chain_id), "0x" + bytes(web3.eth.get_block(0)["hash"]).hex()

    def kind(self, name: str) -> ContractKind:
        """What the package says of a contract: brownie's own build must be the same."""
        return package_kind(name)

    def code_matches(self, name: str, address: Address) -> bool:
        """Whether the code at an address is the package's."""
        return load(name).matches(bytes(web3.eth.get_code(address)))

    def call(self, name: str, address: Address, function: str, arguments: Sequence[Any] = ()) -> Any:
        """What a view function returns."""
        return getattr(_container(name).at(address), function)(*arguments)

    def creation_code(self, name: str, arguments: Sequence[Any]) -> bytes:
        """What a transaction carries that deploys the package's code."""
        return load(name).creation_code(arguments)

    def creation(self, transaction: str) -> Creation | None:
        """What a transaction made."""
        return PackageReader(Node(node_url())).creation(transaction)

    def events(self, name: str, address: Address, *, since: int, until: int | None = None) -> Sequence[ChainEvent]:
        """Everything a contract emitted."""
        return PackageReader(Node(node_url())).events(name, address, since=since, until=until)


class BrownieDeployer(BrownieReader):
    """Deploys from a brownie account.

    What is sent is the package's creation code, so that everybody who has the package can check the transaction byte
    for byte. Brownie compiles the same sources with the hash of their paths and settings in the metadata, which shifts
    what follows; it must come to the same code otherwise.
    """

    def __init__(self, account: Any) -> None:
        """`account`: see `find_account`."""
        self._account = account
        self._free_block_price: int | None = None

    @property
    def account(self) -> Address:
        """Account that deploys."""
        return normal_address(self._account.address)

    def deploy(self, name: str, arguments: Sequence[Any]) -> Placed:
        """Deploy a contract. Raises DeploymentConflict when brownie's build of it is another, or nothing was made."""
        if not load(name).matches(bytes.fromhex(_container(name)._build["deployedBytecode"])):
            raise DeploymentConflict(
                "brownie compiled other code than the package carries", where=name, remedy="run tools/export_abi.py"
            )
        data = "0x" + self.creation_code(name, arguments).hex()
        receipt = self._account.transfer(data=data, **self._fees())
        if receipt.status != 1 or receipt.contract_address is None:
            raise DeploymentConflict("the transaction created no contract", where=name, remedy="see the node's log")
        return Placed(
            address=normal_address(receipt.contract_address), block=int(receipt.block_number), transaction=receipt.txid
        )

    def transact(self, name: str, address: Address, function: str, arguments: Sequence[Any]) -> None:
        """Send a write."""
        getattr(_container(name).at(address), function)(*arguments, self._from())

    def _from(self) -> dict[str, Any]:
        return {"from": self._account, **self._fees()}

    def _fees(self) -> dict[str, int]:
        """Brownie's fee arguments, by the rule of `trustspace.adapters.chain.fees`.

        Where the base fee is zero the node's price is asked once, so that it cannot follow what is paid here; an
        account without funds offers nothing, which is what networks without gas price take.
        """
        base_fee = web3.eth.get_block("latest").get("baseFeePerGas", 0)
        if base_fee:
            fees = FeeSource(Node(node_url())).current()
            return {"max_fee": fees.price, "priority_fee": fees.priority or 0}
        if self._free_block_price is None:
            self._free_block_price = int(web3.eth.gas_price)
        return {"gas_price": self._free_block_price if self._account.balance() else 0}


def _container(name: str) -> Any:
    (loaded,) = project.get_loaded_projects()
    return getattr(loaded, name)
