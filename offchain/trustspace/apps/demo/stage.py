"""Where it plays: a private chain, a fresh deployment, and a signed view of the space for every account."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustspace.apps.space import Space

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.adapters.chain.anvil import Anvil
    from trustspace.adapters.chain.node import Receipt
    from trustspace.crypto.signing import SigningKey
    from trustspace.domain.deployment import Deployment


@dataclass(slots=True)
class GasMeter:
    """Gas of every transaction, by contract and function."""

    used: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def observe(self, label: str, receipt: Receipt) -> None:
        """Take note of a final transaction."""
        self.used[label].append(receipt.gas_used)

    def by_function(self) -> dict[str, dict[str, int]]:
        """Calls and gas in all, per function."""
        return {label: {"calls": len(gas), "gas": sum(gas)} for label, gas in sorted(self.used.items())}

    def per_item(self, label: str, items: int) -> int:
        """Gas of one item of a function that takes many."""
        return sum(self.used[label]) // max(items, 1)


@dataclass(slots=True, kw_only=True)
class Stage:
    """The running chain and what is deployed there. `folder` keeps files the demo leaves."""

    anvil: Anvil
    deployment: Deployment
    folder: Path
    meter: GasMeter
    _spaces: dict[str, Space] = field(default_factory=dict)

    def as_(self, key: SigningKey) -> Space:
        """The space as this account sees it and writes to it."""
        space = self._spaces.get(key.address)
        if space is None:
            space = Space.connect(self.anvil.url, deployment=self.deployment, signer=key, observe=self.meter.observe)
            self._spaces[key.address] = space
        return space

    @property
    def reader(self) -> Space:
        """The space as anybody can read it."""
        return Space.connect(self.anvil.url, deployment=self.deployment)

    def now(self) -> int:
        """Time of the latest block, UTC seconds."""
        return self.reader.client.node.timestamp()

    def mine(self, blocks: int) -> None:
        """Let blocks pass."""
        self.reader.client.node.rpc.call("anvil_mine", hex(blocks))

    def pass_time(self, seconds: int) -> None:
        """Let the chain's clock run ahead: a local test chain can, no other."""
        rpc = self.reader.client.node.rpc
        rpc.call("evm_increaseTime", hex(seconds))
        rpc.call("evm_mine")
