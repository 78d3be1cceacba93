"""Members report, moderators decide, and everything is in the history."""

import json
from typing import Any

from federation.tables.activities import activities
from tests.fediverse import rows, told
from tests.integration.graphql.social import Social, number
from tests.integration.moderation.acting import does, history, refused

_REPORT = (
    "report { id state complaint isForwarded isRemote reporter { id } target { id } posts { post { id } } }"
)
_QUEUE = """query($w: ReportFilter) { reports(filter: $w, first: 100) { totalCount nodes { id state version
  complaint handledBy { id } handledAt actions { nodes { action reason } } } } }"""


async def _ids(social: Social, role: str, **where: Any) -> list[str]:
    data = await social.ask(_QUEUE, role, w=where)
    assert data["reports"]["totalCount"] == len(data["reports"]["nodes"])
    return [one["id"] for one in data["reports"]["nodes"]]


async def _filed(social: Social, role: str = "student", name: str = "eve", **given: Any) -> str:
    payload = await does(
        social, "report", _REPORT, role=role, actorId=f"actor_{social.actors[name]}", **given
    )
    return str(payload["report"]["id"])


async def test_a_member_reports_posts_and_moderators_find_them_in_their_queue(social: Social) -> None:
    async with social.writing() as new:
        post = await new.post("eve", "Buy this", is_local=False)
    actor = f"actor_{social.actors['eve']}"
    payload = await does(
        social, "report", _REPORT, role="student", actorId=actor, postIds=[post], text="Spam"
    )
    report = payload["report"]
    assert report | {"id": ""} == {
        "id": "",
        "state": "OPEN",
        "complaint": "Spam",
        "isForwarded": False,
        "isRemote": False,
        "reporter": {"id": f"actor_{social.actors['student']}"},
        "target": {"id": actor},
        "posts": [{"post": {"id": post}}],
    }
    for role, seen in (("tenant_admin", True), ("registrar", True), ("student", True), ("instructor", False)):
        assert (report["id"] in await _ids(social, role)) is seen, role
        node = await social.ask("query($i: ID!) { node(id: $i) { id } }", role, i=report["id"])
        assert (node["node"] is not None) is seen, role
    assert report["id"] in await _ids(social, "tenant_admin", state="OPEN", target=actor)
    assert report["id"] not in await _ids(social, "tenant_admin", state="RESOLVED")
    assert [event for event, _ in await told(social.world, number(report["id"]), slug=social.slug)] == [
        "report.filed"
    ]


async def test_moderators_see_reported_posts_that_are_not_for_them(social: Social) -> None:
    async with social.writing() as new:
        post = await new.post("eve", "Psst", visibility="direct")
        await new.row("post_mentions", post_id=number(post), actor_id=social.actors["student"])
    asked = "query($i: ID!) { post(id: $i) { content } }"
    assert (await social.ask(asked, "registrar", i=post))["post"] is None
    await _filed(social, postIds=[post])
    assert (await social.ask(asked, "registrar", i=post))["post"] == {"content": "<p>Psst</p>"}
    assert (await social.ask(asked, "instructor", i=post))["post"] is None


async def test_a_forwarded_report_is_the_institutions_own_flag(social: Social) -> None:
    async with social.writing() as new:
        address = f"https://spam.example/posts/{new.tx.new_id()}"
        post = await new.post("eve", address=address, is_local=False)
    report = await _filed(social, postIds=[post], text="Look", forward=True)
    (flag,) = await rows(social.world, activities, slug=social.slug, type="Flag")
    document = json.loads(flag["document"])
    assert document["actor"].endswith(f"://{social.host}/actor")
    assert document["object"] == ["https://spam.example/actors/eve", address]
    assert document["content"] == "Look"
    assert f"actors/{social.actors['student']}" not in flag["document"]
    ((event, payload),) = await told(social.world, flag["id"], slug=social.slug)
    assert (event, payload["actors"], payload["followers_of"]) == (
        "activity.sent",
        [social.actors["eve"]],
        [],
    )
    data = await social.ask("query($i: ID!) { node(id: $i) { ... on Report { isForwarded } } }", i=report)
    assert data["node"]["isForwarded"] is True


