"""Brownie's own development chain, deployed to once by the script that users run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustspace.domain.deployment import Deployment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this module's deployment files go."""
    path = tmp_path_factory.mktemp("deployments")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUSTSPACE_DEPLOYMENTS", str(path))
        yield path


@pytest.fixture(scope="module")
def deployment(folder: Path) -> Deployment:
    from scripts.deploy import main

    return main().deployment
