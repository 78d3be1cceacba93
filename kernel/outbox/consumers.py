"""Consumers: who is told what happened. Each is handed a shard's events in order of position."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.outbox.event import Event


@dataclass(frozen=True, slots=True)
class Consumer:
    """Sees every event at least once: the handler is safe to run twice. No transaction is open while it runs."""

    name: str
    handle: Callable[[Sequence[Event]], Awaitable[None]]
    batch: int = 500
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class TransactionalConsumer:
    """What the handler writes on the connection it is given happens exactly once: it commits with the position.

    For effects in the same database only. The handler sets the tenant before it touches a tenant's table, does not
    commit, and talks to nobody over the network.
    """

    name: str
    handle: Callable[[AsyncConnection, Sequence[Event]], Awaitable[None]]
    batch: int = 500
    timeout: float = 60.0


AnyConsumer = Consumer | TransactionalConsumer
