"""Each module deploys the whole space once; each test starts from that."""

from collections.abc import Iterator

import pytest
from brownie import chain

from tests.contracts.world import World, deploy


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    chain.reset()
    yield deploy()
    chain.reset()


@pytest.fixture(autouse=True)
def isolation(world: World) -> Iterator[None]:
    """Whatever a test does on the chain is undone."""
    chain.snapshot()
    yield
    chain.revert()
