"""`federation rotate-keys`: an operator gives actors new keys."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from federation.actors.keys import REMEMBERED, ActorKeys
from federation.actors.local import instance_actor
from federation.local import addresses_of
from federation.tables.actors import actor_keys
from kernel.crypto.key_encryption import key_encryption_keys
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from tenants.authority import system_principal
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tenants.door import Door
from tenants.tables import tenants
from tests.databases import KEY_ENCRYPTION_KEY, Databases
from tests.integration.cli.commands import Commands

SLUG = "turning"


@pytest.fixture(scope="module")
async def institution(fediflow: Commands, databases: Databases) -> str:
    """An institution whose actor got its keys two days ago."""
    fediflow.ok(
        "tenant",
        "create",
        "--slug",
        SLUG,
        "--name",
        f"en={SLUG}",
        "--shard",
        "one",
        "--domain",
        f"{SLUG}.test",
    )
    directory = databases.engine(databases.directory)
    engine = databases.engine(databases.shards["one"])
    door = Door({"one": engine}, new_id=IdFactory(FixedLease(1001), wall_clock_ms))
    tenant = await Directory(directory).by_slug(SLUG)
    assert tenant is not None
    here = addresses_of(tenant, "http://localhost:8000")
    async with door.write(system_principal(tenant)) as tx:
        actor = await instance_actor(tx, here)
    await ActorKeys(door, DataKeys(key_encryption_keys([KEY_ENCRYPTION_KEY]))).ensure(tenant, actor.id)
    async with door.write(system_principal(tenant)) as tx:
        await tx.connection.execute(
            update(actor_keys)
            .where(actor_keys.c.tenant_id == tenant.id)
            .values(created_at=tx.now - timedelta(days=2))
        )
    await engine.dispose()
    await directory.dispose()
    return SLUG


def test_all_are_rotated_once_and_one_by_name_again(fediflow: Commands, institution: str) -> None:
    keys = {"KEY_ENCRYPTION_KEYS": KEY_ENCRYPTION_KEY}
    words = ("federation", "rotate-keys", "--tenant", SLUG)
    done = fediflow.ok(*words, **keys)
    assert (done["tenant"], done["rotated"]) == (SLUG, 1)
    assert datetime.fromisoformat(done["signs_from"]) > datetime.now(UTC) + REMEMBERED
    assert fediflow.ok(*words, **keys) == {"tenant": SLUG, "rotated": 0, "signs_from": None}
    assert fediflow.ok(*words, "--actor", f"@{SLUG}", **keys)["rotated"] == 1
    fediflow(*words, "--actor", "@nobody", **keys).failed(3, "there is no @nobody on the social web")


async def test_stolen_keys_are_all_replaced_at_once_however_new(
    fediflow: Commands, institution: str, databases: Databases
) -> None:
    async with databases.connect(databases.directory) as connection:
        tenant_id = await connection.scalar(select(tenants.c.id).where(tenants.c.slug == SLUG))
    query = select(actor_keys.c.fragment).where(actor_keys.c.tenant_id == tenant_id)

    async def fragments() -> set[str]:
        async with databases.connect(databases.shards["one"], DatabaseRole.MOVER) as connection:
            return set(await connection.scalars(query))

    keys = {"KEY_ENCRYPTION_KEYS": KEY_ENCRYPTION_KEY}
    before = await fragments()
    words = ("federation", "rotate-keys", "--tenant", SLUG, "--now")
    assert fediflow.ok(*words, **keys) == {"tenant": SLUG, "rotated": 1, "signs_from": None}
    after = await fragments()
    assert len(after) == 2
    assert not before & after
