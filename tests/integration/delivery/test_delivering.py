"""What is published reaches every server that follows, once, signed; hosts that hang or fail keep nobody else back."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from federation.activities import CHANGES, About
from federation.signatures import STRICT, SignedRequest, parse_signature, public_key_from_pem, verify
from federation.tables.actors import actor_keys, actors, follows
from federation.tables.delivery import dead_letters, deliveries, host_lanes, tenant_hosts
from federation.tables.hosts import remote_hosts
from tests.fediverse import row, rows, told
from tests.integration.delivery.office import Office, until
from tests.sinks import Posted, Reply, Sink, sinks


async def test_each_server_gets_each_activity_once(office: Office) -> None:
    async with sinks(3) as servers:
        await office.follow_from(servers)
        await office.follow_from(servers[:1])  # a second follower there shares the inbox
        sent = await office.publish(5)
        async with office.delivering():
            await until(lambda: all(len(sink.accepted) == 5 for sink in servers))
            await until(lambda: _is_empty(office))
    assert [sorted(sink.activities) for sink in servers] == [sorted(sent)] * 3
    assert {one.path for sink in servers for one in sink.posted} == {"/inbox"}
    assert await office.rows(dead_letters) == []
    assert {lane["leased_by"] for lane in await office.rows(host_lanes)} == {None}


async def test_requests_are_signed_by_the_author(office: Office) -> None:
    async with sinks(1) as (sink,):
        await office.follow_from([sink])
        await office.publish()
        async with office.delivering():
            await until(lambda: sink.posted)
    (posted,) = sink.posted
    request = SignedRequest(
        "POST", posted.path, "http", sink.host, tuple(posted.headers.items()), posted.body
    )
    claim = parse_signature(request)
    key = await row(office.world, actor_keys, actor_id=office.author.actor_id, algorithm="rsa")
    actor = await row(office.world, actors, id=office.author.actor_id)
    assert claim.key_id == f"{actor['address']}#{key['fragment']}"
    verify(claim, request, public_key_from_pem(key["public_key"]), datetime.now(UTC), policy=STRICT)


async def test_the_other_signature_is_tried_once_and_remembered(office: Office) -> None:
    def only_rfc9421(posted: Posted) -> Reply:
        return Reply(202 if "signature-input" in posted.headers else 401)

    async with sinks(1) as (sink,):
        sink.answer = only_rfc9421
        await office.follow_from([sink])
        await office.publish()
        async with office.delivering():
            await until(lambda: len(sink.accepted) == 1)
            await until(lambda: _kind(office, sink))
        assert len(sink.posted) == 2
        await office.publish()
        async with office.delivering():
            await until(lambda: len(sink.accepted) == 2)
    assert len(sink.posted) == 3


async def test_hanging_hosts_keep_nobody_back(office: Office) -> None:
    async with sinks(100) as servers:
        hanging, answering = servers[:10], servers[10:]
        for sink in hanging:
            sink.answer = lambda _: Reply(hang=True)
        await office.follow_from(servers)
        await office.publish(11)
        # None of those that hang comes to an end while the others are waited for.
        async with office.delivering(grace=0.5):
            await until(lambda: all(sink.posted for sink in hanging))
            await until(lambda: all(len(sink.accepted) == 11 for sink in answering), seconds=500)
    assert all(sink.accepted == [] for sink in hanging)


async def test_a_host_that_was_down_gets_everything_when_it_is_back(office: Office) -> None:
    async with sinks(2) as (down, up):
        await down.stop()
        await office.follow_from([down, up])
        sent = await office.publish(20)
        async with office.delivering():
            await until(lambda: len(up.accepted) == 20)
            await until(lambda: _failed(office, down))
            await down.start()
            await until(lambda: len(set(down.activities)) == 20)
            await until(lambda: _is_empty(office))
            await until(lambda: _breaker(office, down, "closed"))
    assert sorted(down.activities) == sorted(sent)
    assert await office.rows(dead_letters) == []


async def test_the_breaker_opens_for_all(office: Office) -> None:
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(500)
        await office.follow_from([sink])
        await office.publish(3)
        async with office.delivering():
            await until(lambda: _breaker(office, sink, "open"))
    (lane,) = await office.rows(host_lanes)
    assert lane["failures"] >= 1
    assert lane["failing_since"] is not None
    assert await office.waiting() == 3


@pytest.mark.parametrize("as_date", [False, True])
async def test_retry_after_moves_the_host(office: Office, as_date: bool) -> None:
    late = datetime.now(UTC) + timedelta(seconds=1800)
    value = format_datetime(late.replace(microsecond=0), usegmt=True) if as_date else "1800"
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(429, (("retry-after", value),))
        await office.follow_from([sink])
        await office.publish(5)
        async with office.delivering():
            await until(lambda: sink.posted)
            await until(lambda: _is_put_off(office))
            assert len(sink.posted) == 1  # nothing more after the first answer
    (lane,) = await office.rows(host_lanes)
    wait = lane["next_due_at"] - datetime.now(UTC)
    assert timedelta(seconds=1600) < wait < timedelta(seconds=1810)
    assert {one["attempts"] for one in await office.rows(deliveries)} == {0}


@pytest.mark.parametrize("status", [404, 410])
async def test_a_closed_inbox_prunes_its_followers(office: Office, status: int) -> None:
    async with sinks(2) as (closed, fine):
        closed.answer = lambda _: Reply(status)
        gone, stays = await office.follow_from([closed, fine])
        await office.publish()
        async with office.delivering():
            await until(lambda: len(fine.accepted) == 1)
            await until(lambda: _unfollowed(office, gone))
    followers = [one["follower_id"] for one in await rows(office.world, follows)]
    assert followers == [stays]
    (letter,) = await office.rows(dead_letters)
    assert (letter["end_reason"], letter["last_status"]) == ("gone", status)


async def test_whose_own_inbox_closed_is_gone_and_the_outbox_hears_of_it(office: Office) -> None:
    async with sinks(1) as (closed,):
        closed.answer = lambda _: Reply(410)
        own = {"inbox": closed.inbox, "shared_inbox": None}
        (gone,) = await office.follow_from([closed], **own)
        await office.publish()
        async with office.delivering():
            await until(lambda: _unfollowed(office, gone))
    assert (await row(office.world, actors, id=gone))["status"] == "gone"
    assert await told(office.world, gone) == [("actor.changed", {"changed": ["status"]})]


async def test_what_is_refused_is_tried_a_few_times_and_buried(office: Office) -> None:
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(422)
        await office.follow_from([sink])
        await office.publish()
        async with office.delivering():
            await until(lambda: office.rows(dead_letters))
    (letter,) = await office.rows(dead_letters)
    assert (letter["end_reason"], letter["last_status"], letter["attempts"]) == ("refused", 422, 3)
    assert len(sink.posted) == 3


@pytest.mark.parametrize("status", [401, 403])
async def test_who_could_not_fetch_our_key_gets_all_of_it_later(office: Office, status: int) -> None:
    async with sinks(1) as (sink,):
        await office.follow_from([sink])
        (known,) = await office.publish()
        # More in a row than other refusals after which a host is left alone.
        denied = set(await office.publish(15))
        sink.answer = lambda posted: Reply(status if posted.activity in denied else 202)
        async with office.delivering(refusals=2):
            await until(lambda: sink.activities == [known])
            await until(lambda: _were_tried(office, 4))
            assert await office.rows(dead_letters) == []
            sent = await office.publish(2)
            await until(lambda: sink.activities[1:] == sent or sink.activities[1:] == sent[::-1])
            sink.answer = lambda _: Reply()
            await until(lambda: _is_empty(office))
        assert await _breaker(office, sink, "closed")
    assert sorted(sink.activities) == sorted([known, *denied, *sent])


async def test_who_denies_it_for_days_is_not_asked_for_ever(office: Office) -> None:
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(403)
        await office.follow_from([sink])
        await office.publish()
        async with office.delivering(denials=5, denied=timedelta()):
            await until(lambda: office.rows(dead_letters))
    (letter,) = await office.rows(dead_letters)
    assert (letter["end_reason"], letter["last_status"], letter["attempts"]) == ("refused", 403, 5)


async def test_one_activity_that_breaks_a_server_keeps_back_no_other(office: Office) -> None:
    async with sinks(1) as (sink,):
        await office.follow_from([sink])
        (poison,) = await office.publish()
        sink.answer = lambda posted: Reply(500 if posted.activity == poison else 202)
        sent = await office.publish(10)

        async def are_there() -> bool:
            await office.put_off(_activity(poison))
            return len(sink.accepted) == 10

        async with office.delivering():
            await until(are_there)
    assert sorted(sink.activities) == sorted(sent)


async def test_only_the_newest_goes_to_a_host_that_returns(office: Office) -> None:
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(503)
        await office.follow_from([sink])
        (first,) = await office.publish(about=About(77, CHANGES))
        async with office.delivering():
            await until(lambda: _failed(office, sink))
            sent = await office.publish(3, about=About(77, CHANGES))
            other = await office.publish(1, about=About(78, CHANGES))
            # Old ones may be dropped at any time; these two stay.
            await until(lambda: _wait_there(office, {sent[-1], *other}))
            sink.answer = lambda _: Reply()
            await until(lambda: _is_empty(office))
    assert set(sink.activities) <= {sent[-1], *other, first}
    assert {sent[-1], *other} <= set(sink.activities)
    assert not {sent[0], sent[1]} & set(sink.activities)


async def test_concurrency_adapts_and_has_a_limit(office: Office) -> None:
    are_many = asyncio.Event()
    async with sinks(1) as (sink,):

        async def answers(_: Posted) -> Reply:
            """Half of them at once; then only when more are there than a host gets at first."""
            if sink.most_at_once > 4:
                are_many.set()
            elif len(sink.accepted) >= 100:
                await are_many.wait()
            return Reply()

        sink.answer = answers
        await office.follow_from([sink])
        await office.publish(200)
        async with office.delivering():
            await until(lambda: len(sink.accepted) == 200)
    assert 4 < sink.most_at_once <= office.pace.window


async def test_no_institution_starves_another(office: Office) -> None:
    """What one institution publishes goes out long before the thousand deliveries that another had waiting."""
    other = await office.at("gamma")
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(503, (("retry-after", "1"),))
        await office.follow_from([sink])
        await other.follow_from([sink])
        await office.publish(1000)
        async with office.delivering():
            await until(lambda: _waits(office, 1000))
            sent = await other.publish(5)
            await until(lambda: _waits(office, 1005))
            sink.answer = lambda _: Reply()
            await until(lambda: set(sent) <= set(sink.activities))
    places = [sink.activities.index(one) for one in sent]
    assert max(places) < 200


async def test_figures_are_kept(office: Office) -> None:
    async with sinks(2) as (fine, broken):
        broken.answer = lambda _: Reply(500)
        await office.follow_from([fine, broken])
        await office.publish(4)
        async with office.delivering():
            await until(lambda: len(fine.accepted) == 4)
            await until(lambda: _failed(office, broken))
            await until(lambda: _is_known_to_fail(office, broken))
    pairs = {one["host"]: one for one in await office.rows(tenant_hosts)}
    assert pairs[fine.host]["delivered"] == 4
    assert pairs[fine.host]["latency_ms"] is not None
    assert pairs[broken.host]["failed"] >= 1
    assert pairs[broken.host]["last_error"] == "it answered 500"
    hosts = {one["host"]: one for one in await office.rows(remote_hosts)}
    assert hosts[fine.host]["delivered"] == 4
    assert hosts[fine.host]["signature_kind"] == "cavage"


async def _is_empty(office: Office) -> bool:
    return await office.waiting() == 0


async def _waits(office: Office, count: int) -> bool:
    return await office.waiting() >= count


async def _host(office: Office, sink: Sink) -> dict[str, object]:
    found = await office.rows(remote_hosts, host=sink.host)
    return found[0] if found else {}


async def _were_tried(office: Office, attempts: int) -> bool:
    return all(one["attempts"] >= attempts for one in await office.rows(deliveries))


async def _failed(office: Office, sink: Sink) -> bool:
    return bool((await _host(office, sink)).get("failed"))


async def _kind(office: Office, sink: Sink) -> bool:
    return (await _host(office, sink)).get("signature_kind") == "rfc9421"


async def _breaker(office: Office, sink: Sink, state: str) -> bool:
    return (await _host(office, sink)).get("breaker") == state


async def _is_put_off(office: Office) -> bool:
    return all(one["leased_by"] is None for one in await office.rows(host_lanes)) and bool(
        await office.rows(host_lanes)
    )


async def _is_known_to_fail(office: Office, sink: Sink) -> bool:
    found = await office.rows(tenant_hosts, host=sink.host)
    return bool(found) and found[0]["state"] in ("failing", "trying")


async def _unfollowed(office: Office, actor_id: int) -> bool:
    return not await rows(office.world, follows, follower_id=actor_id)


async def _wait_there(office: Office, addresses: set[str]) -> bool:
    numbers = {_activity(address) for address in addresses}
    return numbers <= {row["activity_id"] for row in await office.rows(deliveries)}


def _activity(address: str) -> int:
    return int(address.rpartition("/")[2])
