"""What is about one object reaches a server in the order in which it was done, also where the first try failed."""

from collections.abc import AsyncIterator

import orjson
import pytest

from federation.activities import BULK, INTERACTIVE, About
from federation.delivery.commands import replay
from federation.delivery.operating import retry_everywhere
from federation.follows.operations import follow, unfollow
from federation.posts.model import NewPost, PostChanges
from federation.posts.operations import delete_post, post, update_post
from federation.tables.activities import activities
from federation.tables.delivery import dead_letters, deliveries
from tenants.door import driver_of
from tests.fediverse import here, row
from tests.integration.delivery.office import Office, until
from tests.sinks import Posted, Reply, Sink, sinks


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """A server that follows."""
    async with sinks(1) as (made,):
        yield made


async def _posts(office: Office) -> int:
    async with office.author.acting() as tx:
        return await post(tx, post=NewPost("First"), here=here(office.world))


async def _edits(office: Office, post_id: int, text: str = "Second") -> None:
    async with office.author.acting() as tx:
        changes = PostChanges(text=text)
        await update_post(tx, post_id=post_id, changes=changes, here=here(office.world))


async def _deletes(office: Office, post_id: int) -> None:
    async with office.author.acting() as tx:
        await delete_post(tx, post_id=post_id, here=here(office.world))


async def test_what_changes_a_post_waits_for_the_create_that_is_tried_again(
    office: Office, sink: Sink
) -> None:
    await office.follow_from([sink])
    (known,) = await office.publish()
    failed: list[Posted] = []

    def fails_until_others_came(posted: Posted) -> Reply:
        is_create = _is_about_post(posted) and _type(posted) == "Create"
        if is_create and len(_others(sink)) < 2:
            failed.append(posted)
            return Reply(500)
        return Reply()

    sink.answer = fails_until_others_came
    async with office.delivering():
        await until(lambda: sink.activities == [known])  # the host is there: it is not the host that fails
        post_id = await _posts(office)
        await until(lambda: failed)
        await _edits(office, post_id)
        await office.publish()  # what is sent behind the Update, and has nothing to do with it
        create = int(failed[0].activity.rpartition("/")[2])

        async def others_came() -> bool:
            await office.put_off(create)
            return len(_others(sink)) == 2

        await until(others_came)
        await retry_everywhere(office.stack.directory, [office.stack.served["one"]], sink.host)
        await until(lambda: len(_about_post(sink)) == 2)
        await _deletes(office, post_id)
        await until(lambda: len(_about_post(sink)) == 3)
    assert _about_post(sink) == ["Create", "Update", "Delete"]


async def test_what_changes_a_post_does_not_overtake_the_create_on_its_way(
    office: Office, sink: Sink
) -> None:
    await office.follow_from([sink])

    def slow(posted: Posted) -> Reply:
        return Reply(after=1.0 if _is_about_post(posted) and _type(posted) == "Create" else 0.1)

    sink.answer = slow
    async with office.delivering():
        await office.publish(300)
        await until(lambda: len(sink.accepted) >= 10)  # in the midst of which several are on their way
        await _edits(office, await _posts(office))
        await until(lambda: len(_about_post(sink)) == 2)
    assert _about_post(sink) == ["Create", "Update"]


async def test_a_delete_is_sent_at_once_instead_of_the_create_that_waits(office: Office, sink: Sink) -> None:
    await office.follow_from([sink])
    sink.answer = lambda posted: Reply(400 if _type(posted) == "Create" else 202)
    async with office.delivering(backoff=3600.0, longest_backoff=3600.0):
        post_id = await _posts(office)
        await until(lambda: _is_tried_later(office))
        await _edits(office, post_id)
        await _deletes(office, post_id)
        await until(lambda: _about_post(sink) == ["Delete"])
        await until(lambda: _is_empty(office))
    assert await office.rows(dead_letters) == []


