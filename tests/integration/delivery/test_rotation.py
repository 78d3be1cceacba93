"""Keys are replaced while things are delivered to servers that know the one key that `publicKey` names and no other."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import delete, func, update

from federation.actors.rotating import replace, rotate
from federation.actors.switching import KeySwitches
from federation.signatures import (
    STRICT,
    PublicKey,
    SignatureRefused,
    SignedRequest,
    parse_signature,
    public_key_from_pem,
    verify,
)
from federation.tables.activities import activities
from federation.tables.actors import key_switches
from federation.tables.delivery import dead_letters
from kernel.crypto.key_encryption import key_encryption_keys
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tests.databases import KEY_ENCRYPTION_KEY
from tests.fediverse import PUBLIC_URL, here, rows
from tests.integration.delivery.office import Office, until
from tests.sinks import Posted, Reply, Sink, sinks


@dataclass(slots=True)
class OneKey:
    """A server that remembers an actor's one key, asks for the actor once more if that does not verify, and looks at
    nothing else of a signature's key than that it is the actor's."""

    office: Office
    sink: Sink
    key: PublicKey | None = None
    fetched: int = 0
    signed_with: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sink.answer = self._answer

    def _answer(self, posted: Posted) -> Awaitable[Reply]:
        return self._checked(posted)

    async def _checked(self, posted: Posted) -> Reply:
        request = SignedRequest(
            "POST", posted.path, "http", self.sink.host, tuple(posted.headers.items()), posted.body
        )
        self.signed_with.append(parse_signature(request).key_id)
        if self.key is not None and _verifies(request, self.key):
            return Reply(202)
        document = await fetched(self.office)
        self.key = public_key_from_pem(document["publicKey"]["publicKeyPem"])
        self.fetched += 1
        return Reply(202 if _verifies(request, self.key) else 401)


def _verifies(request: SignedRequest, key: PublicKey) -> bool:
    try:
        verify(parse_signature(request), request, key, datetime.now(UTC), policy=STRICT)
    except SignatureRefused:
        return False
    return True


async def fetched(office: Office) -> dict[str, dict[str, str]]:
    """The author's document, as a server gets it."""
    headers = {"host": "alpha.test:8000", "accept": "application/activity+json"}
    path = f"/actors/{office.author.actor_id}"
    document: dict[str, dict[str, str]] = (await office.world.request("GET", path, headers=headers)).json
    return document


async def named(office: Office) -> str:
    """The address of the key that `publicKey` names."""
    return (await fetched(office))["publicKey"]["id"]


def data_keys() -> DataKeys:
    return DataKeys(key_encryption_keys([KEY_ENCRYPTION_KEY]))


async def test_whatever_is_sent_around_a_rotation_verifies_at_the_first_attempt(office: Office) -> None:
    tenant = office.world["alpha"].tenant
    old = await named(office)
    async with sinks(3) as servers:
        peers = [OneKey(office, sink) for sink in servers]
        await office.follow_from(servers)

        async def delivered_one_more() -> None:
            (sent,) = await office.publish()
            await until(lambda: all(sent in sink.activities for sink in servers))

        async with office.delivering():
            await delivered_one_more()
        at = await rotate(
            office.world.door,
            tenant,
            data_keys(),
            office.author.actor_id,
            switch_after=timedelta(seconds=4),
        )
        # A worker that has just started, as the others would do after `REMEMBERED`.
        async with office.delivering(), asyncio.timeout(120):
            # A worker signs with the old key for as long more as it took to hear of the switch.
            while datetime.now(UTC) < at or any(peer.signed_with[-1] == old for peer in peers):
                await delivered_one_more()
            await delivered_one_more()
    new = await named(office)
    for peer, sink in zip(peers, servers, strict=True):
        assert len(sink.posted) == len(sink.accepted)
        assert peer.fetched <= 2
        assert set(peer.signed_with) == {old, new}
        assert set(peer.signed_with[peer.signed_with.index(new) :]) == {new}
    assert await office.rows(dead_letters) == []


async def test_what_waited_through_a_rotation_is_signed_with_the_key_of_when_it_is_sent(
    office: Office,
) -> None:
    tenant = office.world["alpha"].tenant
    await named(office)
    async with sinks(1) as (sink,):
        peer = OneKey(office, sink)
        await office.follow_from([sink])
        await office.publish(3)
        await rotate(office.world.door, tenant, data_keys(), office.author.actor_id, switch_after=timedelta())
        async with office.delivering():
            await until(lambda: len(sink.accepted) == 3)
    assert len(sink.posted) == 3
    assert set(peer.signed_with) == {await named(office)}


async def test_others_are_told_once_and_not_before_the_switch(office: Office) -> None:
    tenant, actor_id = office.world["alpha"].tenant, office.author.actor_id
    await named(office)
    shard = office.stack.served["one"]
    async with shard.begin() as connection:
        await connection.execute(delete(key_switches))
    async with office.stack.door() as door:
        telling = KeySwitches(door, Directory(office.stack.directory).by_id, PUBLIC_URL)
        await rotate(door, tenant, data_keys(), actor_id, switch_after=timedelta(minutes=5))
        assert await telling.tell_due(shard) == 0
        assert await rows(office.world, activities, actor_id=actor_id, type="Update") == []
        await rotate(door, tenant, data_keys(), actor_id, switch_after=timedelta())
        async with shard.begin() as connection:
            await connection.execute(update(key_switches).values(due_at=func.now()))
        await asyncio.gather(telling.tell_due(shard), telling.tell_due(shard))
        assert await telling.tell_due(shard) == 0
    told = await rows(office.world, activities, actor_id=actor_id, type="Update")
    assert len(told) == 2
    assert {orjson.loads(one["document"])["object"]["publicKey"]["id"] for one in told} == {
        await named(office)
    }


async def test_a_worker_that_remembers_a_withdrawn_key_reads_the_new_one_when_it_is_refused(
    office: Office,
) -> None:
    tenant, actor_id = office.world["alpha"].tenant, office.author.actor_id
    stolen = await named(office)
    async with sinks(1) as (sink,):
        peer = OneKey(office, sink)
        await office.follow_from([sink])
        async with office.delivering(refusals=20):
            await office.publish()
            await until(lambda: len(sink.accepted) == 1)
            await replace(office.world.door, tenant, here(office.world), data_keys(), actor_id)
            peer.key = None  # it was told, or forgot
            await office.publish(5)
            await until(lambda: len(sink.accepted) >= 6)
    new = await named(office)
    assert peer.signed_with[0] == stolen != new == peer.signed_with[-1]
    assert await office.rows(dead_letters) == []
