"""`federation inbox…`: operators see what could not be processed, have it processed again, or give it up."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.database.roles import DatabaseRole
from tests.databases import Databases, made_databases
from tests.integration.cli.commands import Commands, settings_for
from tests.servers import RunningPostgres

_SET_ASIDE = """insert into fediflow.inbox_activities
    (tenant_id, lane, object_hash, address, actor_address, type, sender_host, body, attempts, last_error)
select id, -1, -7 - n, 'https://far.example/activities/' || n, 'https://far.example/users/bob', 'Create', 'far.example',
    '{}', 3, 'CheckViolationError' from fediflow.tenants, generate_series(1, 3) n where slug = 'uni-a'"""


@pytest.fixture(scope="module")
async def databases(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """Databases in which no worker works."""
    async with made_databases(postgres, run_dir, f"{worker_id}_inbox") as made:
        yield made


@pytest.fixture(scope="module")
def fediflow(databases: Databases) -> Commands:
    """An installation with two institutions."""
    commands = Commands(settings_for(databases.directory, databases.passwords))
    for slug in ("uni-a", "uni-b"):
        commands.ok("tenant", "create", "--slug", slug, "--name", "en=U", "--shard", "one")
    return commands


async def test_what_was_set_aside_is_listed_replayed_and_discarded(
    fediflow: Commands, databases: Databases
) -> None:
    async with databases.driver(databases.directory, DatabaseRole.WORKER) as connection:
        await connection.execute(_SET_ASIDE)
        listed = fediflow.ok("federation", "inbox", "--host", "Far.example")
        assert {(row["tenant"], row["type"], row["attempts"], row["last_error"]) for row in listed} == {
            ("uni-a", "Create", 3, "CheckViolationError")
        }
        assert len(listed) == 3
        assert fediflow.ok("federation", "inbox", "--tenant", "uni-b") == []
        assert fediflow.ok("federation", "inbox-replay", "--tenant", "uni-b") == {"replayed": 0}
        assert fediflow.ok("federation", "inbox-replay", listed[0]["id"]) == {"replayed": 1}
        waiting = await connection.fetch(
            "select object_hash, lane, attempts from fediflow.inbox_activities where lane >= 0"
        )
        assert [(row["object_hash"] % 64, row["attempts"]) for row in waiting] == [(waiting[0]["lane"], None)]
        assert fediflow.ok("federation", "inbox-discard", "--host", "far.example") == {"discarded": 2}
        assert fediflow.ok("federation", "inbox") == []
        why = await connection.fetch("select why from fediflow.inbox_refusals")
        assert [row["why"] for row in why] == ["defect", "defect"]


def test_what_is_no_id_is_said_to_be_none(fediflow: Commands) -> None:
    fediflow("federation", "inbox-replay", "activity_x").failed(2, "is not an id", "federation inbox")


def test_everything_at_once_is_not_meant_by_accident(fediflow: Commands) -> None:
    for command in ("inbox-replay", "inbox-discard"):
        fediflow("federation", command).failed(2, "name an id, --host or --tenant")
        fediflow("federation", command, "12345").failed(3, "there is no activity 12345 set aside")
