"""What is counted for an address is counted for the client's, behind a proxy that is trusted."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from api.app import create_app
from fediflow.processes.opened import opened_gateway
from kernel.telemetry import Metrics
from tenants.signin.limits import PER_ADDRESS
from tests.world import World, settings_for

QUERY = "{ tenant { slug } }"


async def test_wrong_tokens_are_counted_for_the_address_that_a_proxy_names(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(world.databases, trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with opened_gateway(settings, Metrics()) as gateway:
        # All in one moment, however long a busy machine takes for so many.
        monkeypatch.setattr(gateway.services.limits._here, "_now", lambda: 1.0)
        behind = replace(world, app=create_app(gateway))

        async def codes(number: int, client: str) -> list[str]:
            token = f"ff_alpha_{number + 1}_{'a' * 43}"
            return (await behind.ask(QUERY, token=token, x_forwarded_for=client)).codes

        for number in range(PER_ADDRESS.attempts):
            assert await codes(number, f"192.0.2.1:{1000 + number}") == ["UNAUTHENTICATED"]
        assert await codes(1_000, "192.0.2.1:999") == ["RATE_LIMITED"]
        assert await codes(1_001, "192.0.2.2:999") == ["UNAUTHENTICATED"]
