"""Fixtures of the tests of signing in at a provider."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.openid.browser import Browser
from tests.integration.openid.provider import Provider, provider_on_this_machine
from tests.world import World


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """A provider of its own for each test."""
    async with provider_on_this_machine() as running:
        yield running


@pytest.fixture
def browser(world: World) -> Browser:
    """A browser at alpha that keeps nothing yet."""
    return Browser(world)
