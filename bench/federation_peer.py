"""Fedify with its queue in PostgreSQL, delivering to the same servers: a program for Node in `bench/peers/fedify/`.

It has a database of its own on the same durable PostgreSQL. Its queue takes a row out before it is sent, so that what is on
its way is lost where the process dies; ours keeps it until the other server has answered.
"""

import asyncio
import json
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.federation_sinks import addresses
from bench.node import node_modules
from bench.rows import BenchFailed
from bench.stand import HOST, Stand
from fediflow.local.sockets import free_port
from kernel.database.roles import scram_verifier

NAME = "fedify"
_FOLDER = Path(__file__).with_name("peers") / "fedify"
_DATABASE = _ROLE = "fediflow_bench_fedify"
# Between 5/5 and 40/20 nothing made a difference that stood out of the noise: 3.8 to 5 ms of its CPU each.
_CONNECTIONS, _WORKERS = 20, 10
_START_SECONDS = 30.0


class FedifyPeer:
    """A peer that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def publish(self, activities: int) -> None:
        """Returns when so many activities to everybody are in its queue."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{activities}\n".encode())
        await self._process.stdin.drain()
        await self.said("queued")

    async def said(self, word: str) -> None:
        """Returns when it says so."""
        assert self._process.stdout is not None
        async with asyncio.timeout(_START_SECONDS):
            line = await self._process.stdout.readline()
        if line.decode().strip() != word:
            raise BenchFailed(f"{NAME} ended, or said {line!r} where {word!r} was expected")


@asynccontextmanager
async def opened_fedify(stand: Stand, sinks: int) -> AsyncIterator[FedifyPeer]:
    """Starts it; `sinks` is the port of the servers that take deliveries. `NodeMissing` says why it cannot be had."""
    packages = await asyncio.to_thread(node_modules, _FOLDER)
    program = packages.parent / "deliveries.mjs"
    shutil.copyfile(_FOLDER / program.name, program)
    told = {
        "host": HOST,
        "port": free_port(HOST),
        "connections": _CONNECTIONS,
        "workers": _WORKERS,
        "hosts": addresses(),
        "sinks": sinks,
        "database": await _database(stand),
    }
    process = await asyncio.create_subprocess_exec(
        *(_node(packages), str(program)),
        env=os.environ | {"FEDIFLOW_PEER": json.dumps(told), "NODE_ENV": "production"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    peer = FedifyPeer(process)
    try:
        await peer.said("ready")
        yield peer
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _database(stand: Stand) -> dict[str, str | int]:
    """A new, empty database and its owner."""
    password = secrets.token_urlsafe(16)
    verifier = scram_verifier(password, salt=secrets.token_bytes(16))
    async with stand.administrator() as connection:
        await connection.execute(f"create role {_ROLE} login password '{verifier}'")
        await connection.execute(f"create database {_DATABASE} owner {_ROLE}")
    address = stand.machine.address(_DATABASE)
    return {
        "host": address.host,
        "port": address.port,
        "database": _DATABASE,
        "user": _ROLE,
        "password": password,
    }


def _node(packages: Path) -> str:
    """It needs a newer Node than many have, so one comes with the packages where there is one to fit."""
    found = sorted(packages.glob("node-linux-*/bin/node"))
    return str(found[0]) if found else shutil.which("node") or "node"
