"""Deploys from the compiled contracts in the package: needs neither compiler nor brownie."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.contract import OPERATION_TAG
from trustspace.adapters.chain.node import ReadCall, receipt_of
from trustspace.adapters.chain.rpc import RpcError, raw_bytes
from trustspace.adapters.chain.sender import Request
from trustspace.domain.ids import OperationId
from trustspace.encoding.hashing import keccak
from trustspace.errors import ChainUnreachable, LedgerError
from trustspace.services.deployment import Placed
from trustspace.services.governance import ContractKind, Creation
from trustspace.services.rights import ChainEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustspace.adapters.chain.node import Node
    from trustspace.adapters.chain.sender import Sender
    from trustspace.domain.ids import Address


class PackageReader:
    """Reads deployed contracts through a node."""

    def __init__(self, node: Node) -> None:
        """Nothing is asked yet."""
        self.node = node

    def chain(self) -> tuple[int, str]:
        """Chain id and hash of the first block."""
        return self.node.identity.chain_id, self.node.identity.genesis_hash

    def kind(self, name: str) -> ContractKind:
        """What the package knows of a contract."""
        return package_kind(name)

    def code_matches(self, name: str, address: Address) -> bool:
        """Whether the code at an address is the package's."""
        return load(name).matches(self.node.code(address))

    def call(self, name: str, address: Address, function: str, arguments: Sequence[Any] = ()) -> Any:
        """What a view function returns."""
        kind = load(name).functions[function]
        answer = self.node.call(ReadCall(contract=name, to=address, data=kind.encode(arguments)))
        return kind.decode(answer)

    def creation_code(self, name: str, arguments: Sequence[Any]) -> bytes:
        """What a transaction carries that deploys the package's code."""
        return load(name).creation_code(arguments)

    def creation(self, transaction: str) -> Creation | None:
        """What a transaction made. Raises ChainUnreachable when the node refuses to look."""
        with self._looking(f"transaction {transaction}"):
            sent = self.node.rpc.call("eth_getTransactionByHash", transaction)
            mined = self.node.rpc.call("eth_getTransactionReceipt", transaction)
        if sent is None or mined is None:
            return None
        receipt = receipt_of(mined)
        return Creation(
            code=raw_bytes(sent["input"]),
            address=receipt.contract,
            block=receipt.block,
            succeeded=receipt.succeeded,
        )

    def events(self, name: str, address: Address, *, since: int, until: int | None = None) -> Sequence[ChainEvent]:
        """Everything a contract emitted. Raises ChainUnreachable when the node refuses to look."""
        kinds = {kind.topic: kind for kind in load(name).events.values()}
        with self._looking(f"events of {name}"):
            logs = list(self.node.logs(address, (), since=since, until=until))
        found = []
        for log in logs:
            kind = kinds.get(log.topics[0]) if log.topics else None
            found.append(
                ChainEvent(
                    name=kind.name if kind else "",
                    arguments=kind.decode(log.topics, log.data) if kind else {},
                    block=log.block,
                    index=log.index,
                    transaction="0x" + log.transaction.hex(),
                )
            )
        return found

    @contextmanager
    def _looking(self, what: str) -> Iterator[None]:
        try:
            yield
        except RpcError as error:
            raise ChainUnreachable(
                f"the node does not tell {what}: {error.message}",
                where=self.node.rpc.url,
                remedy="ask a node that keeps old transactions and events, with an intact deployment file",
            ) from error


class PackageDeployer(PackageReader):
    """Deploys and sends through a sender, so that a killed run neither loses nor repeats a transaction."""

    def __init__(self, sender: Sender) -> None:
        """Give the sender an outbox file to survive a crash."""
        super().__init__(sender.node)
        self._sender = sender

    @property
    def account(self) -> Address:
        """Account that deploys."""
        return self._sender.address

    def deploy(self, name: str, arguments: Sequence[Any]) -> Placed:
        """Deploy the package's code of a contract."""
        data = load(name).creation_code(arguments)
        receipt = self._sender.send(self._request(name, "deploy", None, data))
        if receipt.contract is None:
            raise LedgerError("the transaction created no contract", where=name, remedy="see the node's log")
        return Placed(address=receipt.contract, block=receipt.block, transaction="0x" + receipt.transaction.hex())

    def transact(self, name: str, address: Address, function: str, arguments: Sequence[Any]) -> None:
        """Send a write."""
        data = load(name).functions[function].encode(arguments)
        self._sender.send(self._request(name, function, address, data))

    def _request(self, name: str, function: str, to: Address | None, data: bytes) -> Request:
        operation = OperationId(keccak(OPERATION_TAG + (to or "").lower().encode() + data))
        return Request(contract=name, function=function, to=to, data=data, operation=operation)


def package_kind(name: str) -> ContractKind:
    """What the package knows of a contract."""
    known = load(name)
    return ContractKind(
        name=name,
        version=known.version,
        abi_hash=known.abi_hash,
        code_hash="0x" + known.code_hash.hex(),
        selectors={function.name: function.selector for function in known.functions.values()},
    )
