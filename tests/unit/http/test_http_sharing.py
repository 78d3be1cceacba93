"""Equal GETs share one request; different ones wait for their turn; a cancelled waiter takes nobody along."""

import asyncio
from collections import Counter

import pytest
from fake_network import FakeNetwork, answer

from kernel.http import HttpClient, HttpLimits, HttpTimeout, HttpUnavailable

URL = "https://example.org/jwks"


class Gate:
    """Holds connections back until it is opened, and tells how many wait."""

    def __init__(self, network: FakeNetwork, *, full_at: int = 1) -> None:
        self.open = asyncio.Event()
        self.full = asyncio.Event()
        self._full_at = full_at
        self.waiting = 0
        self.most = 0
        network.before_connecting = self._wait

    async def _wait(self) -> None:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.waiting >= self._full_at:
            self.full.set()
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1


async def settled() -> None:
    """Let everything run that can run without something happening outside."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_hundred_equal_gets_make_one_connection_and_one_request(
    client: HttpClient, network: FakeNetwork
) -> None:
    answers = await asyncio.gather(*(client.get(URL) for _ in range(100)))
    assert {one.body for one in answers} == {b"hello"}
    assert len(network.connected) == 1
    assert network.streams[0].received.count(b"GET") == 1


async def test_gets_that_differ_do_not_share(client: HttpClient, network: FakeNetwork) -> None:
    network.server = lambda request: [answer(b"a" if b"Bearer a" in request.title() else b"other")]
    await asyncio.gather(
        client.get(URL, headers={"Authorization": "Bearer a"}),
        client.get(URL, headers={"Authorization": "Bearer b"}),
        client.get(URL, accept="application/json"),
        client.get(URL + "?x"),
        client.get(URL, max_bytes=5),
    )
    assert sum(stream.received.count(b"GET") for stream in network.streams) == 5


async def test_posts_do_not_share(client: HttpClient, network: FakeNetwork) -> None:
    await asyncio.gather(*(client.post(URL, b"same", content_type="text/plain") for _ in range(4)))
    assert sum(stream.received.count(b"POST") for stream in network.streams) == 4


async def test_a_later_get_asks_again(client: HttpClient, network: FakeNetwork) -> None:
    await client.get(URL)
    await client.get(URL)
    assert network.streams[0].received.count(b"GET") == 2


async def test_cancelling_one_waiter_leaves_the_others_their_answer(
    client: HttpClient, network: FakeNetwork
) -> None:
    gate = Gate(network)
    waiters = [asyncio.create_task(client.get(URL)) for _ in range(5)]
    await gate.full.wait()
    for cancelled in (waiters[0], waiters[3]):
        cancelled.cancel()
    await asyncio.wait((waiters[0], waiters[3]))
    gate.open.set()
    answers = await asyncio.gather(*waiters, return_exceptions=True)
    assert [getattr(one, "body", type(one)) for one in answers] == [
        asyncio.CancelledError,
        b"hello",
        b"hello",
        asyncio.CancelledError,
        b"hello",
    ]
    assert len(network.connected) == 1


async def test_when_the_last_waiter_goes_the_request_ends(client: HttpClient, network: FakeNetwork) -> None:
    network.server = lambda request: []
    waiters = [asyncio.create_task(client.get(URL)) for _ in range(3)]
    await network.reached.wait()
    await network.streams[0].silent.wait()
    for waiter in waiters:
        waiter.cancel()
    await asyncio.wait(waiters)
    async with asyncio.timeout(60):
        await network.streams[0].closed.wait()
    network.server = lambda request: [answer(b"again")]
    assert (await client.get(URL)).body == b"again"


async def test_a_failure_reaches_all_waiters(client: HttpClient, network: FakeNetwork) -> None:
    network.name("example.org", [])
    failures = await asyncio.gather(*(client.get(URL) for _ in range(10)), return_exceptions=True)
    assert [type(failure) for failure in failures] == [HttpUnavailable] * 10
    assert network.resolved == ["example.org"]


async def test_closing_the_client_ends_what_is_under_way(network: FakeNetwork) -> None:
    client = network.client()
    gate = Gate(network)
    waiter = asyncio.create_task(client.get(URL))
    await gate.full.wait()
    await client.aclose()
    with pytest.raises(HttpUnavailable, match="closed"):
        await waiter
    assert gate.waiting == 0


async def test_no_more_requests_than_allowed_are_under_way_in_all_and_per_host(network: FakeNetwork) -> None:
    limits = HttpLimits(requests=5, requests_per_host=2)
    gate = Gate(network, full_at=5)
    async with network.client(limits=limits) as client:
        urls = [f"https://h{host}.example/{number}" for host in range(4) for number in range(4)]
        tasks = [asyncio.create_task(client.get(url)) for url in urls]
        await gate.full.wait()
        await settled()
        assert gate.waiting == 5
        assert max(Counter(network.resolved).values()) == 2
        gate.open.set()
        assert len(await asyncio.gather(*tasks)) == 16
    assert gate.most == 5


async def test_waiting_for_a_turn_counts_against_the_deadline(network: FakeNetwork) -> None:
    limits = HttpLimits(requests_per_host=1)
    async with network.client(limits=limits) as client:
        gate = Gate(network)
        first = asyncio.create_task(client.get(URL))
        await gate.full.wait()
        with pytest.raises(HttpTimeout):
            await client.get(URL + "?second", deadline=0.05)
        assert len(network.connected) == 1
        gate.open.set()
        assert (await first).body == b"hello"


async def test_cancelled_requests_leave_no_slot_taken(network: FakeNetwork) -> None:
    limits = HttpLimits(requests=2, requests_per_host=2)
    async with network.client(limits=limits) as client:
        for turns in range(40):
            waiter = asyncio.create_task(client.get(f"{URL}?{turns}"))
            for _ in range(turns):
                await asyncio.sleep(0)
            waiter.cancel()
            await asyncio.wait((waiter,))
        async with asyncio.timeout(60):
            bodies = await asyncio.gather(*(client.get(f"{URL}?end{n}") for n in range(4)))
        assert [one.body for one in bodies] == [b"hello"] * 4
    assert all(stream.closed.is_set() for stream in network.streams)
