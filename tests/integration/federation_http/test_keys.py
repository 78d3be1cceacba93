"""Keys of actors: encrypted where they are kept, and rotated with an overlap."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from federation.actors.keys import REMEMBERED, ActorKeys, SigningKeys
from federation.actors.rotating import actors_to_rotate, replace, rotate
from federation.local import addresses_of
from federation.signatures import public_key_from_multibase, public_key_from_pem
from federation.tables.actors import actor_keys
from kernel.crypto.key_encryption import key_encryption_keys
from tenants.data_keys import DataKeys
from tenants.model import Tenant
from tests.databases import KEY_ENCRYPTION_KEY
from tests.fediverse import Person, person
from tests.world import Answer, World

PUBLIC_URL = "http://localhost:8000"


@dataclass(frozen=True, slots=True)
class Turning:
    """Somebody of gamma whose keys are replaced."""

    person: Person
    data_keys: DataKeys

    @classmethod
    async def of(cls, world: World, name: str) -> "Turning":
        """A new person, who has keys."""
        somebody = await person(world, name, slug="gamma", is_discoverable=True)
        made = cls(somebody, DataKeys(key_encryption_keys([KEY_ENCRYPTION_KEY])))
        await made.signing()
        return made

    @property
    def tenant(self) -> Tenant:
        """Their institution."""
        return self.person.principal.tenant

    async def rotate(self, *after: timedelta) -> None:
        """New keys, after the usual time or another."""
        given = {"switch_after": after[0]} if after else {}
        await rotate(self.person.world.door, self.tenant, self.data_keys, self.person.actor_id, **given)

    async def signing(self) -> SigningKeys:
        """What a process signs with that has just started."""
        keys = ActorKeys(self.person.world.door, self.data_keys)
        return await keys.signing(self.tenant, self.person.actor_id)

    async def fetched(self) -> Answer:
        """The actor's document."""
        headers = {"host": "gamma.test:8000", "accept": "application/activity+json"}
        return await self.person.world.request("GET", f"/actors/{self.person.actor_id}", headers=headers)

    async def write(self, which: ColumnElement[bool], **values: Any) -> None:
        """Other times for their keys."""
        async with self.person.acting() as tx:
            mine = (actor_keys.c.tenant_id == tx.tenant_id, actor_keys.c.actor_id == self.person.actor_id)
            await tx.connection.execute(update(actor_keys).where(*mine, which).values(**values))


def listed(document: dict[str, Any]) -> dict[str, str]:
    """The keys that stand beside `publicKey`, by their addresses."""
    return {one["id"]: one["publicKeyMultibase"] for one in document["assertionMethod"]}


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


async def test_a_new_key_is_listed_first_and_signs_when_public_key_names_it(world: World) -> None:
    turning = await Turning.of(world, "turner")
    before = await turning.signing()
    await turning.rotate()

    document = (await turning.fetched()).json
    assert document["publicKey"]["id"] == before.rsa.address
    assert (await turning.signing()).rsa.address == before.rsa.address
    beside = listed(document)
    assert before.ed25519.address in beside
    assert len(beside) == 3  # and both new ones

    await turning.write(actor_keys.c.signs_until.is_not(None), signs_until=func.now())
    after = await turning.signing()
    document = (await turning.fetched()).json
    assert document["publicKey"]["id"] == after.rsa.address != before.rsa.address
    assert after.ed25519.address != before.ed25519.address
    beside = listed(document)
    assert set(beside) == {after.ed25519.address, before.ed25519.address, before.rsa.address}
    for old in (before.rsa, before.ed25519):
        public = public_key_from_multibase(beside[old.address])
        assert public.verifies(old.key.algorithm, old.key.sign(b"said"), b"said")

    await turning.write(actor_keys.c.signs_until.is_not(None), published_until=func.now())
    assert [*listed((await turning.fetched()).json)] == [after.ed25519.address]


async def test_no_cache_keeps_a_document_beyond_the_switch(world: World) -> None:
    turning = await Turning.of(world, "kept")
    assert (await turning.fetched()).headers["cache-control"] == "public, max-age=60"
    await turning.rotate(timedelta(seconds=59))
    kept = (await turning.fetched()).headers["cache-control"]
    assert int(kept.removeprefix("public, max-age=")) < 59


async def test_a_process_changes_over_by_its_clock_without_asking(world: World) -> None:
    """Also where two rotations come one after another."""
    turning = await Turning.of(world, "clocked")
    now = [0.0]  # of the process
    keys = ActorKeys(world.door, turning.data_keys, clock=lambda: now[0])

    async def signer() -> str:
        return (await keys.signing(turning.tenant, turning.person.actor_id)).rsa.address

    first = await signer()
    for seconds in (100, 200):
        await turning.rotate(timedelta(seconds=seconds))
    now[0] = REMEMBERED.total_seconds() - 1
    assert await signer() == first  # it has not heard of any other, which has until `SWITCH_AFTER`
    now[0] += 2
    assert await signer() == first
    now[0] += 101
    second = await signer()
    now[0] += 100
    third = await signer()
    assert len({first, second, third}) == 3
    document = (await turning.fetched()).json
    assert document["publicKey"]["id"] == first
    assert {second, third} < set(listed(document))


async def test_stolen_keys_are_withdrawn_at_once(world: World) -> None:
    turning = await Turning.of(world, "stolen")
    stolen = await turning.signing()
    await turning.rotate()  # also what was to sign later may have been stolen
    here = addresses_of(turning.tenant, PUBLIC_URL)
    await replace(world.door, turning.tenant, here, turning.data_keys, turning.person.actor_id)
    after = await turning.signing()
    document = (await turning.fetched()).json
    assert document["publicKey"]["id"] == after.rsa.address != stolen.rsa.address
    assert [*listed(document)] == [after.ed25519.address] != [stolen.ed25519.address]


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
