"""Other GraphQL servers over the same tables and the same rows: small programs for Node in `bench/peers/`.

Each is one process like our gateway. None asks who is asking: the tenant is told at the start, and row-level security
holds for a role of their own, which may what the gateway's may and call `set_config`, which they cannot do without.
"""

import asyncio
import json
import secrets
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.node import NodeMissing, node_modules
from bench.stand import HOST, Stand
from fediflow.local.errors import UnableToStart
from fediflow.local.program import Program
from fediflow.local.sockets import free_port
from fediflow.processes.preparing import shard_database
from kernel.database.roles import DatabaseRole, scram_verifier

FOLDER = Path(__file__).with_name("peers")
PEERS = ("mercurius", "postgraphile")
_ROLE = "fediflow_bench_peer"
_POOL = {"mercurius": 4, "postgraphile": 10}  # connections; what was fastest for each
_SETTINGS = {"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"}


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that runs."""

    name: str
    port: int
    pid: int
    tenant: int


@dataclass(frozen=True, slots=True)
class Peers:
    """Those that run, and for each that does not a sentence about why."""

    running: Sequence[Peer]
    missing: Sequence[str]


@asynccontextmanager
async def opened_peers(stand: Stand, wanted: Sequence[str] = PEERS) -> AsyncIterator[Peers]:
    """Starts them on the tenant of the stand; there are none where Node or its packages cannot be had."""
    running: list[Peer] = []
    missing: list[str] = []
    async with AsyncExitStack() as opened:
        try:
            home = await asyncio.to_thread(_home)
        except NodeMissing as reason:
            yield Peers((), [f"no rows of {' and '.join(wanted)}: {reason}"])
            return
        password = secrets.token_urlsafe(16)
        await _create_role(stand, password)
        tenant = await stand.tenant_id()
        for name in wanted:
            port = free_port(HOST)
            program = _program(stand, home, name, _told(stand, name, port, password, tenant))
            try:
                await program.start()
            except UnableToStart as reason:
                missing.append(f"no rows of {name}: {reason}")
                continue
            opened.push_async_callback(program.stop)
            assert program.pid is not None
            running.append(Peer(name, port, program.pid, tenant))
        yield Peers(running, missing)


def _home() -> Path:
    """Where the packages are, with the newest of our programs beside them: Node looks for packages there only."""
    home = node_modules(FOLDER).parent
    for program in FOLDER.glob("*.mjs"):
        shutil.copyfile(program, home / program.name)
    return home


def _node(home: Path) -> str:
    """PostGraphile needs a newer Node than many have, so one comes with the packages where there is one to fit."""
    found = sorted(home.glob("node_modules/node-linux-*/bin/node"))
    return str(found[0]) if found else shutil.which("node") or "node"


def _program(stand: Stand, home: Path, name: str, told: str) -> Program:
    return Program(
        name,
        [_node(home), str(home / f"{name}.mjs")],
        log_dir=stand.machine.log_dir,
        env={"FEDIFLOW_PEER": told, "NODE_ENV": "production", "GRAPHILE_ENV": "production"},
        cwd=home,
        ready=partial(_listens, json.loads(told)["port"]),
    )


def _told(stand: Stand, name: str, port: int, password: str, tenant: int) -> str:
    address = stand.machine.address(shard_database(stand.shard))
    database = {
        "host": address.host,
        "port": address.port,
        "database": address.database,
        "user": _ROLE,
        "password": password,
    }
    told = {
        "host": HOST,
        "port": port,
        "connections": _POOL[name],
        "database": database,
        "tenant": str(tenant),
    }
    return json.dumps(told)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    return True


async def _create_role(stand: Stand, password: str) -> None:
    """A member of the gateway's role: the same grants, the same policies."""
    verifier = scram_verifier(password, salt=secrets.token_bytes(16))
    async with stand.administrator() as connection:
        if not await connection.fetchval("select true from pg_catalog.pg_roles where rolname = $1", _ROLE):
            await connection.execute(f"create role {_ROLE} inherit in role {DatabaseRole.APP}")
        await connection.execute(f"alter role {_ROLE} login password '{verifier}'")
        for name, value in _SETTINGS.items():
            await connection.execute(f"alter role {_ROLE} set {name} = '{value}'")
        await connection.execute(
            f"grant execute on function pg_catalog.set_config(text, text, boolean) to {_ROLE}"
        )
