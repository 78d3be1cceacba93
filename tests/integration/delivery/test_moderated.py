"""What waits when somebody decides against it: it is not sent any more, and stays as a dead letter."""

from federation.delivery.operating import retry_everywhere
from federation.hosts.blocklists import DomainRule
from federation.hosts.domain_rules import store_platform_rules
from federation.moderation.actors import restore_actor, suspend_actor
from federation.moderation.history import Because
from federation.moderation.hosts import set_rule
from federation.tables.delivery import dead_letters
from tests.integration.delivery.office import Office, begun, until
from tests.sinks import Reply, Sink, sinks

_WHY = Because("Spam")
_MANY = 150


async def test_what_a_suspended_actor_sent_does_not_go_out(office: Office) -> None:
    actor_id = office.author.actor_id
    async with sinks(1) as (sink,):
        await office.follow_from([sink])
        await office.publish(2)
        async with office.world.door.write(office.world.as_system(office.slug)) as tx:
            await suspend_actor(tx, actor_id=actor_id, because=_WHY)
        async with office.delivering():
            await until(lambda: _ended(office, 2))
        assert sink.posted == []
    async with office.world.door.write(office.world.as_system(office.slug)) as tx:
        await restore_actor(tx, actor_id=actor_id, because=_WHY)


async def test_what_waits_for_a_server_that_the_platform_blocks_is_buried(office: Office) -> None:
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(503, (("retry-after", "3000"),))
        await office.follow_from([sink])
        await office.publish(3)
        async with office.delivering():
            await until(lambda: sink.posted)
            await until(lambda: _waits(office, 3))
        sent = len(sink.posted)
        await _block_on_platform(office, sink)
        async with office.delivering():
            await retry_everywhere(office.stack.directory, [office.stack.served["one"]], sink.host)
            await until(lambda: _ended(office, 3))
        assert len(sink.posted) == sent


async def test_a_block_by_the_platform_ends_a_session_that_is_under_way(office: Office) -> None:
    async with sinks(1) as (sink,), office.delivering(window=1, rules=0.5):
        await begun(office, sink, _MANY)
        await _block_on_platform(office, sink)
        await until(lambda: _all_ended(office))
        await _nothing_more(office, sink)


async def test_a_block_by_the_institution_reaches_a_session_that_is_under_way(office: Office) -> None:
    async with sinks(1) as (sink,), office.delivering(window=1, rules=0.5):
        await begun(office, sink, _MANY)
        async with office.world.door.write(office.world.as_system(office.slug)) as tx:
            await set_rule(tx, domain=sink.host, action="block", because=_WHY)
        await until(lambda: _all_ended(office))
        await _nothing_more(office, sink)


async def test_only_the_institution_that_blocks_a_server_sends_it_nothing(office: Office) -> None:
    other = await office.at("gamma")
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(503, (("retry-after", "3000"),))
        await office.follow_from([sink])
        await other.follow_from([sink])
        await office.publish(2)
        sent = await other.publish(2)
        async with office.delivering():
            await until(lambda: sink.posted)
            await until(lambda: _waits(office, 4))
        async with office.world.door.write(office.world.as_system(office.slug)) as tx:
            await set_rule(tx, domain=sink.address, action="block", because=_WHY)
        sink.answer = lambda _: Reply()
        async with office.delivering():
            await retry_everywhere(office.stack.directory, [office.stack.served["one"]], sink.host)
            await until(lambda: len(sink.accepted) == 2)
            await until(lambda: _ended(office, 2))
        assert sorted(sink.activities) == sorted(sent)


async def _block_on_platform(office: Office, sink: Sink) -> None:
    await store_platform_rules(office.stack.directory, [DomainRule(sink.address, "block", "spam")])


async def _all_ended(office: Office) -> bool:
    return await office.waiting() == 0 and len(await office.rows(dead_letters)) > 0


async def _nothing_more(office: Office, sink: Sink) -> None:
    """All that was not taken is a dead letter, so nothing is left that could be sent."""
    letters = await office.rows(dead_letters)
    assert {one["end_reason"] for one in letters} == {"blocked"}
    assert len(letters) + len(sink.posted) == _MANY
    assert len(sink.posted) < _MANY / 2


async def _waits(office: Office, count: int) -> bool:
    return await office.waiting() >= count


async def _ended(office: Office, count: int) -> bool:
    return [one["end_reason"] for one in await office.rows(dead_letters)] == ["blocked"] * count
