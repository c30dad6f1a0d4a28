"""What a transaction offers: nothing where gas is free and the account owns nothing."""

from __future__ import annotations

from typing import Any

import pytest

from trustspace.adapters.chain.fees import FeeSource
from trustspace.domain.ids import Address
from trustspace.encoding.transactions import Fees

ACCOUNT = Address("0x00000000000000000000000000000000000000F1")
GWEI = 10**9


class Node:
    """A node that names a gas price whatever it asks for."""

    def __init__(self, *, base: int, balance: int) -> None:
        self.rpc = self
        self._base, self._balance = base, balance

    def batch(self, calls: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        assert [name for name, _ in calls] == ["eth_getBlockByNumber", "eth_gasPrice", "eth_maxPriorityFeePerGas"]
        return [{"baseFeePerGas": hex(self._base)}, hex(GWEI), hex(2 * GWEI)]

    def call(self, method: str, *params: Any) -> str:
        assert (method, params) == ("eth_getBalance", (ACCOUNT, "latest"))
        return hex(self._balance)


@pytest.mark.parametrize(
    ("base", "balance", "offered"),
    [
        (0, 0, Fees(price=0)),
        (0, 1, Fees(price=GWEI)),
        (5 * GWEI, 0, Fees(price=12 * GWEI, priority=2 * GWEI)),
    ],
    ids=["free gas, empty account", "free gas, funded account", "base fee"],
)
def test_current__by_base_fee_and_balance__offers(base: int, balance: int, offered: Fees) -> None:
    assert FeeSource(Node(base=base, balance=balance), account=ACCOUNT).current() == offered  # type: ignore[arg-type]


def test_current__no_account_known__offers_the_nodes_price() -> None:
    assert FeeSource(Node(base=0, balance=0)).current() == Fees(price=GWEI)  # type: ignore[arg-type]
