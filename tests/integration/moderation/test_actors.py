"""What moderators decide about actors holds wherever the actor or what it wrote could be seen, until it is taken back."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.graphql.social import Social, ids_array, number
from tests.integration.moderation.acting import does, history, refused

# Every root field and every list that leads to posts; the last two lines ask for somebody who is signed in.
_EVERYWHERE = """
post(id: $p) { id } byNode: node(id: $p) { id } byNodes: nodes(ids: [$p]) { id }
publicTimeline(first: 100) { nodes { id } } localTimeline: publicTimeline(local: true, first: 100) { nodes { id } }
courseFeed(courseId: $course, first: 100) { nodes { id } } hashtag(name: "lost", first: 100) { nodes { id } }
author: actor(id: $author) { posts { nodes { id } } featured { post { id } } }
group: actor(id: $group) { feed(first: 100) { nodes { id } } }
fan: actor(id: $fan) { following(first: 5) { nodes { followed { posts(first: 5) { nodes { id } } } } } }
parent: post(id: $parent) { replies { nodes { id } } conversation { nodes { id } } }
below: post(id: $reply) { inReplyTo { id } conversation { nodes { id } } }
activities(filter: {actor: $author}, first: 100) { nodes { post { id } } } act: node(id: $act) { ... on Activity { post { id } } }
talk: node(id: $talk) { ... on Conversation { lastPost { id } posts { nodes { id } } } } homeTimeline(first: 100) { nodes { post { id } } }
conversations(first: 20) { nodes { lastPost { id } posts(first: 5) { nodes { id } } } }
""".strip().split("\n")
_FANS = ("student", "analyst")


class Scene:
    """Somebody's post in every place where a post can stand."""

    def __init__(self, social: Social, name: str) -> None:
        self.social = social
        self.name = name
        self.ids: dict[str, Any] = {}
        self.posts: set[str] = set()

    async def furnish(self, *, is_local: bool) -> None:
        """Writes the rows."""
        social = self.social
        async with social.writing() as new:
            host = social.host if is_local else "far.example"
            author = await new.actor(self.name, host=host)
            group = social.actors["c1"]
            parent = await new.post("instructor", "First")
            post = await self._post(new, number(parent), group)
            reply = await new.post(
                "instructor",
                "Third",
                in_reply_to_id=number(post),
                in_reply_to_address=f"https://x/{post}",
                conversation_id=number(parent),
            )
            await new.row("post_hashtags", post_id=number(post), tag="lost", spelling="lost")
            await new.row("featured_posts", actor_id=author, post_id=number(post))
            act = await new.row(
                "activities",
                address=f"https://{host}/activities/{post}",
                type="Create",
                actor_id=author,
                is_local=is_local,
                visibility="public",
                post_id=number(post),
                document="{}",
            )
            talks = {}
            for role in _FANS:
                await new.follow(role, self.name)
                user = social.made.number(f"user:{role}")
                await new.row("timeline_entries", user_id=user, post_id=number(post), reason="followed")
                talks[role] = await new.row("conversation_members", **self._talk(user, number(post)))
        self.posts = {post}
        self.talks = talks
        self.ids = {
            "p": post,
            "reply": reply,
            "parent": parent,
            "author": f"actor_{author}",
            "group": f"actor_{group}",
            "course": social.made.ids["course:1"],
            "fan": f"actor_{social.actors['student']}",
            "act": f"activity_{act}",
        }

    async def _post(self, new: Any, parent: int, group: int) -> str:
        post: str = await new.post(
            self.name,
            "Second",
            is_local=False,
            in_reply_to_id=parent,
            in_reply_to_address=f"https://x/{parent}",
            conversation_id=parent,
            group_id=group,
        )
        return post

    def _talk(self, user_id: int, post_id: int) -> dict[str, Any]:
        return {
            "user_id": user_id,
            "last_post_id": post_id,
            "participants": ids_array(self.social.actors[self.name]),
        }

    async def seen_by(self, role: str | None) -> set[str]:
        """The response paths at which somebody sees the post."""
        ids = {**self.ids, "talk": f"conversation_{self.talks.get(role or '', 1)}"}
        seen: set[str] = set()
        for line in _EVERYWHERE if role else _EVERYWHERE[:-2]:
            names = sorted(set(re.findall(r"\$([a-z]+)", line)))
            declared = ", ".join(f"${name}: ID!" for name in names)
            head = f"query({declared})" if names else ""
            data = await self.social.ask(f"{head} {{ {line} }}", role, **{name: ids[name] for name in names})
            seen |= {path for path, found in _ids(data) if found in self.posts}
        return seen


