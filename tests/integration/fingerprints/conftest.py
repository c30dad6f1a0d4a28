from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.fingerprints.service import Service
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A chain of its own with running keyholders and one open epoch."""
    with start_kit() as kit:
        service = Service(kit, tmp_path_factory.mktemp("keyholders"))
        service.open_epoch()
        service.start()
        yield service
        service.stop()
