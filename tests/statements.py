"""Counts what PostgreSQL is asked: every statement of every pooled connection while the block runs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from kernel.database.wire.client import Statement, WireClient


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements of tenants' transactions inside the block, in order; complete once the block has ended.

    What the gateway asks in the background (revocations, versions of shards) sets no tenant and is left out.
    """
    seen: list[str] = []
    asked: dict[int, list[str]] = {}
    loggers: dict[Any, Any] = {}

    def checkout(dbapi_connection: Any, *_: Any) -> None:
        driver = dbapi_connection.driver_connection
        if driver not in loggers:
            queries = asked.setdefault(id(driver), [])

            def log(record: Any) -> None:
                queries.append(record.query)

            driver.add_query_logger(log)
            loggers[driver] = log

    event.listen(Pool, "checkout", checkout)
    try:
        with reads(lambda sql, _values: seen.append(sql)):
            yield seen
    finally:
        event.remove(Pool, "checkout", checkout)
        for driver, log in loggers.items():
            driver.remove_query_logger(log)
        for queries in asked.values():
            for transaction in _transactions(queries):
                if any("app.tenant_id" in one for one in transaction):
                    seen += transaction


@contextmanager
def reads(tell: Callable[[str, Sequence[Any]], object]) -> Iterator[None]:
    """Tells every statement of a query inside the block, with the transaction that the wire client puts around it."""
    fetch = WireClient.fetch

    async def told(client: WireClient, tenant_id: int, statements: Sequence[Statement]) -> list[bytes | None]:
        tell("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ())
        tell(f"SET LOCAL app.tenant_id = '{tenant_id}'", ())
        for sql, values in statements:
            tell(sql, values)
        tell("COMMIT", ())
        return await fetch(client, tenant_id, statements)

    WireClient.fetch = told  # type: ignore[method-assign]
    try:
        yield
    finally:
        WireClient.fetch = fetch  # type: ignore[method-assign]


def _transactions(queries: list[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for query in queries:
        if query.startswith("BEGIN") or not found:
            found.append([])
        found[-1].append(query)
    return found


def plans(statements: list[str]) -> list[str]:
    """Those that are compiled plans."""
    return [one for one in statements if one.startswith("SELECT") and " AS ff_" in one]
