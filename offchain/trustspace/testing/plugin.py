"""Pytest plugin of the test kit. Nothing is imported or started before a test asks for one of its fixtures.

- `space_kit` (session): a private Anvil with a full deployment and admitted actors; use it read-only.
- `data_space` (function): the same, with whatever the test writes undone afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustspace.testing.kit import SpaceKit


@pytest.fixture(scope="session")
def space_kit() -> Iterator[SpaceKit]:
    """A private chain with a deployed data space, for the whole session."""
    from trustspace.testing.kit import start_kit

    with start_kit() as kit:
        yield kit


@pytest.fixture
def data_space(space_kit: SpaceKit) -> Iterator[SpaceKit]:
    """The data space, restored after the test."""
    with space_kit.isolated() as kit:
        yield kit
