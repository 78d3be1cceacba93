"""Publishing posts: what is stored, what is said to whom, and who may."""

from typing import Any

import orjson
import pytest

from federation.activities import CHANGES
from federation.content.composing import TextFormat
from federation.posts.model import NewPost, PostChanges
from federation.posts.operations import delete_post, post, reply, update_post
from federation.protocol.vocabulary import AS_PUBLIC
from federation.tables.activities import activities
from federation.tables.actors import actors
from federation.tables.posts import post_hashtags, post_mentions, post_versions, posts
from kernel.errors import InvalidInput
from tenants.changing import VersionConflict
from tenants.model import Forbidden, NotFound
from tests.fediverse import Person, following, here, person, row, rows, stranger, told
from tests.world import World


async def _post(someone: Person, text: str = "Hello", **given: Any) -> int:
    async with someone.acting() as tx:
        return await post(tx, post=NewPost(text, **given), here=here(someone.world))


async def _answer(someone: Person, to: int, answer: NewPost) -> int:
    async with someone.acting() as tx:
        return await reply(tx, to_id=to, post=answer, here=here(someone.world))


async def _said(world: World, post_id: int, type: str = "Create") -> tuple[Any, list[dict[str, Any]]]:
    """The activity about a post, its document, and what was sent."""
    activity = await row(world, activities, post_id=post_id, type=type)
    sent = [payload for event, payload in await told(world, activity["id"]) if event == "activity.sent"]
    return orjson.loads(activity["document"]), sent


