"""An installation of real processes whose OpenSearch is somebody's to take away: gateway, worker, databases, one node."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academic.courses.courses import CourseChanges, NewCourse, archive_course, create_course, update_course
from fediflow.exits import ExitCode
from fediflow.local.opensearch.server import OpenSearchServer
from fediflow.local.sockets import free_port
from search.indexing.queue import lag_of
from tests.databases import Databases
from tests.indices import call
from tests.integration.cli.commands import Commands, get, settings_for, until
from tests.world import Answer, World

PREFIX = "fediflow"
DEADLINE_SECONDS = 2
# Of a search on a machine that is busy with other tests: far from the deadline, and far from "never".
PATIENCE_SECONDS = 60.0
_HEALED_WITHIN = 600.0
_DOCUMENTS = 20  # at least: of three institutions with courses, offerings, units and people
_SEARCH = """query($text: String) {
  search(text: $text, kinds: [COURSE]) { totalCount nodes { ... on CourseHit { course { id } } } }
  suggest(text: "Cou", kinds: [COURSE]) { text }
  viewer { handle }
}"""
_RENAME = """mutation($input: UpdateCourseInput!) {
  updateCourse(input: $input) { course { id } userErrors { code reason } }
}"""


@dataclass(frozen=True, slots=True)
class Site:
    """What the tests of outages work on. The institution is `alpha` unless they say so."""

    world: World
    node: OpenSearchServer
    fediflow: Commands
    folder: Path
    gateway: str
    worker_figures: str

    async def ask(self, query: str, variables: Any = None, *, gateway: str | None = None) -> Answer:
        """Posts a document to the gateway's process as the administrator."""
        token = self.world["alpha"].tokens["tenant_admin"]
        body = {"query": query, "variables": variables or {}}
        address = f"{gateway or self.gateway}/graphql"
        status, answer = await asyncio.to_thread(get, address, {"Authorization": f"Bearer {token}"}, body)
        return Answer(status, {}, answer)

    async def search(self, text: str, *, gateway: str | None = None) -> Answer:
        """Asks for courses."""
        return await self.ask(_SEARCH, {"text": text}, gateway=gateway)

    async def finds(self, text: str, course: str) -> bool:
        """Whether a search answers, and has the course."""
        found = (await self.search(text)).json["data"]["search"]
        return found is not None and course in [node["course"]["id"] for node in found["nodes"]]

    async def is_refused(self, *, gateway: str | None = None) -> bool:
        """Whether all that searches is answered as unavailable."""
        return await self._refused(gateway) == ["search", "suggest"]

    async def is_answered(self) -> bool:
        """Whether nothing is answered as unavailable."""
        return await self._refused(None) == []

    async def _refused(self, gateway: str | None) -> list[str]:
        """What is answered as unavailable; that is said in time, and everything beside it is answered."""
        began = time.monotonic()
        answer = await self.search("Course", gateway=gateway)
        assert time.monotonic() - began < PATIENCE_SECONDS
        data = answer.json["data"]
        assert data["viewer"] == {"handle": "tenant-admin"}
        refused = [field for field in ("search", "suggest") if data[field] is None]
        assert answer.codes == ["UNAVAILABLE"] * len(refused)
        return refused

    async def rename(self, course: str, title: str) -> None:
        """Changes a course through the gateway; it must be taken."""
        changes = {"id": course, "title": [{"language": "en", "text": title}]}
        payload = (await self.ask(_RENAME, {"input": changes})).data["updateCourse"]
        assert payload["userErrors"] == []

    async def change_much(self, stop: asyncio.Event, *, least: int) -> None:
        """Creates, renames and archives courses at every institution until told to stop and so many changes were made."""
        made = 0
        while made < least or not stop.is_set():
            for institution in self.world.institutions.values():
                async with self.world.door.write(self.world.as_system(institution.tenant.slug)) as tx:
                    course = await create_course(
                        tx,
                        course=NewCourse(
                            org_unit_id=institution.number("faculty"),
                            code=f"L{made}",
                            title={"en": f"Loaded {made}"},
                            visibility="public",
                        ),
                    )
                async with self.world.door.write(self.world.as_system(institution.tenant.slug)) as tx:
                    await update_course(
                        tx, course_id=course, changes=CourseChanges(title={"en": f"Unloaded {made}"})
                    )
                    if made % 3 == 0:
                        await archive_course(tx, course_id=course)
                made += 2
            await asyncio.sleep(0.05)  # the pace of the load

    async def figure(self, name: str, address: str) -> float:
        """The sum of a figure of a process."""
        text = (await asyncio.to_thread(get, f"{address}/metrics"))[1].decode()
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))

    async def settle(self) -> None:
        """Returns when index and databases say the same by the worker's work alone; nothing is repaired from here."""
        await eventually(self._is_level)
        differing: list[Any] = []
        try:
            await eventually(lambda: self._is_equal(differing))
        except TimeoutError:
            raise AssertionError(f"the index does not catch up: {differing}") from None

    async def _is_level(self) -> bool:
        engines = [self.world.databases.engine(address) for address in self.world.databases.shards.values()]
        try:
            return all([(await lag_of(engine)).positions == 0 for engine in engines])
        finally:
            for engine in engines:
                await engine.dispose()

    async def _is_equal(self, differing: list[Any]) -> bool:
        outcome = await asyncio.to_thread(self.fediflow, "search", "verify", "--only-look", "--json")
        if outcome.code == ExitCode.UNAVAILABLE:
            return False
        rows = outcome.json
        differing[:] = [row for row in rows if not row["is_good"] or row["waiting"]]
        return not differing and sum(row["equal"] for row in rows) > _DOCUMENTS

    async def block(self, is_full: bool) -> None:
        """What OpenSearch does to indices on a disk that is full."""
        settings = {"index.blocks.read_only_allow_delete": True if is_full else None}
        await asyncio.to_thread(call, self.node.url, "PUT", f"/{PREFIX}-*/_settings", settings)

    @contextmanager
    def another_gateway(self) -> Iterator[str]:
        """One more process, which serves as long as the block lasts."""
        with _running(self.fediflow, "serve", self.folder, "PORT", "/readyz") as address:
            yield address

    @contextmanager
    def another_worker(self) -> Iterator[str]:
        """One more process; SIGKILL ends it."""
        with _running(self.fediflow, "worker", self.folder, "WORKER_PORT", "/livez") as address:
            yield address


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Returns when the condition comes true; fails when it does not in a reasonable time."""
    async with asyncio.timeout(_HEALED_WITHIN):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.2)  # the pace of polling


@asynccontextmanager
async def opened_site(
    databases: Databases, world: World, node: OpenSearchServer, folder: Path
) -> AsyncIterator[Site]:
    """All of it, running and settled."""
    settings = settings_for(databases.directory, databases.passwords) | {
        "FEDIFLOW_SEARCH_ENGINE": "opensearch",
        "FEDIFLOW_OPENSEARCH_URL": node.url,
        "FEDIFLOW_OPENSEARCH_PREFIX": PREFIX,
        "FEDIFLOW_SEARCH_TIMEOUT": str(DEADLINE_SECONDS),
        "FEDIFLOW_COST_CAPACITY": "999999999",
    }
    fediflow = Commands(settings)
    with (
        _running(fediflow, "worker", folder, "WORKER_PORT", "/livez") as worker,
        _running(fediflow, "serve", folder, "PORT", "/readyz") as gateway,
    ):
        site = Site(world, node, fediflow, folder, gateway, worker)
        await site.settle()
        yield site


@contextmanager
def _running(fediflow: Commands, command: str, folder: Path, port_setting: str, path: str) -> Iterator[str]:
    port = free_port()
    log, address = folder / f"{command}-{port}.log", f"http://127.0.0.1:{port}"
    with fediflow.running(command, log=log, **{port_setting: str(port)}) as process:
        until(lambda: get(address + path)[0] == 200, process, log)
        yield address


__all__ = ["DEADLINE_SECONDS", "Site", "eventually", "opened_site"]
