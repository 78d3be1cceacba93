"""The platform as other servers meet it: gateway and worker as processes, institutions at `SLUG.localhost:PORT`."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from tests.databases import Databases
from tests.integration.cli.commands import Commands, get, settings_for, until
from tests.ports import own_port
from tests.world import World, made_world

_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Platform:
    """Processes over the world's databases; whoever asks does so by HTTP."""

    world: World
    port: int
    logs: tuple[Path, ...]

    def base(self, slug: str) -> str:
        """An institution's address."""
        return f"http://{slug}.localhost:{self.port}"

    async def ask(self, query: str, at: str = "alpha", role: str = "instructor", **variables: Any) -> Any:
        """The `data` that one of the people is answered."""
        headers = {"FediFlow-Tenant": at, "Authorization": f"Bearer {self.world[at].tokens[role]}"}
        body = {"query": query, "variables": variables}
        url = f"http://127.0.0.1:{self.port}/graphql"
        _, answer = await asyncio.to_thread(get, url, headers, body)
        said = json.loads(answer)
        assert "errors" not in said, said["errors"]
        return said["data"]

    async def change(
        self, name: str, input_: str, shown: str, at: str = "alpha", role: str = "instructor", **given: Any
    ) -> Any:
        """What a mutation gives, without errors of the user; `input_` is the type of its input."""
        query = (
            f"mutation Do($input: {input_}!) {{ {name}(input: $input) {{"
            f" {shown} userErrors {{ code message path }} }} }}"
        )
        (payload,) = (await self.ask(query, at, role, input=given)).values()
        assert payload.pop("userErrors") == []
        (changed,) = payload.values()
        return changed

    async def until(self, query: str, found: Callable[[Any], Any], **how: Any) -> Any:
        """What `found` finds in the answer of a query, once it finds some."""
        limit = monotonic() + _PATIENCE
        while not (result := found(answer := await self.ask(query, **how))):
            logs = "\n".join(log.read_text() for log in self.logs)
            assert monotonic() < limit, f"{json.dumps(answer, indent=1)}\n{logs}"
            await asyncio.sleep(0.05)
        return result


@asynccontextmanager
async def platform(databases: Databases, folder: Path) -> AsyncIterator[Platform]:
    """A gateway and a worker over a world of its own."""
    port = own_port()
    address = {"PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}", "ALLOW_LOOPBACK_HTTP": "true"}
    plenty = {"COST_CAPACITY": "999999999", "COST_RESTORE_RATE": "999999999"}
    async with AsyncExitStack() as opened:
        world = await opened.enter_async_context(made_world(databases))
        await _settle_on_localhost(databases)
        logs = (folder / "gateway.log", folder / "worker.log")
        commands = Commands(settings_for(databases.directory, databases.passwords))
        serving, working = (
            opened.enter_context(commands.running(name, log=log, **address, **plenty))
            for name, log in zip(("serve", "worker"), logs, strict=True)
        )
        await asyncio.to_thread(
            until, lambda: get(f"http://127.0.0.1:{port}/readyz")[0] == 200, serving, logs[0]
        )
        await asyncio.to_thread(until, lambda: "worker works" in logs[1].read_text(), working, logs[1])
        yield Platform(world, port, logs)
        for process in (working, serving):
            process.terminate()
            await asyncio.to_thread(process.wait, 90)


async def _settle_on_localhost(databases: Databases) -> None:
    """The institutions' domains, named so that other servers on this machine find them."""
    async with databases.driver(databases.directory, None) as driver:
        await driver.execute(
            "update fediflow.tenant_domains set domain = replace(domain, '.test', '.localhost')"
        )
