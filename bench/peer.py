"""What the product is compared with: hashes sent to a minimal register through web3.py, as tutorials do it.

In its favour: the contract does nothing but store, the node holds the key and signs, the caller asks for the receipt
every five milliseconds (web3.py's own default is a hundred), and the chain is new for every run.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.common import ROOT
from trustspace.adapters.chain.anvil import Anvil
from trustspace.encoding.commitments import SALT_BYTES, commitments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3.types import TxParams

    from trustspace.domain.invoices import Invoice
    from trustspace.ports import Randomness

SOURCE = ROOT / "bench" / "HashRegistry.sol"
COMPILER = ROOT / ".tools" / "solcx" / "solc-v0.8.30"
POLL_SECONDS = 0.005
BATCH = 500
WARM_UP = 20


def compile_register() -> dict[str, Any]:
    """ABI and creation code of the register, by the project's own compiler."""
    import solcx

    settings = {
        "evmVersion": "london",
        "optimizer": {"enabled": True, "runs": 10_000},
        "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}},
    }
    sources = {SOURCE.name: {"content": SOURCE.read_text()}}
    request = {"language": "Solidity", "sources": sources, "settings": settings}
    built = solcx.compile_standard(request, solc_binary=COMPILER)
    found = built["contracts"][SOURCE.name][SOURCE.stem]
    return {"abi": found["abi"], "bytecode": found["evm"]["bytecode"]["object"]}


class Peer:
    """web3.py on an Anvil of its own, with the register deployed."""

    def __init__(self, url: str, compiled: dict[str, Any]) -> None:
        """Deploy."""
        from web3 import HTTPProvider, Web3
        from web3.types import Wei

        self._web3 = Web3(HTTPProvider(url))
        self._sender: TxParams = {"from": self._web3.eth.accounts[0], "gasPrice": Wei(0)}
        made = self._web3.eth.contract(abi=compiled["abi"], bytecode=compiled["bytecode"])
        receipt = self._wait(made.constructor().transact(self._sender))
        self._contract = self._web3.eth.contract(address=receipt["contractAddress"], abi=compiled["abi"])

    def register(self, hashes: Sequence[bytes]) -> None:
        """One transaction a hash, each waited for."""
        for item in hashes:
            self._wait(self._contract.functions.register(item).transact(self._sender))

    def register_many(self, hashes: Sequence[bytes]) -> None:
        """One transaction for `BATCH` hashes, each waited for."""
        for start in range(0, len(hashes), BATCH):
            some = list(hashes[start : start + BATCH])
            self._wait(self._contract.functions.registerMany(some).transact(self._sender))

    def _wait(self, transaction: Any) -> Any:
        receipt = self._web3.eth.wait_for_transaction_receipt(transaction, poll_latency=POLL_SECONDS)
        if receipt["status"] != 1:
            raise RuntimeError(f"the register refused a transaction: {receipt}")
        return receipt


def peer_rates(
    compiled: dict[str, Any], invoices: Sequence[Invoice], one_by_one: int, draw: Randomness
) -> dict[str, float]:
    """Invoices per second: `one_by_one` of them in a transaction each, and all in batches of one slot each."""
    with Anvil() as anvil:
        peer = Peer(anvil.url, compiled)
        peer.register([draw.bytes(32) for _ in range(WARM_UP)])
        singles = _rate(peer.register, invoices[:one_by_one], draw)
        batches = _rate(peer.register_many, invoices, draw)
    return {"one_by_one": singles, "batches": batches}


def _rate(send: Any, invoices: Sequence[Invoice], draw: Randomness) -> float:
    """The same salted commitments as the product makes, then the sending."""
    started = time.perf_counter()
    send(commitments(invoices, draw.bytes(SALT_BYTES * len(invoices))))
    return len(invoices) / (time.perf_counter() - started)
