"""One process of node for all tests of circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.circuits.programs import Noir

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def noir() -> Iterator[Noir]:
    started = Noir()
    yield started
    started.stop()