async def test_a_report_about_somebody_of_here_is_not_forwarded(social: Social) -> None:
    payload = await does(
        social,
        "report",
        _REPORT,
        actorId=f"actor_{social.actors['instructor']}",
        forward=True,
        role="student",
    )
    assert payload["report"]["isForwarded"] is False


async def test_who_is_not_on_the_social_web_reports_too(social: Social) -> None:
    actor = f"actor_{social.actors['eve']}"
    payload = await does(social, "report", _REPORT, role="registrar", actorId=actor, text="Rude")
    assert payload["report"]["reporter"] is None
    assert payload["report"]["complaint"] == "Rude"


async def test_reports_that_say_nothing_sensible_are_refused(social: Social) -> None:
    async with social.writing() as new:
        theirs, hidden = await new.post("ada"), await new.post("eve", visibility="direct")
    eve = f"actor_{social.actors['eve']}"
    own = f"actor_{social.actors['student']}"
    assert await refused(social, "report", role="student", actorId=own) == "BAD_USER_INPUT"
    assert await refused(social, "report", role="student", actorId="actor_4711") == "NOT_FOUND"
    assert await refused(social, "report", role="student", actorId=eve, postIds=[theirs]) == "BAD_USER_INPUT"
    assert await refused(social, "report", role="student", actorId=eve, postIds=[hidden]) == "NOT_FOUND"
    assert await refused(social, "report", role="student", actorId=eve, text="x" * 5001) == "BAD_USER_INPUT"


async def test_a_report_is_filed_once_under_one_key(social: Social) -> None:
    first = await _filed(social, text="Once", idempotencyKey="one")
    assert await _filed(social, text="Once", idempotencyKey="one") == first


async def test_moderators_close_reports_with_a_reason_and_once(social: Social) -> None:
    resolved, dismissed = await _filed(social, text="A"), await _filed(social, text="B")
    await does(social, "resolveReport", id=resolved, reason="Warned", expectedVersion=1, role="registrar")
    await does(social, "dismissReport", id=dismissed, reason="Nothing wrong")
    nodes = {one["id"]: one for one in (await social.ask(_QUEUE, "tenant_admin", w={}))["reports"]["nodes"]}
    assert nodes[resolved]["state"] == "RESOLVED"
    assert nodes[resolved]["handledBy"] == {"id": social.made.ids["user:registrar"]}
    assert nodes[resolved]["handledAt"]
    assert nodes[resolved]["actions"]["nodes"] == [{"action": "RESOLVE_REPORT", "reason": "Warned"}]
    assert nodes[dismissed]["state"] == "DISMISSED"
    assert await history(social, report=dismissed) == [
        {"action": "DISMISS_REPORT", "reason": "Nothing wrong"}
    ]
    assert await refused(social, "dismissReport", id=resolved, reason="Again") == "CONFLICT"
    stale = await _filed(social, text="C")
    assert await refused(social, "resolveReport", id=stale, reason="x", expectedVersion=7) == "CONFLICT"
    assert await refused(social, "resolveReport", id=stale, reason="  ") == "BAD_USER_INPUT"


async def test_members_close_nothing_and_see_no_history(social: Social) -> None:
    report = await _filed(social)
    for role in ("student", "instructor", "analyst"):
        assert await refused(social, "resolveReport", role=role, id=report, reason="x") == "FORBIDDEN", role
        data = await social.ask("{ moderationActions { totalCount } heldPosts { totalCount } }", role)
        assert data == {"moderationActions": {"totalCount": 0}, "heldPosts": {"totalCount": 0}}, role
    nobody = await social.world.ask("{ reports { totalCount } }", at=social.slug, role=None)
    assert nobody.codes == ["UNAUTHENTICATED"]


async def test_another_institution_sees_none_of_it(social: Social, other: Social) -> None:
    report = await _filed(social, text="Here")
    assert await _ids(other, "tenant_admin") == []
    assert await history(other) == []
    data = await other.ask("query($i: ID!) { node(id: $i) { id } }", "tenant_admin", i=report)
    assert data["node"] is None
    assert await refused(other, "resolveReport", id=report, reason="x") == "NOT_FOUND"
    actor = f"actor_{social.actors['eve']}"
    for mutation in ("suspendActor", "limitActor", "restoreActor"):
        assert await refused(other, mutation, actorId=actor, reason="x") == "NOT_FOUND"
