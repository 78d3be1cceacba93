"""What an actor announced stands on its profile, as far as the viewer sees it."""

from typing import Any

from tests.integration.graphql.social import Social, number
from tests.integration.moderation.acting import does

_ASKED = """query($h: String!, $a: String) { actor(handle: $h) { announces(first: 2, after: $a) {
  nodes { post { id } announcedBy { preferredUsername } announcedAt visibility } pageInfo { endCursor hasNextPage }
} } }"""


async def _announced(social: Social, role: str | None, after: str | None = None) -> Any:
    data = await social.ask(_ASKED, role, h=f"@instructor@{social.host}", a=after)
    return data["actor"]["announces"]


async def _posts(social: Social, role: str | None) -> list[str]:
    found = await _announced(social, role)
    posts = [one["post"]["id"] for one in found["nodes"]]
    while found["pageInfo"]["hasNextPage"]:
        found = await _announced(social, role, found["pageInfo"]["endCursor"])
        posts += [one["post"]["id"] for one in found["nodes"]]
    return posts


async def test_announces_are_listed_newest_first_to_who_sees_announce_and_post(social: Social) -> None:
    async with social.writing() as new:
        open_post = await new.post("student")
        inside = await new.post("student", visibility="tenant")
        deleted = await new.post("student", state="deleted")
        of_blocked = await new.post("auditor")
        for post in (open_post, inside, deleted, of_blocked):
            await new.row(
                "announces",
                post_id=number(post),
                actor_id=social.actors["instructor"],
                activity_address=f"https://{social.host}/activities/{number(post)}",
                visibility="tenant" if post == inside else "public",
            )
    assert await _posts(social, "student") == [of_blocked, inside, open_post]
    assert await _posts(social, None) == [of_blocked, open_post]
    (_, last) = (await _announced(social, None))["nodes"]
    assert last["announcedBy"] == {"preferredUsername": "instructor"}
    assert (last["visibility"], last["announcedAt"][:2]) == ("PUBLIC", "20")
    await does(social, "block", role="student", actorId=f"actor_{social.actors['auditor']}")
    assert await _posts(social, "student") == [inside, open_post]
    await does(social, "block", role="student", actorId=f"actor_{social.actors['instructor']}")
    assert await _posts(social, "student") == []
