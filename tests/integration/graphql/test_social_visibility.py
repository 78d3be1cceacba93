"""Who sees which post, actor, follow, timeline and activity, whatever path leads there."""

from typing import Any

import pytest

from api.schema.posts import ActivityType
from federation.tables.activities import ACTIVITY_TYPES
from tests.integration.graphql.social import Social, ids_array, made_social, number
from tests.world import World

ROLES = ("tenant_admin", "registrar", "instructor", "student", "analyst", "auditor", None)
MODERATORS = {"tenant_admin", "registrar"}


@pytest.fixture(scope="module")
async def social(world: World) -> Social:
    """An institution on the social web."""
    return await made_social(world, "seen")


async def _who_sees(social: Social, post: str) -> set[str | None]:
    """The roles (None: nobody signed in) that see a post by its id; every other path says the same."""
    seeing = set()
    asked = "query($i: ID!, $n: ID!) { post(id: $i) { id } node(id: $n) { id } nodes(ids: [$n]) { id } }"
    for role in ROLES:
        data = await social.ask(asked, role, i=post, n=post)
        found = [data["post"], data["node"], *data["nodes"]]
        assert found in ([None] * 3, [{"id": post}] * 3)
        if data["post"] is not None:
            seeing.add(role)
    return seeing


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("public", set(ROLES)),
        ("unlisted", set(ROLES)),
        ("tenant", set(ROLES) - {None}),
        ("followers", {"instructor", "student", "auditor"}),
        ("direct", {"instructor", "auditor"}),
    ],
)
async def test_a_post_is_seen_as_its_visibility_says(
    social: Social, visibility: str, seen_by: set[str | None]
) -> None:
    async with social.writing() as new:
        if not social.made.ids.get("follow"):
            social.made.ids["follow"] = await new.follow("student", "instructor")
            await new.follow("analyst", "instructor", "pending")
        post = await new.post("instructor", visibility=visibility)
        await new.row("post_mentions", post_id=number(post), actor_id=social.actors["auditor"])
    assert await _who_sees(social, post) == seen_by


async def test_what_is_held_back_is_seen_by_its_author_and_moderators(social: Social) -> None:
    async with social.writing() as new:
        post = await new.post("student")
        await new.row("held_posts", post_id=number(post), why="too many links")
    assert await _who_sees(social, post) == {"student"} | MODERATORS


async def test_between_actors_who_blocked_each_other_nothing_is_seen(social: Social) -> None:
    async with social.writing() as new:
        await new.actor("blocker", host="far.example")
        post = await new.post("blocker")
        await new.row(
            "blocks",
            actor_id=social.actors["blocker"],
            blocked_id=social.actors["student"],
            activity_address="https://far.example/block/1",
        )
        await new.row(
            "blocks",
            actor_id=social.actors["auditor"],
            blocked_id=social.actors["blocker"],
            activity_address="https://seen.test/activities/2",
        )
    assert await _who_sees(social, post) == set(ROLES) - {"student", "auditor"}
    for role, timeline in (("student", False), ("analyst", True)):
        data = await social.ask("{ publicTimeline { nodes { id } } }", role)
        assert ({"id": post} in data["publicTimeline"]["nodes"]) is timeline


async def test_suspended_actors_and_their_posts_are_seen_by_moderators(social: Social) -> None:
    async with social.writing() as new:
        actor = await new.actor("mallory", host="spam.example", restriction="suspended")
        post = await new.post("mallory")
    assert await _who_sees(social, post) == MODERATORS
    asked = "query($i: ID!) { actor(id: $i) { handle restriction } }"
    assert (await social.ask(asked, "student", i=f"actor_{actor}"))["actor"] is None
    shown = (await social.ask(asked, "tenant_admin", i=f"actor_{actor}"))["actor"]
    assert shown == {"handle": "@mallory@spam.example", "restriction": "SUSPENDED"}


async def test_a_tombstone_is_found_by_its_id_and_stands_in_no_list(social: Social) -> None:
    async with social.writing() as new:
        post = await new.post("ada", "", state="deleted", address="https://far.example/posts/1")
    asked = "query($i: ID!) { post(id: $i) { state content } publicTimeline(first: 100) { nodes { id } } }"
    data = await social.ask(asked, None, i=post)
    assert data["post"]["state"] == "DELETED"
    assert {"id": post} not in data["publicTimeline"]["nodes"]


async def test_the_source_of_a_post_is_for_its_author(social: Social) -> None:
    async with social.writing() as new:
        post = await new.post("student", source="*Hello*", source_media_type="text/markdown")
    asked = "query($i: ID!) { post(id: $i) { source sourceFormat } }"
    for role, source in (("student", "*Hello*"), ("instructor", None), (None, None)):
        assert (await social.ask(asked, role, i=post))["post"]["source"] == source


