"""A stage for tests of the response cache: gateways with ways of their own to one Redis, and the worker's lease."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from academic.courses.courses import NewCourse, create_course
from academic.courses.lifecycle import publish_offering
from academic.courses.offerings import NewOffering, create_offering
from api.app import create_app
from api.response_cache.carrier import CachingCarrier
from api.response_cache.fills import Answered, Counts
from api.response_cache.identity import Identities, identity_of
from api.response_cache.leases import keep_leases
from api.response_cache.names import lease_name, version_name
from fediflow.local.redis import RedisServer
from fediflow.processes.opened import opened_gateway
from kernel.cache import Cache
from kernel.database.roles import DatabaseRole
from kernel.database.wire.client import Statement
from kernel.settings.secret import Secret
from kernel.telemetry import Metrics
from tenants.model import Tenant
from tenants.readers import Readers
from tests.world import World, settings_for

T = TypeVar("T")

PATIENCE = 180.0
# For an answer of Redis: a busy machine must not look like a Redis that is away.
_UNHURRIED = 30.0
COURSE = "query Course($id: ID!) { course(id: $id) { id code title { text } } }"
RENAME = """mutation Rename($id: ID!, $text: String!) {
  updateCourse(input: {id: $id, title: [{language: "en", text: $text}]}) { course { id } userErrors { reason } }
}"""


class Proxy:
    """A way to a Redis that can be cut and mended: cut, it closes what is open and takes nothing."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._open: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._port = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://:{self._server.password}@127.0.0.1:{self._port}"

    def cut(self) -> None:
        """Nothing gets through any more."""
        self._is_cut = True
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        """Everything gets through again."""
        self._is_cut = False

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Forwards inside the block."""
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        async with server:
            yield
            self.cut()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(str(self._server.socket_path))
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, inner_writer}
        self._open |= ends
        try:
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        finally:
            self._open -= ends


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class PausedReaders(Readers):
    """Stops with PostgreSQL's answer in its hands, where it is told to."""

    def __init__(self, clients: Mapping[str, Any]) -> None:
        super().__init__(clients)
        self.pauses = False
        self.has_read = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def fetch(self, tenant: Tenant, statements: Sequence[Statement]) -> list[bytes | None]:
        """As ever, and then the pause."""
        texts = await super().fetch(tenant, statements)
        if self.pauses:
            self.has_read.set()
            await self.goes_on.wait()
        return texts


@dataclass(frozen=True, slots=True)
class Gate:
    """A gateway: a world that asks it, its counts, and what it reads with."""

    world: World
    counts: Counts
    readers: PausedReaders

    async def title(self, course: str, **options: Any) -> str:
        """A course's title in English as this gateway answers it, to nobody in particular."""
        options = {"role": None, "accept_language": "en"} | options
        found = (await self.world.data(COURSE, {"id": course}, **options))["course"]
        return str(found["title"]["text"])

    async def paused(self, course: str) -> asyncio.Task[str]:
        """A read of the title that stopped with PostgreSQL's answer in its hands; `readers.goes_on` lets it go on.

        One that a busy machine answered as if there were no cache is made again.
        """
        async with asyncio.timeout(PATIENCE):
            while True:
                self.readers.has_read.clear()
                self.readers.goes_on.clear()
                self.readers.pauses = True
                asked = asyncio.create_task(self.title(course))
                has_read = asyncio.create_task(self.readers.has_read.wait())
                await asyncio.wait({asked, has_read}, return_when=asyncio.FIRST_COMPLETED)
                self.readers.pauses = False
                if not asked.done():
                    return asked
                has_read.cancel()
                await asked

    async def rename(self, course: str, title: str) -> None:
        """Changes it, and has the answer that it did."""
        changed = await self.world.data(RENAME, {"id": course, "text": title})
        assert changed["updateCourse"]["userErrors"] == []

    def answered(self, *how: Answered) -> int:
        """How many requests were answered so."""
        return sum(self.counts.by_answer[one] for one in how)


