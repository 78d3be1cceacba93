"""Fixtures of the tests of notifications."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.notifications.post_office import PostOffice, post_office
from tests.integration.notifications.posting import Posting
from tests.integration.notifications.posting import posting as made_posting
from tests.world import World


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    """A mail server that takes everything."""
    async with post_office() as made:
        yield made


@pytest.fixture
async def posting(world: World) -> AsyncIterator[Posting]:
    """A worker's side of letters."""
    async with made_posting(world) as made:
        yield made
