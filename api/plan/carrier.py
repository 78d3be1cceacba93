"""The narrow part: runs a plan's statements in one snapshot of one tenant. asyncpg carries them."""

from collections.abc import Sequence
from typing import Any, Protocol

import asyncpg

from api.plan.plan import Inputs, Statement
from tenants.door import Door
from tenants.model import Tenant


class Carrier(Protocol):
    """Runs statements of one tenant in one read-only snapshot; each returns one text."""

    async def fetch(
        self, tenant: Tenant, statements: Sequence[Statement], inputs: Inputs
    ) -> list[str | None]:
        """The statements' texts in order."""
        ...


class AsyncpgCarrier:
    """Carries plans over a pooled connection: BEGIN with the tenant, a prepared statement each, ROLLBACK."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def fetch(
        self, tenant: Tenant, statements: Sequence[Statement], inputs: Inputs
    ) -> list[str | None]:
        """The statements' texts in order."""
        bound = [(statement.sql, statement.bind(inputs)) for statement in statements]
        if not bound:
            return []
        async with self._door.read(tenant) as connection:
            return [await connection.fetchval(sql, *values) for sql, values in bound]


async def fetch_on(connection: "asyncpg.Connection[Any]", statement: Statement, inputs: Inputs) -> str | None:
    """Runs one statement inside an operation's own transaction."""
    text: str | None = await connection.fetchval(statement.sql, *statement.bind(inputs))
    return text
