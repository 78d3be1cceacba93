"""Node leases on the directory's real table: no id twice, whatever clocks, crashes and renewals do."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.errors import Unavailable
from kernel.ids import EPOCH_MS, IdFactory
from kernel.leases import LEASE_SECONDS, USABLE_SECONDS, NodeLease, node_lease, wall_clock_ms
from tenants.tables import node_leases
from tests.databases import Databases, made_databases
from tests.servers import RunningPostgres

START_MS = EPOCH_MS + 1_000_000_000
_NODE, _SEQUENCE = 10, 12


@dataclass
class Clocks:
    """The wall clock and the monotonic clock of one process."""

    wall_ms: int = START_MS
    monotonic_s: float = 100.0

    def pass_by(self, seconds: float) -> None:
        self.wall_ms += int(seconds * 1000)
        self.monotonic_s += seconds


@dataclass
class Process:
    """A process that may hold a lease and make ids."""

    engine: AsyncEngine
    clocks: Clocks = field(default_factory=Clocks)
    lease: NodeLease | None = None
    new_id: Callable[[], int] | None = None

    async def take(self) -> None:
        lease = NodeLease(
            self.engine,
            node_leases,
            now_ms=lambda: self.clocks.wall_ms,
            monotonic=lambda: self.clocks.monotonic_s,
        )
        await lease.acquire()
        self.lease, self.new_id = lease, IdFactory(lease, lambda: self.clocks.wall_ms)

    def crash(self) -> None:
        self.lease = self.new_id = None


@pytest.fixture(scope="module")
async def databases(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """A directory of their own: these tests take every node, and other tests' gateways hold some."""
    async with made_databases(postgres, run_dir, f"{worker_id}_leases") as made:
        yield made


@pytest.fixture(scope="module")
async def engine(databases: Databases) -> AsyncIterator[AsyncEngine]:
    engine = databases.engine(databases.directory)
    yield engine
    await engine.dispose()


async def leave_free(databases: Databases, nodes: int) -> None:
    """All but so many nodes are held by somebody else."""
    async with databases.driver(databases.directory, None) as driver:
        await driver.execute("truncate fediflow.node_leases")
        await driver.execute(
            "insert into fediflow.node_leases select n, 'somebody else', now() + interval '1 day', 0"
            f" from generate_series({nodes}, 1023) n"
        )


async def expire_all(databases: Databases) -> None:
    async with databases.driver(databases.directory, None) as driver:
        await driver.execute(
            "update fediflow.node_leases set expires_at = now() - interval '1 s' where holder <> 'somebody else'"
        )


