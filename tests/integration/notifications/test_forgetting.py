"""What people were told is kept for 90 days."""

from datetime import UTC, datetime, timedelta

from federation.notifications.forgetting import KEPT, forget_notifications
from tests.fediverse import person
from tests.integration.notifications.posting import Posting
from tests.integration.notifications.told import items_of, letters_of, reachable, tell, told_of, wants
from tests.integration.posts.acting import likes, posts
from tests.world import World


async def test_old_notifications_go_with_their_letters_and_newer_ones_stay(
    world: World, posting: Posting
) -> None:
    ana, tenant = await person(world, "ana"), world["alpha"].tenant
    await tell(world, sends_mail=True)
    # what other tests left may be thousands
    await forget_notifications(posting.shard, tenant.id, datetime.now(UTC) + KEPT + timedelta(minutes=5))
    await reachable(ana)
    await wants(ana, "like", email="at_once")
    post_id = await posts(ana)
    for nth in range(3):
        await likes(await person(world, f"fan{nth}"), post_id)
    await tell(world, sends_mail=True)
    (letter,) = await letters_of(world, ana.user_id)
    almost = datetime.now(UTC) + KEPT - timedelta(minutes=5)
    await forget_notifications(posting.shard, tenant.id, almost, batch=2)
    assert len(await told_of(world, ana.user_id)) == 3
    assert len(await items_of(world, letter["id"])) == 3
    after = datetime.now(UTC) + KEPT + timedelta(minutes=5)
    assert await forget_notifications(posting.shard, tenant.id, after, batch=2) >= 4
    assert await told_of(world, ana.user_id) == []
    assert await letters_of(world, ana.user_id) == []
