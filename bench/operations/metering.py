"""Gas of writes as the chain's receipts state it, beside the least that the gas schedule would let each cost.

A floor counts what cannot be saved without another call, another layout or another event:

    21,000                               a transaction
    16 or 4 a byte                       call data, not zero or zero
    22,100 | 5,000 | 200                 a word written from zero, changed, cleared (less its refund), the first time
    375 + 375 a topic + 8 a byte         an event

The words come from the node's own difference of states before and after. Reads, checks of signatures (3,000 each by
precompile) and all computation are what a figure has above its floor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.contract import Written
from trustspace.adapters.chain.rpc import hexed, number, raw_bytes
from trustspace.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.adapters.chain.node import Receipt
    from trustspace.adapters.chain.sender import Request
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit

TRANSACTION = 21_000
CALL_DATA = (4, 16)  # a zero byte, another byte
WORD_NEW, WORD_CHANGED, WORD_CLEARED = 22_100, 5_000, 200
EVENT, EVENT_TOPIC, EVENT_BYTE = 375, 375, 8
BATCH_SIZES = (1, 100, 500)
STEP_DOWN = 0.98  # how much smaller the next try is when a batch does not fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Gas of one write. `function` is the contract's, `state` says what was there before."""

    function: str
    gas: int
    floor: int
    state: str
    target: int | None = None

    @property
    def missed(self) -> bool:
        """Whether it costs more than it may."""
        return self.target is not None and self.gas > self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class PerItem:
    """Gas of one item in batches of several sizes. `largest` is the most that fits a block, None when all sizes do."""

    function: str
    item: str
    sizes: dict[int, int]
    largest: int | None = None


@dataclass(slots=True)
class Meter:
    """Collects what the sections measure."""

    kit: SpaceKit
    sizes: Sequence[int] = BATCH_SIZES
    operations: dict[str, Measured] = field(default_factory=dict)
    per_item: dict[str, PerItem] = field(default_factory=dict)

    @property
    def functions(self) -> frozenset[str]:
        """Contract functions measured so far, as `Contract.function`."""
        singles = {measured.function for measured in self.operations.values()}
        return frozenset(singles | {batch.function for batch in self.per_item.values()})

    def note(self, name: str, write: Receipt | Written[Any], *, state: str, target: int | None = None) -> Receipt:
        """Keep the gas of a write and return its receipt."""
        receipt = write.receipt if isinstance(write, Written) else write
        function, floor = self._examine(receipt)
        self.operations[name] = Measured(
            function=function, gas=receipt.gas_used, floor=floor, state=state, target=target
        )
        return receipt

    def note_items(self, name: str, item: str, writes: dict[int, Sequence[Receipt]]) -> None:
        """Keep the gas per item of writes of several sizes, each of which may take several transactions."""
        function, _ = self._examine(next(iter(writes.values()))[0])
        sizes = {size: sum(receipt.gas_used for receipt in receipts) // size for size, receipts in writes.items()}
        self.per_item[name] = PerItem(function=function, item=item, sizes=sizes)

    def batch(self, name: str, item: str, sender: Callable[[], Actor], make: Callable[[int], Request]) -> None:
        """Measure one transaction of each size from the same state, or of the most items that fit a block.

        `sender` gives a fresh actor, as each size is undone on the chain; `make` a request with so many items.
        """
        sizes: dict[int, int] = {}
        largest = None
        function = ""
        for wanted in self.sizes:
            with self.kit.isolated():
                actor = sender()
                size = self._fitting(actor, make, wanted, sizes)
                (receipt,) = actor.sender.send_many([make(size)], check=False)
                function, _ = self._examine(receipt)
            sizes[size] = receipt.gas_used // size
            largest = size if size < wanted else None
        self.per_item[name] = PerItem(function=function, item=item, sizes=sizes, largest=largest)

    def _fitting(self, actor: Actor, make: Callable[[int], Request], wanted: int, sizes: dict[int, int]) -> int:
        """`wanted`, or the most items of one transaction in a block, to within two per cent."""
        limit = self.block_gas
        size = wanted
        if sizes:
            size = min(wanted, int(limit / list(sizes.values())[-1]))
        while size > 1 and not self._fits(actor, make(size), limit):
            size = int(size * STEP_DOWN) if size > 50 else size - 1
        return size

    def _fits(self, actor: Actor, request: Request, limit: int) -> bool:
        call = {"from": actor.address, "to": request.to, "data": hexed(request.data), "gas": hex(limit)}
        (answer,) = self.kit.node.rpc.batch([("eth_estimateGas", (call,))])
        return isinstance(answer, str) and number(answer) <= limit

    @property
    def block_gas(self) -> int:
        """Gas of a block, which is also the most of a transaction before the Osaka hardfork."""
        return number(self.kit.node.rpc.call("eth_getBlockByNumber", "latest", False)["gasLimit"])

    def _examine(self, receipt: Receipt) -> tuple[str, int]:
        """(contract and function, floor) of a mined transaction."""
        transaction = hexed(receipt.transaction)
        sent = self.kit.node.rpc.call("eth_getTransactionByHash", transaction)
        data = raw_bytes(sent["input"])
        options = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
        difference = self.kit.node.rpc.call("debug_traceTransaction", transaction, options)
        floor = TRANSACTION + call_data_gas(data) + word_gas(difference) + _events(receipt)
        return self._function(sent["to"], data[:4]), floor

    def _function(self, address: str, selector: bytes) -> str:
        for contract in self.kit.deployment.contracts:
            if contract.address.lower() == address.lower():
                for function in load(contract.name).functions.values():
                    if function.selector == selector:
                        return f"{contract.name}.{function.name}"
        raise LedgerError(f"no known function {selector.hex()}", where=address, remedy="refresh the ABIs: ./run abi")


def call_data_gas(data: bytes) -> int:
    """Gas of call data by its bytes."""
    return sum(CALL_DATA[byte != 0] for byte in data)


def word_gas(difference: dict[str, dict[str, Any]]) -> int:
    """Least gas of the words that a transaction changed."""
    gas = 0
    before, after = difference["pre"], difference["post"]
    for address in before.keys() | after.keys():
        old = before.get(address, {}).get("storage", {})
        new = after.get(address, {}).get("storage", {})
        for slot in old.keys() | new.keys():
            was, is_now = number(old.get(slot, "0x0")), number(new.get(slot, "0x0"))
            gas += WORD_CLEARED if is_now == 0 else WORD_CHANGED if was else WORD_NEW
    return gas


def _events(receipt: Receipt) -> int:
    return sum(EVENT + EVENT_TOPIC * len(log.topics) + EVENT_BYTE * len(log.data) for log in receipt.logs)
