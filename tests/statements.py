"""Counts what PostgreSQL is asked: every statement of every pooled connection while the block runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements that connections checked out inside the block run, in order."""
    seen: list[str] = []
    watched: list[Any] = []

    def log(record: Any) -> None:
        seen.append(record.query)

    def checkout(dbapi_connection: Any, *_: Any) -> None:
        driver = dbapi_connection.driver_connection
        if driver not in watched:
            watched.append(driver)
            driver.add_query_logger(log)

    event.listen(Pool, "checkout", checkout)
    try:
        yield seen
    finally:
        event.remove(Pool, "checkout", checkout)
        for driver in watched:
            if not driver.is_closed():
                driver.remove_query_logger(log)


def plans(statements: list[str]) -> list[str]:
    """Those that are compiled plans."""
    return [one for one in statements if one.startswith("SELECT") and " AS ff_" in one]