async def test_a_dead_letter_does_not_bring_back_what_was_deleted(office: Office, sink: Sink) -> None:
    await office.follow_from([sink])
    sink.answer = lambda posted: Reply(422 if _type(posted) == "Create" else 202)
    async with office.delivering(rules=0.0):
        post_id = await _posts(office)
        await until(lambda: office.rows(dead_letters))
        await _deletes(office, post_id)
        await until(lambda: _about_post(sink) == ["Delete"])
        sink.answer = lambda _: Reply()
        async with office.stack.served["one"].connect() as connection, connection.begin():
            assert await replay(driver_of(connection), host=sink.host) == 1
        await until(lambda: office.rows(dead_letters, end_reason="cancelled"))
    assert _about_post(sink) == ["Delete"]


async def test_of_several_updates_behind_a_create_the_newest_is_sent(office: Office, sink: Sink) -> None:
    await office.follow_from([sink])
    (known,) = await office.publish()
    tried: list[Posted] = []

    def takes_no_create(posted: Posted) -> Reply:
        tried.append(posted)
        return Reply(500 if _is_about_post(posted) else 202)

    sink.answer = takes_no_create
    async with office.delivering():
        await until(lambda: sink.activities == [known])
        post_id = await _posts(office)
        for text in ("Second", "Third", "Fourth"):
            await _edits(office, post_id, text)
        await until(lambda: _only_newest_waits(office, "Fourth"))
        sink.answer = lambda _: Reply()
        await until(lambda: _is_empty(office))
    assert {_type(one) for one in tried if _is_about_post(one)} <= {"Create"}
    assert _about_post(sink) == ["Create", "Update"]
    assert b"Fourth" in sink.accepted[-1].body


async def test_a_follow_that_was_taken_back_is_not_sent_after_the_undo(office: Office, sink: Sink) -> None:
    (followed,) = await office.follow_from([sink])
    (known,) = await office.publish()
    sink.answer = lambda posted: Reply(500 if _type(posted) == "Follow" else 202)
    async with office.delivering():
        await until(lambda: sink.activities == [known])
        async with office.author.acting() as tx:
            await follow(tx, actor_id=followed, here=here(office.world))
        await until(lambda: any(_type(one) == "Follow" for one in sink.posted))
        async with office.author.acting() as tx:
            await unfollow(tx, actor_id=followed, here=here(office.world))
        await until(lambda: [_type(one) for one in sink.accepted] == ["Create", "Undo"])
        await until(lambda: _is_empty(office))


async def test_the_order_holds_where_the_newer_is_more_urgent(office: Office, sink: Sink) -> None:
    await office.follow_from([sink])
    (old,) = await office.publish(about=About(5), delivery_class=BULK)
    (new,) = await office.publish(about=About(5), delivery_class=INTERACTIVE)
    (other,) = await office.publish(delivery_class=BULK)
    async with office.delivering():
        await until(lambda: len(sink.accepted) == 3)
    assert sorted(sink.activities) == sorted([old, new, other])
    assert sink.activities.index(old) < sink.activities.index(new)


async def _only_newest_waits(office: Office, text: str) -> bool:
    """Whether a Create waits, and behind it one Update alone, which says so."""
    waiting = [row["activity_id"] for row in await office.rows(deliveries)]
    found = [await row(office.world, activities, id=one) for one in waiting]
    updates = [one["document"] for one in found if one["type"] == "Update"]
    return len(found) == 2 and len(updates) == 1 and text in updates[0]


async def _is_tried_later(office: Office) -> bool:
    return [one["attempts"] for one in await office.rows(deliveries)] == [1]


async def _is_empty(office: Office) -> bool:
    return await office.waiting() == 0


def _type(posted: Posted) -> str:
    return str(orjson.loads(posted.body)["type"])


def _is_about_post(posted: Posted) -> bool:
    """Of one that was published by the operation, not by the office."""
    return "/posts/" in orjson.loads(posted.body)["object"]["id"]


def _others(sink: Sink) -> list[Posted]:
    return [one for one in sink.accepted if not _is_about_post(one)]


def _about_post(sink: Sink) -> list[str]:
    return [_type(one) for one in sink.accepted if _is_about_post(one)]
