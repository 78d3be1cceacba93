"""What the gateway sends to PostgreSQL for one request, taken from the application itself inside this process."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from api.app import create_app
from bench.rows import BenchFailed
from bench.stand import Stand
from fediflow.processes.opened import opened_gateway
from kernel.telemetry import Metrics
from tests.statements import plans, reads
from tests.world import call


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement and what was bound to its `$1 … $n`."""

    sql: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request's statements, transaction and all, and the answer's body."""

    statements: Sequence[Sent]
    body: str

    @property
    def plans(self) -> list[Sent]:
        """Those that are compiled plans."""
        wanted = plans([one.sql for one in self.statements])
        return [one for one in self.statements if one.sql in wanted]


async def recorded_write(stand: Stand, bodies: Sequence[Mapping[str, Any]], *, token: str) -> Recorded:
    """Asks each in turn and records the last: its transaction on one connection of the pool, from BEGIN to COMMIT."""
    async with opened_gateway(stand.settings, Metrics()) as gateway:
        app = create_app(gateway)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        for body in bodies:
            with _written() as asked:
                content = json.dumps(body).encode()
                answer = await call(app, "POST", "/graphql", body=content, headers=headers, peer="127.0.0.1")
                await asyncio.sleep(0)  # the driver tells its loggers on the loop's next turn
    ours = [one for one in asked.values() if any("app.tenant_id" in sent.sql for sent in one)]
    if len(ours) != 1:
        raise BenchFailed(f"the mutation was seen on {len(ours)} connections: {answer.body[:500].decode()}")
    return Recorded([Sent("BEGIN", ()), *ours[0], Sent("COMMIT", ())], answer.body.decode())


@contextmanager
def _written() -> Iterator[dict[int, list[Sent]]]:
    """What every pooled connection is asked inside the block, through SQLAlchemy and past it (plans, which come last)."""
    asked: dict[int, list[Sent]] = {}
    loggers: dict[Any, Any] = {}

    def checkout(dbapi_connection: Any, *_: Any) -> None:
        driver = dbapi_connection.driver_connection
        if driver not in loggers:
            loggers[driver] = lambda record: tell(driver, record.query, record.args)
            driver.add_query_logger(loggers[driver])

    def execute(connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        tell(connection.connection.driver_connection, sql, values)

    def tell(driver: Any, sql: str, values: Any) -> None:
        sql = sql.removeprefix("BEGIN; ")  # what follows sets the tenant
        if not sql.startswith(("BEGIN", "COMMIT")):
            asked.setdefault(id(driver), []).append(Sent(sql, values or ()))

    event.listen(Pool, "checkout", checkout)
    event.listen(Engine, "before_cursor_execute", execute)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", execute)
        event.remove(Pool, "checkout", checkout)
        for driver, log in loggers.items():
            driver.remove_query_logger(log)


async def recorded(stand: Stand, bodies: Sequence[Mapping[str, Any]], *, token: str) -> list[Recorded]:
    """Asks each twice and records the second time: the first finds tokens, plans and types unknown."""
    found = []
    async with opened_gateway(stand.settings, Metrics()) as gateway:
        app = create_app(gateway)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        for body in bodies:
            content = json.dumps(body).encode()
            for _ in range(2):
                statements: list[Sent] = []
                with reads(lambda sql, values, seen=statements: seen.append(Sent(sql, values))):  # type: ignore[misc]
                    answer = await call(
                        app, "POST", "/graphql", body=content, headers=headers, peer="127.0.0.1"
                    )
            found.append(Recorded(statements, answer.body.decode()))
    return found