_STEPS = st.lists(
    st.tuples(
        st.sampled_from([*["lease"] * 4, *["release", "crash", "expire"] * 2, "pass", "jump"]),
        st.integers(0, 1),
        st.sampled_from([70, -70]),  # seconds; coarse, because moments have to meet to collide
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@example(steps=[("lease", 0, 0), ("release", 0, 0), ("lease", 1, 0)])
@example(steps=[("lease", 0, 0), ("expire", 0, 0), ("pass", 1, 70), ("lease", 1, 0), ("jump", 0, 70)])
@example(steps=[("lease", 0, 0), ("expire", 0, 0), ("pass", 1, 70), ("lease", 1, 0), ("jump", 1, -70)])
@example(
    steps=[
        *[("lease", 0, 0), ("expire", 0, 0), ("pass", 1, 70), ("lease", 1, 0)],
        *[("expire", 0, 0), ("pass", 0, 70), ("lease", 0, 0)],
    ]
)
@given(steps=_STEPS)
async def test_no_two_holders_ever_make_the_same_id(
    databases: Databases, engine: AsyncEngine, steps: list[tuple[str, int, int]]
) -> None:
    await leave_free(databases, 1)  # two processes quarrel about one node
    processes = [Process(engine), Process(engine)]
    made: list[int] = []
    for step, who, seconds in steps:
        with suppress(Unavailable):
            await _do(databases, processes[who], step, seconds)
        for process in processes:
            with suppress(Unavailable):
                if process.new_id is not None:
                    made.append(process.new_id())
    assert len(set(made)) == len(made)


async def _do(databases: Databases, process: Process, step: str, seconds: int) -> None:
    match step, process.lease:
        case "lease", None:
            await process.take()
        case "lease", NodeLease() as lease:
            await lease.renew()
        case "release", NodeLease() as lease:
            await lease.release()
            process.crash()
        case "crash", _:
            process.crash()
        case "pass", _:
            process.clocks.pass_by(abs(seconds))
        case "jump", _:
            process.clocks.wall_ms += seconds * 1000
        case "expire", _:
            await expire_all(databases)


async def test_ids_are_made_only_while_two_thirds_of_the_lease_remain(
    databases: Databases, engine: AsyncEngine
) -> None:
    await leave_free(databases, 2)
    process = Process(engine)
    await process.take()
    assert process.new_id is not None
    assert process.lease is not None
    process.clocks.pass_by(USABLE_SECONDS - 0.001)
    first = process.new_id()
    process.clocks.pass_by(0.002)
    with pytest.raises(Unavailable, match="the node lease could not be renewed"):
        process.new_id()
    await process.lease.renew()
    assert process.new_id() > first


async def test_a_process_that_slept_through_its_lease_makes_no_ids(
    databases: Databases, engine: AsyncEngine
) -> None:
    await leave_free(databases, 2)
    process = Process(engine)
    await process.take()
    assert process.new_id is not None
    process.clocks.wall_ms += (
        int(LEASE_SECONDS * 1000) + 1
    )  # the monotonic clock stands still in a sleeping machine
    with pytest.raises(Unavailable, match="beyond what this lease reserved"):
        process.new_id()


async def test_a_clock_that_went_back_by_over_five_seconds_is_an_error(
    databases: Databases, engine: AsyncEngine
) -> None:
    await leave_free(databases, 2)
    process = Process(engine)
    await process.take()
    assert process.new_id is not None
    first = process.new_id()
    process.clocks.wall_ms -= 5_000
    assert process.new_id() > first
    process.clocks.wall_ms -= 1
    with pytest.raises(Unavailable, match="the clock went back by 5001 ms"):
        process.new_id()


async def test_a_clock_that_jumped_ahead_for_a_moment_stops_ids_only_for_that_moment(
    databases: Databases, engine: AsyncEngine
) -> None:
    await leave_free(databases, 1)
    process = Process(engine)
    await process.take()
    assert process.new_id is not None
    first = process.new_id()
    process.clocks.wall_ms += 3 * 3_600_000
    with pytest.raises(Unavailable, match="beyond what this lease reserved"):
        process.new_id()
    process.clocks.wall_ms -= 3 * 3_600_000
    assert process.new_id() == first + 1


async def test_a_new_holder_starts_after_what_was_reserved(databases: Databases, engine: AsyncEngine) -> None:
    await leave_free(databases, 1)
    first, second = Process(engine), Process(engine)
    await first.take()
    await expire_all(databases)
    second.clocks.pass_by(LEASE_SECONDS)
    with pytest.raises(Unavailable, match="every node number is leased"):
        await second.take()
    second.clocks.pass_by(2)
    await second.take()
    assert second.lease is not None
    assert second.new_id is not None
    second.clocks.wall_ms = START_MS
    with pytest.raises(Unavailable, match="behind this node's last holder"):
        second.new_id()


async def test_a_node_given_back_is_free_at_once(databases: Databases, engine: AsyncEngine) -> None:
    await leave_free(databases, 1)
    first, second = Process(engine), Process(engine)
    await first.take()
    assert first.new_id is not None
    assert first.lease is not None
    used = first.new_id()
    await first.lease.release()
    with pytest.raises(Unavailable, match="holds no node lease"):
        first.new_id()
    with pytest.raises(Unavailable, match="every node number is leased"):  # its moment is not over
        await second.take()
    second.clocks.pass_by(2)
    await second.take()
    assert second.new_id is not None
    assert second.new_id() > used


async def test_a_lease_that_was_lost_is_replaced_by_another_node(
    databases: Databases, engine: AsyncEngine
) -> None:
    await leave_free(databases, 2)
    process, thief = Process(engine), Process(engine)
    await process.take()
    assert process.lease is not None
    lost = process.lease.node
    await expire_all(databases)
    thief.clocks.pass_by(LEASE_SECONDS + 2)
    await thief.take()
    await process.lease.renew()
    assert thief.lease is not None
    assert {process.lease.node, thief.lease.node} == {0, 1}
    assert lost in (0, 1)


async def test_the_lease_of_a_block_is_held_in_it_and_given_back_after(
    databases: Databases, engine: AsyncEngine
) -> None:
    await leave_free(databases, 1)
    async with node_lease(engine, node_leases) as lease:
        new_id = IdFactory(lease, wall_clock_ms)
        assert (new_id() >> _SEQUENCE) % (1 << _NODE) == 0
        with pytest.raises(Unavailable, match="every node number"):
            async with node_lease(engine, node_leases):
                pass
    async with databases.driver(databases.directory, None) as driver:
        held = await driver.fetchval(
            "select count(*) from fediflow.node_leases where expires_at > now() and node = 0"
        )
    assert held == 0
