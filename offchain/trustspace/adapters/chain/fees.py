"""What gas costs now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trustspace.adapters.chain.rpc import RpcError, nonsense, number
from trustspace.encoding.transactions import Fees

if TYPE_CHECKING:
    from trustspace.adapters.chain.node import Node
    from trustspace.domain.ids import Address

FRESH_SECONDS = 10.0
BASE_FEE_MARGIN = 2  # survives six full blocks, each of which raises the base fee by an eighth


class FeeSource:
    """Type-2 fees where blocks have a base fee; else a gas price, which is zero on many permissioned networks."""

    def __init__(self, node: Node, fixed: Fees | None = None, *, account: Address | None = None) -> None:
        """`fixed` is used as it is. An `account` that owns nothing offers nothing where blocks have no base fee."""
        self._node = node
        self._fixed = fixed
        self._account = account
        self._known: Fees | None = None
        self._until = 0.0

    def current(self) -> Fees:
        """Fees to sign with, at most ten seconds old."""
        if self._fixed is not None:
            return self._fixed
        now = time.monotonic()
        if self._known is None or now > self._until:
            self._known = self._ask()
            self._until = now + FRESH_SECONDS
        return self._known

    def _ask(self) -> Fees:
        block, price, tip = self._node.rpc.batch(
            [
                ("eth_getBlockByNumber", ("latest", False)),
                ("eth_gasPrice", ()),
                ("eth_maxPriorityFeePerGas", ()),  # unknown to older nodes
            ]
        )
        for answer in (block, price):
            if isinstance(answer, RpcError):
                raise answer
        if not isinstance(block, dict):
            raise nonsense(block)
        base = number(block.get("baseFeePerGas") or "0x0")
        if base == 0:
            return Fees(price=0 if self._is_empty() else number(price))
        priority = 0 if isinstance(tip, RpcError) else number(tip)
        return Fees(price=BASE_FEE_MARGIN * base + priority, priority=priority)

    def _is_empty(self) -> bool:
        """Whether the account owns nothing: some nodes name a price even where gas is free."""
        if self._account is None:
            return False
        return number(self._node.rpc.call("eth_getBalance", self._account, "latest")) == 0
