"""What an institution's operators ask of delivery is written down by the gateway's role and done by a worker, once."""

import asyncio
from datetime import UTC, timedelta

import pytest
from sqlalchemy import update

from federation.delivery.commands import (
    cancel_delivery,
    pause_host,
    replay_dead_letters,
    resume_host,
    retry_host,
)
from federation.delivery.letters import tidy_queue
from federation.delivery.operating import pause_everywhere, resume_everywhere
from federation.tables.delivery import (
    dead_letters,
    deliveries,
    delivery_commands,
    host_lanes,
    tenant_hosts,
)
from kernel.clock import system_clock
from kernel.errors import InvalidInput
from tenants.model import Forbidden
from tests.integration.delivery.office import Office, begun, until
from tests.sinks import Posted, Reply, Sink, sinks

_MANY = 150


async def test_a_paused_host_waits_until_it_is_resumed(office: Office) -> None:
    async with sinks(1) as (sink,):
        await office.follow_from([sink])
        async with office.delivering():
            asked = await _as_admin(office, pause_host, host=sink.host)
            await until(lambda: _is_done(office, asked))
            await office.publish(3)
            await until(lambda: _waits(office, 3))
            asked = await _as_admin(office, resume_host, host=sink.host)
            await until(lambda: len(sink.accepted) == 3)
            await until(lambda: _is_done(office, asked))
    (command,) = await office.rows(delivery_commands, id=asked)
    assert command["affected"] == 3


async def test_a_pause_reaches_a_session_that_is_under_way(office: Office) -> None:
    async with sinks(1) as (sink,), office.delivering(window=1):
        await begun(office, sink, _MANY)
        await _as_admin(office, pause_host, host=sink.host)
        await until(lambda: _rests(office, sink))
        waiting = await office.waiting()
        assert len(sink.posted) + waiting == _MANY
        assert waiting > _MANY / 2
        sink.answer = lambda _: Reply()
        await _as_admin(office, resume_host, host=sink.host)
        await until(lambda: len(sink.accepted) == _MANY)


async def test_a_pause_on_the_whole_platform_reaches_a_session_that_is_under_way(office: Office) -> None:
    directory, shards = office.stack.directory, [office.stack.served["one"]]
    async with sinks(1) as (sink,), office.delivering(window=1):
        await begun(office, sink, _MANY)
        await pause_everywhere(directory, sink.host, "asked us to")
        await until(lambda: _rests(office, sink))
        waiting = await office.waiting()
        assert len(sink.posted) + waiting == _MANY
        assert waiting > _MANY / 2
        await until(lambda: _shown_as(office, "paused"))
        sink.answer = lambda _: Reply()
        assert await resume_everywhere(directory, shards, sink.host) == waiting
        await until(lambda: len(sink.accepted) == _MANY)
        await until(lambda: _shown_as(office, "open"))


async def test_what_is_resumed_goes_out_while_others_are_being_sent(office: Office) -> None:
    other = await office.at("gamma")
    async with sinks(1) as (sink,), office.delivering(window=1):
        asked = await _as_admin(office, pause_host, host=sink.host)
        await until(lambda: _is_done(office, asked))
        await office.follow_from([sink])
        sent = await office.publish(2)
        await begun(other, sink, _MANY)
        await _as_admin(office, resume_host, host=sink.host)
        await until(lambda: set(sent) <= set(sink.activities))
        assert len(sink.accepted) < _MANY / 2
        sink.answer = lambda _: Reply()
        await until(lambda: len(sink.accepted) == _MANY + 2)


async def test_what_is_resumed_at_the_end_of_a_session_goes_out(office: Office) -> None:
    other, is_resumed = await office.at("gamma"), asyncio.Event()

    async def answers_later(_: Posted) -> Reply:
        await is_resumed.wait()
        return Reply()

    async with sinks(1) as (sink,), office.delivering():
        sink.answer = answers_later
        asked = await _as_admin(office, pause_host, host=sink.host)
        await until(lambda: _is_done(office, asked))
        await office.follow_from([sink])
        await other.follow_from([sink])
        await office.publish(2)
        await other.publish()
        await until(lambda: sink.posted)
        asked = await _as_admin(office, resume_host, host=sink.host)
        await until(lambda: _is_done(office, asked))
        is_resumed.set()
        await until(lambda: len(sink.accepted) == 3)


