"""Real Anvil. Faults need chains of their own; what only reads or writes shares one and undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.chain.anvil import Anvil, AnvilOptions
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.rpc import Timeouts

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stopped_chain() -> Iterator[Anvil]:
    """A chain that mines only when told, so that a test decides what is mined when."""
    with Anvil(AnvilOptions(mining=False)) as anvil:
        yield anvil


@pytest.fixture
def chain() -> Iterator[Anvil]:
    """A chain that mines every transaction at once."""
    with Anvil() as anvil:
        yield anvil


@pytest.fixture
def impatient() -> Timeouts:
    return Timeouts(connect=1, answer=5, receipt=2, retries=1, pause=0.01)


@pytest.fixture
def node(stopped_chain: Anvil) -> Node:
    return Node(stopped_chain.url)


@pytest.fixture
def impatient_node(stopped_chain: Anvil, impatient: Timeouts) -> Node:
    """The same chain for those who give up early."""
    return Node(stopped_chain.url, timeouts=impatient)
