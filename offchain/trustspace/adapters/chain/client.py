"""A data space on a chain: a node together with the deployment it is expected to hold."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.node import Node, ReadCall
from trustspace.adapters.chain.rpc import RpcError, Timeouts, raw_bytes
from trustspace.errors import (
    ChainUnreachable,
    ContractMissing,
    ContractVersionMismatch,
    OutOfRange,
    ToolMissing,
    WrongChain,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.domain.deployment import Deployment


class Client:
    """Checks chain and contracts once, before the first question."""

    def __init__(
        self,
        url: str,
        deployment: Deployment,
        *,
        timeouts: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is opened yet. Raises UsageError when `url` is no http(s) URL."""
        self.node = Node(url, timeouts=timeouts, headers=headers)
        self.deployment = deployment
        self._headers = dict(headers or {})
        self._checked = False
        self._lock = threading.Lock()

    @property
    def chain_id(self) -> int:
        """Chain of the deployment."""
        return self.deployment.chain_id

    def ensure(self) -> None:
        """Check once that this is the right chain and that it holds every contract in the version known here.

        Raises ChainUnreachable, WrongChain, ContractMissing or ContractVersionMismatch.
        """
        with self._lock:
            if not self._checked:
                self.check()
                self._checked = True

    def check(self) -> None:
        """The same, now."""
        try:
            self._check_chain()
            self._check_contracts()
        except RpcError as error:
            raise ChainUnreachable(
                f"the node refuses reads: {error.message}", where=self.node.rpc.url, remedy="see the node's log"
            ) from error

    def read(self, calls: Sequence[ReadCall], *, block: int | str = "latest") -> list[bytes]:
        """Answers of several calls, in order."""
        self.ensure()
        return self.node.call_many(calls, block=block)

    @cached_property
    def web3(self) -> Any:
        """A `web3.Web3` on the same node, for what this package does not wrap. Raises ToolMissing without web3."""
        try:
            from web3 import HTTPProvider, Web3
            from web3.middleware import ExtraDataToPOAMiddleware
        except ImportError as error:
            raise ToolMissing("web3 is not installed", remedy='pip install "trustspace[web3]"') from error

        timeouts = self.node.timeouts
        headers = {"Content-Type": "application/json", **self._headers}
        connection = Web3(
            HTTPProvider(self.node.rpc.address, {"timeout": (timeouts.connect, timeouts.answer), "headers": headers})
        )
        connection.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
        return connection

    def _check_chain(self) -> None:
        found, expected = self.node.identity, self.deployment
        if found.chain_id != expected.chain_id:
            raise WrongChain(
                f"the node serves chain {found.chain_id}, the deployment is on chain {expected.chain_id}",
                where=self.node.rpc.url,
                remedy="connect to the deployment's network or use that network's deployment file",
            )
        if expected.genesis_hash and found.genesis_hash != expected.genesis_hash:
            raise WrongChain(
                f"chain {found.chain_id} began with another block than the deployment's",
                where=self.node.rpc.url,
                remedy="a test chain that was started anew needs a new deployment",
            )

    def _check_contracts(self) -> None:
        contracts = self.deployment.contracts
        calls = []
        for contract in contracts:
            selector = load(contract.name).functions["version"].selector
            call = ReadCall(contract=contract.name, to=contract.address, data=selector)
            calls.append(("eth_call", call.params("latest")))
        for contract, answer in zip(contracts, self.node.rpc.batch(calls), strict=True):
            where = f"{contract.name} at {contract.address}"
            known = load(contract.name)
            if isinstance(answer, RpcError) or not raw_bytes(answer):
                raise ContractMissing(
                    "no such contract there", where=where, remedy="check the deployment file; deploy if it is new"
                )
            try:
                found = str(known.functions["version"].decode(raw_bytes(answer)))
            except OutOfRange:
                found = "unreadable"
            if found != known.version:
                raise ContractVersionMismatch(
                    f"the contract has version {found}, this package knows {known.version}",
                    where=where,
                    remedy="install the package release of that version",
                )
