"""Keys of actors: encrypted where they are kept, and rotated with an overlap."""

from datetime import timedelta

from sqlalchemy import select, update

from federation.actors.keys import ActorKeys
from federation.actors.rotating import actors_to_rotate, rotate
from federation.local import addresses_of
from federation.signatures import public_key_from_multibase, public_key_from_pem
from federation.tables.actors import actor_keys
from kernel.crypto.key_encryption import key_encryption_keys
from tenants.data_keys import DataKeys
from tests.fediverse import person
from tests.world import KEY_ENCRYPTION_KEY, World

PUBLIC_URL = "http://localhost:8000"


async def test_private_keys_are_kept_encrypted_and_sign_what_is_published(world: World) -> None:
    somebody = await person(world, "keeper", slug="beta")
    tenant = world["beta"].tenant
    keys = ActorKeys(world.door, DataKeys(key_encryption_keys([KEY_ENCRYPTION_KEY])))
    signing = await keys.signing(tenant, somebody.actor_id)
    async with somebody.acting() as tx:
        query = select(actor_keys).where(
            actor_keys.c.tenant_id == tx.tenant_id, actor_keys.c.actor_id == somebody.actor_id
        )
        rows = (await tx.connection.execute(query)).mappings().all()
    assert {row["fragment"] for row in rows} == {"main-key", "ed25519-key"}
    assert all(b"PRIVATE" not in row["private_key"] for row in rows)
    texts = {row["algorithm"]: row["public_key"] for row in rows}
    for signer, public in (
        (signing.rsa, public_key_from_pem(texts["rsa"])),
        (signing.ed25519, public_key_from_multibase(texts["ed25519"])),
    ):
        assert public.verifies(signer.key.algorithm, signer.key.sign(b"said"), b"said")
    assert await keys.signing(tenant, somebody.actor_id) is signing


async def test_after_a_rotation_the_new_key_signs_and_the_old_one_is_still_published(world: World) -> None:
    somebody = await person(world, "turner", slug="gamma", is_discoverable=True)
    tenant = world["gamma"].tenant
    here, data_keys = (
        addresses_of(tenant, PUBLIC_URL),
        DataKeys(key_encryption_keys([KEY_ENCRYPTION_KEY])),
    )
    before = await ActorKeys(world.door, data_keys).signing(tenant, somebody.actor_id)
    await rotate(world.door, tenant, here, data_keys, somebody.actor_id)
    after = await ActorKeys(world.door, data_keys).signing(tenant, somebody.actor_id)
    assert after.rsa.address != before.rsa.address
    assert after.ed25519.address != before.ed25519.address

    path = f"/actors/{somebody.actor_id}"
    headers = {"host": "gamma.test:8000", "accept": "application/activity+json"}
    document = (await world.request("GET", path, headers=headers)).json
    assert document["publicKey"]["id"] == after.rsa.address
    published = {one["id"]: one["publicKeyMultibase"] for one in document["assertionMethod"]}
    assert set(published) == {after.ed25519.address, before.ed25519.address, before.rsa.address}
    old = public_key_from_multibase(published[before.rsa.address])
    assert old.verifies(before.rsa.key.algorithm, before.rsa.key.sign(b"said"), b"said")

    async with somebody.acting() as tx:
        await tx.connection.execute(
            update(actor_keys)
            .where(actor_keys.c.tenant_id == tx.tenant_id, actor_keys.c.signs_until.is_not(None))
            .values(published_until=tx.now - timedelta(seconds=1))
        )
    later = (await world.request("GET", path, headers=headers)).json
    assert [one["id"] for one in later["assertionMethod"]] == [after.ed25519.address]


async def test_a_rotation_of_all_leaves_out_whom_it_has_done(world: World) -> None:
    somebody = await person(world, "again", slug="alpha")
    tenant = world["alpha"].tenant
    here, data_keys = (
        addresses_of(tenant, PUBLIC_URL),
        DataKeys(key_encryption_keys([KEY_ENCRYPTION_KEY])),
    )
    await ActorKeys(world.door, data_keys).ensure(tenant, somebody.actor_id)
    assert somebody.actor_id not in await actors_to_rotate(world.door, tenant, here, None)
    async with somebody.acting() as tx:
        await tx.connection.execute(
            update(actor_keys)
            .where(actor_keys.c.tenant_id == tx.tenant_id, actor_keys.c.actor_id == somebody.actor_id)
            .values(created_at=tx.now - timedelta(days=2))
        )
    assert somebody.actor_id in await actors_to_rotate(world.door, tenant, here, None)
