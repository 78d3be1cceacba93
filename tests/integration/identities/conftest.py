"""Fixtures of the tests of identities."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.identities.peer import Peer, peer_on_this_machine


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """A server elsewhere."""
    async with peer_on_this_machine() as running:
        yield running
