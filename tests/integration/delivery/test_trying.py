"""One worker alone tries a host that failed; who then has nothing to send there keeps nobody else from it."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text

from federation.delivery.queue import Queue
from federation.tables.delivery import dead_letters, deliveries, host_lanes
from federation.tables.hosts import remote_hosts
from tests.integration.delivery.office import QUICK, Office, until
from tests.sinks import Sink, sinks

_FAILED = text(
    """insert into fediflow.remote_hosts (host, breaker, failures, open_until, created_at, updated_at)
    values (:host, 'open', 9, now() - interval '1 second', now(), now())"""
)
# Of an institution that is not there: it can be looked at, and ends as "cancelled".
_DELIVERY = text(
    """insert into fediflow.deliveries (tenant_id, id, host, inbox, activity_id, signer_id, class, not_before)
    values (900001, fediflow.first_id_of(clock_timestamp()), :host, :inbox, 1, 1, 1, now() + interval '1 hour')"""
)
# As the one before, with an id of the last millisecond before midnight.
_OF_YESTERDAY = text(
    """insert into fediflow.deliveries (tenant_id, id, host, inbox, activity_id, signer_id, class)
    values (900001, fediflow.first_id_of(date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC') - 1,
        :host, :inbox, 1, 1, 1)"""
)
_DUE = text("update fediflow.host_lanes set next_due_at = now()")
_NOW = text("update fediflow.deliveries set not_before = null")


async def test_who_has_nothing_to_send_gives_the_right_to_try_back(office: Office) -> None:
    async with sinks(1) as (sink,):
        await _fails_and_has_a_delivery_that_waits(office, sink)
        async with office.delivering():
            await until(lambda: _is_given_back(office))
            (host,) = await office.rows(remote_hosts, host=sink.host)
            assert (host["breaker"], host["failures"]) == ("open", 9)
            assert host["open_until"] <= host["updated_at"]
            async with office.stack.served["one"].begin() as connection:
                await connection.execute(_NOW)
                await connection.execute(_DUE)
            # Whoever tries next has the right at once, and not when the first one's would be over.
            await until(lambda: office.rows(dead_letters), seconds=30)
    assert await office.rows(deliveries) == []


async def test_what_is_committed_after_midnight_with_an_id_from_before_it_is_found(office: Office) -> None:
    engine = office.stack.served["one"]
    queue = Queue(engine, "one", "worker", QUICK, asyncio.Event())
    async with engine.begin() as connection:
        await connection.execute(_DELIVERY, {"host": "today.test", "inbox": "https://today.test/inbox"})
    await queue.look_back()
    async with engine.begin() as connection:
        await connection.execute(_OF_YESTERDAY, {"host": "late.test", "inbox": "https://late.test/inbox"})
    await queue.block("late.test")
    assert [row["host"] for row in await office.rows(dead_letters)] == ["late.test"]
    assert [row["host"] for row in await office.rows(deliveries)] == ["today.test"]
    await queue.aclose()


async def _fails_and_has_a_delivery_that_waits(office: Office, sink: Sink) -> None:
    async with office.stack.directory.begin() as connection:
        await connection.execute(_FAILED, {"host": sink.host})
    async with office.stack.served["one"].begin() as connection:
        await connection.execute(_DELIVERY, {"host": sink.host, "inbox": sink.inbox})
        await connection.execute(insert(host_lanes).values(host=sink.host, next_due_at=text("now()")))


async def _is_given_back(office: Office) -> bool:
    """It was looked at, and waits for what can be sent in an hour."""
    soon = datetime.now(UTC) + timedelta(minutes=30)
    lanes = await office.rows(host_lanes)
    return [lane["leased_by"] is None and lane["next_due_at"] > soon for lane in lanes] == [True]
