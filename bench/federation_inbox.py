"""How many signed activities a second one gateway takes in over HTTP: verified, and durable before they are answered.

Every request is signed by itself before the run, by one of a hundred actors of as many servers, whose keys the gateway
knows, as it does of servers that write to it every day.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from statistics import median

from bench.load import Exchange, Load
from bench.rounds import Round
from bench.rows import Findings, Row
from bench.served import Served
from bench.stand import Stand, Tell, opened_stand
from federation.signatures import PrivateKey, SignedRequest, generate_rsa, sign
from federation.signatures.claims import Kind
from fediflow.processes.machine import DIRECTORY

ACTORS = 100
_KEYS = 4  # different ones: verifying does not get faster by knowing few
_PER_SECOND = 4_000  # more than are taken
_WARM = 500
_COPIES = 1_450
_KEY = """
insert into fediflow.remote_keys (key_address, owner_address, algorithm, public_key, fetched_at)
values ($1, $2, 'rsa-v1_5-sha256', $3, now()) on conflict do nothing"""


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Closed rounds for the rate, then one at half of it for the latency; the rows that came are counted afterwards."""
    async with opened_stand(tell) as stand:
        keys = [generate_rsa() for _ in range(_KEYS)]
        await _introduce(stand, keys)
        host = await _host(stand)
        requests = _Requests(host, keys)
        server = Served(stand.port, stand.gateway_pid, stand.postgres_pid, (), given.connections)
        await server.finish(_load(server, await requests.take(_WARM), 30))
        tell("signing requests")
        requests.give_back(await requests.take(given.seconds * _PER_SECOND))
        tell("as fast as it goes")
        found = [await _round(server, requests, given.seconds) for _ in range(given.rounds)]
        rate = median(one.answers / one.seconds for one in found)
        tell("at half of that")
        half = await _round(server, requests, given.seconds, rate=rate / 2)
        sent = _WARM + sum(one.answers for one in (*found, half))
        kept = await _kept(stand)
        tell("a Delete of a stranger's, again and again")
        storm = await server.finish(_load(server, _storm(host, keys[0]), 60))
    rows = [*_rows(found, half, rate), _row("delete_storm_s", "s", storm.seconds)]
    return Findings(rows, [f"{sent:,} activities were answered with 202, {kept:,} are kept"])


def _rows(found: Sequence[Round], half: Round, rate: float) -> list[Row]:
    answers = sum(one.answers for one in found)
    figures = {
        "req/s": ("req/s", rate),
        "p99_ms": ("ms", median(one.p99_ms for one in found)),
        "half_p50_ms": ("ms", half.p50_ms),
        "half_p99_ms": ("ms", half.p99_ms),
        "cpu_us": ("us", sum(one.server_seconds or 0.0 for one in found) * 1e6 / answers),
        "postgres_cpu_us": ("us", sum(one.postgres_seconds for one in found) * 1e6 / answers),
        "load_cpu_us": ("us", sum(one.load_seconds for one in found) * 1e6 / answers),
    }
    return [_row(metric, unit, value) for metric, (unit, value) in figures.items()]


def _row(metric: str, unit: str, value: float) -> Row:
    return Row("federation", "fediflow", "inbox", metric, unit, value)


async def _round(server: Served, requests: "_Requests", seconds: int, *, rate: float | None = None) -> Round:
    taken = await requests.take(int(seconds * (rate or _PER_SECOND)))
    found = await server.finish(_load(server, taken, seconds, rate))
    requests.give_back(taken[found.answers :])  # they are sent in order, and what was sent was answered
    return found


def _load(server: Served, exchanges: Sequence[Exchange], seconds: float, rate: float | None = None) -> Load:
    return Load(
        server.port, exchanges, server.connections, seconds, most=len(exchanges), status=202, rate=rate
    )


