"""The site of the tests of outages: one for all of them, whole again after each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import made_databases
from tests.integration.search.outages.site import Site, opened_site
from tests.servers import RunningPostgres, private_opensearch
from tests.world import made_world


@pytest.fixture(scope="package")
async def site(
    postgres: RunningPostgres, run_dir: Path, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """Real processes on databases of their own, with an OpenSearch of their own."""
    folder = tmp_path_factory.mktemp("outages")
    async with (
        private_opensearch() as node,
        made_databases(postgres, run_dir, worker_id) as databases,
        made_world(databases) as world,
        opened_site(databases, world, node, folder) as opened,
    ):
        yield opened