async def test_dead_letters_are_replayed_as_new_deliveries(office: Office) -> None:
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(400)
        await office.follow_from([sink])
        sent = await office.publish(2)
        async with office.delivering():
            await until(lambda: _letters(office, 2))
            sink.answer = lambda _: Reply()
            await _as_admin(office, replay_dead_letters, host=sink.host)
            await until(lambda: len(sink.accepted) == 2)
    assert sorted(sink.activities) == sorted(sent)
    assert await office.rows(dead_letters) == []


async def test_a_delivery_that_waits_is_cancelled_and_a_host_retried(office: Office) -> None:
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(503, (("retry-after", "3000"),))
        await office.follow_from([sink])
        await office.publish(2)
        async with office.delivering():
            await until(lambda: sink.posted)
            await until(lambda: _rests(office, sink))  # else its session puts off what is retried meanwhile
            one, other = [row["id"] for row in await office.rows(deliveries)]
            asked = await _as_admin(office, cancel_delivery, delivery_id=one)
            await until(lambda: _is_done(office, asked))
            assert [(row["id"], row["end_reason"]) for row in await office.rows(dead_letters)] == [
                (one, "cancelled")
            ]
            sink.answer = lambda _: Reply()
            await _as_admin(office, retry_host, host=sink.host)
            await until(lambda: len(sink.accepted) == 1)
    assert other


async def test_only_operators_of_the_institution_decide(office: Office) -> None:
    with pytest.raises(Forbidden):
        async with office.author.acting() as tx:
            await pause_host(tx, host="far.example")
    with pytest.raises(InvalidInput):
        await _as_admin(office, pause_host, host="https://far.example/inbox")


async def test_one_institution_does_not_touch_what_another_sends(office: Office) -> None:
    other = await office.at("gamma")
    async with sinks(1) as (sink,):
        await office.follow_from([sink])
        await other.follow_from([sink])
        async with office.delivering():
            asked = await _as_admin(office, pause_host, host=sink.host)
            await until(lambda: _is_done(office, asked))
            await office.publish(2)
            sent = await other.publish(2)
            await until(lambda: len(sink.accepted) == 2)
            assert sorted(sink.activities) == sorted(sent)
        # once the workers have ended: what was taken is written down a moment later
        assert await office.waiting() == 2


async def test_what_was_tried_for_a_week_becomes_a_dead_letter(office: Office) -> None:
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(503, (("retry-after", "3000"),))
        await office.follow_from([sink])
        await office.publish(2)
        async with office.delivering():
            await until(lambda: sink.posted)
            await until(lambda: _waits(office, 2))
    engine = office.stack.served["one"]
    assert await tidy_queue(engine, system_clock() + timedelta(days=6, hours=23)) == 0
    assert await tidy_queue(engine, system_clock() + timedelta(days=7, hours=1)) == 2
    assert {row["end_reason"] for row in await office.rows(dead_letters)} == {"expired"}
    async with engine.begin() as connection:
        await connection.execute(update(dead_letters).values(died_at=system_clock() - timedelta(days=31)))
    assert await tidy_queue(engine, system_clock()) >= 2
    assert await office.rows(dead_letters) == []


async def _rests(office: Office, sink: Sink) -> bool:
    """Whether nobody works on the lane, and nobody will for a while."""
    (lane,) = await office.rows(host_lanes, host=sink.host)
    due = lane["next_due_at"].replace(tzinfo=UTC)  # infinity comes without
    return lane["leased_by"] is None and due > system_clock() + timedelta(seconds=20)


async def _shown_as(office: Office, state: str) -> bool:
    """What institutions see."""
    return [row["state"] for row in await office.rows(tenant_hosts)] == [state]


async def _as_admin(office: Office, operation: object, **values: object) -> int:
    principal = await office.world.principal(office.slug, "tenant_admin")
    async with office.world.door.write(principal) as tx:
        asked: int = await operation(tx, **values)  # type: ignore[operator]
    return asked


async def _is_done(office: Office, command_id: int) -> bool:
    (command,) = await office.rows(delivery_commands, id=command_id)
    return command["done_at"] is not None


async def _waits(office: Office, count: int) -> bool:
    return await office.waiting() >= count


async def _letters(office: Office, count: int) -> bool:
    return len(await office.rows(dead_letters)) >= count
