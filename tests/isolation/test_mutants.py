"""Eleven ways in which the policies could be wrong, each killed by the leak test, by the lint, or by both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tenants.door import set_tenant
from tenants.lint import lint_database
from tenants.model import TenantId
from tenants.policies import CANONICAL, policies_of
from tenants.tables import users
from tests.databases import Databases
from tests.isolation.attempts import Leak, attempts, carry_out, readable
from tests.isolation.conftest import administrator_engine, driver_of, run_script
from tests.isolation.world import SAMPLES, World, statements

_SETTING = "nullif(current_setting('app.tenant_id', true), '')::bigint"


def _policies(*, using: str = CANONICAL, check: str = CANONICAL) -> str:
    """The policies of the users table as the renderer writes them, with another expression in every place."""
    alter = "alter policy {0} on fediflow.users using ({1}) with check ({2})"
    return ";".join(alter.format(policy.name, using, check) for policy in policies_of(users))


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong database, and whether raw SQL can tell (the lint always can)."""

    name: str
    sql: str
    leaks: bool = True


MUTANTS = [
    Mutant("with check (true)", _policies(check="true")),
    Mutant("using (true)", _policies(using="true")),
    Mutant(">=", _policies(using=f"tenant_id >= (select {_SETTING})")),
    Mutant("null or", _policies(using=f"(select {_SETTING}) is null or {CANONICAL}")),
    Mutant("coalesce", _policies(using=f"tenant_id = coalesce((select {_SETTING}), tenant_id)")),
    # The restrictive floor holds it: only the lint sees that somebody meddled.
    Mutant(
        "extra permissive policy",
        "create policy extra on fediflow.users to fediflow_app using (true) with check (true)",
        leaks=False,
    ),
    Mutant("row-level security off on one table", "alter table fediflow.users disable row level security"),
    Mutant("application as owner", "alter table fediflow.users owner to fediflow_app"),
    Mutant("BYPASSRLS", "alter role fediflow_app bypassrls"),
    Mutant(
        "definer view",
        "create view fediflow.everybody as select * from fediflow.users;"
        "grant select on fediflow.everybody to fediflow_app",
    ),
    Mutant("global unique", "create unique index everywhere_key on fediflow.users (handle)"),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
async def test_a_mutant_is_killed(arena: Databases, mutant: Mutant) -> None:
    async with _empty_shard(arena) as connection:
        await run_script(connection, mutant.sql)
        findings = await lint_database(connection)
        leaks = await _leaks(connection)
    assert findings != []
    assert bool(leaks) is mutant.leaks


async def test_without_a_mutation_nothing_is_killed(arena: Databases) -> None:
    async with _empty_shard(arena) as connection:
        leaks = await _leaks(connection)
        assert await lint_database(connection) == []
    assert leaks == []


def test_there_are_eleven_mutants() -> None:
    assert len({mutant.sql for mutant in MUTANTS}) == 11


@asynccontextmanager
async def _empty_shard(arena: Databases) -> AsyncIterator[AsyncConnection]:
    """A transaction without the rows that other tests leave on the shard; it is rolled back."""
    async with administrator_engine(arena, arena.shard) as engine, engine.connect() as connection:
        await World(await driver_of(connection)).clear()
        yield connection
        await connection.rollback()


async def _leaks(connection: AsyncConnection) -> list[Leak]:
    """What raw SQL as the application finds out, in this transaction, as each of two tenants and as none."""
    rows = {1: 1, 2: 2}
    driver = await driver_of(connection)
    # Not the same handles here: a global unique would not let them in.
    seeds = [sample.insert(1, 13) for sample in SAMPLES] + statements({2: 2})
    found = []
    await run_script(connection, ";".join(seeds))
    for acting, other in ((1, 2), (2, 1), (None, 1)):
        await driver.execute(set_tenant(TenantId(acting)) if acting else "set local app.tenant_id = ''")
        await driver.execute("set local session authorization fediflow_app")
        tries = [*attempts(acting, other, rows.get(acting or 0, 0)), *await readable(driver)]
        for attempt in tries:
            # Here a superuser is connected, and may become anybody.
            if not attempt.name.startswith("become"):
                leak = await carry_out(driver, attempt, acting)
                found += [leak] if leak else []
        await driver.execute("reset session authorization")
    return found
