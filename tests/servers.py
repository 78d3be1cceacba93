"""Real servers for the tests: started once per run by whoever needs one first, shared by all pytest-xdist workers.

A keeper process owns each server (`python -m tests.servers keep KIND RUN`). Every worker holds a shared lock on the
run's `users` file until it ends, however it ends; the keeper waits for the exclusive lock, then stops its server and
removes its files. So nothing is left behind, also by a killed run.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from fediflow.local.binaries import PostgresBinaries, default_cache_dir, embedded_binaries, system_binaries
from fediflow.local.opensearch.jars import missing
from fediflow.local.opensearch.server import OpenSearchServer
from fediflow.local.postgres import PostgresServer
from fediflow.local.redis import RedisServer, find_redis
from fediflow.local.sockets import free_port

_ROOT = Path(__file__).resolve().parents[1]
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
_HEAP = "512m"


@dataclass(frozen=True, slots=True)
class RunningPostgres:
    """A PostgreSQL that all tests of this run share: make databases of your own in it."""

    admin_url: str
    version: int
    bin_dir: Path


@dataclass(frozen=True, slots=True)
class RunningRedis:
    """A Redis that all tests of this run share: use keys of your own."""

    url: str


@dataclass(frozen=True, slots=True)
class RunningOpenSearch:
    """An OpenSearch that all tests of this run share: use a prefix of your own."""

    url: str


def shared_postgres(major: int, run_dir: Path) -> RunningPostgres:
    """The run's PostgreSQL of that version, skipping or failing where it cannot be had."""
    if major == 15 and system_binaries(15) is None:
        unavailable("POSTGRESQL15", "no PostgreSQL 15 is installed (Debian: postgresql-15)")
    facts = _shared(f"postgres{major}", run_dir)
    return RunningPostgres(str(facts["url"]), major, Path(str(facts["bin_dir"])))


def shared_redis(run_dir: Path) -> RunningRedis:
    """The run's Redis, skipping or failing where it cannot be had."""
    redis_binary()
    return RunningRedis(str(_shared("redis", run_dir)["url"]))


def shared_opensearch(run_dir: Path) -> RunningOpenSearch:
    """The run's OpenSearch, skipping or failing where it cannot be had."""
    require_opensearch()
    return RunningOpenSearch(str(_shared("opensearch", run_dir)["url"]))


def require_opensearch() -> None:
    """Skips or fails where OpenSearch cannot be had."""
    if (lacking := missing()) is not None:
        unavailable("OPENSEARCH", lacking.reason)


def redis_binary() -> Path:
    """The Redis program, skipping or failing where it cannot be had."""
    found = find_redis()
    return found if isinstance(found, Path) else unavailable("REDIS", found.reason)


def postgres_binaries(major: int) -> PostgresBinaries:
    """The programs of a version, skipping or failing where they cannot be had."""
    if major != 15:
        return embedded_binaries(default_cache_dir(_ROOT / ".cache"))
    return system_binaries(15) or unavailable(
        "POSTGRESQL15", "no PostgreSQL 15 is installed (Debian: postgresql-15)"
    )


def unavailable(name: str, reason: str) -> NoReturn:
    """Skips, or fails where the run promised the server by FEDIFLOW_REQUIRE_<name>=1."""
    if os.environ.get(f"FEDIFLOW_REQUIRE_{name}") == "1":
        pytest.fail(f"FEDIFLOW_REQUIRE_{name}=1 but {reason}")
    pytest.skip(reason)


