"""The outbox is a letter box: the application drops its own tenant's letters in, and reads what subscribers are told."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.integration.outbox.shards import TENANT, Shard, tell

_DENIED = "permission denied|row-level security"


async def test_the_application_tells_what_happened_to_its_tenant(shard: Shard) -> None:
    await shard.tell(2)
    assert await shard.rows("select tenant_id, position from fediflow.outbox") == [(TENANT, None)] * 2


async def test_the_application_cannot_tell_in_another_tenants_name(shard: Shard) -> None:
    async with shard.change() as connection:
        with pytest.raises(ProgrammingError, match="row-level security"):
            await tell(connection, tenant=TENANT + 1)


async def test_the_application_cannot_tell_without_a_tenant(shard: Shard) -> None:
    async with shard.app.connect() as connection:
        with pytest.raises(ProgrammingError, match="row-level security"):
            await tell(connection)


async def test_the_application_reads_news_of_its_own_tenant_only(shard: Shard) -> None:
    await shard.tell(2)
    await shard.tell(tenant=TENANT + 1)
    query = text("select tenant_id, event, object_id, payload, created_at, position from fediflow.outbox")
    async with shard.change() as connection:
        assert {row.tenant_id for row in await connection.execute(query)} == {TENANT}
    async with shard.app.connect() as connection:
        assert (await connection.execute(query)).all() == []
        clock = text("select position from fediflow.outbox_clock")
        assert len((await connection.execute(clock)).all()) <= 1


@pytest.mark.parametrize(
    "statement",
    [
        "select * from fediflow.outbox",
        "select sequence from fediflow.outbox",
        "select object_type, schema_version from fediflow.outbox",
        "update fediflow.outbox set position = 1",
        "delete from fediflow.outbox",
        "truncate fediflow.outbox",
        f"insert into fediflow.outbox (tenant_id, event, object_type, object_id, position) values ({TENANT}, '', '', 1, 1)",
        "insert into fediflow.outbox (tenant_id, event, object_type, object_id)"
        f" values ({TENANT}, '', '', 1) returning sequence",
        "select * from fediflow.outbox_clock",
        "update fediflow.outbox_clock set position = 0",
        "select updated_at from fediflow.outbox_consumers",
        "update fediflow.outbox_consumers set position = 0",
        "insert into fediflow.outbox_consumers (name) values ('mine')",
        "select setval('fediflow.outbox_sequence', 1)",
    ],
)
async def test_the_application_may_do_nothing_else_to_the_outbox(shard: Shard, statement: str) -> None:
    await shard.tell()
    async with shard.change() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text(statement))
