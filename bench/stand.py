"""What is measured: a machine like the demo's, with one gateway process on loopback.

Everything is durable and on as in the demo: fsync, row-level security, authentication, limits.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpcore

from bench.rows import BenchFailed
from fediflow.local.program import Program, answers_http
from fediflow.local.sockets import listen
from fediflow.processes.demonstrating import make_demo
from fediflow.processes.machine import DIRECTORY, Machine, environment
from fediflow.processes.preparing import prepare, shard_database
from kernel.database.addresses import Login, parse_login
from kernel.database.provision import connect_as
from kernel.database.roles import DatabaseRole
from kernel.settings import Settings

Tell = Callable[[str], None]

HOST = "127.0.0.1"
_SHARDS = ("one", "two")
_TENANT = "auenfels"  # of the demo's universities
_UNBOUNDED = 999_999_999  # points: one client here is the load of thousands
_PLAIN = ("-m", "fediflow.processes.gateway")


@dataclass(frozen=True, slots=True)
class Stand:
    """A running installation, and one of its institutions."""

    machine: Machine
    settings: Settings
    gateway: Program
    tenant: str
    shard: str
    tokens: Mapping[str, str]

    @property
    def port(self) -> int:
        """Where the gateway listens."""
        return self.settings.port

    @property
    def gateway_pid(self) -> int:
        """The gateway's process."""
        assert self.gateway.pid is not None
        return self.gateway.pid

    @property
    def postgres_pid(self) -> int:
        """The database server's first process."""
        assert self.machine.postgres.pid is not None
        return self.machine.postgres.pid

    @asynccontextmanager
    async def administrator(self, database: str | None = None) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """A superuser's connection to the tenant's shard, or another database of the server: rows of any tenant."""
        async with administrator(self.machine, database or shard_database(self.shard)) as connection:
            yield connection

    async def tenant_id(self) -> int:
        """The institution's number."""
        async with self.administrator(DIRECTORY) as connection:
            number: int = await connection.fetchval(
                "select id from fediflow.tenants where slug = $1", self.tenant
            )
            return number

    async def ask(
        self, query: str, variables: Mapping[str, object] | None = None, *, role: str = "registrar"
    ) -> Any:
        """The `data` of one answer."""
        headers = [
            ("authorization", f"Bearer {self.tokens[role]}"),
            ("content-type", "application/json"),
        ]
        content = json.dumps({"query": query, "variables": dict(variables or {})}).encode()
        async with httpcore.AsyncConnectionPool() as pool:
            answer = await pool.request(
                "POST", f"http://{HOST}:{self.port}/graphql", headers=headers, content=content
            )
        told = json.loads(answer.content)
        if "errors" in told:
            raise BenchFailed(f"the gateway refused: {told['errors']}")
        return told["data"]


@asynccontextmanager
async def administrator(machine: Machine, database: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A superuser's connection to a database of a machine."""
    login = parse_login(machine.postgres.admin_url)
    connection = await connect_as(Login(login.address.beside(database), login.user, login.password))
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def opened_stand(
    tell: Tell, *, data: Path | None = None, gateway: Sequence[str] = _PLAIN
) -> AsyncIterator[Stand]:
    """Starts everything; ends it and removes it, unless it is to be kept in `data`."""
    with bench_folder(data) as root, listen(HOST, 0, "the bench") as listener:
        machine = Machine(root)
        async with AsyncExitStack() as opened:
            opened.callback(machine.release)
            tell("starting PostgreSQL")
            for server in (machine.postgres, machine.redis):
                if server is not None:
                    await server.start()
                    opened.push_async_callback(server.stop)
            settings = machine.settings(
                Settings(
                    host=HOST,
                    cost_capacity=_UNBOUNDED,
                    cost_restore_rate=_UNBOUNDED,
                    response_cache=False,  # what is measured is the way to the database
                ),
                port=listener.getsockname()[1],
            )
            await prepare(machine, settings, _SHARDS, tell)
            told = await make_demo(machine, settings, tell)
            tenant = next(one for one in told["tenants"] if one["slug"] == _TENANT)
            tell("starting the gateway")
            program = gateway_program(machine, settings, listener.fileno(), gateway)
            await program.start()
            opened.push_async_callback(program.stop)
            yield Stand(machine, settings, program, _TENANT, tenant["shard"], tenant["tokens"])


def gateway_program(
    machine: Machine,
    settings: Settings,
    descriptor: int,
    argv: Sequence[str] = _PLAIN,
    *,
    name: str = "gateway",
) -> Program:
    """A gateway on a listening socket of ours, not started yet."""
    return Program(
        name,
        [sys.executable, *argv, "--fd", str(descriptor)],
        log_dir=machine.log_dir,
        env={
            **environment(settings, DatabaseRole.APP),
            "FEDIFLOW_COST_CAPACITY": str(settings.cost_capacity),
            "FEDIFLOW_COST_RESTORE_RATE": str(settings.cost_restore_rate),
            "FEDIFLOW_RESPONSE_CACHE": str(settings.response_cache).lower(),
        },
        ready=partial(answers_http, HOST, settings.port, "/readyz"),
        pass_fds=[descriptor],
    )


@contextmanager
def bench_folder(kept: Path | None = None) -> Iterator[Path]:
    """A folder for an installation that also an unprivileged server of root can walk; removed unless it is kept."""
    if kept is not None:
        yield kept
        return
    folder = Path(tempfile.mkdtemp(prefix="fediflow-bench-"))
    folder.chmod(0o755)
    try:
        yield folder / "machine"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def about_machine() -> str:
    """What shares the figures with us: say it with them."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores for everything (server, database, load generator); load average before: {load:.1f}"
