"""A tenant's data keys: made once, kept until the transaction that made them is lost, useless anywhere else."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.crypto.columns import ColumnKeys
from kernel.crypto.key_encryption import KeyEncryptionKeys, key_encryption_keys, new_key_encryption_key
from kernel.crypto.sealing import CiphertextDamaged, CiphertextMoved, KeyLost
from tenants.data_keys import REMEMBERED_SECONDS, DataKeys
from tenants.door import set_tenant
from tenants.key_rotation import NEW_ENOUGH, key_states, rotate_keys
from tenants.tables import credentials, data_keys, refresh_tokens
from tests.integration.signin.world import World

OLD = new_key_encryption_key()
NEW = new_key_encryption_key()
SECRET = "urn:schac:personalUniqueCode:int:esi:example.edu:42"
COLUMN = credentials.c.password_hash
NOW = datetime.now(UTC)


def ring(*keys: str) -> KeyEncryptionKeys:
    return key_encryption_keys(keys)


def process(*keys: str) -> DataKeys:
    """What one process holds: nothing is remembered in it yet."""
    return DataKeys(ring(*keys or (OLD,)))


async def encrypted(world: World, keys: DataKeys, value: str = SECRET) -> bytes:
    async with world.door.write(world.anonymous) as tx:
        return await keys.encrypt(tx, COLUMN, value)


async def decrypted(world: World, keys: DataKeys, stored: bytes) -> str:
    async with world.door.write(world.anonymous) as tx:
        return (await keys.decrypt(tx, COLUMN, stored)).decode()


async def test_what_one_process_encrypts_another_decrypts(world: World) -> None:
    stored = await encrypted(world, process())
    assert SECRET.encode() not in stored
    assert await decrypted(world, process(), stored) == SECRET


async def test_nothing_of_a_key_stands_unwrapped_in_the_database(world: World, shard: AsyncEngine) -> None:
    keys = process()
    await encrypted(world, keys)
    async with world.door.write(world.anonymous) as tx:
        unwrapped = (await keys.of(tx)).by_id[1]
        row = (await tx.connection.execute(select(data_keys))).one()
    assert unwrapped not in row.wrapped
    assert row.wrapped_by == OLD.partition(":")[0]


async def test_a_key_of_a_lost_transaction_is_not_used_again(world: World) -> None:
    keys, lost = process(), b""
    with contextlib.suppress(ZeroDivisionError):
        async with world.door.write(world.anonymous) as tx:
            lost = await keys.encrypt(tx, COLUMN, SECRET)
            raise ZeroDivisionError
    stored = await encrypted(world, keys)
    assert await decrypted(world, process(), stored) == SECRET
    with pytest.raises(CiphertextMoved):
        await decrypted(world, keys, lost)


async def test_those_who_are_first_at_the_same_time_agree_on_one_key(world: World) -> None:
    processes = [process() for _ in range(8)]
    stored = await asyncio.gather(*(encrypted(world, keys) for keys in processes))
    for one in stored:
        assert await decrypted(world, process(), one) == SECRET
    async with world.door.write(world.anonymous) as tx:
        assert await tx.connection.scalar(select(func.count()).select_from(data_keys)) == 1


async def test_the_database_is_not_asked_again_for_five_minutes(world: World, shard: AsyncEngine) -> None:
    moment = 0.0
    keys = DataKeys(ring(OLD), clock=lambda: moment)
    stored = await encrypted(world, keys)
    await as_tenant(world, shard, delete(data_keys))
    moment = REMEMBERED_SECONDS - 1
    assert await decrypted(world, keys, stored) == SECRET
    moment = REMEMBERED_SECONDS + 1
    with pytest.raises(CiphertextMoved):  # a new first key: not the one it was encrypted with
        await decrypted(world, keys, stored)


async def test_another_tenant_cannot_decrypt_it(world: World, other_world: World) -> None:
    keys = process()
    stored = await encrypted(world, keys)
    await encrypted(other_world, keys)
    with pytest.raises(CiphertextMoved):
        await decrypted(other_world, keys, stored)


async def test_a_data_key_that_was_moved_to_another_tenant_does_not_unwrap(
    world: World, other_world: World, shard: AsyncEngine
) -> None:
    await encrypted(world, process())
    await encrypted(other_world, process())
    async with world.door.write(world.anonymous) as tx:
        wrapped = await tx.connection.scalar(select(data_keys.c.wrapped))
    await as_tenant(other_world, shard, update(data_keys).values(wrapped=wrapped))
    with pytest.raises(CiphertextDamaged, match="does not open with the key-encryption key"):
        await encrypted(other_world, process())


async def test_another_column_does_not_decrypt_it(world: World) -> None:
    keys = process()
    stored = await encrypted(world, keys)
    async with world.door.write(world.anonymous) as tx:
        with pytest.raises(CiphertextMoved):
            await keys.decrypt(tx, refresh_tokens.c.secret_hash, stored)


async def test_a_blind_index_finds_equal_values_of_one_tenant_and_column(
    world: World, other_world: World
) -> None:
    async with world.door.write(world.anonymous) as tx:
        one = await process().blind_index(tx, COLUMN, SECRET)
    async with world.door.write(world.anonymous) as tx:
        assert await process().blind_index(tx, COLUMN, SECRET) == one
        assert await process().blind_index(tx, refresh_tokens.c.secret_hash, SECRET) != one
    async with other_world.door.write(other_world.anonymous) as tx:
        assert await process().blind_index(tx, COLUMN, SECRET) != one


async def test_who_only_reads_gets_the_keys_too_and_makes_none(world: World) -> None:
    async with world.door.read(world.tenant) as driver:
        assert await process().read(driver, world.tenant.id) is None
    stored = await encrypted(world, process())
    async with world.door.read(world.tenant) as driver:
        keys = await process().read(driver, world.tenant.id)
    assert isinstance(keys, ColumnKeys)
    assert keys.decrypt("credentials.password_hash", stored).decode() == SECRET


async def test_without_a_key_encryption_key_the_setting_is_named(world: World) -> None:
    with pytest.raises(KeyLost, match="FEDIFLOW_KEY_ENCRYPTION_KEYS is not set"):
        await encrypted(world, DataKeys(KeyEncryptionKeys({})))


async def test_after_a_rotation_the_old_key_can_go(world: World, shard: AsyncEngine) -> None:
    stored = await encrypted(world, process(OLD))
    done = await rotate_keys(shard, world.tenant.id, ring(NEW, OLD), NOW, new_data_key=False)
    assert (done.rewrapped, done.made) == (1, False)
    again = await rotate_keys(shard, world.tenant.id, ring(NEW, OLD), NOW, new_data_key=False)
    assert (again.rewrapped, again.made) == (0, False)
    assert await decrypted(world, process(NEW), stored) == SECRET
    with pytest.raises(KeyLost, match=f"'{NEW.partition(':')[0]}' is needed"):
        await decrypted(world, process(OLD), stored)


async def test_a_rotation_without_the_old_key_changes_nothing(world: World, shard: AsyncEngine) -> None:
    stored = await encrypted(world, process(OLD))
    with pytest.raises(KeyLost, match=f"'{OLD.partition(':')[0]}' is needed"):
        await rotate_keys(shard, world.tenant.id, ring(NEW), NOW, new_data_key=True)
    assert await decrypted(world, process(OLD), stored) == SECRET


async def test_a_new_data_key_is_for_what_comes_and_old_values_stay_readable(
    world: World, shard: AsyncEngine
) -> None:
    running = process()
    before = await encrypted(world, running)
    async with world.door.write(world.anonymous) as tx:
        index = await running.blind_index(tx, COLUMN, SECRET)
    later = NOW + NEW_ENOUGH + timedelta(days=1)
    assert (await rotate_keys(shard, world.tenant.id, ring(OLD), later, new_data_key=True)).made
    # a run that is repeated makes no other one
    assert not (await rotate_keys(shard, world.tenant.id, ring(OLD), later, new_data_key=True)).made
    fresh = process()
    after = await encrypted(world, fresh)
    assert (before[2], after[2]) == (1, 2)
    # a process that still remembers the old keys reads what was stored under the new one
    assert await decrypted(world, running, after) == SECRET
    assert await decrypted(world, fresh, before) == SECRET
    async with world.door.write(world.anonymous) as tx:
        assert await fresh.blind_index(tx, COLUMN, SECRET) == index
    states = await key_states(shard, world.tenant.id)
    assert [(one.key_id, one.retired_at is None) for one in states] == [(1, False), (2, True)]


async def test_a_tenant_without_keys_gets_none_by_rotating(world: World, shard: AsyncEngine) -> None:
    done = await rotate_keys(shard, world.tenant.id, ring(OLD), NOW, new_data_key=True)
    assert (done.rewrapped, done.made) == (0, False)
    assert await key_states(shard, world.tenant.id) == []


async def test_a_deleted_data_key_is_named_by_its_id(world: World, shard: AsyncEngine) -> None:
    await encrypted(world, process())
    later = NOW + NEW_ENOUGH + timedelta(days=1)
    await rotate_keys(shard, world.tenant.id, ring(OLD), later, new_data_key=True)
    stored = await encrypted(world, process())
    await as_tenant(world, shard, delete(data_keys).where(data_keys.c.key_id == 2))
    await as_tenant(world, shard, update(data_keys).values(retired_at=None))
    with pytest.raises(KeyLost, match=f"the data key 2 of tenant {world.tenant.id} is not in data_keys"):
        await decrypted(world, process(), stored)


async def as_tenant(world: World, shard: AsyncEngine, statement: object) -> None:
    """Runs a statement on the tenant's rows."""
    async with shard.begin() as connection:
        await connection.execute(text(set_tenant(world.tenant.id)))
        await connection.execute(statement)  # type: ignore[call-overload]  # any statement
