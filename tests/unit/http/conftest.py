"""A client on a network in memory, and the certificate authority of the tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fake_network import FakeNetwork

from kernel.http import HttpClient


@pytest.fixture
def network() -> FakeNetwork:
    return FakeNetwork()


@pytest_asyncio.fixture
async def client(network: FakeNetwork) -> AsyncIterator[HttpClient]:
    async with network.client() as made:
        yield made
