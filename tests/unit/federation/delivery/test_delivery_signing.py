"""Signatures come in order and are right whoever makes them, and none is lost when a process that makes them dies."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from federation.delivery import signing_process
from federation.delivery.signing import Signing
from federation.signatures import (
    Kind,
    PrivateKey,
    SignedRequest,
    generate_rsa,
    parse_signature,
    sha256,
    verify,
)

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
BODY = b'{"type": "Create"}'
KEYS = [generate_rsa() for _ in range(3)]
# Signs with a process of its own, says its number, and waits to be killed.
PARENT = """
import asyncio
from tests.unit.federation.delivery.test_delivery_signing import KEYS, headers_of, running
from federation.delivery.signing import Signing
async def main():
    signing = Signing(few=0, processes=1)
    await headers_of(signing, 0)
    print(await running(signing), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Key:
    address: str
    key: PrivateKey


def request(number: int) -> SignedRequest:
    return SignedRequest(
        "POST",
        f"/inbox/{number}",
        "https",
        "far.example",
        (("content-type", "application/activity+json"),),
        BODY,
    )


async def headers_of(signing: Signing, number: int, kind: Kind = Kind.CAVAGE) -> dict[str, str]:
    key = Key(f"https://uni.example/actors/{number % 3}#main-key", KEYS[number % 3])
    return await signing.headers(request(number), key, kind, sha256(BODY))


def check(number: int, headers: dict[str, str], kind: Kind) -> None:
    plain = request(number)
    sent = SignedRequest(
        plain.method, plain.target, plain.scheme, plain.host, (*plain.headers, *headers.items()), BODY
    )
    claim = parse_signature(sent)
    assert claim.kind is kind
    assert verify(claim, sent, KEYS[number % 3].public, NOW).key_id.endswith(f"/{number % 3}#main-key")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process has the time to begin that a busy machine takes; which process signs is what most tests ask."""
    monkeypatch.setattr(signing_process, "_PATIENCE", 120.0)


@asynccontextmanager
async def opened(few: int) -> AsyncIterator[Signing]:
    signing = Signing(lambda: NOW, few=few, processes=1)
    try:
        yield signing
    finally:
        await signing.aclose()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 - another process says nothing when it begins or ends
            await asyncio.sleep(0.01)


async def running(signing: Signing) -> int:
    """The number of its process, once it is there."""
    await until(lambda: bool(signing.pids))
    return signing.pids[0]


def is_there(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("kind", list(Kind))
async def test_each_request_gets_its_signature_in_a_thread_and_in_a_process(kind: Kind) -> None:
    async with opened(few=20) as signing:
        first = await asyncio.gather(*(headers_of(signing, number, kind) for number in range(40)))
        pid = await running(signing)
        then = await asyncio.gather(*(headers_of(signing, number, kind) for number in range(40)))
        assert signing.pids == [pid]
    for made in (first, then):
        for number, headers in enumerate(made):
            check(number, headers, kind)


async def test_a_few_need_no_process() -> None:
    async with opened(few=20) as signing:
        await asyncio.gather(*(headers_of(signing, number) for number in range(20)))
        assert signing.pids == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_what_a_process_died_or_hangs_with_is_signed_all_the_same(
    how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_process, "_PATIENCE", 0.5)
    async with opened(few=0) as signing:
        await headers_of(signing, 0)
        first = await running(signing)
        os.kill(first, signal.SIGSTOP)  # it answers nothing any more
        wanted = [asyncio.create_task(headers_of(signing, number)) for number in range(100)]
        await asyncio.sleep(0)
        os.kill(first, how)
        for number, headers in enumerate(await asyncio.gather(*wanted)):
            check(number, headers, Kind.CAVAGE)
        await until(lambda: signing.pids not in ([], [first]))
        check(5, await headers_of(signing, 5), Kind.CAVAGE)


async def test_keys_beyond_what_a_process_remembers_are_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_process, "_KEYS", 1)
    async with opened(few=0) as signing:
        await headers_of(signing, 0)
        pid = await running(signing)
        for _ in range(3):
            made = await asyncio.gather(*(headers_of(signing, number) for number in range(7)))
            for number, headers in enumerate(made):
                check(number, headers, Kind.CAVAGE)
        assert signing.pids == [pid]


async def test_a_process_knows_no_secret_but_the_keys_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEDIFLOW_WORKER_PASSWORD", "not-for-it")
    async with opened(few=0) as signing:
        await headers_of(signing, 0)
        place = Path(f"/proc/{await running(signing)}")
        assert b"FEDIFLOW" not in (place / "environ").read_bytes()
        assert b"PRIVATE" not in (place / "cmdline").read_bytes()


async def test_a_process_ends_when_it_is_not_needed_any_more_and_not_by_signals_for_its_group() -> None:
    async with opened(few=0) as signing:
        await headers_of(signing, 0)
        pid = await running(signing)
        check(1, await headers_of(signing, 1), Kind.CAVAGE)  # it runs, and not only begins
        for one in (signal.SIGINT, signal.SIGTERM):
            os.kill(pid, one)
        check(2, await headers_of(signing, 2), Kind.CAVAGE)
        assert signing.pids == [pid]
    assert not is_there(pid)


async def test_a_process_does_not_outlive_one_that_was_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert is_there(pid)
    parent.kill()
    await parent.wait()
    await until(lambda: not is_there(pid))
