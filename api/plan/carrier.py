"""The narrow part: runs a plan's statements in one snapshot of one tenant, or one inside an operation's transaction."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import asyncpg

from api.plan.plan import Inputs, Statement
from kernel.database.wire.promise import Outcome
from tenants.model import Tenant
from tenants.readers import Readers


class Started(Protocol):
    """A request that nobody awaits."""

    def withdraw(self) -> None:
        """Nobody wants the answer any more."""
        ...


class Carrier(Protocol):
    """Runs statements of one tenant in one read-only snapshot; each returns one text."""

    async def fetch(
        self, tenant: Tenant, statements: Sequence[Statement], inputs: Inputs
    ) -> list[bytes | None]:
        """The statements' texts in order."""
        ...

    def start(
        self,
        tenant: Tenant,
        statements: Sequence[Statement],
        inputs: Inputs,
        done: Callable[[Outcome], None],
    ) -> Started:
        """As `fetch`, for who does not await: `done` gets the texts, or what `fetch` would raise."""
        ...


class WireCarrier:
    """Carries plans over the pipelined connections of the tenant's shard: one write, one answer."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def fetch(
        self, tenant: Tenant, statements: Sequence[Statement], inputs: Inputs
    ) -> list[bytes | None]:
        """The statements' texts in order."""
        bound = [(statement.sql, statement.bind(inputs)) for statement in statements]
        return await self._readers.fetch(tenant, bound) if bound else []

    def start(
        self,
        tenant: Tenant,
        statements: Sequence[Statement],
        inputs: Inputs,
        done: Callable[[Outcome], None],
    ) -> Started:
        """As `fetch`, for who does not await: `done` gets the texts, or what `fetch` would raise."""
        bound = [(statement.sql, statement.bind(inputs)) for statement in statements]
        return self._readers.start(tenant, bound, done)


async def fetch_on(connection: "asyncpg.Connection[Any]", statement: Statement, inputs: Inputs) -> str | None:
    """Runs one statement inside an operation's own transaction."""
    text: str | None = await connection.fetchval(statement.sql, *statement.bind(inputs))
    return text