async def test_people_who_did_not_join_have_no_actor(social: Social) -> None:
    asked = "query($s: ID!, $a: ID!) { joined: user(id: $s) { actor { handle } } other: user(id: $a) { actor { handle } } }"
    ids = social.made.ids
    data = await social.ask(asked, "tenant_admin", s=ids["user:student"], a=ids["user:registrar"])
    assert data == {"joined": {"actor": {"handle": f"@student@{social.host}"}}, "other": {"actor": None}}


async def test_follows_are_seen_by_both_ends_and_where_both_show_themselves(social: Social) -> None:
    async with social.writing() as new:
        await new.actor("star", host="far.example")
        shown = await new.follow("student", "star")
        hidden = await new.follow("analyst", "star")  # does not show it
        pending = await new.follow("instructor", "star", "pending")
    asked = "query($i: ID!) { actor(id: $i) { followers { totalCount nodes { id } } } }"
    for role, expected in (
        (None, [shown]),
        ("auditor", [shown]),
        ("analyst", [hidden, shown]),
        ("tenant_admin", [hidden, shown]),
    ):
        data = await social.ask(asked, role, i=f"actor_{social.actors['star']}")
        assert [one["id"] for one in data["actor"]["followers"]["nodes"]] == expected, role
        assert data["actor"]["followers"]["totalCount"] == len(expected)
    for role in ROLES:
        seen = (await social.ask("query($i: ID!) { node(id: $i) { id } }", role, i=pending))["node"]
        assert (seen is not None) is (role in {"instructor"} | MODERATORS), role


async def test_what_is_one_persons_own_is_seen_by_nobody_else(social: Social) -> None:
    async with social.writing() as new:
        post = number(await new.post("ada"))
        student = social.made.number("user:student")
        draft = await new.row(
            "post_drafts",
            user_id=student,
            actor_id=social.actors["student"],
            state="draft",
            document={"text": "Not yet", "is_sensitive": True, "in_reply_to_id": post},
        )
        talk = await new.row(
            "conversation_members",
            user_id=student,
            last_post_id=post,
            participants=ids_array(social.actors["ada"], social.actors["student"]),
        )
        await new.row("timeline_entries", user_id=student, post_id=post, reason="followed")
    asked = """query($d: ID!, $c: ID!) {
      draft: node(id: $d) { ... on Draft { text format visibility isSensitive inReplyToId } }
      conversation: node(id: $c) { ... on Conversation { isRead participants { handle } } }
      drafts { nodes { id } } conversations { nodes { id } } homeTimeline { nodes { reason post { id } } } }"""
    ids = {"d": f"draft_{draft}", "c": f"conversation_{talk}"}
    own = await social.ask(asked, "student", **ids)
    assert own["draft"] == {
        "text": "Not yet",
        "format": "PLAIN",
        "visibility": "PUBLIC",
        "isSensitive": True,
        "inReplyToId": f"post_{post}",
    }
    handles = {one["handle"] for one in own["conversation"]["participants"]}
    assert handles == {"@ada@far.example", f"@student@{social.host}"}
    assert own["drafts"]["nodes"] == [{"id": ids["d"]}]
    assert own["conversations"]["nodes"] == [{"id": ids["c"]}]
    assert own["homeTimeline"]["nodes"] == [{"reason": "FOLLOWED", "post": {"id": f"post_{post}"}}]
    for role in ("instructor", "tenant_admin"):
        others = await social.ask(asked, role, **ids)
        assert others["draft"] is None
        assert others["conversation"] is None
        assert all(others[name]["nodes"] == [] for name in ("drafts", "conversations", "homeTimeline"))


async def test_personal_lists_ask_who_is_not_signed_in_to_sign_in(social: Social) -> None:
    for field in ("drafts", "conversations", "homeTimeline"):
        answer = await social.world.ask(f"{{ {field} {{ totalCount }} }}", at=social.slug, role=None)
        assert answer.codes == ["UNAUTHENTICATED"], field


@pytest.mark.parametrize("how", ["actor", "domain", "above"])
async def test_muted_actors_and_servers_leave_timelines_and_nothing_else(social: Social, how: str) -> None:
    host = {"actor": "mute.example", "domain": "noise.example", "above": "eu.noise2.example"}[how]
    user = social.made.number("user:auditor")
    async with social.writing() as new:
        loud = await new.actor(f"loud-{how}", host=host)
        post = await new.post(f"loud-{how}")
        await new.row("timeline_entries", user_id=user, post_id=number(post), reason="followed")
        if how == "actor":
            await new.row("mutes", user_id=user, muted_id=loud)
        else:
            await new.row(
                "muted_domains", user_id=user, domain={"domain": host, "above": "noise2.example"}[how]
            )
    asked = """query($i: ID!) { post(id: $i) { id } publicTimeline(first: 100) { nodes { id } }
      homeTimeline(first: 100) { nodes { post { id } } } }"""
    data = await social.ask(asked, "auditor", i=post)
    assert data["post"] == {"id": post}
    assert {"id": post} not in data["publicTimeline"]["nodes"]
    assert {"post": {"id": post}} not in data["homeTimeline"]["nodes"]
    others = await social.ask("{ publicTimeline(first: 100) { nodes { id } } }", "analyst")
    assert {"id": post} in others["publicTimeline"]["nodes"]


