"""The embedded PostgreSQL: durable, private, and back after whatever happened."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from fediflow.local.errors import UnableToStart
from fediflow.local.postgres import PostgresServer
from fediflow.local.sockets import free_port, listen
from tests.local.conftest import ROOT, gone, line_of, owner, script
from tests.servers import RunningPostgres, postgres_binaries, small_disk

KEEPS_RUNNING = """
import asyncio, sys
from pathlib import Path
from fediflow.local.postgres import PostgresServer
from tests.servers import postgres_binaries

async def main():
    server = PostgresServer(Path(sys.argv[1]), postgres_binaries(18))
    await server.start()
    print(server.pid, flush=True)
    await server.wait()

asyncio.run(main())
"""


@pytest.fixture
def server(folder: Path) -> PostgresServer:
    return PostgresServer(folder / "postgres", postgres_binaries(18))


async def fetchval(server: PostgresServer, query: str) -> object:
    connection = await asyncpg.connect(server.admin_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def execute(server: PostgresServer, query: str) -> None:
    connection = await asyncpg.connect(server.admin_url)
    try:
        await connection.execute(query)
    finally:
        await connection.close()


async def refusal(server: PostgresServer) -> str:
    with pytest.raises(UnableToStart) as refused:
        await server.start()
    assert "\n" not in refused.value.message
    return refused.value.message


@pytest.mark.parametrize("version", [18, 15])
async def test_acknowledged_writes_are_on_disk(folder: Path, version: int):
    server = PostgresServer(folder / "postgres", postgres_binaries(version))
    await server.start()
    try:
        settings = "'fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums'"
        query = f"select array_agg(setting) from pg_settings where name in ({settings})"
        assert await fetchval(server, query) == ["on"] * 4
        assert await fetchval(server, "select current_setting('server_version_num')::int / 10000") == version
        assert (
            await fetchval(server, "select datcollate from pg_database where datname = 'template1'")
            == "C.UTF-8"
        )
        assert await fetchval(server, "select current_setting('server_encoding')") == "UTF8"
    finally:
        await server.stop()


async def test_no_file_can_switch_durability_off(server: PostgresServer):
    await server.start()
    try:
        await execute(server, "alter system set fsync = off")
        await execute(server, "select pg_reload_conf()")
        assert await fetchval(server, "select setting from pg_settings where name = 'fsync'") == "on"
    finally:
        await server.stop()


async def test_a_client_without_the_password_is_refused(server: PostgresServer):
    await server.start()
    try:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url(password="guess"))
        secret = server.socket_dir.parent / "superuser-password"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    finally:
        await server.stop()


async def test_values_of_failed_statements_are_not_logged(server: PostgresServer):
    await server.start()
    try:
        await execute(
            server, "create table people (mail text unique); insert into people values ('a@uni.example')"
        )
        with pytest.raises(asyncpg.UniqueViolationError):
            await execute(server, "insert into people values ('a@uni.example')")
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await execute(server, "select 'a@uni.example'::int")
    finally:
        await server.stop()
    assert "a@uni.example" not in "\n".join(server.log_tail(10_000))


async def test_it_listens_on_tcp_only_where_asked(folder: Path):
    port = free_port()
    server = PostgresServer(folder / "postgres", postgres_binaries(18), port)
    await server.start()
    try:
        password = (folder / "postgres" / "superuser-password").read_text()
        connection = await asyncpg.connect(host="127.0.0.1", port=port, user="postgres", password=password)
        await connection.close()
    finally:
        await server.stop()
    silent = PostgresServer(folder / "postgres", postgres_binaries(18))
    await silent.start()
    try:
        assert await fetchval(silent, "select current_setting('listen_addresses')") == ""
    finally:
        await silent.stop()


async def test_a_stopped_server_keeps_its_data(server: PostgresServer):
    await server.start()
    await execute(server, "create table kept as select 42 as answer")
    await server.stop()
    await server.start()
    try:
        assert await fetchval(server, "select answer from kept") == 42
    finally:
        await server.stop()


async def test_a_killed_server_comes_back_with_what_it_acknowledged(server: PostgresServer):
    await server.start()
    await execute(server, "create table kept as select 42 as answer")
    busy = await asyncpg.connect(server.admin_url)
    # a backend that never waits does not notice that its postmaster died
    spinning = asyncio.ensure_future(busy.execute("do $$ begin loop end loop; end $$"))
    while await fetchval(server, "select count(*) from pg_stat_activity where query like 'do %'") == 0:
        assert not spinning.done()
    await server.kill()
    await server.start()
    try:
        assert await fetchval(server, "select answer from kept") == 42
        with pytest.raises((asyncpg.PostgresError, ConnectionError, asyncpg.InterfaceError)):
            await spinning
    finally:
        busy.terminate()
        await server.stop()


async def test_a_pid_file_that_names_somebody_else_does_not_prevent_the_start(
    server: PostgresServer, folder: Path
):
    await server.start()
    await server.stop()
    stale = folder / "postgres" / "data" / "postmaster.pid"
    stale.write_text(
        f"{os.getpid()}\n{folder}/postgres/data\n1700000000\n5432\n{folder}\n\n  1 2\nready   \n"
    )
    await server.start()
    await server.stop()


async def test_the_server_ends_with_a_killed_parent_and_the_next_start_succeeds_at_once(
    server: PostgresServer, folder: Path
):
    async with script(KEEPS_RUNNING, folder / "postgres") as parent:
        pid = int(await line_of(parent))
        parent.kill()
        await parent.wait()
        await server.start()
        try:
            assert await gone(pid)
            assert server.pid != pid
        finally:
            await server.stop()


async def test_an_orphan_that_lost_its_death_signal_is_ended_by_the_next_start(
    server: PostgresServer, folder: Path
):
    async with script(KEEPS_RUNNING, folder / "postgres") as parent:
        pid = int(await line_of(parent))
        os.kill(pid, signal.SIGSTOP)  # it does not see the signal of its parent's death ...
        parent.kill()
        await parent.wait()
        os.kill(pid, signal.SIGCONT)
        await server.start()  # ... until now
        await server.stop()
        assert await gone(pid)


async def test_an_interrupted_initialisation_is_made_anew(server: PostgresServer, folder: Path):
    await server.start()
    await server.stop()
    (folder / "postgres" / "data").rename(folder / "postgres" / "data.unfinished.1")
    await server.start()
    await server.stop()
    assert not (folder / "postgres" / "data.unfinished.1").exists()


async def test_a_folder_with_somebody_elses_files_is_refused(server: PostgresServer, folder: Path):
    (folder / "postgres").mkdir()
    (folder / "postgres" / "thesis.tex").write_text("years of work")
    assert await refusal(server) == (
        f"{folder}/postgres holds files that FediFlow did not put there: choose an empty data directory."
    )
    assert [path.name for path in (folder / "postgres").iterdir()] == ["thesis.tex"]


async def test_a_file_in_place_of_the_folder_is_refused(server: PostgresServer, folder: Path):
    (folder / "postgres").write_text("")
    assert await refusal(server) == f"{folder}/postgres is not a directory."


async def test_a_second_server_on_one_folder_is_refused(server: PostgresServer, folder: Path):
    await server.start()
    try:
        second = PostgresServer(folder / "postgres", postgres_binaries(18))
        assert await refusal(second) == f"Another FediFlow already runs on {folder}/postgres."
        assert await fetchval(server, "select 1") == 1
    finally:
        await server.stop()


async def test_a_port_in_use_is_refused(folder: Path):
    with listen("127.0.0.1", 0, "the test") as taken:
        port = taken.getsockname()[1]
        server = PostgresServer(folder / "postgres", postgres_binaries(18), port)
        assert (
            await refusal(server)
            == f"Port {port} on 127.0.0.1 is already in use: PostgreSQL needs another one."
        )


async def test_a_folder_of_another_version_is_refused(server: PostgresServer, folder: Path):
    old = PostgresServer(folder / "postgres", postgres_binaries(15))
    await old.start()
    await old.stop()
    assert "was made by PostgreSQL 15 and cannot be read by PostgreSQL 18" in await refusal(server)


async def test_a_wrong_setting_is_named(folder: Path):
    server = PostgresServer(folder / "postgres", postgres_binaries(18), settings={"work_mem": "a lot"})
    assert "work_mem" in await refusal(server)


async def test_a_long_path_finds_a_short_socket(folder: Path):
    server = PostgresServer(folder / ("x" * 90) / "postgres", postgres_binaries(18))
    await server.start()
    try:
        assert await fetchval(server, "select 1") == 1
    finally:
        await server.stop()
        server.socket_dir.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")
async def test_root_keeps_data_where_the_servers_user_cannot_walk(folder: Path):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = PostgresServer(closed / "demo" / "postgres", postgres_binaries(18))
    await server.start()
    try:
        assert owner(server.pid or 0) == server.socket_dir.stat().st_uid != 0
        await execute(server, "create table kept as select 42 as answer")
    finally:
        await server.kill()
    await server.start()
    try:
        assert await fetchval(server, "select answer from kept") == 42
    finally:
        await server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="this run is an ordinary user's already")
async def test_an_ordinary_user_starts_it(folder: Path):
    python = _python_for_everybody()
    os.chown(folder, 65534, 65534)
    paths = os.pathsep.join([str(ROOT), *(path for path in sys.path if path.endswith("-packages"))])
    process = await asyncio.create_subprocess_exec(
        *[python, "-c", KEEPS_RUNNING, str(folder / "postgres")],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONPATH": paths, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=asyncio.subprocess.PIPE,
        user=65534,
        group=65534,
        extra_groups=[],
    )
    try:
        pid = int(await line_of(process))
        assert owner(pid) == 65534
    finally:
        process.terminate()
        await process.communicate()
    assert await gone(pid)


@pytest.fixture
def full_soon() -> Iterator[Path]:
    with small_disk(140) as folder:
        yield folder


async def test_a_full_disk_is_named(full_soon: Path):
    sentence = f"The disk is full: {full_soon}/postgres has no room left. Free some or choose another data directory."
    server = PostgresServer(full_soon / "postgres", postgres_binaries(18))
    ballast = full_soon / "ballast"
    ballast.write_bytes(bytes(100 << 20))
    assert await refusal(server) == sentence
    ballast.unlink()
    await server.start()
    await server.stop()
    with pytest.raises(OSError, match="No space left"):
        ballast.write_bytes(bytes(200 << 20))
    assert await refusal(server) == sentence


async def test_the_runs_servers_are_shared(postgres18: RunningPostgres, postgres15: RunningPostgres):
    for shared in (postgres18, postgres15):
        connection = await asyncpg.connect(shared.admin_url)
        assert connection.get_server_version().major == shared.version
        await connection.close()


def _python_for_everybody() -> str:
    """An interpreter of our version that an unprivileged user can run."""
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            subprocess.run([python, "-c", ""], user=65534, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    pytest.skip("no Python of this version here that an unprivileged user can run")
