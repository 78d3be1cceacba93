"""Logs and figures of a process, set up in one way for all of them."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from fediflow.processes.stack import Stack
from kernel.settings import LogFormat, Settings
from kernel.telemetry import Metrics, configure_logging
from migrations.schema import LOADED
from tenants.registry import Registry


def observe_process(settings: Settings) -> Metrics:
    """Configures the log, which hides what the tables call personal, sensitive or secret; returns the figures."""
    assert LOADED  # every table must be known before the registry is made
    configure_logging(
        level=settings.log_level,
        as_json=settings.log_format is LogFormat.JSON,
        mask=Registry().mask,
    )
    return Metrics()


def pool_figures(metrics: Metrics, stack: Stack) -> Callable[[], None]:
    """What brings the figures of a stack's pools up to date."""

    def update() -> None:
        for name, engine in {"directory": stack.directory, **stack.served}.items():
            _show(metrics, name, engine)
        for name, client in stack.readers.items():
            metrics.queries_in_flight.labels(name).set(client.in_use)

    return update


def _show(metrics: Metrics, name: str, engine: AsyncEngine) -> None:
    pool = engine.pool
    if isinstance(pool, QueuePool):
        metrics.pool_size.labels(name).set(pool.size())
        metrics.pool_in_use.labels(name).set(pool.checkedout())
