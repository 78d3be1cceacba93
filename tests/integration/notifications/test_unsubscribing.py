"""Ending letters from the letter: one click, no signing in, and nobody else's letters."""

import re
from typing import Any

from federation.tables.notifications import notification_preferences
from tests.fediverse import Person, person, rows
from tests.integration.notifications.post_office import PostOffice
from tests.integration.notifications.posting import Posting
from tests.integration.notifications.told import kinds_of, reachable, tell, wants
from tests.integration.posts.acting import announces, likes, posts
from tests.world import Answer, World


async def _ask(world: World, method: str, path: str, *, host: str = "alpha.test", **headers: str) -> Answer:
    given = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    body = b"List-Unsubscribe=One-Click" if method == "POST" else b""
    return await world.request(method, path, body=body, headers=given)


async def _written_to(world: World, office: PostOffice, posting: Posting) -> tuple[Person, str, int]:
    """Somebody who got a letter about a like, the path that ends such letters, and their post."""
    ana = await person(world, "ana")
    address = await reachable(ana)
    for kind in ("like", "announce"):
        await wants(ana, kind, email="at_once")
    post_id = await posts(ana)
    await likes(await person(world, "fan"), post_id)
    await tell(world, sends_mail=True)
    await posting.send(office)
    (letter,) = office.to(address)
    return ana, letter["list-unsubscribe"][1:-1].removeprefix("https://alpha.test"), post_id


async def _chosen(world: World, someone: Person) -> dict[str, Any]:
    found = await rows(world, notification_preferences, user_id=someone.user_id)
    return {one["kind"]: (one["in_app"], one["email"]) for one in found}


async def test_one_click_ends_letters_of_these_kinds_and_no_more(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, path, post_id = await _written_to(world, office, posting)
    answer = await _ask(world, "POST", path, content_type="application/x-www-form-urlencoded")
    assert answer.status == 200
    assert await _chosen(world, ana) == {"like": (True, "never"), "announce": (True, "at_once")}
    other = await person(world, "other")
    await likes(other, post_id)
    await announces(other, post_id)
    await tell(world, sends_mail=True)
    await posting.send(office)
    subjects = [letter["subject"] for letter in office.to(f"{ana.username}@mail.example")]
    assert subjects[1:] == [f"{other.username} hat Ihren Beitrag geteilt"]
    assert await kinds_of(world, ana.user_id) == ["like", "like", "announce"]


async def test_whoever_only_looks_at_a_link_ends_nothing(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, path, _ = await _written_to(world, office, posting)
    before = await _chosen(world, ana)
    for method in ("GET", "HEAD"):
        answer = await _ask(world, method, path, accept_language="fr")
        assert answer.status == 200
    page = (await _ask(world, "GET", path, accept_language="fr")).body.decode()
    assert await _chosen(world, ana) == before
    assert re.search(r'<form method="post">.*<button type="submit">Plus de courriels</button>', page)
    assert "J’aime" in page
    answer = await _ask(world, "GET", path)
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_a_link_holds_for_its_institution_and_as_it_was_written(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, path, _ = await _written_to(world, office, posting)
    before = await _chosen(world, ana)
    changed = path[:-1] + ("A" if path[-1] != "A" else "B")
    swapped = path.replace("/unsubscribe/", "/unsubscribe/A", 1)
    for broken in (changed, swapped, path[:-4], "/unsubscribe/AAAA", "/unsubscribe/%C3%A4"):
        assert (await _ask(world, "POST", broken)).status == 400, broken
    for host in ("beta.test", "gamma.test"):
        assert (await _ask(world, "POST", path, host=host)).status == 400
    assert (await _ask(world, "POST", path, host="nobody.test")).status == 404
    assert (await _ask(world, "PUT", path)).status == 405
    assert await _chosen(world, ana) == before
