"""A prover over the packaged circuits and their set-up for development, kept for the whole session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.dev_setup import dev_setup
from trustspace.adapters.proving.prover import Prover
from trustspace.apps.session import cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustspace.adapters.proving.setup_folder import Setup


@pytest.fixture(scope="session")
def setup() -> Setup:
    return dev_setup(cache(), load_artefacts().powers)


@pytest.fixture
def prover(setup: Setup) -> Iterator[Prover]:
    with Prover(setup) as found:
        yield found
