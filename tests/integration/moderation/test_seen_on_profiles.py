"""Whom the viewer blocked and muted, as it stands beside each actor of a list."""

from typing import Any

from tests.integration.graphql.social import Social
from tests.integration.moderation.acting import does
from tests.statements import counted_statements

_ONE = "query($h: String!) { actor(handle: $h) { viewerBlocks viewerMutes } }"
_FOLLOWED = "{ actor(handle: $h) { following { nodes { followed { handle viewerBlocks viewerMutes } } } } }"


async def _seen(social: Social, name: str, role: str | None = "student") -> Any:
    return (await social.ask(_ONE, role, h=f"@{name}@far.example"))["actor"]


async def test_who_is_blocked_and_muted_is_told_to_who_did_it(social: Social) -> None:
    for name in ("bea", "cem"):
        async with social.writing() as new:
            await new.actor(name, host="far.example")
    bea, cem = (f"actor_{social.actors[name]}" for name in ("bea", "cem"))
    await does(social, "block", role="student", actorId=bea)
    await does(social, "mute", role="student", actorId=cem)
    assert await _seen(social, "bea") == {"viewerBlocks": True, "viewerMutes": False}
    assert await _seen(social, "cem") == {"viewerBlocks": False, "viewerMutes": True}
    assert await _seen(social, "bea", "instructor") == {"viewerBlocks": False, "viewerMutes": False}
    assert await _seen(social, "bea", None) == {"viewerBlocks": None, "viewerMutes": None}
    await does(social, "unblock", role="student", actorId=bea)
    await does(social, "unmute", role="student", actorId=cem)
    for name in ("bea", "cem"):
        assert await _seen(social, name) == {"viewerBlocks": False, "viewerMutes": False}


async def test_a_list_of_actors_is_one_statement(social: Social) -> None:
    async with social.writing() as new:
        for name in ("dan", "eve", "fay"):
            await new.actor(name, host="far.example")
            await new.follow("student", name)
    asked = f"query($h: String!) {_FOLLOWED}"
    with counted_statements() as asked_of_database:
        data = await social.ask(asked, "student", h=f"@student@{social.host}")
    assert len(data["actor"]["following"]["nodes"]) >= 3
    assert [one[:6] for one in asked_of_database if "viewerBlocks" in one] == ["SELECT"]
    assert len(asked_of_database) == 4  # with what begins, sets and ends the transaction
