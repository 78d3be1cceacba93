"""The embedded Redis: behind a password, on a private socket, forgetful on purpose."""

import os
from pathlib import Path

import pytest
import redis.asyncio as redis_client
from redis.exceptions import ConnectionError

from fediflow.local.errors import UnableToStart
from fediflow.local.redis import NoRedis, RedisServer, find_redis
from fediflow.local.sockets import free_port, listen
from tests.local.conftest import gone, line_of, owner, script
from tests.servers import RunningRedis, redis_binary

KEEPS_RUNNING = """
import asyncio, sys
from pathlib import Path
from fediflow.local.redis import RedisServer

async def main():
    server = RedisServer(Path(sys.argv[1]), Path(sys.argv[2]))
    await server.start()
    print(server.pid, flush=True)
    await server.wait()

asyncio.run(main())
"""


@pytest.fixture
def server(folder: Path) -> RedisServer:
    return RedisServer(folder / "redis", redis_binary())


async def ping(url: str) -> bool:
    async with redis_client.from_url(url) as client:
        return bool(await client.ping())


async def test_a_client_needs_the_password(server: RedisServer):
    await server.start()
    try:
        assert await ping(server.url)
        with pytest.raises(ConnectionError, match="authenticated"):
            await ping(f"unix://{server.socket_path}")
        with pytest.raises(ConnectionError, match="invalid username-password"):
            await ping(f"unix://:guess@{server.socket_path}")
        secret = server.socket_path.parents[1] / "password"
        assert secret.stat().st_mode & 0o777 == 0o600
    finally:
        await server.stop()


async def test_the_password_is_not_on_the_command_line(server: RedisServer):
    await server.start()
    try:
        assert server.password not in _command_line(server.pid)
    finally:
        await server.stop()


async def test_it_listens_on_tcp_only_where_asked(folder: Path, server: RedisServer):
    await server.start()
    async with redis_client.from_url(server.url) as client:
        assert (await client.config_get("port"))["port"] == "0"
    await server.stop()
    public = RedisServer(folder / "redis", redis_binary(), free_port())
    await public.start()
    try:
        assert await ping(public.tcp_url)
    finally:
        await public.stop()


async def test_it_starts_again_after_a_kill(server: RedisServer):
    await server.start()
    await server.kill()
    await server.start()
    try:
        assert await ping(server.url)
    finally:
        await server.stop()


async def test_it_ends_with_a_killed_parent_and_the_next_start_succeeds_at_once(
    server: RedisServer, folder: Path
):
    async with script(KEEPS_RUNNING, folder / "redis", redis_binary()) as parent:
        pid = int(await line_of(parent))
        parent.kill()
        await parent.wait()
        await server.start()
        try:
            assert await gone(pid)
            assert await ping(server.url)
        finally:
            await server.stop()


async def test_a_port_in_use_is_refused(folder: Path):
    with listen("127.0.0.1", 0, "the test") as taken:
        port = taken.getsockname()[1]
        server = RedisServer(folder / "redis", redis_binary(), port)
        with pytest.raises(
            UnableToStart, match=f"Port {port} on 127.0.0.1 is already in use: Redis needs another"
        ):
            await server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")
async def test_root_runs_it_as_another_user_where_that_user_cannot_walk(folder: Path):
    (folder / "closed").mkdir(mode=0o700)
    server = RedisServer(folder / "closed" / "redis", redis_binary())
    await server.start()
    try:
        assert owner(server.pid or 0) != 0
        assert await ping(server.url)
    finally:
        await server.stop()


def test_a_system_without_redis_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, folder: Path):
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.path", [])
    found = find_redis()
    assert isinstance(found, NoRedis)
    assert "redis-server" in found.reason


def test_a_server_on_path_comes_first(monkeypatch: pytest.MonkeyPatch, folder: Path):
    (folder / "valkey-server").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))
    assert find_redis() == folder / "valkey-server"


async def test_the_runs_server_is_shared(redis_server: RunningRedis):
    assert await ping(redis_server.url)


def _command_line(pid: int | None) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()