async def test_limited_actors_are_in_the_timelines_of_their_followers_alone(social: Social) -> None:
    async with social.writing() as new:
        await new.actor("quiet", host="far.example", restriction="limited")
        post = await new.post("quiet")
        await new.follow("student", "quiet")
    for role, listed in (("student", True), ("instructor", False), (None, False)):
        data = await social.ask("{ publicTimeline(first: 100) { nodes { id } } }", role)
        assert ({"id": post} in data["publicTimeline"]["nodes"]) is listed, role


async def test_activities_are_seen_as_their_visibility_says(social: Social) -> None:
    async with social.writing() as new:
        made: dict[str, Any] = {}
        for visibility in ("public", "tenant", "direct"):
            made[visibility] = await new.row(
                "activities",
                address=f"https://far.example/activities/{visibility}",
                type="Follow" if visibility == "direct" else "TentativeAccept",
                actor_id=social.actors["ada"],
                is_local=False,
                visibility=visibility,
                object_actor_id=social.actors["instructor"],
                document="{}",
            )
    asked = "query($i: ID!) { activities(filter: {object: $i}) { nodes { id type visibility } } }"
    for role, seen in (
        ("instructor", ["direct", "tenant", "public"]),
        ("student", ["tenant", "public"]),
        (None, ["public"]),
    ):
        data = await social.ask(asked, role, i=f"actor_{social.actors['instructor']}")
        assert [one["id"] for one in data["activities"]["nodes"]] == [f"activity_{made[one]}" for one in seen]
        assert {one["type"] for one in data["activities"]["nodes"]} <= {"FOLLOW", "TENTATIVE_ACCEPT"}


@pytest.mark.parametrize(
    ("asked", "argument"),
    [
        ('{ actor(handle: "nobody") { id } }', "handle"),
        ('{ hashtag(name: "two words") { totalCount } }', "name"),
        ('{ activities(filter: {object: "course_1"}) { totalCount } }', "filter.object"),
        ('{ courseFeed(courseId: "post_1") { totalCount } }', None),
        ('{ post(id: "actor_1") { id } }', "id"),
    ],
)
async def test_an_argument_that_names_nothing_of_the_kind_is_refused(
    social: Social, asked: str, argument: str | None
) -> None:
    answer = await social.world.ask(asked, at=social.slug)
    assert answer.codes == ["BAD_USER_INPUT"]
    told = answer.json["errors"][0]
    assert argument is None or told["extensions"].get("argument") == argument


async def test_exactly_one_argument_says_which_actor(social: Social) -> None:
    address = "https://far.example/actors/ada"
    for given in ("", f'address: "{address}", handle: "@ada@far.example"'):
        asked = f"{{ actor({given}) {{ id }} }}" if given else "{ actor { id } }"
        assert (await social.world.ask(asked, at=social.slug)).codes == ["BAD_USER_INPUT"]
    for given in (f'address: "{address}"', 'handle: "acct:ADA@far.example"'):
        data = await social.ask(f"{{ actor({given}) {{ handle isLocal }} }}", None)
        assert data["actor"] == {"handle": "@ada@far.example", "isLocal": False}


async def test_a_page_goes_on_where_the_last_one_ended_whatever_is_published_meanwhile(
    social: Social,
) -> None:
    async with social.writing() as new:
        await new.actor("writer", host="far.example")
        posts = [await new.post("writer", f"Number {n}") for n in range(5)]
    asked = """query($i: ID!, $a: String) { actor(id: $i) { posts(first: 2, after: $a) {
      nodes { id } pageInfo { endCursor hasNextPage } } } }"""
    seen, cursor = [], None
    for _ in range(3):
        page = (await social.ask(asked, None, i=f"actor_{social.actors['writer']}", a=cursor))["actor"][
            "posts"
        ]
        seen += [one["id"] for one in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        async with social.writing() as new:
            await new.post("writer", "Later")
    assert seen == posts[::-1]


def test_types_of_activities_are_those_of_the_table() -> None:
    named = {"".join(part.title() for part in one.name.split("_")) for one in ActivityType}
    assert named == set(ACTIVITY_TYPES)
