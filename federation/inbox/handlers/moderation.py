"""Block and Flag: somebody abroad wants nothing to do with one of ours, or reports them."""

from sqlalchemy import insert, select

from federation.content.plain_text import text_of
from federation.follows import rows
from federation.follows.rows import follow_between
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.moderation.reports import file_remote_report
from federation.tables.moderation import blocks


async def block(h: Handling) -> None:
    """Neither sees the other from now on; follows between them end."""
    reference = h.activity.object
    blocked = await h.local_actor(reference.uri if reference else None)
    if blocked is None:
        raise Refused(NotStored.UNKNOWN_OBJECT, "there is no such actor here")
    actor = await h.acting()
    if not await h.record(
        "Block", actor, object_address=blocked.address, object_type="Actor", object_actor_id=blocked.id
    ):
        return
    row = blocks.c
    known = select(row.id).where(
        row.tenant_id == h.tx.tenant_id, row.actor_id == actor.id, row.blocked_id == blocked.id
    )
    if (await h.tx.connection.execute(known)).first() is None:
        await h.tx.connection.execute(
            insert(blocks).values(
                tenant_id=h.tx.tenant_id,
                id=h.tx.new_id(),
                actor_id=actor.id,
                blocked_id=blocked.id,
                activity_address=h.activity.id,
                created_at=h.tx.now,
            )
        )
    for follower, followed in ((actor.id, blocked.id), (blocked.id, actor.id)):
        asked = await follow_between(h.tx, follower, followed, lock=True)
        if asked is not None:
            await rows.end(h.tx, asked)


async def flag(h: Handling) -> None:
    """A report about one of ours, and posts of theirs: a case for our moderators."""
    named = [one.uri for one in h.activity.objects if one.uri is not None]
    reported = await h.local_actors(named)
    found = [post for post in [await h.post(uri) for uri in named] if post is not None and post["is_local"]]
    targets = dict.fromkeys([*(actor.id for actor in reported), *(post["actor_id"] for post in found)])
    if not targets:
        raise Refused(NotStored.UNKNOWN_OBJECT, "the report is about nobody here")
    reporter = await h.acting()
    target_id = next(iter(targets))
    if await h.record("Flag", reporter, object_actor_id=target_id, object_type="Actor"):
        await file_remote_report(
            h.tx,
            reporter_id=reporter.id,
            target_id=target_id,
            post_ids=[post["id"] for post in found if post["actor_id"] == target_id],
            complaint=text_of(h.activity.content or ""),
            activity_address=h.activity.id,
        )
