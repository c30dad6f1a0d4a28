"""A node of an EVM chain: what we ask of it, with typed answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.errors import call_failure
from trustspace.adapters.chain.rpc import (
    JsonRpc,
    RpcError,
    Timeouts,
    field_of,
    hexed,
    nonsense,
    number,
    quantity,
    raw_bytes,
)
from trustspace.encoding.address import checksum_address
from trustspace.errors import ChainUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trustspace.domain.ids import Address

LOG_BLOCKS = 5_000  # blocks per eth_getLogs; halved when the node finds it too many


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One event as the chain keeps it."""

    address: Address
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    transaction: bytes
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a transaction. `contract` is the address it created, if any."""

    transaction: bytes
    block: int
    block_hash: bytes
    gas_used: int
    succeeded: bool
    contract: Address | None
    logs: tuple[Log, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainIdentity:
    """Which chain a node serves. Two test chains share an id but not the hash of their first block."""

    chain_id: int
    genesis_hash: str

    @property
    def key(self) -> str:
        """One text for both."""
        return f"{self.chain_id}:{self.genesis_hash}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCall:
    """A call without a transaction. `contract` is its name, for errors."""

    contract: str
    to: Address
    data: bytes
    sender: Address | None = None

    def params(self, block: int | str) -> tuple[Any, ...]:
        """Parameters of eth_call."""
        call = {"to": self.to, "data": hexed(self.data)}
        if self.sender is not None:
            call["from"] = self.sender
        return call, quantity(block) if isinstance(block, int) else block


class Node:
    """A node by its RPC address; nothing is asked before it is needed."""

    def __init__(self, url: str, *, timeouts: Timeouts | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Raises UsageError when `url` is no http(s) URL."""
        self.rpc = JsonRpc(url, timeouts=timeouts, headers=headers)
        self._identity: ChainIdentity | None = None

    @property
    def timeouts(self) -> Timeouts:
        """How long to wait for what."""
        return self.rpc.timeouts

    @property
    def identity(self) -> ChainIdentity:
        """Chain id and genesis hash, asked once."""
        if self._identity is None:
            chain_id, genesis = self.all_of([("eth_chainId", ()), ("eth_getBlockByNumber", (quantity(0), False))])
            self._identity = ChainIdentity(
                chain_id=number(chain_id),
                genesis_hash="" if genesis is None else str(field_of(genesis, "hash")),
            )
        return self._identity

    def block_number(self) -> int:
        """Number of the latest block."""
        return number(self.rpc.call("eth_blockNumber"))

    def timestamp(self) -> int:
        """Time of the latest block in UTC seconds."""
        return number(field_of(self.rpc.call("eth_getBlockByNumber", "latest", False), "timestamp"))

    def code(self, address: Address) -> bytes:
        """Code at an address; empty when there is none."""
        return raw_bytes(self.rpc.call("eth_getCode", address, "latest"))

    def call(self, call: ReadCall, *, block: int | str = "latest") -> bytes:
        """What a function returns. Raises ContractRefused with the custom error it reverts with."""
        return self.call_many([call], block=block)[0]

    def call_many(self, calls: Sequence[ReadCall], *, block: int | str = "latest") -> list[bytes]:
        """The same for many in few round trips, all or none."""
        try:
            answers = self.rpc.batch([("eth_call", call.params(block)) for call in calls])
        except RpcError as error:  # the batch as a whole
            raise call_failure(calls[0].contract, error) from error
        results = []
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, RpcError):
                raise call_failure(call.contract, answer) from answer
            results.append(raw_bytes(answer))
        return results

    def receipt(self, transaction: bytes) -> Receipt | None:
        """Receipt of a mined transaction."""
        found = self.rpc.call("eth_getTransactionReceipt", hexed(transaction))
        return None if found is None else receipt_of(found)

    def call_data(self, transaction: bytes) -> bytes | None:
        """What a transaction carried; None where this node does not keep it."""
        found = self.rpc.call("eth_getTransactionByHash", hexed(transaction))
        return None if found is None else raw_bytes(field_of(found, "input"))

    def logs(
        self, address: Address, topics: Sequence[str | Sequence[str] | None], *, since: int, until: int | None = None
    ) -> Iterator[Log]:
        """Events in order, fetched in chunks that the node accepts. `since` and `until` are inclusive block numbers."""
        chunk, last, query = LOG_BLOCKS, until, {"address": address, "topics": list(topics)}
        if last is None:
            head, found = self.rpc.batch(
                [
                    ("eth_blockNumber", ()),
                    ("eth_getLogs", ({**query, "fromBlock": quantity(since), "toBlock": "latest"},)),
                ]
            )
            if isinstance(head, RpcError):
                raise head
            last = number(head)
            if last - since < chunk and not isinstance(found, RpcError):
                yield from _logs(found)
                return
        while since <= last:
            end = min(since + chunk - 1, last)
            try:
                found = self.rpc.call("eth_getLogs", {**query, "fromBlock": quantity(since), "toBlock": quantity(end)})
            except RpcError:
                if end == since:
                    raise
                chunk = max((end - since + 1) // 2, 1)
                continue
            yield from _logs(found)
            since = end + 1

    def all_of(self, calls: Sequence[tuple[str, tuple[Any, ...]]], *, remedy: str = "see the node's log") -> list[Any]:
        """Answers to calls that no healthy node refuses. Raises ChainUnreachable when this one does."""
        try:
            answers = self.rpc.batch(calls)
            for answer in answers:
                if isinstance(answer, RpcError):
                    raise answer
        except RpcError as error:
            raise ChainUnreachable(
                f"the node refuses reads: {error.message}", where=self.rpc.url, remedy=remedy
            ) from error
        return answers


def _logs(found: Any) -> Iterator[Log]:
    if not isinstance(found, list):
        raise nonsense(found)
    return map(log_of, found)


def receipt_of(found: Any) -> Receipt:
    """A node's JSON as Receipt. Raises ChainUnreachable when it is none."""
    try:
        return _receipt(found)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise nonsense(found) from error


def _receipt(found: Mapping[str, Any]) -> Receipt:
    created = found.get("contractAddress")
    return Receipt(
        transaction=raw_bytes(found["transactionHash"]),
        block=number(found["blockNumber"]),
        block_hash=raw_bytes(found["blockHash"]),
        gas_used=number(found["gasUsed"]),
        succeeded=number(found.get("status", "0x1")) == 1,
        contract=None if created is None else checksum_address(raw_bytes(created)),
        logs=tuple(log_of(item) for item in found["logs"]),
    )


def log_of(item: Any) -> Log:
    """A node's JSON as Log. Raises ChainUnreachable when it is none."""
    try:
        return _log(item)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise nonsense(item) from error


def _log(item: Mapping[str, Any]) -> Log:
    return Log(
        address=checksum_address(raw_bytes(item["address"])),
        topics=tuple(raw_bytes(topic) for topic in item["topics"]),
        data=raw_bytes(item["data"]),
        block=number(item["blockNumber"]),
        transaction=raw_bytes(item["transactionHash"]),
        index=number(item["logIndex"]),
    )
