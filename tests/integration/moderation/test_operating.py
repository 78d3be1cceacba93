"""What operators see of deliveries to other servers, and what they ask a worker to do about them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from federation.delivery.commands import carry_out
from federation.tables.delivery import dead_letters, deliveries, tenant_hosts
from kernel.clock import system_clock
from kernel.database.roles import DatabaseRole
from tests.integration.graphql.social import Social
from tests.integration.moderation.acting import does, refused

_HOSTS = """query($w: FederationHostFilter) { federationHosts(filter: $w) { totalCount nodes { host state software
  softwareVersion delivered failed successRate latencyMs lastError waiting oldestDueAge pausedAt } } }"""
_DELIVERIES = """query($w: DeliveryFilter, $f: Int) { deliveries(filter: $w, first: $f) { totalCount
  pageInfo { hasNextPage endCursor } nodes { id host deliveryClass attempts lastStatus sender { handle } activity { id } } } }"""
_LETTERS = """query($w: DeadLetterFilter) { deadLetters(filter: $w) { totalCount nodes { id host endReason attempts lastError
  deliveryClass } } }"""
_COMMAND = "deliveryCommand { id command subject doneAt affected requestedBy { id } }"


class Queue:
    """Rows of the queue, as workers write them."""

    def __init__(self, social: Social) -> None:
        self.social = social
        self.tenant_id = social.made.tenant.id

    async def write(self, table: Any, *rows: dict[str, Any]) -> None:
        """Adds rows."""
        database = self.social.world.databases
        address = database.shards[self.social.made.tenant.shard]
        async with database.connect(address, DatabaseRole.WORKER) as connection:
            given = [{"tenant_id": self.tenant_id, **row} for row in rows]
            await connection.execute(insert(table).values(given))
            await connection.commit()

    async def deliveries(self, host: str, count: int, delivery_class: int = 1, **values: Any) -> list[str]:
        """Deliveries that wait; their global ids."""
        ids = await self._ids(count)
        given: dict[str, Any] = {
            "class": delivery_class,
            "activity_id": 1,
            "signer_id": self.social.actors["student"],
        }
        given |= {"inbox": f"https://{host}/inbox", "host": host, "created_at": system_clock(), **values}
        await self.write(deliveries, *({"id": one, **given} for one in ids))
        return [f"delivery_{one}" for one in ids]

    async def letters(self, host: str, count: int) -> list[str]:
        """Dead letters; their global ids."""
        ids = await self._ids(count)
        given = {"class": 0, "activity_id": 1, "signer_id": 1, "attempts": 3, "end_reason": "refused"}
        given |= {"inbox": f"https://{host}/inbox", "host": host, "last_error": "it said no"}
        given |= {"created_at": system_clock()}
        await self.write(dead_letters, *({"id": one, **given} for one in ids))
        return [f"letter_{one}" for one in ids]

    async def carry_out(self) -> int:
        """What the worker does."""
        database = self.social.world.databases
        engine = database.engine(database.shards[self.social.made.tenant.shard], DatabaseRole.WORKER)
        try:
            return await carry_out(engine)
        finally:
            await engine.dispose()

    async def _ids(self, count: int) -> list[int]:
        async with self.social.writing() as new:
            return [new.tx.new_id() for _ in range(count)]


@pytest.fixture(autouse=True)
async def nothing_else_is_asked(social: Social) -> None:
    """What other institutions of the shard asked of the queue is done."""
    while await Queue(social).carry_out():
        pass


async def _hosts(social: Social, role: str = "tenant_admin", **where: str) -> dict[str, Any]:
    data = await social.ask(_HOSTS, role, w=where)
    assert data["federationHosts"]["totalCount"] == len(data["federationHosts"]["nodes"])
    return {one["host"]: one for one in data["federationHosts"]["nodes"]}


async def test_operators_see_how_it_goes_with_each_server(social: Social) -> None:
    queue, now = Queue(social), system_clock()
    usual = {
        "delivered": 0,
        "failed": 0,
        "latency_ms": None,
        "last_success_at": None,
        "last_failure_at": None,
        "last_error": None,
        "paused_at": None,
        "software": None,
        "software_version": None,
    }
    await queue.write(
        tenant_hosts,
        usual
        | {
            "host": "good.test",
            "delivered": 3,
            "failed": 1,
            "latency_ms": 12.5,
            "software": "mastodon",
            "software_version": "4.4.0",
            "last_success_at": now,
            "last_failure_at": now - timedelta(hours=1),
        },
        usual | {"host": "bad.test", "failed": 2, "last_failure_at": now, "last_error": "no answer"},
        usual | {"host": "paused.test", "paused_at": now},
        usual | {"host": "new.test"},
    )
    await queue.deliveries("bad.test", 3, 2, created_at=now - timedelta(seconds=90))
    await queue.deliveries(
        "bad.test", 1, 0, not_before=now + timedelta(hours=1), created_at=now - timedelta(days=1)
    )
    hosts = await _hosts(social)
    assert {host: one["state"] for host, one in hosts.items()} == {
        "bad.test": "FAILING",
        "good.test": "WORKING",
        "new.test": "UNTRIED",
        "paused.test": "PAUSED",
    }
    good, bad = hosts["good.test"], hosts["bad.test"]
    assert (good["delivered"], good["failed"], good["successRate"], good["latencyMs"]) == (3, 1, 0.75, 12.5)
    assert (good["software"], good["softwareVersion"], good["waiting"]) == ("mastodon", "4.4.0", 0)
    assert good["oldestDueAge"] is None
    assert (bad["successRate"], bad["lastError"], bad["waiting"]) == (0, "no answer", 4)
    assert 90 <= bad["oldestDueAge"] < 90 + 600
    assert hosts["new.test"]["successRate"] is None
    assert list(await _hosts(social, host="good.test")) == ["good.test"]


async def test_deliveries_of_a_server_stand_in_the_order_they_came_page_by_page(social: Social) -> None:
    queue = Queue(social)
    made = [
        *await queue.deliveries("page.test", 2, 2),
        *await queue.deliveries("page.test", 3, 0),
        *await queue.deliveries("page.test", 2, 1),
    ]
    await queue.deliveries("elsewhere.test", 2)
    data = (await social.ask(_DELIVERIES, "tenant_admin", w={"host": "page.test"}, f=4))["deliveries"]
    assert data["totalCount"] == 7
    assert [one["id"] for one in data["nodes"]] == made[:4]
    assert [one["deliveryClass"] for one in data["nodes"]] == ["BULK", "BULK", "INTERACTIVE", "INTERACTIVE"]
    assert data["nodes"][0]["sender"] == {"handle": f"@student@{social.host}"}
    assert data["nodes"][0]["activity"] is None  # it is not there any more
    after = (
        'query($a: String) { deliveries(filter: {host: "page.test"}, first: 10, after: $a) { nodes { id } } }'
    )
    rest = await social.ask(after, "tenant_admin", a=data["pageInfo"]["endCursor"])
    assert [one["id"] for one in rest["deliveries"]["nodes"]] == made[4:]
    every = (await social.ask(_DELIVERIES, "tenant_admin", f=100))["deliveries"]
    assert set(made) < {one["id"] for one in every["nodes"]}


async def test_what_is_asked_of_the_queue_is_shown_until_it_is_done(social: Social) -> None:
    queue = Queue(social)
    await queue.deliveries("ask.test", 2)
    admin = {"id": social.made.ids["user:tenant_admin"]}
    asked = {}
    for mutation, kind in (
        ("pauseHost", "PAUSE_HOST"),
        ("retryHost", "RETRY_HOST"),
        ("resumeHost", "RESUME_HOST"),
    ):
        command = (await does(social, mutation, _COMMAND, host=" Ask.test"))["deliveryCommand"]
        asked[kind] = command.pop("id")
        assert command == {
            "command": kind,
            "subject": "ask.test",
            "doneAt": None,
            "affected": None,
            "requestedBy": admin,
        }
    while await queue.carry_out():
        pass
    data = await social.ask("{ deliveryCommands { nodes { id doneAt affected } } }", "tenant_admin")
    done = {one["id"]: one for one in data["deliveryCommands"]["nodes"]}
    assert [one["id"] for one in data["deliveryCommands"]["nodes"]][:3] == list(asked.values())[::-1]
    assert all(done[one]["doneAt"] for one in asked.values())
    assert done[asked["PAUSE_HOST"]]["affected"] == 2
    assert (await _hosts(social, host="ask.test"))["ask.test"]["pausedAt"] is None


async def test_dead_letters_are_replayed_by_server_or_one_by_one(social: Social) -> None:
    queue = Queue(social)
    made = await queue.letters("dead.test", 4)
    data = (await social.ask(_LETTERS, "tenant_admin", w={"host": "dead.test"}))["deadLetters"]
    assert [one["id"] for one in data["nodes"]] == made[::-1]
    assert data["nodes"][0] | {"id": ""} == {
        "id": "",
        "host": "dead.test",
        "endReason": "REFUSED",
        "attempts": 3,
        "lastError": "it said no",
        "deliveryClass": "INTERACTIVE",
    }
    await does(social, "replayDeadLetters", _COMMAND, ids=made[:2])
    assert await queue.carry_out() == 1
    left = (await social.ask(_LETTERS, "tenant_admin", w={"host": "dead.test"}))["deadLetters"]["nodes"]
    assert [one["id"] for one in left] == made[:1:-1]
    await does(social, "replayDeadLetters", _COMMAND, host="dead.test")
    assert await queue.carry_out() == 1
    waiting = await social.ask(_DELIVERIES, "tenant_admin", w={"host": "dead.test"})
    assert waiting["deliveries"]["totalCount"] == 4
    assert await refused(social, "replayDeadLetters", ids=made[:1]) == "NOT_FOUND"
    assert await refused(social, "replayDeadLetters", ids=[]) == "BAD_USER_INPUT"
    assert await refused(social, "replayDeadLetters", ids=made[:1], host="dead.test") == "BAD_USER_INPUT"
    assert (
        await refused(social, "replayDeadLetters", ids=[f"letter_{one}" for one in range(1, 102)])
        == "BAD_USER_INPUT"
    )


async def test_a_delivery_is_cancelled_and_stays_as_a_dead_letter(social: Social) -> None:
    queue = Queue(social)
    one, other = await queue.deliveries("stop.test", 2)
    await does(social, "cancelDelivery", _COMMAND, id=one)
    assert await queue.carry_out() == 1
    data = await social.ask(_LETTERS, "tenant_admin", w={"host": "stop.test"})
    assert [(letter["host"], letter["endReason"]) for letter in data["deadLetters"]["nodes"]] == [
        ("stop.test", "CANCELLED")
    ]
    waiting = await social.ask(_DELIVERIES, "tenant_admin", w={"host": "stop.test"})
    assert [delivery["id"] for delivery in waiting["deliveries"]["nodes"]] == [other]
    assert await refused(social, "cancelDelivery", id=one) == "NOT_FOUND"


async def test_nobody_else_sees_or_asks_anything(social: Social, other: Social) -> None:
    queue = Queue(social)
    (delivery,), (letter,) = await queue.deliveries("mine.test", 1), await queue.letters("mine.test", 1)
    await queue.write(tenant_hosts, {"host": "mine.test"})
    command = (await does(social, "pauseHost", _COMMAND, host="mine.test"))["deliveryCommand"]["id"]
    everything = """{ federationHosts { totalCount nodes { host } } deliveries { totalCount nodes { id } }
      deadLetters { totalCount nodes { id } } deliveryCommands { totalCount nodes { id } } }"""
    nothing = {"totalCount": 0, "nodes": []}
    node = "query($i: ID!) { node(id: $i) { id } }"
    for at, role in (
        (other, "tenant_admin"),
        (social, "registrar"),
        (social, "student"),
        (social, "auditor"),
    ):
        data = await at.ask(everything, role)
        assert list(data.values()) == [nothing] * 4, role
        for one in (delivery, letter, command):
            assert (await at.ask(node, role, i=one))["node"] is None
    for role in ("registrar", "student"):
        for mutation in ("pauseHost", "resumeHost", "retryHost"):
            assert await refused(social, mutation, role=role, host="mine.test") == "FORBIDDEN"
        assert await refused(social, "cancelDelivery", role=role, id=delivery) == "FORBIDDEN"
        assert await refused(social, "replayDeadLetters", role=role, ids=[letter]) == "FORBIDDEN"
    assert await refused(other, "cancelDelivery", id=delivery) == "NOT_FOUND"
    assert await refused(other, "replayDeadLetters", ids=[letter]) == "NOT_FOUND"
    await does(other, "replayDeadLetters", host="mine.test")
    while await queue.carry_out():
        pass
    data = await social.ask(_LETTERS, "tenant_admin", w={"host": "mine.test"})
    assert [one["id"] for one in data["deadLetters"]["nodes"]] == [letter]
    nobody = await social.world.ask(everything, at=social.slug, role=None)
    assert set(nobody.codes) == {"UNAUTHENTICATED"}


async def test_a_token_needs_the_scope(social: Social) -> None:
    made = await social.ask(
        "mutation($i: CreateTokenInput!) { createToken(input: $i) { secret userErrors { message } } }",
        "tenant_admin",
        i={
            "name": "posts",
            "scopes": ["posts:read", "moderation:read"],
            "expiresAt": (system_clock() + timedelta(days=1)).isoformat(),
        },
    )
    assert made["createToken"]["userErrors"] == []
    token = made["createToken"]["secret"]
    for field in ("federationHosts", "deliveries", "deadLetters", "deliveryCommands", "domainPolicies"):
        answer = await social.world.ask(f"{{ {field} {{ totalCount }} }}", at=social.slug, token=token)
        assert answer.codes == ["FORBIDDEN"], field
    answer = await social.world.ask("{ reports { totalCount } }", at=social.slug, token=token)
    assert answer.codes == []
    answer = await social.world.ask(
        'mutation { suspendActor(input: {actorId: "actor_1", reason: "x"}) { userErrors { code } } }',
        at=social.slug,
        token=token,
    )
    assert answer.codes == ["FORBIDDEN"]