def _ids(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every id in an answer, and the way there."""
    if isinstance(value, list):
        for one in value:
            yield from _ids(one, path)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "id" and isinstance(one, str):
                yield path, one
            else:
                yield from _ids(one, f"{path}.{key}" if path else key)


@pytest.mark.parametrize("is_local", [False, True])
async def test_what_a_suspended_actor_wrote_is_nowhere_until_it_is_restored(
    social: Social, is_local: bool
) -> None:
    scene = Scene(social, f"lost{is_local}".lower())
    await scene.furnish(is_local=is_local)
    actor = scene.ids["author"]
    before = {role: await scene.seen_by(role) for role in (*_FANS, None)}
    assert len(before["student"]) >= 16, before["student"]
    await does(social, "suspendActor", "actor { restriction }", actorId=actor, reason="Spam")
    for role in (*_FANS, None):
        assert await scene.seen_by(role) == set(), role
        counted = await social.ask(
            "query($i: ID!) { actor(id: $i) { id } publicTimeline { totalCount nodes { author { id } } } }",
            role,
            i=actor,
        )
        assert counted["actor"] is None, role
        assert {"author": {"id": actor}} not in counted["publicTimeline"]["nodes"]
    await does(social, "restoreActor", actorId=actor, reason="A mistake", role="registrar")
    assert {role: await scene.seen_by(role) for role in (*_FANS, None)} == before
    assert await history(social, "moderator { id } actor { id }", actor=actor) == [
        {
            "action": "RESTORE_ACTOR",
            "reason": "A mistake",
            "moderator": {"id": social.made.ids["user:registrar"]},
            "actor": {"id": actor},
        },
        {
            "action": "SUSPEND_ACTOR",
            "reason": "Spam",
            "moderator": {"id": social.made.ids["user:tenant_admin"]},
            "actor": {"id": actor},
        },
    ]


async def test_what_a_limited_actor_wrote_is_seen_by_its_followers_alone(social: Social) -> None:
    async with social.writing() as new:
        actor = f"actor_{await new.actor('quiet', host='far.example')}"
        post = await new.post("quiet", is_local=False)
        await new.follow("student", "quiet")
        await new.follow("analyst", "quiet", "pending")
    asked = "query($i: ID!, $a: ID!) { post(id: $i) { id } actor(id: $a) { posts { totalCount } } publicTimeline(first: 100) { nodes { id } } }"

    async def sees(role: str | None) -> tuple[bool, bool, bool]:
        data = await social.ask(asked, role, i=post, a=actor)
        listed = {"id": post} in data["publicTimeline"]["nodes"]
        return data["post"] is not None, data["actor"]["posts"]["totalCount"] > 0, listed

    await does(social, "limitActor", actorId=actor, reason="Loud")
    assert await sees("student") == (True, True, True)
    for role in ("instructor", "analyst", None):
        assert await sees(role) == (False, False, False), role
    for role in ("tenant_admin", "registrar"):  # they see it, and not in their timelines
        assert await sees(role) == (True, True, False), role
    await does(social, "restoreActor", actorId=actor, reason="Better now")
    assert await sees(None) == (True, True, True)


async def test_a_suspended_person_says_nothing_and_stays_signed_in(social: Social) -> None:
    actor, own = f"actor_{social.actors['analyst']}", {"text": "Hello"}
    await does(social, "suspendActor", actorId=actor, reason="Rude")
    said = (
        "mutation($i: CreatePostInput!) { createPost(input: $i) { post { id } userErrors { code message } } }"
    )
    for _ in range(2):
        payload = (await social.ask(said, "analyst", i=own))["createPost"]
        assert payload["post"] is None
        assert payload["userErrors"][0]["code"] == "CONFLICT"
        assert "suspended" in payload["userErrors"][0]["message"]
    assert (await social.ask("{ viewer { id } }", "analyst"))["viewer"] == {
        "id": social.made.ids["user:analyst"]
    }
    shown = await social.ask("query($i: ID!) { actor(id: $i) { restriction } }", "analyst", i=actor)
    assert shown["actor"] == {"restriction": "SUSPENDED"}
    await does(social, "restoreActor", actorId=actor, reason="Sorry")
    assert (await social.ask(said, "analyst", i=own))["createPost"]["userErrors"] == []


async def test_what_a_suspended_person_likes_or_follows_is_refused(social: Social) -> None:
    async with social.writing() as new:
        post = await new.post("instructor")
    actor = f"actor_{social.actors['auditor']}"
    await does(social, "suspendActor", actorId=actor, reason="Rude")
    for mutation, given in (
        ("like", {"id": post}),
        ("announce", {"id": post}),
        ("follow", {"actorId": f"actor_{social.actors['ada']}"}),
        ("block", {"actorId": f"actor_{social.actors['ada']}"}),
    ):
        kind = {"like": "PostInput", "announce": "AnnounceInput"}.get(mutation, "ActorInput")
        if mutation == "block":
            kind = "PersonalActorInput"
        data = await social.ask(
            f"mutation($i: {kind}!) {{ {mutation}(input: $i) {{ userErrors {{ code }} }} }}",
            "auditor",
            i=given,
        )
        assert data[mutation]["userErrors"] == [{"code": "CONFLICT"}], mutation
    await does(social, "restoreActor", actorId=actor, reason="Sorry")


async def test_a_suspended_group_says_nothing_for_its_staff(social: Social) -> None:
    group = f"actor_{social.actors['c1']}"
    await does(social, "suspendActor", actorId=group, reason="Wait")
    data = await social.ask(
        "mutation($i: CreatePostInput!) { createPost(input: $i) { userErrors { code } } }",
        "instructor",
        i={"text": "All", "onBehalfOf": {"courseId": social.made.ids["course:1"]}},
    )
    assert data["createPost"]["userErrors"] != []
    await does(social, "restoreActor", actorId=group, reason="Go on")


async def test_done_twice_it_is_noted_once(social: Social) -> None:
    async with social.writing() as new:
        actor = f"actor_{await new.actor('twice', host='far.example')}"
    for _ in range(2):
        await does(social, "limitActor", actorId=actor, reason="Loud")
    assert [one["action"] for one in await history(social, actor=actor)] == ["LIMIT_ACTOR"]


async def test_who_may_not_moderate_is_refused_and_nothing_is_noted(social: Social) -> None:
    actor = f"actor_{social.actors['eve']}"
    before = len(await history(social))
    for mutation in ("limitActor", "suspendActor", "restoreActor"):
        for role in ("student", "instructor", "auditor"):
            assert await refused(social, mutation, role=role, actorId=actor, reason="x") == "FORBIDDEN"
        assert await refused(social, mutation, actorId=actor, reason="") == "BAD_USER_INPUT"
        assert await refused(social, mutation, actorId=actor, reason="x" * 2001) == "BAD_USER_INPUT"
        assert (
            await refused(social, mutation, actorId=actor, reason="x", reportId="report_4711") == "NOT_FOUND"
        )
    assert len(await history(social)) == before


async def test_the_institutions_own_actor_and_people_with_more_rights_are_out_of_reach(
    social: Social,
) -> None:
    async with social.writing() as new:
        own = await new.actor("institution", kind="application")
        chief = await new.actor("chief", user_id=social.made.number("user:tenant_admin"))
    assert await refused(social, "suspendActor", actorId=f"actor_{own}", reason="x") == "CONFLICT"
    assert (
        await refused(social, "suspendActor", role="registrar", actorId=f"actor_{chief}", reason="x")
        == "FORBIDDEN"
    )
    await does(social, "limitActor", actorId=f"actor_{chief}", reason="Myself")