async def _introduce(stand: Stand, keys: Sequence[PrivateKey]) -> None:
    async with stand.administrator(DIRECTORY) as connection:
        for number in range(ACTORS):
            actor, key = _actor(number), keys[number % _KEYS]
            await connection.execute(_KEY, f"{actor}#main-key", actor, key.public.to_pem())


async def _host(stand: Stand) -> str:
    async with stand.administrator(DIRECTORY) as connection:
        tenant = await stand.tenant_id()
        domain: str = await connection.fetchval(
            "select domain from fediflow.tenant_domains where tenant_id = $1 and is_primary", tenant
        )
    return f"{domain}:{stand.port}"


async def _kept(stand: Stand) -> int:
    async with stand.administrator(DIRECTORY) as connection:
        count: int = await connection.fetchval("select count(*) from fediflow.inbox_activities")
        return count


class _Requests:
    """Requests that are signed already. None is sent twice: that would be a duplicate, which costs less."""

    def __init__(self, host: str, keys: Sequence[PrivateKey]) -> None:
        self._host = host
        self._keys = keys
        self._ready: list[Exchange] = []
        self._signed = 0

    async def take(self, count: int) -> list[Exchange]:
        """So many; what is not there yet is signed now."""
        end = self._signed + max(count - len(self._ready), 0)
        chunks = [range(start, min(start + 500, end)) for start in range(self._signed, end, 500)]
        now, loop = datetime.now(UTC), asyncio.get_running_loop()
        with ThreadPoolExecutor() as threads:
            made = await asyncio.gather(
                *(
                    loop.run_in_executor(threads, _exchanges, self._host, self._keys, now, chunk)
                    for chunk in chunks
                )
            )
        self._signed = end
        self._ready += [one for some in made for one in some]
        taken, self._ready = self._ready[:count], self._ready[count:]
        return taken

    def give_back(self, unsent: Sequence[Exchange]) -> None:
        """They go out with the next."""
        self._ready = [*unsent, *self._ready]


def _exchanges(host: str, keys: Sequence[PrivateKey], now: datetime, numbers: range) -> list[Exchange]:
    return [_exchange(host, keys[number % ACTORS % _KEYS], now, number) for number in numbers]


def _storm(host: str, key: PrivateKey) -> list[Exchange]:
    """What a server sends to as many institutions as it knows here when one of its people leaves: as many copies."""
    actor = "https://stranger.example/users/ann"
    gone = {"id": f"{actor}#delete", "type": "Delete", "actor": actor, "object": actor}
    return [_request(host, key, datetime.now(UTC), actor, json.dumps(gone).encode())] * _COPIES


def _exchange(host: str, key: PrivateKey, now: datetime, number: int) -> Exchange:
    return _request(host, key, now, _actor(number % ACTORS), _activity(number))


def _request(host: str, key: PrivateKey, now: datetime, actor: str, body: bytes) -> Exchange:
    plain = (("content-type", "application/activity+json"),)
    request = SignedRequest("POST", "/inbox", "http", host, plain, body)
    headers = dict(plain) | sign(request, key_id=f"{actor}#main-key", key=key, kind=Kind.CAVAGE, now=now)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST /inbox HTTP/1.1\r\nhost: {host}\r\n{lines}content-length: {len(body)}\r\n\r\n"
    return Exchange(head + body.decode(), "")


def _activity(number: int) -> bytes:
    """A note as servers send them: some 900 bytes."""
    actor = _actor(number % ACTORS)
    note = {
        "id": f"{actor}/notes/{number}",
        "type": "Note",
        "attributedTo": actor,
        "content": f"<p>{'What we found in the archive. ' * 8}</p>",
        "published": "2026-11-01T12:00:00Z",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [f"{actor}/followers"],
        "tag": [],
        "attachment": [],
    }
    create = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": f"{actor}/notes/{number}/activity",
        "type": "Create",
        "actor": actor,
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    }
    return json.dumps(create).encode()


def _actor(number: int) -> str:
    return f"https://server{number}.example/users/ann"
