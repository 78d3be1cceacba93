"""How public documents are read: statements of one tenant that give one JSON text each."""

from collections.abc import Sequence
from typing import Any, Protocol

import orjson

from kernel.database.wire.client import Statement
from tenants.door import Door
from tenants.model import Tenant


class Asking(Protocol):
    """Who runs such statements: `tenants.readers.Readers` in a gateway, `DoorAsking` where there is only a door."""

    async def fetch(self, tenant: Tenant, statements: Sequence[Statement]) -> list[bytes | None]:
        """The text of each statement's one row."""


class DoorAsking:
    """Runs them in a read of the door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def fetch(self, tenant: Tenant, statements: Sequence[Statement]) -> list[bytes | None]:
        """The text of each statement's one row; None where it finds none."""
        found: list[bytes | None] = []
        async with self._door.read(tenant) as connection:
            for sql, values in statements:
                text = await connection.fetchval(sql, *values)
                found.append(None if text is None else text.encode())
        return found


async def ask(asking: Asking, tenant: Tenant, *statements: Statement) -> list[Any]:
    """What the statements' JSON says, None for those that found nothing; all in one snapshot and round trip."""
    # as a value, because whoever runs them wants one row of each, also of those that find none
    rows = [(f"select ({sql})", values) for sql, values in statements]
    return [None if text is None else orjson.loads(text) for text in await asking.fetch(tenant, rows)]
