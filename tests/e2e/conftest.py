"""What several files here share."""

from collections.abc import Iterator

import pytest

from tests.databases import Databases
from tests.e2e.gateway import Gateway, running_gateway
from tests.world import World


@pytest.fixture(scope="session")
def gateway(
    world: World, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway process over the world, with the settings that it has by itself."""
    assert world["alpha"].tenant.slug == "alpha"
    with running_gateway(databases, tmp_path_factory.mktemp("gateway") / "log") as made:
        yield made