@dataclass(slots=True)
class Worker:
    """The part of a worker that keeps leases; it can be stopped and started."""

    world: World
    url: str
    _stop: asyncio.Event | None = None
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the leases are kept."""
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._work(self._stop))
        await self.until_leased()

    async def stop(self) -> None:
        """Stops; the lease goes on for its time."""
        if self._stop is not None and self._task is not None:
            self._stop.set()
            await self._task
            self._stop = self._task = None

    async def epochs(self) -> list[bytes | None]:
        """What the leases of the shards hold."""
        cache = Cache.connect(self.url, timeout=PATIENCE)
        try:
            return [await cache.run(lambda redis, name=name: redis.get(name)) for name in await self._names()]  # type: ignore[misc]
        finally:
            await cache.aclose()

    async def until_leased(self) -> None:
        """Waits for the leases of both shards."""
        await until(lambda: self._leases(2))

    async def until_unleased(self) -> None:
        """Waits until they have ended, the worker being stopped."""
        await until(lambda: self._leases(0))

    async def _leases(self, count: int) -> bool:
        return sum(epoch is not None for epoch in await self.epochs()) == count

    async def _names(self) -> list[str]:
        names = []
        for address in self.world.databases.shards.values():
            async with self.world.databases.connect(address) as connection:
                names.append(lease_name(await identity_of(connection)))
        return names

    async def _work(self, stop: asyncio.Event) -> None:
        cache = Cache.connect(self.url, timeout=_UNHURRIED)
        databases = self.world.databases
        engines = {
            name: databases.engine(address, DatabaseRole.WORKER) for name, address in databases.shards.items()
        }
        try:
            await keep_leases(engines, cache, stop)
        finally:
            await cache.aclose()
            for engine in engines.values():
                await engine.dispose()


@contextlib.asynccontextmanager
async def opened_gate(world: World, url: str) -> AsyncIterator[Gate]:
    """A gateway of the world's databases that reaches Redis at `url`."""
    settings = settings_for(world.databases, redis_url=Secret(url))
    cache = Cache.connect(url, timeout=_UNHURRIED)
    async with opened_gateway(settings, Metrics()) as gateway, contextlib.aclosing(cache):
        readers = PausedReaders(gateway.readers._clients)
        engines = {name: world.databases.engine(where) for name, where in world.databases.shards.items()}
        carrier = CachingCarrier(readers, cache, identities := Identities(engines), counts := Counts())
        try:
            await until(lambda: all(identities.of(shard) is not None for shard in engines))
            app = create_app(replace(gateway, carrier=carrier))
            yield Gate(replace(world, app=app), counts, readers)
        finally:
            await carrier.aclose()
            for engine in engines.values():
                await engine.dispose()


async def made_offering(world: World, slug: str, *, visibility: str = "public") -> tuple[str, str]:
    """A new course with a published offering of two seats; their ids."""
    institution = world[slug]
    async with world.door.write(world.as_system(slug)) as tx:
        number = tx.new_id()
        course = await create_course(
            tx,
            course=NewCourse(
                org_unit_id=institution.number("faculty"),
                code=f"K{number}",
                title={"en": "As made"},
                visibility=visibility,
            ),
        )
        offering = await create_offering(
            tx,
            offering=NewOffering(
                course_id=course,
                academic_session_id=institution.number("session"),
                code=f"K{number}",
                capacity=2,
                visibility=visibility,
            ),
        )
        await publish_offering(tx, offering_id=offering)
    return f"course_{course}", f"offering_{offering}"


async def until(holds: Callable[[], Any]) -> None:
    """Waits for what another task, process or server brings about."""
    async with asyncio.timeout(PATIENCE):
        while True:
            held = holds()
            if await held if asyncio.iscoroutine(held) else held:
                return
            await asyncio.sleep(0.02)


async def with_lease(gate: Gate, attempt: Callable[[], Awaitable[T]]) -> T:
    """What the attempt says, made again where a busy machine let the lease end during it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            before = gate.answered(Answered.BYPASS)
            said = await attempt()
            if gate.answered(Answered.BYPASS) == before:
                return said
            await asyncio.sleep(0.1)


async def kept_in(url: str) -> list[bytes]:
    """The names of the answers in Redis."""
    cache = Cache.connect(url, timeout=PATIENCE)
    try:
        found: list[bytes] = await cache.run(lambda redis: redis.keys("fediflow:responses:entry:*"))
    finally:
        await cache.aclose()
    return found


async def version_of(url: str, tenant: Tenant) -> bytes | None:
    """The version that Redis holds for a tenant."""
    cache = Cache.connect(url, timeout=PATIENCE)
    try:
        found: bytes | None = await cache.run(lambda redis: redis.get(version_name(tenant.id)))
    finally:
        await cache.aclose()
    return found
