"""`lint database` and `doctor`: silent about what is well, plain about what is not."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from fediflow.local.postgres import PostgresServer
from kernel.database.addresses import Address, Login, parse_login
from kernel.database.provision import connect_as
from kernel.database.roles import DatabaseRole, random_passwords
from tests.integration.cli.commands import DEADLINE, Commands, get, settings_for, until


class Installation:
    """A durable server of its own with a directory and a shard, for tests that spoil it."""

    def __init__(self, server: PostgresServer) -> None:
        self._administrator = parse_login(server.admin_url)
        address = self._administrator.address
        self.passwords = random_passwords()
        self.fediflow = Commands(settings_for(address.beside("fediflow_directory"), self.passwords))

    def install(self, admin_url: str) -> None:
        self.fediflow.ok("migrate", ADMIN_URL=admin_url)
        self.fediflow.ok("shard", "add", "one", ADMIN_URL=admin_url)

    async def execute(self, sql: str, database: str = "fediflow_one") -> None:
        login = self._administrator
        driver = await connect_as(Login(login.address.beside(database), login.user, login.password))
        try:
            await driver.execute(sql)
        finally:
            await driver.close()

    def checks(self, code: int) -> dict[tuple[str, str], Any]:
        outcome = self.fediflow("doctor", "--json")
        assert outcome.code == code, outcome.stdout + outcome.stderr
        return {(check["where"], check["what"]): check for check in outcome.json}


@pytest.fixture
async def installation(private_postgres: PostgresServer) -> Installation:
    installation = Installation(private_postgres)
    installation.install(private_postgres.admin_url)
    return installation


async def test_what_is_wrong_is_named_and_ends_with_1(
    installation: Installation, tmp_path: Path, port: int
) -> None:
    fediflow = installation.fediflow
    assert fediflow.ok("lint", "database") == []
    assert fediflow("lint", "database").stdout == "Nothing is wrong.\n"
    checks = installation.checks(0)
    assert checks["shard one", "acknowledged writes survive a crash"]["found"] == (
        "fsync on, full_page_writes on, synchronous_commit on"
    )
    assert checks["directory", "schema"]["verdict"] == "ok"
    assert checks["Redis", "answers"]["verdict"] == "warning"
    assert checks["mail", "server"]["verdict"] == "warning"

    await installation.execute("alter table fediflow.users no force row level security")
    linted = fediflow("lint", "database", "--json")
    assert linted.code == 1
    assert [(row["database"], row["object"]) for row in linted.json] == [("one", "fediflow.users")]
    assert "fediflow.users" in fediflow("lint", "database").stdout

    await installation.execute("grant execute on function set_config(text, text, boolean) to public")
    await installation.execute("alter role fediflow_worker bypassrls")
    await installation.execute("alter system set synchronous_commit = off")
    await installation.execute("update fediflow.alembic_version set version_num = '9999'")
    checks = installation.checks(1)
    assert checks["shard one", "set_config is revoked"]["verdict"] == "bad"
    assert "it bypasses row-level security" in checks["directory", "role fediflow_worker"]["found"]
    assert "it may call set_config" in checks["shard one", "role fediflow_app"]["found"]
    assert "has version 9999, this program serves" in checks["shard one", "database"]["found"]

    fediflow("worker").failed(6, "this process may not run as the database role 'fediflow_worker'")
    fediflow("tenant", "list").failed(6, "it bypasses row-level security")
    await installation.execute("alter role fediflow_worker nobypassrls")
    fediflow("serve", PORT=str(port)).failed(
        6, "this process may not run as the database role 'fediflow_app'"
    )


async def test_a_gateway_that_was_killed_comes_back_and_none_that_may_serve_leaves_nobody_waiting(
    installation: Installation, tmp_path: Path, port: int
) -> None:
    log, at = tmp_path / "log", f"http://127.0.0.1:{port}/readyz"
    words = ("serve", "--workers", "2")
    with installation.fediflow.running(*words, log=log, PORT=str(port)) as process:
        until(lambda: log.read_text().count('"gateway serves"') == 2, process, log)
        os.kill(gateways_of(process.pid)[0], signal.SIGKILL)
        until(lambda: log.read_text().count('"gateway serves"') == 3, process, log)
        assert get(at)[0] == 200

        await installation.execute("grant execute on function set_config(text, text, boolean) to public")
        for gateway in gateways_of(process.pid):
            os.kill(gateway, signal.SIGKILL)
        assert process.wait(DEADLINE) == 6
    assert "no gateway serves any more" in log.read_text().splitlines()[-1]
    assert "it may call set_config" in log.read_text()
    with pytest.raises(OSError, match="refused"):
        get(at)


def gateways_of(parent: int) -> list[int]:
    """The processes that a `serve` started."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in listed]


async def test_a_directory_that_does_not_answer_is_a_finding(port: int) -> None:
    away = Commands(settings_for(Address("127.0.0.1", port, "away"), dict.fromkeys(DatabaseRole, "x")))
    outcome = away("doctor", "--json")
    assert outcome.code == 1
    assert {(check["where"], check["verdict"]) for check in outcome.json} >= {("directory", "bad")}
    assert "Connect call failed" in away("doctor").stdout