async def test_a_public_post_is_stored_with_its_names_and_sent_to_followers_and_named(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    far = await stranger(world, "far")
    handle = (await row(world, actors, id=far))["preferred_username"]
    text = f"Hello @{bea.username} and @{handle}@far.example about **#Öko**, @nobody"
    post_id = await _post(ana, text, format=TextFormat.MARKDOWN, language="DE-at", content_warning="Pollen ")
    stored = await row(world, posts, id=post_id)
    assert stored["address"] == f"https://alpha.test/posts/{post_id}"
    assert (stored["language"], stored["content_warning"], stored["is_sensitive"]) == (
        "de-AT",
        "Pollen",
        True,
    )
    assert (stored["source"], stored["source_media_type"], stored["kind"]) == (text, "text/markdown", "note")
    assert stored["conversation_id"] == post_id
    assert "<strong>" in stored["content"]
    assert "@nobody" in stored["content"]
    assert [one["tag"] for one in await rows(world, post_hashtags, post_id=post_id)] == ["öko"]
    named = {one["actor_id"]: one["is_named"] for one in await rows(world, post_mentions, post_id=post_id)}
    assert named == {bea.actor_id: True, far: True}
    document, sent = await _said(world, post_id)
    assert document["actor"] == document["object"]["attributedTo"] == here(world).actor(ana.actor_id)
    assert document["object"]["to"] == [AS_PUBLIC]
    assert document["object"]["contentMap"]["de-AT"] == stored["content"]
    assert [tag["name"] for tag in document["object"]["tag"] if tag["type"] == "Mention"] == [
        f"@{bea.username}@alpha.test",
        f"@{handle}@far.example",
    ]
    assert [(one["followers_of"], one["actors"], one["class"]) for one in sent] == [
        ([ana.actor_id], [far], 1)
    ]
    assert (await row(world, actors, id=ana.actor_id))["posts_count"] == 1
    assert await told(world, post_id) == [
        ("post.published", {"actor": ana.actor_id, "visibility": "public"}),
    ]


async def test_somebody_of_another_server_who_is_not_known_is_named_in_the_error(world: World) -> None:
    ana = await person(world, "ana")
    with pytest.raises(InvalidInput, match=r"@ghost@far\.example") as refused:
        await _post(ana, "Hello @ghost@far.example")
    assert refused.value.details["path"] == ["input", "text"]
    assert await rows(world, posts, actor_id=ana.actor_id) == []


async def test_a_post_for_the_institution_is_sent_to_nobody(world: World) -> None:
    ana = await person(world, "ana")
    far = await row(world, actors, id=await stranger(world))
    post_id = await _post(ana, f"Among us, not @{far['preferred_username']}@far.example", visibility="tenant")
    document, sent = await _said(world, post_id)
    assert sent == []
    assert not {"to", "cc", "audience"} & set(document)
    assert await rows(world, post_mentions, post_id=post_id) == []


async def test_a_direct_post_goes_to_those_it_names_alone(world: World) -> None:
    ana = await person(world, "ana")
    far = await row(world, actors, id=await stranger(world))
    post_id = await _post(ana, f"@{far['preferred_username']}@far.example psst", visibility="direct")
    document, sent = await _said(world, post_id)
    assert (document["to"], document["cc"]) == ([far["address"]], [])
    assert [(one["followers_of"], one["actors"], one["class"]) for one in sent] == [([], [far["id"]], 0)]
    with pytest.raises(InvalidInput, match="is for somebody"):
        await _post(ana, "to nobody", visibility="direct")


async def test_a_post_for_followers_names_their_collection(world: World) -> None:
    ana = await person(world, "ana")
    document, sent = await _said(world, await _post(ana, visibility="followers"))
    assert document["to"] == [f"{here(world).actor(ana.actor_id)}/followers"]
    assert [(one["followers_of"], one["actors"]) for one in sent] == [([ana.actor_id], [])]


@pytest.mark.parametrize(
    ("parent", "allowed"),
    [
        ("followers", {"followers", "direct"}),
        ("tenant", {"tenant", "direct"}),
        ("direct", {"direct"}),
        ("public", {"public", "unlisted", "followers", "tenant", "direct"}),
    ],
)
async def test_an_answer_is_no_wider_than_what_it_answers(
    world: World, parent: str, allowed: set[str]
) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    await following(world, bea.actor_id, ana.actor_id)
    to = await _post(ana, f"Hello @{bea.username}", visibility=parent)
    for visibility in ("public", "unlisted", "followers", "tenant", "direct"):
        answer = NewPost("Yes", visibility=visibility)
        if visibility not in allowed:
            with pytest.raises(InvalidInput, match=r"is .*, not"):
                await _answer(bea, to, answer)
            continue
        answer_id = await _answer(bea, to, answer)
        stored = await row(world, posts, id=answer_id)
        assert (stored["conversation_id"], stored["in_reply_to_id"]) == (to, to)
        assert [one["actor_id"] for one in await rows(world, post_mentions, post_id=answer_id)] == [
            ana.actor_id
        ]
    counted = {"public": 2, "followers": 1, "tenant": 1, "direct": 1}
    assert (await row(world, posts, id=to))["replies_count"] == counted[parent]


async def test_who_does_not_see_a_post_cannot_answer_it(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    to = await _post(ana, visibility="followers")
    with pytest.raises(NotFound):
        async with bea.acting() as tx:
            await reply(tx, to_id=to, post=NewPost("Yes", visibility="followers"), here=here(world))


async def test_an_edit_keeps_the_former_version_and_is_told_to_those_who_got_it(world: World) -> None:
    ana = await person(world, "ana")
    far = await row(world, actors, id=await stranger(world))
    post_id = await _post(ana, f"First @{far['preferred_username']}@far.example #one", content_warning="W")
    async with ana.acting() as tx:
        changes = PostChanges(text="Second #two", content_warning=None)
        await update_post(tx, post_id=post_id, changes=changes, here=here(world), expected_version=1)
    stored = await row(world, posts, id=post_id)
    assert (stored["source"], stored["content_warning"], stored["version"]) == ("Second #two", None, 2)
    assert stored["edited_at"] is not None
    assert stored["language"] == "de"
    version = await row(world, post_versions, post_id=post_id)
    assert (version["version"], version["content_warning"]) == (1, "W")
    assert "First" in version["content"]
    assert [one["tag"] for one in await rows(world, post_hashtags, post_id=post_id)] == ["two"]
    document, sent = await _said(world, post_id, "Update")
    assert "Second" in document["object"]["content"]
    assert document["object"]["updated"]
    assert [(one["followers_of"], one["actors"], one["about"]) for one in sent] == [
        ([ana.actor_id], [far["id"]], [post_id, CHANGES])
    ]
    with pytest.raises(VersionConflict):
        async with ana.acting() as tx:
            await update_post(
                tx, post_id=post_id, changes=PostChanges("Third"), here=here(world), expected_version=1
            )


async def test_of_a_deleted_post_a_tombstone_is_left(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    to = await _post(bea)
    far = await stranger(world)
    name = (await row(world, actors, id=far))["preferred_username"]
    async with ana.acting() as tx:
        answer = NewPost(f"Gone @{name}@far.example #soon", title="T")
        post_id = await reply(tx, to_id=to, post=answer, here=here(world))
    assert (await row(world, posts, id=to))["replies_count"] == 1
    async with ana.acting() as tx:
        await update_post(tx, post_id=post_id, changes=PostChanges("Going"), here=here(world))
    async with ana.acting() as tx:
        await delete_post(tx, post_id=post_id, here=here(world))
    stored = await row(world, posts, id=post_id)
    assert (stored["state"], stored["content"], stored["source"], stored["title"]) == (
        "deleted",
        "",
        None,
        None,
    )
    for table in (post_mentions, post_hashtags, post_versions):
        assert await rows(world, table, post_id=post_id) == []
    document, sent = await _said(world, post_id, "Delete")
    assert (document["object"]["type"], document["object"]["formerType"]) == ("Tombstone", "Article")
    assert sent[0]["followers_of"] == [ana.actor_id]
    assert (await row(world, posts, id=to))["replies_count"] == 0
    assert (await row(world, actors, id=ana.actor_id))["posts_count"] == 0
    with pytest.raises(NotFound):
        async with bea.acting() as tx:
            await reply(tx, to_id=10**15, post=NewPost("?"), here=here(world))


async def test_others_neither_change_nor_delete_a_post(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    post_id = await _post(ana)
    with pytest.raises(Forbidden):
        async with bea.acting() as tx:
            await delete_post(tx, post_id=post_id, here=here(world))
    with pytest.raises(Forbidden):
        async with bea.acting() as tx:
            await update_post(tx, post_id=post_id, changes=PostChanges("Mine"), here=here(world))
