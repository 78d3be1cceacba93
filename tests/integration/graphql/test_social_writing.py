"""What people do on the social web through GraphQL: publish, answer, like, announce, follow."""

from typing import Any

import pytest

from tests.integration.graphql.social import Social, made_social, unhurried
from tests.integration.inbox.remote_server import remote_server
from tests.world import World


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    unhurried(monkeypatch)


@pytest.fixture(scope="module")
async def social(world: World) -> Social:
    """An institution on the social web."""
    return await made_social(world, "writes")


async def done(social: Social, name: str, selection: str, role: str = "student", **given: Any) -> Any:
    """The payload of a mutation that succeeded."""
    payload = await tried(social, name, selection, role, **given)
    assert payload["userErrors"] == [], payload
    return payload


async def tried(social: Social, name: str, selection: str, role: str | None = "student", **given: Any) -> Any:
    """The payload of a mutation."""
    type_ = f"{name[0].upper()}{name[1:]}Input"
    type_ = {
        "LikeInput": "PostInput",
        "UnlikeInput": "PostInput",
        "FeaturePostInput": "PostInput",
        "UnfeaturePostInput": "PostInput",
        "UnannounceInput": "AnnounceInput",
        "DeletePostInput": "ChangeInput",
        "FollowInput": "ActorInput",
        "UnfollowInput": "ActorInput",
        "RemoveFollowerInput": "ActorInput",
        "AcceptFollowRequestInput": "FollowRequestInput",
        "RejectFollowRequestInput": "FollowRequestInput",
        "PublishDraftInput": "DraftInput",
        "DiscardDraftInput": "DraftInput",
    }.get(type_, type_)
    text = (
        f"mutation($i: {type_}!) {{ {name}(input: $i) {{ {selection} userErrors {{ code message path }} }} }}"
    )
    return (await social.ask(text, role, i=given))[name]


async def published(social: Social, role: str = "student", **given: Any) -> Any:
    """A post as it was answered."""
    payload = await done(
        social, "createPost", "post { id content visibility version }", role, **{"text": "Hi", **given}
    )
    return payload["post"]


async def test_a_post_is_shown_as_it_was_typed(social: Social) -> None:
    payload = await done(
        social,
        "createPost",
        """post { content source sourceFormat language title contentWarning isSensitive hashtags visibility state isLocal
          author { handle isViewer user { handle } } group { id } mentions { isNamed actor { handle } }
          conversation { totalCount } contentMap { language text } attachments { url } versions { version } }""",
        text="*Look*, @instructor: #Graphs",
        format="MARKDOWN",
        title="News",
        contentWarning="Mathematics",
        language="en",
    )
    post = payload["post"]
    assert "<em>Look</em>" in post.pop("content")
    assert post == {
        "source": "*Look*, @instructor: #Graphs",
        "sourceFormat": "MARKDOWN",
        "language": "en",
        "title": "News",
        "contentWarning": "Mathematics",
        "isSensitive": True,
        "hashtags": ["Graphs"],
        "visibility": "PUBLIC",
        "state": "PUBLISHED",
        "isLocal": True,
        "author": {"handle": f"@student@{social.host}", "isViewer": True, "user": {"handle": "student"}},
        "group": None,
        "mentions": [{"isNamed": True, "actor": {"handle": f"@instructor@{social.host}"}}],
        "conversation": {"totalCount": 1},
        "contentMap": [],
        "attachments": [],
        "versions": [],
    }


async def test_a_post_stands_in_the_lists_it_belongs_to(social: Social) -> None:
    post = await published(social, text="To be #Found")
    asked = """query($a: String!) { publicTimeline(local: true, first: 1) { nodes { id } }
      hashtag(name: "#found") { nodes { id } } actor(handle: $a) { posts(first: 1) { nodes { id } } }
      activities(filter: {type: CREATE}, first: 1) { nodes { post { id } actor { handle } } } }"""
    data = await social.ask(asked, None, a=f"@Student@{social.host}")
    one = [{"id": post["id"]}]
    assert (
        data["publicTimeline"]["nodes"] == data["hashtag"]["nodes"] == data["actor"]["posts"]["nodes"] == one
    )
    assert data["activities"]["nodes"] == [{"post": one[0], "actor": {"handle": f"@student@{social.host}"}}]


