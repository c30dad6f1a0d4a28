"""What the scripts pay: nothing on a network without gas price, and elsewhere a price that stays where it is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from brownie import accounts

from trustspace.adapters.chain.anvil import Anvil
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.rpc import number
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
GWEI = 10**9


class PlainAnvil(Anvil):
    """`anvil --base-fee 0 --gas-price 0`: it names 1 gwei as its price, and takes zero."""

    def arguments(self) -> list[str]:
        return [item for item in super().arguments() if item != "--disable-min-priority-fee"]


class PricedAnvil(PlainAnvil):
    """With a base fee of 1 gwei, which falls as blocks stay empty."""

    def arguments(self) -> list[str]:
        given = super().arguments()
        given[given.index("--gas-price") + 1] = str(2 * GWEI)
        given[given.index("--block-base-fee-per-gas") + 1] = str(GWEI)
        return given


def deploy(anvil: Anvil, folder: Path, *plan: str, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [ROOT / ".tools" / "bin" / "brownie", "run", "deploy", *plan, "--network", "trustspace-rpc"],
        cwd=ROOT,
        env={**os.environ, "TRUSTSPACE_RPC_URL": anvil.url, "TRUSTSPACE_DEPLOYMENTS": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "written: " in done.stdout, done.stdout + done.stderr


def offered(anvil: Anvil) -> list[int]:
    """Highest price that each transaction so far was ready to pay, in wei."""
    rpc = Node(anvil.url).rpc
    height = number(rpc.call("eth_blockNumber"))
    blocks = [rpc.call("eth_getBlockByNumber", hex(block), True) for block in range(1, height + 1)]
    sent = [item for block in blocks for item in block["transactions"]]
    return [number(item.get("maxFeePerGas") or item["gasPrice"]) for item in sent]


def test_fees__base_fee__price_does_not_follow_what_was_paid(tmp_path: Path) -> None:
    with PricedAnvil() as anvil:
        deploy(anvil, tmp_path, environment={})
        prices = offered(anvil)
    assert len(prices) > 10
    assert max(prices) <= 2 * GWEI + GWEI  # twice the base fee and the node's tip


def test_fees__no_base_fee_but_a_named_price__price_stays(tmp_path: Path) -> None:
    with PlainAnvil() as anvil:
        deploy(anvil, tmp_path, environment={})
        prices = offered(anvil)
    assert len(prices) > 10
    assert max(prices) <= GWEI


@pytest.mark.parametrize("chain", [Anvil, PlainAnvil])
def test_fees__keystore_without_funds__deploys_where_gas_is_free(tmp_path: Path, chain: type[Anvil]) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    keystore = tmp_path / "deployer.json"
    accounts.add(keccak(b"deployer without funds").hex()).save(str(keystore), password="correct horse")
    regulator, guardian = ("0x" + digit * 40 for digit in "12")
    with chain() as anvil:
        plan = ("main", str(keystore), regulator, guardian)
        deploy(anvil, tmp_path, *plan, environment={"TRUSTSPACE_PASSWORD_FILE": str(password)})
        assert set(offered(anvil)) == {0}
