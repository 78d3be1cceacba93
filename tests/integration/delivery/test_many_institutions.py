"""A host that more institutions write to than are looked at in one go: all of them are served, and the lane is given back."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from federation.tables.delivery import dead_letters, deliveries, host_lanes
from tests.integration.delivery.office import Office, until
from tests.sinks import Sink, sinks

_INSERT = text(
    """insert into fediflow.deliveries
        (tenant_id, id, host, inbox, activity_id, signer_id, class, attempts, not_before)
    select 900000 + n, fediflow.first_id_of(clock_timestamp()) + n, :host, :inbox, 1, 1, 1, 1,
        now() + make_interval(secs => :wait)
    from generate_series(1, :count) n"""
)


async def _deliveries_of(count: int, office: Office, sink: Sink, *, wait: float) -> None:
    """One each of so many institutions, which may be sent after so many seconds; there is nothing behind them."""
    async with office.stack.served["one"].begin() as connection:
        given = {"host": sink.host, "inbox": sink.inbox, "count": count, "wait": wait}
        await connection.execute(_INSERT, given)


async def _is_given_back(office: Office) -> bool:
    return [lane["leased_by"] for lane in await office.rows(host_lanes)] == [None]


@pytest.mark.parametrize("institutions", [15, 16, 17, 40])
async def test_what_cannot_be_sent_yet_ends_the_session(office: Office, institutions: int) -> None:
    async with sinks(1) as (sink,):
        await office.follow_from([sink])
        await _deliveries_of(institutions, office, sink, wait=3600)
        await office.publish()
        async with office.delivering():
            await until(lambda: len(sink.accepted) == 1)
            await until(lambda: _is_given_back(office))
    assert await office.waiting() == institutions
    (lane,) = await office.rows(host_lanes)
    assert lane["next_due_at"] > datetime.now(UTC)


async def test_every_institution_has_its_turn(office: Office) -> None:
    async with sinks(1) as (sink,):
        await office.follow_from([sink])
        await _deliveries_of(40, office, sink, wait=0)
        await office.publish(40)
        async with office.delivering():
            await until(lambda: len(sink.accepted) == 40)
            await until(lambda: _is_given_back(office))
    assert await office.rows(deliveries) == []
    ended = {letter["tenant_id"]: letter["end_reason"] for letter in await office.rows(dead_letters)}
    assert ended == {900000 + number: "cancelled" for number in range(1, 41)}
