"""What waits when moderators decide: it is not sent any more, and stays as a dead letter."""

from federation.moderation.actors import restore_actor, suspend_actor
from federation.moderation.history import Because
from federation.tables.delivery import dead_letters
from tests.integration.delivery.office import Office, until
from tests.sinks import sinks

_WHY = Because("Spam")


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


async def _ended(office: Office, count: int) -> bool:
    return [one["end_reason"] for one in await office.rows(dead_letters)] == ["blocked"] * count