async def test_an_answer_joins_the_thread(social: Social) -> None:
    post = await published(social)
    payload = await done(
        social,
        "reply",
        "post { id inReplyTo { id repliesCount } }",
        "instructor",
        toId=post["id"],
        text="Yes",
    )
    assert payload["post"]["inReplyTo"] == {"id": post["id"], "repliesCount": 1}
    asked = "query($i: ID!) { post(id: $i) { replies { nodes { id } } conversation(orderBy: {field: ID}) { nodes { id } } } }"
    data = (await social.ask(asked, i=post["id"]))["post"]
    assert data["replies"]["nodes"] == [{"id": payload["post"]["id"]}]
    assert data["conversation"]["nodes"] == [{"id": post["id"]}, {"id": payload["post"]["id"]}]
    timeline = await social.ask("{ publicTimeline { nodes { id } } }")
    assert {"id": payload["post"]["id"]} not in timeline["publicTimeline"]["nodes"]


async def test_what_a_post_was_before_is_kept(social: Social) -> None:
    post = await published(social, text="Befor")
    selection = "post { version content editedAt versions { version content } }"
    changed = (await done(social, "updatePost", selection, id=post["id"], text="Before", expectedVersion=1))[
        "post"
    ]
    assert changed["version"] == 2
    assert changed["editedAt"] is not None
    assert [(one["version"], one["content"]) for one in changed["versions"]] == [(1, post["content"])]
    stale = await tried(
        social, "updatePost", "post { version }", id=post["id"], text="Late", expectedVersion=1
    )
    assert stale["userErrors"][0]["code"] == "CONFLICT"
    assert stale["post"] == {"version": 2}


async def test_a_deleted_post_leaves_a_tombstone(social: Social) -> None:
    post = await published(social, text="#Gone")
    payload = await done(social, "deletePost", "post { state content hashtags source }", id=post["id"])
    assert payload["post"] == {"state": "DELETED", "content": "", "hashtags": [], "source": None}
    assert (await social.ask('{ hashtag(name: "gone") { totalCount } }'))["hashtag"] == {"totalCount": 0}
    again = await tried(social, "like", "post { id }", "instructor", id=post["id"])
    assert again["userErrors"][0]["code"] == "CONFLICT"


async def test_people_change_and_delete_their_own_posts_alone(social: Social) -> None:
    post = await published(social)
    for name, given in (("updatePost", {"text": "Mine now"}), ("deletePost", {})):
        payload = await tried(social, name, "post { id }", "instructor", id=post["id"], **given)
        assert payload["userErrors"][0]["code"] == "FORBIDDEN"


async def test_likes_and_announces_count_once_a_person(social: Social) -> None:
    post = await published(social)
    for name, shown in (("like", "likesCount viewerLikes"), ("announce", "announcesCount viewerAnnounced")):
        for _ in range(2):
            payload = await done(social, name, f"post {{ {shown} }}", "instructor", id=post["id"])
            assert list(payload["post"].values()) == [1, True]
        payload = await done(social, f"un{name}", f"post {{ {shown} }}", "instructor", id=post["id"])
        assert list(payload["post"].values()) == [0, False]


async def test_following_shows_on_both_sides(social: Social) -> None:
    ids = {name: f"actor_{number}" for name, number in social.actors.items()}
    follow = (
        await done(
            social,
            "follow",
            "follow { id state followed { viewerFollows followsViewer followersCount } }",
            actorId=ids["instructor"],
        )
    )["follow"]
    assert follow["state"] == "ACCEPTED"
    assert follow["followed"] == {"viewerFollows": "ACCEPTED", "followsViewer": None, "followersCount": 1}
    asked = "query($i: ID!) { actor(id: $i) { followsViewer following { nodes { followed { handle } } } } }"
    data = (await social.ask(asked, "instructor", i=ids["student"]))["actor"]
    assert data["followsViewer"] == "ACCEPTED"
    assert data["following"]["nodes"] == [{"followed": {"handle": f"@instructor@{social.host}"}}]
    removed = await done(
        social, "removeFollower", "actor { followsViewer }", "instructor", actorId=ids["student"]
    )
    assert removed["actor"]["followsViewer"] in (None, "REJECTED")


