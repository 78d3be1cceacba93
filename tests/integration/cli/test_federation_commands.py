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

_HOST = """insert into fediflow.remote_hosts (host, software, software_version, capabilities, created_at, updated_at)
values ('runs.example', 'mastodon', '4.4.0', '{"protocols": ["activitypub"]}', now(), now())"""


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
    assert (host["host"], host["waiting"], host["state"]) == ("far.example", 3, "working")
    assert fediflow.ok("federation", "retry", "far.example")["waiting"] in (0, 3)
    assert fediflow.ok("federation", "cancel", "--tenant", "uni-a") == {"cancelled": 3}
    assert {row["end_reason"] for row in fediflow.ok("federation", "dead-letters")} == {"cancelled"}


def test_a_host_is_paused_and_resumed(fediflow: Commands) -> None:
    fediflow.ok("federation", "pause", "Slow.example", "--why", "asked us to")
    (host,) = fediflow.ok("federation", "hosts", "--troubled")
    assert (host["host"], host["state"], host["pause_reason"]) == ("slow.example", "paused", "asked us to")
    fediflow("federation", "retry", "slow.example").failed(4, "`fediflow federation resume slow.example`")
    fediflow.ok("federation", "resume", "slow.example")
    assert fediflow.ok("federation", "hosts", "--troubled") == []


async def test_hosts_are_shown_with_what_they_run_and_whether_they_are_blocked(
    fediflow: Commands, databases: Databases, tmp_path: Path
) -> None:
    async with databases.driver(databases.directory, DatabaseRole.WORKER) as connection:
        await connection.execute(_HOST)
    (host,) = fediflow.ok("federation", "hosts", "--host", "Runs.example")
    assert (host["software"], host["software_version"], host["state"]) == ("mastodon", "4.4.0", "working")
    assert host["capabilities"] == {"protocols": ["activitypub"]}
    file = tmp_path / "blocks.csv"
    file.write_text("runs.example\n")
    fediflow.ok("federation", "blocks", "import", str(file), "--replace")
    (host,) = fediflow.ok("federation", "hosts", "--host", "runs.example")
    assert host["state"] == "blocked"
    shown = fediflow("federation", "hosts").stdout
    assert "mastodon" in shown
    assert "blocked" in shown


@pytest.mark.parametrize("whose", [(), ("--tenant", "uni-a")])
def test_lists_of_domains_come_in_and_go_out(
    fediflow: Commands, tmp_path: Path, whose: tuple[str, ...]
) -> None:
    file = tmp_path / "blocks.csv"
    file.write_text("#domain,#severity,#public_comment\nbad.example,suspend,spam\nloud.example,silence,\n")
    dry = fediflow.ok("federation", "blocks", "import", str(file), "--dry-run", *whose)
    counts = {"block": 1, "limit": 1, "allow": 0}
    assert {name: dry[name] for name in counts} == counts
    assert (dry["changed"], dry["dry_run"]) == (2, True)
    assert "bad.example" not in fediflow("federation", "blocks", "export", *whose).stdout
    fediflow.ok("federation", "blocks", "import", str(file), *whose)
    assert (
        "bad.example,suspend,true,true,spam,false"
        in fediflow("federation", "blocks", "export", *whose).stdout
    )
    file.write_text("new.example\nbad.example\n")
    words = ("federation", "blocks", "import", str(file), "--replace")
    foreseen = fediflow.ok(*words, "--dry-run", *whose)
    done = fediflow.ok(*words, *whose)
    assert done == foreseen | {"dry_run": False}
    assert done["changed"] == 1
    assert done["removed"] >= 1
    exported = fediflow("federation", "blocks", "export", *whose).stdout
    assert exported.splitlines()[1:] == [
        "bad.example,suspend,true,true,spam,false",  # the comment stays where the list has none
        "new.example,suspend,true,true,,false",
    ]


@pytest.mark.parametrize("whose", [(), ("--tenant", "uni-a")])
@pytest.mark.parametrize("text", ["", "#domain,#severity\n", "#domain,#severity\na.example,noop\n"])
def test_a_file_without_domains_replaces_no_list_unless_that_is_meant(
    fediflow: Commands, tmp_path: Path, whose: tuple[str, ...], text: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("kept.example\n")
    fediflow.ok("federation", "blocks", "import", str(file), "--replace", *whose)
    file.write_text(text)
    words = ("federation", "blocks", "import", str(file), "--replace")
    fediflow(*words, *whose).failed(2, "names no domain", "--allow-empty")
    fediflow(*words, "--dry-run", *whose).failed(2, "names no domain", "--allow-empty")
    assert "kept.example" in fediflow("federation", "blocks", "export", *whose).stdout
    assert fediflow.ok(*words, "--allow-empty", *whose)["removed"] == 1
    assert "kept.example" not in fediflow("federation", "blocks", "export", *whose).stdout


def test_what_cannot_be_meant_is_a_sentence(fediflow: Commands, tmp_path: Path) -> None:
    fediflow("federation", "cancel").failed(2, "--host or --tenant")
    fediflow("federation", "replay", "nonsense").failed(2, "is not an id")
    fediflow("federation", "replay", "77").failed(3, "there is no dead letter 77")
    fediflow("federation", "cancel", "77").failed(3, "there is no delivery that waits 77")
    for command in ("pause", "resume", "retry"):
        fediflow("federation", command, "https://far.example/").failed(2, "write it like social.example")
    for command in ("resume", "retry"):
        fediflow("federation", command, "nobody.example").failed(
            3, "nobody.example", "`fediflow federation hosts`"
        )
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
