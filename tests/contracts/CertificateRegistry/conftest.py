"""A subject with an agreement, features and a final model: all that a certificate needs."""

import pytest

from tests.contracts.world import Certificate, World


@pytest.fixture(scope="module")
def ready(world: World) -> dict[str, bytes]:
    batch = world.anchor()
    world.commit(batch)
    return {"agreement": world.record(), "model": world.final_model(), "batch": batch}


@pytest.fixture(autouse=True)
def isolation(ready, isolation):
    """The module's certificate is prepared before each test's snapshot."""


@pytest.fixture
def certificate(ready: dict[str, bytes]) -> Certificate:
    return Certificate(ready["agreement"], ready["model"])