@contextlib.contextmanager
def server_folder() -> Iterator[Path]:
    """A short path that also an unprivileged server of root can walk."""
    folder = Path(tempfile.mkdtemp(prefix="fediflow-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A `server_folder` with little room, skipping where we may not mount one."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    with server_folder() as folder:
        options = f"size={megabytes}m,mode=755"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=False)
        if mounted.returncode != 0:
            pytest.skip("this system lets us mount nothing")
        try:
            yield folder
        finally:
            _unmount(folder)


def _unmount(folder: Path) -> None:
    """Waits for the last process that goes: its files are closed only when it is gone."""
    until = time.monotonic() + 60
    while subprocess.run(["umount", folder], check=False, capture_output=True).returncode != 0:
        assert time.monotonic() < until, f"somebody still uses {folder}"
        time.sleep(0.1)


@contextlib.asynccontextmanager
async def private_postgres(major: int) -> AsyncIterator[PostgresServer]:
    """A durable PostgreSQL for one test that stops, kills or configures it."""
    with server_folder() as folder:
        server = PostgresServer(folder / "postgres", postgres_binaries(major))
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


@contextlib.asynccontextmanager
async def private_opensearch() -> AsyncIterator[OpenSearchServer]:
    """An OpenSearch for one test that stops or kills it, skipping or failing where it cannot be had."""
    require_opensearch()
    with server_folder() as folder:
        server = _opensearch(folder, free_port())  # one that is still its own when it was killed
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


def _opensearch(folder: Path, port: int | None = None) -> OpenSearchServer:
    cache_dir = default_cache_dir(_ROOT / ".cache")
    return OpenSearchServer(folder / "opensearch", cache_dir=cache_dir, port=port, heap=_HEAP)


def _shared(kind: str, run_dir: Path) -> dict[str, object]:
    """What the keeper of this kind announced; starts the keeper where there is none yet."""
    _join(run_dir)
    facts = run_dir / f"{kind}.json"
    with (run_dir / f"{kind}.starting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not facts.exists():
            _start_keeper(kind, run_dir)
    loaded: dict[str, object] = json.loads(facts.read_text())
    return loaded


_joined: dict[Path, int] = {}


def _join(run_dir: Path) -> None:
    """Keeps the run's servers alive as long as this process lives."""
    if run_dir not in _joined:
        _joined[run_dir] = os.open(run_dir / "users", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(_joined[run_dir], fcntl.LOCK_SH)


def _start_keeper(kind: str, run_dir: Path) -> None:
    with (run_dir / f"{kind}.log").open("w") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.servers", "keep", kind, str(run_dir)],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # a Ctrl-C is for pytest; the keeper follows when the workers are gone
        )
    assert keeper.stdout is not None
    with keeper.stdout as announcement:
        if announcement.readline() != b"ready\n":
            pytest.fail(f"{kind} did not start: {(run_dir / f'{kind}.log').read_text()[-2000:]}")
    keeper.returncode = 0  # it outlives us on purpose: no warning about it when this object goes


async def _keep(kind: str, run_dir: Path) -> None:
    with server_folder() as folder:
        async with _server(kind, folder) as facts:
            announced = run_dir / f"{kind}.json"
            announced.with_suffix(".unfinished").write_text(json.dumps(facts))
            announced.with_suffix(".unfinished").rename(announced)
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            await asyncio.to_thread(_wait_for_users, run_dir)


@contextlib.asynccontextmanager
async def _server(kind: str, folder: Path) -> AsyncIterator[dict[str, object]]:
    if kind == "redis":
        redis = RedisServer(folder / "redis", redis_binary())
        await redis.start()
        try:
            yield {"url": redis.url}
        finally:
            await redis.stop()
    elif kind == "opensearch":
        opensearch = _opensearch(folder)
        await opensearch.start()
        try:
            yield {"url": opensearch.url}
        finally:
            await opensearch.stop()
    else:
        binaries = postgres_binaries(int(kind.removeprefix("postgres")))
        postgres = PostgresServer(folder / "postgres", binaries, settings=_FAST)
        await postgres.start()
        try:
            yield {"url": postgres.admin_url, "bin_dir": str(binaries.bin_dir)}
        finally:
            await postgres.stop()


def _wait_for_users(run_dir: Path) -> None:
    with (run_dir / "users").open() as users:
        fcntl.flock(users, fcntl.LOCK_EX)


if __name__ == "__main__":
    asyncio.run(_keep(sys.argv[2], Path(sys.argv[3])))
