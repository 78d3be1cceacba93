"""`keys`: the key-encryption key is changed without anything being lost, over every institution of every shard."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from kernel.crypto.key_encryption import key_encryption_keys, new_key_encryption_key
from kernel.database.roles import DatabaseRole
from tenants.data_keys import FIRST, insert_data_key
from tenants.directory import Directory
from tenants.door import set_tenant
from tests.databases import Databases, made_databases
from tests.integration.cli.commands import Commands, settings_for
from tests.servers import RunningPostgres

OLD = new_key_encryption_key()
NEW = new_key_encryption_key()
OLD_ID, NEW_ID = OLD.partition(":")[0], NEW.partition(":")[0]
SLUGS = ("keys-one", "keys-two")


@pytest.fixture(scope="module")
async def fediflow(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Commands]:
    """An installation of its own: what is rotated here is wrapped under no other test's key."""
    async with made_databases(postgres, run_dir, worker_id) as databases:
        commands = Commands(settings_for(databases.directory, databases.passwords))
        for slug, shard in zip(SLUGS, ("one", "two"), strict=True):
            commands.ok("tenant", "create", "--slug", slug, "--name", f"en={slug}", "--shard", shard)
            await _give_key(databases, slug, shard)
        yield commands


async def _give_key(databases: Databases, slug: str, shard: str) -> None:
    """A data key under the old key."""
    directory = databases.engine(databases.directory)
    tenant = await Directory(directory).by_slug(slug)
    await directory.dispose()
    assert tenant is not None
    async with databases.connect(databases.shards[shard], DatabaseRole.WORKER) as connection:
        await connection.execute(text(set_tenant(tenant.id)))
        await insert_data_key(connection, tenant.id, FIRST, key_encryption_keys([OLD]), datetime.now(UTC))
        await connection.commit()


def ours(rows: list[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {row["tenant"]: row for row in rows if row["tenant"] in SLUGS}


def test_keys_are_rotated_and_the_old_one_can_go(fediflow: Commands) -> None:
    before = ours(fediflow.ok("keys", "status", KEY_ENCRYPTION_KEYS=f"{NEW} {OLD}"))
    assert {(row["wrapped_by"], row["state"]) for row in before.values()} == {(OLD_ID, "old")}

    lost = fediflow("keys", "rotate", "--json", KEY_ENCRYPTION_KEYS=NEW)
    assert lost.code == 1
    assert all(f"'{OLD_ID}' is needed" in str(row["error"]) for row in ours(lost.json).values())
    status = fediflow("keys", "status", "--json", KEY_ENCRYPTION_KEYS=NEW)
    assert status.code == 1
    assert {row["state"] for row in ours(status.json).values()} == {"lost"}

    done = ours(fediflow.ok("keys", "rotate", KEY_ENCRYPTION_KEYS=f"{NEW} {OLD}"))
    assert {(row["rewrapped"], row["new_data_key"]) for row in done.values()} == {(1, False)}
    again = ours(fediflow.ok("keys", "rotate", "--new-data-keys", KEY_ENCRYPTION_KEYS=NEW))
    assert {(row["rewrapped"], row["new_data_key"]) for row in again.values()} == {(0, False)}

    after = ours(fediflow.ok("keys", "status", KEY_ENCRYPTION_KEYS=NEW))
    assert {(row["wrapped_by"], row["state"]) for row in after.values()} == {(NEW_ID, "current")}


def test_progress_is_told_and_keys_never_shown(fediflow: Commands) -> None:
    outcome = fediflow("keys", "rotate", KEY_ENCRYPTION_KEYS=f"{NEW} {OLD}")
    assert outcome.code == 0
    assert "keys-one: done" in outcome.stderr
    assert not any(key.partition(":")[2] in outcome.stdout + outcome.stderr for key in (OLD, NEW))


def test_without_a_key_the_setting_is_named(fediflow: Commands) -> None:
    fediflow("keys", "rotate", KEY_ENCRYPTION_KEYS="").failed(5, "FEDIFLOW_KEY_ENCRYPTION_KEYS is not set")


def test_doctor_says_whether_every_data_key_opens(fediflow: Commands) -> None:
    fediflow.ok("keys", "rotate", KEY_ENCRYPTION_KEYS=f"{NEW} {OLD}")

    def found(keys: str, where: str = "shard two", what: str = "data keys") -> tuple[str, str]:
        checks = fediflow("doctor", "--json", KEY_ENCRYPTION_KEYS=keys).json
        (check,) = [one for one in checks if (one["where"], one["what"]) == (where, what)]
        return check["verdict"], check["found"]

    assert found(NEW) == ("ok", "all 1 open")
    assert found(f"{OLD} {NEW}")[0] == "warning"
    assert "`fediflow keys rotate`" in found(f"{OLD} {NEW}")[1]
    verdict, said = found(OLD)
    assert verdict == "bad"
    assert f"1 are wrapped by '{NEW_ID}', which is not among FEDIFLOW_KEY_ENCRYPTION_KEYS" in said
    verdict, said = found(f"{NEW_ID}:{OLD.partition(':')[2]}")
    assert verdict == "bad"
    assert f"1 do not open with '{NEW_ID}'" in said
    verdict, said = found("", "settings", "key-encryption key")
    assert verdict == "warning"
    assert "is not set" in said
    fediflow("doctor", KEY_ENCRYPTION_KEYS="nonsense").failed(2, "FEDIFLOW_KEY_ENCRYPTION_KEYS")
