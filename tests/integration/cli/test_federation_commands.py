"""`federation …`: operators see hosts and dead letters, stop and resume them, and exchange lists of domains."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from kernel.database.roles import DatabaseRole
from tests.databases import Databases, made_databases
from tests.integration.cli.commands import Commands, settings_for
from tests.servers import RunningPostgres

_LETTER = """insert into fediflow.dead_letters
    (tenant_id, id, host, inbox, activity_id, signer_id, class, attempts, end_reason, created_at)
select $1::bigint, 5000 + n, 'far.example', 'https://far.example/inbox', 1, 1, 1, 3, 'refused', now()
from generate_series(1, 3) n"""


@pytest.fixture(scope="module")
async def databases(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """Databases in which nothing is delivered."""
    async with made_databases(postgres, run_dir, f"{worker_id}_operators") as made:
        yield made


@pytest.fixture(scope="module")
def fediflow(databases: Databases) -> Commands:
    """An installation with one institution."""
    commands = Commands(settings_for(databases.directory, databases.passwords))
    commands.ok("tenant", "create", "--slug", "uni-a", "--name", "en=A", "--shard", "one")
    return commands


async def test_dead_letters_are_listed_replayed_and_cancelled(
    fediflow: Commands, databases: Databases
) -> None:
    async with databases.driver(databases.shard, DatabaseRole.WORKER) as connection:
        await connection.execute(_LETTER, await _tenant_id(databases))
    listed = fediflow.ok("federation", "dead-letters", "--tenant", "uni-a")
    assert {row["host"] for row in listed} == {"far.example"}
    assert len(listed) == 3
    assert fediflow.ok("federation", "replay", listed[0]["id"]) == {"replayed": 1}
    assert fediflow.ok("federation", "replay", "--host", "far.example") == {"replayed": 2}
    (host,) = fediflow.ok("federation", "hosts")
    assert (host["host"], host["waiting"], host["state"]) == ("far.example", 3, "open")
    assert fediflow.ok("federation", "retry", "far.example")["waiting"] in (0, 3)
    assert fediflow.ok("federation", "cancel", "--tenant", "uni-a") == {"cancelled": 3}
    assert {row["end_reason"] for row in fediflow.ok("federation", "dead-letters")} == {"cancelled"}


def test_a_host_is_paused_and_resumed(fediflow: Commands) -> None:
    fediflow.ok("federation", "pause", "Slow.example", "--why", "asked us to")
    (host,) = fediflow.ok("federation", "hosts", "--troubled")
    assert (host["host"], host["state"], host["pause_reason"]) == ("slow.example", "paused", "asked us to")
    fediflow.ok("federation", "resume", "slow.example")
    assert fediflow.ok("federation", "hosts", "--troubled") == []


@pytest.mark.parametrize("whose", [(), ("--tenant", "uni-a")])
def test_lists_of_domains_come_in_and_go_out(
    fediflow: Commands, tmp_path: Path, whose: tuple[str, ...]
) -> None:
    file = tmp_path / "blocks.csv"
    file.write_text("#domain,#severity,#public_comment\nbad.example,suspend,spam\nloud.example,silence,\n")
    dry = fediflow.ok("federation", "blocks", "import", str(file), "--dry-run", *whose)
    assert dry == {"block": 1, "limit": 1, "allow": 0, "dry_run": True}
    assert "bad.example" not in fediflow("federation", "blocks", "export", *whose).stdout
    fediflow.ok("federation", "blocks", "import", str(file), *whose)
    assert (
        "bad.example,suspend,true,true,spam,false"
        in fediflow("federation", "blocks", "export", *whose).stdout
    )
    file.write_text("new.example\n")
    fediflow.ok("federation", "blocks", "import", str(file), "--replace", *whose)
    exported = fediflow("federation", "blocks", "export", *whose).stdout
    assert exported.splitlines()[1:] == ["new.example,suspend,true,true,,false"]


def test_what_cannot_be_meant_is_a_sentence(fediflow: Commands, tmp_path: Path) -> None:
    fediflow("federation", "cancel").failed(2, "--host or --tenant")
    fediflow("federation", "replay", "nonsense").failed(2, "is not an id")
    file = tmp_path / "list.csv"
    file.write_text("#domain,#severity\nbad.example,destroy\n")
    fediflow("federation", "blocks", "import", str(file)).failed(2, "line 2")
    fediflow("federation", "blocks", "import", str(tmp_path / "none.csv")).failed(2, "cannot be read")


def test_pruning_says_what_would_go(fediflow: Commands) -> None:
    rows = fediflow.ok("federation", "prune", "--dry-run")
    assert rows == [{"tenant": "uni-a", "shard": "one", "posts": 0, "actors": 0}]


async def _tenant_id(databases: Databases) -> int:
    async with databases.driver(databases.directory, DatabaseRole.WORKER) as connection:
        assert isinstance(connection, asyncpg.Connection)
        found: int = await connection.fetchval("select id from fediflow.tenants where slug = 'uni-a'")
    return found