async def test_requests_to_follow_are_answered_by_whom_they_are_for(social: Social) -> None:
    async with social.writing() as new:
        await new.actor("careful", user_id=social.made.number("user:registrar"), approves_followers=True)
    careful = f"actor_{social.actors['careful']}"
    ids = {}
    for role in ("student", "auditor"):
        payload = await done(social, "follow", "follow { id state }", role, actorId=careful)
        assert payload["follow"]["state"] == "PENDING"
        ids[role] = payload["follow"]["id"]
    asked = "{ followRequests { totalCount nodes { id follower { handle } } } }"
    requests = (await social.ask(asked, "registrar"))["followRequests"]
    assert [one["id"] for one in requests["nodes"]] == [ids["auditor"], ids["student"]]
    assert (await social.ask(asked, "student"))["followRequests"]["totalCount"] == 0
    others = await tried(social, "acceptFollowRequest", "follow { id }", "instructor", id=ids["student"])
    assert others["userErrors"][0]["code"] in ("NOT_FOUND", "FORBIDDEN")
    accepted = await done(social, "acceptFollowRequest", "follow { state }", "registrar", id=ids["student"])
    assert accepted["follow"] == {"state": "ACCEPTED"}
    await done(social, "rejectFollowRequest", "follow { state }", "registrar", id=ids["auditor"])
    assert (await social.ask(asked, "registrar"))["followRequests"]["totalCount"] == 0


async def test_a_course_speaks_through_its_staff(social: Social) -> None:
    course = social.made.ids["course:1"]
    group = {"onBehalfOf": {"courseId": course}}
    post = await published(social, "instructor", text="No lecture today", **group)
    asked = """query($c: ID!) { course(id: $c) { actor { handle feed { nodes { id } } } }
      courseFeed(courseId: $c) { nodes { id isAnnouncement author { course { code } } writtenBy { handle } } } }"""
    data = await social.ask(asked, "instructor", c=course)
    assert data["courseFeed"]["nodes"] == [
        {
            "id": post["id"],
            "isAnnouncement": True,
            "author": {"course": {"code": "C1"}},
            "writtenBy": {"handle": "instructor"},
        }
    ]
    assert data["course"]["actor"]["feed"]["nodes"] == [{"id": post["id"]}]
    refused = await tried(social, "createPost", "post { id }", "student", text="Me too", **group)
    assert refused["userErrors"][0]["code"] == "FORBIDDEN"


async def test_a_repeated_call_publishes_once(social: Social) -> None:
    first = await published(social, text="Once", idempotencyKey="one")
    assert (await published(social, text="Once", idempotencyKey="one"))["id"] == first["id"]
    other = await tried(social, "createPost", "post { id }", text="Twice", idempotencyKey="one")
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_featured_post_stands_on_the_profile(social: Social) -> None:
    post = await published(social)
    asked = "post { author { featured { post { id } } } }"
    payload = await done(social, "featurePost", asked, id=post["id"])
    assert payload["post"]["author"]["featured"] == [{"post": {"id": post["id"]}}]
    payload = await done(social, "unfeaturePost", asked, id=post["id"])
    assert payload["post"]["author"]["featured"] == []


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"text": "Hello @nobody@nowhere.invalid"}, None, ["input", "text"]),
        ({"text": "Hi", "inReplyToId": "post_1"}, "NOT_FOUND", None),
        ({"text": "Hi", "language": "not a tag"}, "BAD_USER_INPUT", ["input", "language"]),
        ({"text": "Hi", "mentionedIds": ["course_1"]}, "BAD_USER_INPUT", ["input", "mentionedIds", "0"]),
        ({"text": "Hi", "inGroup": {}}, "BAD_USER_INPUT", ["input", "inGroup"]),
    ],
)
async def test_what_cannot_be_published_is_said_where_it_stands(
    social: Social, given: dict[str, Any], code: str | None, path: list[str] | None
) -> None:
    payload = await tried(social, "createPost", "post { id }", **given)
    (error,) = payload["userErrors"]
    assert payload["post"] is None
    assert error["path"] == path
    assert code is None or error["code"] == code


async def test_who_did_not_join_is_told_how_to(social: Social) -> None:
    payload = await tried(social, "createPost", "post { id }", "tenant_admin", text="Hi")
    assert payload["userErrors"][0]["code"] == "CONFLICT"
    assert "joinFederation" in payload["userErrors"][0]["message"]


