"""No raw SQL as the application shows or changes another tenant's row."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.door import set_tenant
from tenants.model import TenantId
from tests.databases import Databases
from tests.isolation.attempts import attempts, carry_out, readable
from tests.isolation.world import NUMBERS, TENANTS, World


@dataclass(frozen=True, slots=True)
class Step:
    """A transaction of one attempt: the choice is taken modulo the attempts there are."""

    acting: int | None
    aim: int
    choice: int
    keep: bool

    @property
    def other(self) -> int:
        """A tenant that is not the acting one."""
        others = [tenant for tenant in TENANTS if tenant != self.acting]
        return others[self.aim % len(others)]


_STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from((None, *TENANTS)),
        st.integers(0, 2),
        st.integers(0, 10_000),
        st.booleans(),
    ),
    min_size=5,
    max_size=25,
)
_ROWS = st.fixed_dictionaries({tenant: st.integers(0, len(NUMBERS)) for tenant in TENANTS})


@pytest.fixture(scope="session")
async def application(arena: Databases) -> "AsyncIterator[asyncpg.Connection[Any]]":
    """One connection of the application, used by every tenant in turn, as a pooled one is."""
    async with arena.driver(arena.shard) as connection:
        yield connection


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(rows=_ROWS, steps=_STEPS)
async def test_no_sql_of_the_application_reaches_another_tenants_rows(
    world: World, application: "asyncpg.Connection[Any]", rows: dict[int, int], steps: list[Step]
) -> None:
    await world.lay_out(rows)
    own = dict(rows)
    for step in steps:
        before = await world.fingerprints()
        await _take(application, step, own)
        after = await world.fingerprints()
        assert _without(after, step.acting) == _without(before, step.acting), step


@pytest.mark.parametrize("acting", [None, *TENANTS])
async def test_every_attempt_ends_as_it_must(
    world: World, application: "asyncpg.Connection[Any]", acting: int | None
) -> None:
    rows = {1: 2, 2: 1, 3: 2}
    await world.lay_out(rows)
    for other in TENANTS:
        if other == acting:
            continue
        async with _transaction_of(application, acting):
            tries = [*attempts(acting, other, rows.get(acting or 0, 0)), *await readable(application)]
            leaks = [await carry_out(application, attempt, acting) for attempt in tries]
        assert [leak for leak in leaks if leak] == []


async def test_own_rows_are_there(world: World, application: "asyncpg.Connection[Any]") -> None:
    await world.lay_out({1: 2, 2: 1})
    for tenant, count in ((1, 2), (2, 1), (3, 0)):
        async with _transaction_of(application, tenant):
            assert await application.fetchval("select count(*) from fediflow.users") == count


async def _take(application: "asyncpg.Connection[Any]", step: Step, own: dict[int, int]) -> None:
    tries = list(attempts(step.acting, step.other, own.get(step.acting or 0, 0)))
    attempt = tries[step.choice % len(tries)]
    keep = step.keep and attempt.sql.startswith(("update", "delete", "merge"))
    async with _transaction_of(application, step.acting):
        assert await carry_out(application, attempt, step.acting, keep=keep) is None
    if keep and step.acting is not None and attempt.name == "delete fediflow.users":
        own[step.acting] = 0


def _transaction_of(connection: "asyncpg.Connection[Any]", tenant: int | None) -> "_Transaction":
    return _Transaction(connection, tenant)


class _Transaction:
    """A committed transaction of a tenant, or of none."""

    def __init__(self, connection: "asyncpg.Connection[Any]", tenant: int | None) -> None:
        self._connection = connection
        self._tenant = tenant
        self._inner = connection.transaction()

    async def __aenter__(self) -> None:
        await self._inner.start()
        if self._tenant is not None:
            await self._connection.execute(set_tenant(TenantId(self._tenant)))

    async def __aexit__(self, failed: type[BaseException] | None, *_: object) -> None:
        await (self._inner.rollback() if failed else self._inner.commit())


def _without(fingerprints: dict[tuple[str, int], str], acting: int | None) -> dict[tuple[str, int], str]:
    return {where: rows for where, rows in fingerprints.items() if where[1] != acting}
