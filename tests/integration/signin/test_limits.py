"""How often somebody may be wrong, with Redis, without it, and when it goes away in between."""

import asyncio
import statistics
import time
from datetime import timedelta

import pytest

from fediflow.local.redis import RedisServer
from kernel.cache import Cache
from kernel.crypto.passwords import DEFAULT_HASHER, Passwords
from kernel.errors import ErrorCode
from tenants.model import Unauthenticated
from tenants.signin.limits import PER_ADDRESS, PER_NAME, Limit, RateLimited, SignInLimits
from tenants.signin.operations import refresh
from tests.integration.signin.conftest import PATIENT
from tests.integration.signin.world import PASSWORD, Process, World

LIMITED = f"limited {ErrorCode.RATE_LIMITED}"


def _wait(error: RateLimited) -> bool:
    seconds = error.details["retry_after"]
    return isinstance(seconds, int) and 0 < seconds <= PER_NAME.seconds + 1


async def attempt(
    world: World, process: Process, name: str, address: str | None, password: str = "wrong"
) -> str:
    """How a sign-in ended: in, wrong, or limited."""
    try:
        await world.sign_in_from(address, process, name, password)
    except Unauthenticated:
        return "wrong"
    except RateLimited as error:
        return f"limited {error.code}" if _wait(error) else "limited without a time to wait"
    return "in"


async def test_the_name_is_limited_wherever_the_attempts_come_from(world: World) -> None:
    await world.person("ada")
    process = await world.process()
    outcomes = [
        await attempt(world, process, "ada", f"2001:db8::{number}") for number in range(PER_NAME.attempts + 2)
    ]
    assert outcomes == ["wrong"] * PER_NAME.attempts + [LIMITED] * 2
    assert await attempt(world, process, "ada", "192.0.2.1", PASSWORD) == LIMITED
    world.clock.pass_by(timedelta(seconds=PER_NAME.seconds + 1))
    await process.known.read()
    assert await attempt(world, process, "ada", "192.0.2.1", PASSWORD) == "in"


async def test_an_unknown_name_is_limited_like_a_known_one(world: World) -> None:
    process = await world.process()
    outcomes = [await attempt(world, process, "nobody", None) for _ in range(PER_NAME.attempts + 1)]
    assert outcomes == ["wrong"] * PER_NAME.attempts + [LIMITED]


async def test_the_address_is_limited_whomever_it_tries(world: World) -> None:
    process = await world.process()
    outcomes = [
        await attempt(world, process, f"name{number}", "192.0.2.9")
        for number in range(PER_ADDRESS.attempts + 1)
    ]
    assert outcomes == ["wrong"] * PER_ADDRESS.attempts + [LIMITED]
    token = f"ffr_{world.tenant.slug}_1_{'a' * 43}"
    async with world.door.write(world.anonymous) as tx:
        with pytest.raises(RateLimited):
            await refresh(tx, process.services, refresh_token=token, address="192.0.2.9")


async def test_whoever_is_right_is_not_limited(world: World) -> None:
    await world.person("ada")
    process = await world.process()
    for _ in range(PER_NAME.attempts + 5):
        await world.sign_in(process, "ada")


async def test_attempts_side_by_side_are_counted(world: World) -> None:
    process = await world.process()
    outcomes = await asyncio.gather(*(attempt(world, process, "ada", None) for _ in range(30)))
    assert outcomes.count("wrong") == PER_NAME.attempts
    assert outcomes.count(LIMITED) == 30 - PER_NAME.attempts


async def test_names_of_two_tenants_are_two_names() -> None:
    limits = SignInLimits(Cache(None), per_name=Limit(1, 60))
    await limits.take(tenant_id=1, address=None, name="ada")
    await limits.take(tenant_id=2, address=None, name="ada")
    with pytest.raises(RateLimited):
        await limits.take(tenant_id=1, address=None, name="ada")


@pytest.mark.parametrize(
    ("first", "same", "another"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"),
        ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ("fe80::1%eth0", "fe80::2", "192.0.2.1"),
        ("unknown", "unknown", "_hidden"),
    ],
)
async def test_the_addresses_of_one_subscriber_are_one(first: str, same: str, another: str) -> None:
    limits = SignInLimits(Cache(None), per_address=Limit(1, 60))
    await limits.take(tenant_id=1, address=first, name=None)
    with pytest.raises(RateLimited):
        await limits.take(tenant_id=1, address=same, name=None)
    await limits.take(tenant_id=1, address=another, name=None)


async def test_wrong_tokens_are_counted_for_all_processes_and_looking_counts_nothing(redis: Cache) -> None:
    one, two = (SignInLimits(redis, per_address=Limit(2, 60)) for _ in range(2))
    address = f"made up {time.monotonic_ns()}"
    await one.count_wrong_token(address)
    for _ in range(3):
        await two.refuse_tokens_from(address)
    await one.count_wrong_token(address)
    for limits in (one, two):
        with pytest.raises(RateLimited) as refused:
            await limits.refuse_tokens_from(address)
        assert _wait(refused.value)
    await one.take(tenant_id=1, address=address, name=None)  # passwords are another count
    await one.refuse_tokens_from(None)


async def test_processes_count_together_in_redis(redis: Cache) -> None:
    one, two = (SignInLimits(redis, per_name=Limit(3, 60)) for _ in range(2))
    name = f"together {time.monotonic_ns()}"
    await one.take(tenant_id=1, address=None, name=name)
    await two.take(tenant_id=1, address=None, name=name)
    given_back = await one.take(tenant_id=1, address=None, name=name)
    await one.give_back(given_back)
    await two.take(tenant_id=1, address=None, name=name)
    for limits in (one, two):
        with pytest.raises(RateLimited):
            await limits.take(tenant_id=1, address=None, name=name)


async def test_redis_keeps_no_name_and_no_address_and_forgets_by_itself(private_redis: RedisServer) -> None:
    cache = Cache.connect(private_redis.url, timeout=PATIENT)
    limits = SignInLimits(cache)
    await limits.take(tenant_id=1, address="192.0.2.77", name="ada@example.org")
    keys = await cache.run(lambda client: client.keys())
    assert len(keys) == 2
    assert not any(b"192" in key or b"ada" in key for key in keys)
    for key in keys:
        assert 0 < await cache.run(lambda client, key=key: client.pttl(key)) <= 300_000
    await cache.aclose()


@pytest.mark.parametrize("loss", ["flushed", "killed"])
async def test_losing_redis_does_not_open_the_limit(private_redis: RedisServer, loss: str) -> None:
    cache = Cache.connect(private_redis.url, timeout=PATIENT)
    limits = SignInLimits(cache, per_name=Limit(3, 60))
    for _ in range(2):
        await limits.take(tenant_id=1, address=None, name="ada")
    if loss == "flushed":
        await cache.run(lambda client: client.flushall())
    else:
        await private_redis.kill()
    await limits.take(tenant_id=1, address=None, name="ada")
    with pytest.raises(RateLimited):
        await limits.take(tenant_id=1, address=None, name="ada")
    await cache.aclose()


async def test_an_unknown_person_costs_the_same_time_as_a_wrong_password() -> None:
    passwords = Passwords(threads=1)
    kept = DEFAULT_HASHER.hash("correct horse battery")
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(5):
        for is_known, durations in times.items():
            begin = time.process_time()  # what others do on this machine takes none of it
            assert not await passwords.verify(kept if is_known else None, "wrong")
            durations.append(time.process_time() - begin)
    passwords.close()
    ratio = statistics.median(times[True]) / statistics.median(times[False])
    assert 1 / 3 < ratio < 3
