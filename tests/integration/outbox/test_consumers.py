"""Consumers: in order, at least once or exactly once, each on its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from kernel.errors import Unavailable
from kernel.outbox.batches import LostPosition, handle_batch, position_of, register
from kernel.outbox.consumers import AnyConsumer, Consumer, TransactionalConsumer
from kernel.outbox.event import Event
from kernel.outbox.handout import run_consumer
from kernel.outbox.relay import number_batch
from kernel.outbox.waiting import Bell
from kernel.outbox.worker import Meter, run_outbox
from tests.integration.outbox.shards import TENANT, Shard, until


class Notebook:
    """Remembers the events it was handed, and can be told to stumble over a position."""

    def __init__(self, *, stumbles_over: int | None = None) -> None:
        self.seen: list[Event] = []
        self.stumbles_over = stumbles_over

    async def __call__(self, events: Sequence[Event]) -> None:
        if any(event.position == self.stumbles_over for event in events):
            raise ValueError("planted-personal-value@example.org")
        self.seen += events

    @property
    def positions(self) -> list[int]:
        return [event.position for event in self.seen]

    async def has_seen(self, count: int) -> bool:
        return len(set(self.positions)) >= count


class Running:
    """`run_outbox` on one shard while the block lasts."""

    def __init__(self, shard: Shard, *consumers: AnyConsumer, meter: Meter | None = None) -> None:
        self.stop = asyncio.Event()
        self._work = run_outbox({"one": shard.worker}, consumers, self.stop, meter=meter or Meter())

    async def __aenter__(self) -> "Running":
        self._task = asyncio.create_task(self._work)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self._task


async def test_a_consumer_sees_every_event_with_all_it_says(shard: Shard) -> None:
    notebook = Notebook()
    async with Running(shard, Consumer("notebook", notebook, batch=7)):
        await shard.tell(20, object_id=3)
        await until(lambda: notebook.has_seen(20))
    assert notebook.positions == list(range(1, 21))
    first = notebook.seen[0]
    assert (first.tenant_id, first.event, first.object_type, first.object_id, first.payload) == (
        TENANT,
        "object.changed",
        "object",
        3,
        {},
    )
    assert first.created_at.tzinfo is not None


async def test_a_consumer_goes_on_where_it_stopped(shard: Shard) -> None:
    first, second = Notebook(), Notebook()
    async with Running(shard, Consumer("notebook", first)):
        await shard.tell(5)
        await until(lambda: first.has_seen(5))
    async with Running(shard, Consumer("notebook", second)):
        await shard.tell(5)
        await until(lambda: second.has_seen(5))
    assert second.positions == [6, 7, 8, 9, 10]


async def test_stuck_consumers_hold_back_nobody_else(shard: Shard) -> None:
    """One raises for ever, one never returns."""
    raising, healthy, never = Notebook(stumbles_over=1), Notebook(), asyncio.Event()

    async def hang(_: Sequence[Event]) -> None:
        await never.wait()

    consumers = [Consumer("raising", raising), Consumer("hanging", hang), Consumer("healthy", healthy)]
    async with Running(shard, *consumers) as running:
        for count in range(1, 11):
            await shard.tell()
            await until(partial(healthy.has_seen, count))
        running.stop.set()
        never.set()
    assert healthy.positions == list(range(1, 11))
    assert raising.seen == []
    assert await _position(shard, "raising") == 0


async def test_a_failure_is_told_once_names_its_event_and_shows_no_value(shard: Shard) -> None:
    notebook = Notebook(stumbles_over=4)
    failures: list[tuple[str, str]] = []
    meter = Meter(failed=lambda where, who: failures.append((where, who)))
    await shard.tell(9)
    with capture_logs() as logs:
        async with Running(shard, Consumer("notebook", notebook), meter=meter):
            await until(_reached(failures, 4))
            assert notebook.positions == [1, 2, 3]  # handled one by one up to the one it stumbles over
            notebook.stumbles_over = None
            await until(lambda: notebook.has_seen(9))
    told = [log for log in logs if log["event"] == "outbox consumer fails"]
    assert [log["position"] for log in told][-1] == 4
    assert len(told) <= 2  # the whole batch once, then the event
    assert {(log["shard"], log["consumer"], log["error"]) for log in told} == {
        ("one", "notebook", "ValueError")
    }
    assert any(log["event"] == "outbox consumer works again" for log in logs)
    assert "planted" not in str(logs)
    assert set(failures) == {("one", "notebook")}
    assert notebook.positions == list(range(1, 10))


async def test_what_waited_for_a_server_is_handled_in_batches_once_it_is_back(shard: Shard) -> None:
    """No event is to blame: going on one by one would only take longer."""
    notebook, sizes = Notebook(), list[int]()

    async def wait_for_server(events: Sequence[Event]) -> None:
        sizes.append(len(events))
        if len(sizes) < 3:
            raise Unavailable("the server is away")
        await notebook(events)

    await shard.tell(9)
    async with shard.worker.connect() as connection:
        await number_batch(connection)
    async with Running(shard, Consumer("notebook", wait_for_server)):
        await until(lambda: notebook.has_seen(9))
    assert sizes == [9, 9, 9]


async def test_a_handler_that_takes_too_long_is_tried_again(shard: Shard) -> None:
    attempts: list[int] = []

    async def slow_once(events: Sequence[Event]) -> None:
        attempts.append(len(events))
        if len(attempts) == 1:
            await asyncio.Event().wait()

    async with Running(shard, Consumer("slow", slow_once, timeout=0.2)):
        await shard.tell()
        await until(lambda: _is_at(shard, "slow", 1))
    assert len(attempts) > 1


async def test_a_transactional_effect_happens_exactly_once(shard: Shard) -> None:
    """The handler fails after it has written; what it wrote goes with the failed attempt."""
    attempts: list[int] = []

    async def write(connection: AsyncConnection, events: Sequence[Event]) -> None:
        attempts.append(len(events))
        for event in events:
            row = {"position": event.position, "object": event.object_id}
            await connection.execute(
                text("insert into fediflow.test_effects (position, object_id) values (:position, :object)"),
                row,
            )
        if len(attempts) in (1, 3):
            raise ValueError("after the effect")

    async with Running(shard, TransactionalConsumer("ledger", write, batch=4)):
        await shard.tell(10)
        await until(lambda: _is_at(shard, "ledger", 10))
    assert len(attempts) >= 4
    positions = await shard.rows("select position from fediflow.test_effects order by position")
    assert positions == [(n,) for n in range(1, 11)]


async def test_a_statement_that_fails_in_a_transactional_handler_costs_only_that_attempt(
    shard: Shard,
) -> None:
    attempts: list[int] = []

    async def write(connection: AsyncConnection, events: Sequence[Event]) -> None:
        attempts.append(len(events))
        await connection.execute(text("select 1 / :divisor"), {"divisor": 0 if len(attempts) == 1 else 1})

    async with Running(shard, TransactionalConsumer("divider", write)):
        await shard.tell(3)
        await until(lambda: _is_at(shard, "divider", 3))
    assert len(attempts) > 1


async def test_a_transactional_handler_whose_session_ends_does_not_go_on_without_the_lock(
    shard: Shard,
) -> None:
    sessions: list[tuple[int, bool]] = []
    locked = "exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())"

    async def note_and_die(connection: AsyncConnection, _: Sequence[Event]) -> None:
        row = (await connection.execute(text(f"select pg_backend_pid(), {locked}"))).one()
        sessions.append((row[0], row[1]))
        if len(sessions) == 1:
            await shard.rows("select pg_terminate_backend($1)", row[0])
            await connection.execute(text("select 1"))

    await shard.tell(3)
    async with Running(shard, TransactionalConsumer("mortal", note_and_die)):
        await until(lambda: _is_at(shard, "mortal", 3))
    assert len(sessions) > 1
    assert all(held for _, held in sessions)
    assert sessions[0] not in sessions[1:]


async def test_two_workers_do_not_run_one_consumer_twice(shard: Shard) -> None:
    first, second = Notebook(), Notebook()
    async with Running(shard, Consumer("notebook", first)), Running(shard, Consumer("notebook", second)):
        for _ in range(10):
            await shard.tell(5)
        await until(lambda: _is_at(shard, "notebook", 50))
    assert sorted(first.positions + second.positions) == list(range(1, 51))
    assert not first.seen or not second.seen


async def test_a_consumer_whose_position_somebody_else_moved_does_not_overwrite_it(shard: Shard) -> None:
    consumer = Consumer("notebook", Notebook())
    await shard.tell(3)
    async with shard.worker.connect() as connection:
        await number_batch(connection)
        await register(connection, [consumer])
        await shard.rows("update fediflow.outbox_consumers set position = 2")
        with pytest.raises(LostPosition):
            await handle_batch(connection, consumer, 0, 10)
    assert await _position(shard, "notebook") == 2


async def test_stopping_finishes_the_batch_that_was_begun_and_begins_no_other(shard: Shard) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    batches: list[int] = []

    async def slowly(events: Sequence[Event]) -> None:
        batches.append(len(events))
        begun.set()
        await go_on.wait()

    await shard.tell(10)
    async with Running(shard, Consumer("slow", slowly, batch=5)) as running:
        await begun.wait()
        running.stop.set()
        go_on.set()
    assert batches == [5]
    assert await _position(shard, "slow") == 5


async def test_a_handler_that_does_not_end_in_time_is_cancelled_and_its_batch_comes_again(
    shard: Shard,
) -> None:
    begun, stop = asyncio.Event(), asyncio.Event()

    async def hang(_: Sequence[Event]) -> None:
        begun.set()
        await asyncio.Event().wait()

    await shard.tell(3)
    running = asyncio.create_task(
        run_outbox({"one": shard.worker}, [Consumer("hanging", hang)], stop, grace=0.1)
    )
    await begun.wait()
    stop.set()
    await running
    assert await _position(shard, "hanging") == 0


async def test_consumers_work_while_another_process_numbers(shard: Shard) -> None:
    """No bell rings in this process: it polls."""
    notebook, stop = Notebook(), asyncio.Event()
    consumer = asyncio.create_task(
        run_consumer(
            shard.worker,
            Consumer("notebook", notebook),
            shard="one",
            stop=stop,
            numbered=Bell(),
            on_failure=lambda: None,
        )
    )
    for count in range(1, 6):
        await shard.tell()
        async with shard.worker.connect() as connection:
            await number_batch(connection)
        await until(partial(notebook.has_seen, count))
    stop.set()
    await consumer


async def test_two_consumers_of_one_name_are_refused(shard: Shard) -> None:
    twins = [Consumer("twin", Notebook()), Consumer("twin", Notebook())]
    with pytest.raises(ValueError, match="twin"):
        await run_outbox({"one": shard.worker}, twins, asyncio.Event())


def _reached(things: Sequence[object], count: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return len(things) >= count

    return reached


async def _position(shard: Shard, name: str) -> int:
    async with shard.worker.connect() as connection:
        return await position_of(connection, name)


async def _is_at(shard: Shard, name: str, position: int) -> bool:
    query = "select count(*) from fediflow.outbox_consumers where name = $1 and position = $2"
    return bool(await shard.value(query, name, position) == 1)
