"""`federation rotate-keys`: an operator gives actors new keys."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from federation.actors.keys import ActorKeys
from federation.actors.local import instance_actor
from federation.local import addresses_of
from federation.tables.actors import actor_keys
from kernel.crypto.key_encryption import key_encryption_keys
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from tenants.authority import system_principal
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tenants.door import Door
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
    assert fediflow.ok(*words, **keys) == {"tenant": SLUG, "rotated": 1}
    assert fediflow.ok(*words, **keys)["rotated"] == 0
    assert fediflow.ok(*words, "--actor", f"@{SLUG}", **keys)["rotated"] == 1
    fediflow(*words, "--actor", "@nobody", **keys).failed(3, "there is no @nobody on the social web")