async def test_looking_up_an_actor_of_here_asks_nobody(social: Social) -> None:
    for given in (
        {"handle": f"@student@{social.host}"},
        {"handle": "@student@writes.test"},
        {"handle": "@student"},
    ):
        payload = await done(social, "lookUpActor", "actor { handle }", **given)
        assert payload["actor"] == {"handle": f"@student@{social.host}"}
    for given, code in (
        ({"handle": "@nobody"}, "NOT_FOUND"),
        ({}, "BAD_USER_INPUT"),
        ({"handle": "a b"}, "BAD_USER_INPUT"),
    ):
        payload = await tried(social, "lookUpActor", "actor { handle }", **given)
        assert payload["userErrors"][0]["code"] == code


async def test_a_draft_is_kept_changed_published_and_gone(social: Social) -> None:
    selection = "draft { id version text state publishAt isSensitive }"
    draft = (await done(social, "saveDraft", selection, text="To be", isSensitive=True))["draft"]
    assert (draft["state"], draft["publishAt"], draft["isSensitive"]) == ("DRAFT", None, True)
    given = {"draftId": draft["id"], "expectedVersion": 1, "publishAt": "2099-01-01T08:00:00Z"}
    later = (await done(social, "saveDraft", selection, text="To be #continued", **given))["draft"]
    assert (later["id"], later["version"], later["state"]) == (draft["id"], 2, "SCHEDULED")
    assert later["publishAt"] == "2099-01-01T08:00:00.000000Z"
    others = await tried(social, "publishDraft", "post { id }", "instructor", id=draft["id"])
    assert others["userErrors"][0]["code"] == "NOT_FOUND"
    published = await done(social, "publishDraft", "post { source hashtags }", id=draft["id"])
    assert published["post"] == {"source": "To be #continued", "hashtags": ["continued"]}
    assert (await social.ask("{ drafts { nodes { id } } }"))["drafts"]["nodes"] == []
    thrown = (await done(social, "saveDraft", "draft { id }", text="No"))["draft"]["id"]
    assert (await done(social, "discardDraft", "draftId", id=thrown))["draftId"] == thrown


async def test_what_is_not_given_of_a_draft_stays(social: Social) -> None:
    selection = "draft { id text title contentWarning visibility language isSensitive publishAt }"
    given = {
        "title": "A title",
        "contentWarning": "Exams",
        "visibility": "FOLLOWERS",
        "language": "fr",
        "isSensitive": True,
        "publishAt": "2099-01-01T08:00:00.000000Z",
    }
    first = (await done(social, "saveDraft", selection, text="One", **given))["draft"]
    second = (await done(social, "saveDraft", selection, text="Two", draftId=first["id"]))["draft"]
    assert second == first | {"text": "Two"}
    emptied = {"contentWarning": None, "publishAt": None, "visibility": None}
    third = (await done(social, "saveDraft", selection, text="Two", draftId=first["id"], **emptied))["draft"]
    assert third == second | {"contentWarning": None, "publishAt": None}
    await done(social, "discardDraft", "draftId", id=first["id"])


async def test_an_actor_of_another_server_is_looked_up_followed_and_named(social: Social) -> None:
    async with remote_server() as far:
        grace = far.actor("grace", summary="<p>Hi<script>x</script></p>")
        found = await done(
            social, "lookUpActor", "actor { id handle isLocal biography kind }", address=grace.address
        )
        actor = found["actor"]
        assert actor.pop("id")
        assert actor == {
            "handle": f"@grace@{far.base.removeprefix('http://')}",
            "isLocal": False,
            "biography": "<p>Hi</p>",
            "kind": "PERSON",
        }
        asked = len(far.asked)
        again = await done(social, "lookUpActor", "actor { id }", address=grace.address)
        assert len(far.asked) >= asked
        follow = await done(social, "follow", "follow { state }", actorId=again["actor"]["id"])
        assert follow["follow"] == {"state": "PENDING"}
        post = await done(
            social, "createPost", "post { mentions { actor { handle } } }", text=f"Dear {actor['handle']}!"
        )
        assert post["post"]["mentions"] == [{"actor": {"handle": actor["handle"]}}]
        gone = await tried(social, "lookUpActor", "actor { id }", address=f"{far.base}/users/nobody")
        assert gone["userErrors"][0]["code"] == "NOT_FOUND"
