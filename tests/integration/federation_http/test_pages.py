"""Pages as people read them: in their language, with a page also where there is nothing, and no text told unawares."""

import pytest

from federation.identities.pages import page_points_back
from tests.integration.federation_http.fetching import HTML, get, joined, number, posted
from tests.world import World

SHARE = "mutation ($id: ID!) { announce(input: {id: $id}) { userErrors { code message } } }"


async def page(world: World, target: str, language: str = "en", *, at: str = "alpha") -> str:
    """What a person reads there."""
    answer = await get(world, target, at=at, accept=HTML, accept_language=language)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.body.decode()


@pytest.mark.parametrize("target", ["/posts/1", "/actors/1", "/@nobody", "/courses/1", "/offerings/1"])
async def test_people_read_a_page_where_there_is_nothing_and_programs_a_problem(
    world: World, target: str
) -> None:
    answer = await get(world, target, accept=HTML, accept_language="ja")
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    text = answer.body.decode()
    assert '<html lang="ja" dir="ltr">' in text
    assert "<h1>ここには何もありません。</h1>" in text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    told = await get(world, target)
    assert (told.status, told.headers["content-type"]) == (404, "application/problem+json")


async def test_people_read_a_page_where_there_is_no_institution(world: World) -> None:
    headers = {"host": "nowhere.test:8000", "accept": HTML, "accept-language": "de"}
    answer = await world.request("GET", "/@somebody", headers=headers)
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Unter dieser Adresse gibt es keine Einrichtung." in answer.body.decode()


async def test_a_page_speaks_arabic_from_right_to_left(world: World) -> None:
    await joined(world, "instructor", username="page_reader")
    text = await page(world, "/@page_reader", "ar")
    assert '<html lang="ar" dir="rtl">' in text
    assert '<bdi dir="ltr">@page_reader@alpha.test:8000</bdi>' in text
    assert "متابع" in text


async def test_counts_stand_in_the_singular_for_one(world: World) -> None:
    await joined(world, "instructor", username="counted")
    first = await posted(world, "instructor", "First")
    await posted(world, "instructor", "Second", inReplyToId=f"post_{number(first)}")
    text = await page(world, first)
    assert "1 reply ·" in text
    assert "0 likes" in text


async def test_what_is_sensitive_is_not_told_by_previews_of_the_page(world: World) -> None:
    await joined(world, "instructor", username="careful")
    sensitive = await posted(world, "instructor", "The butler did it", isSensitive=True)
    warned = await posted(world, "instructor", "The butler did it", contentWarning="Ending of the novel")
    for address, told in ((sensitive, "Content warning"), (warned, "Ending of the novel")):
        head, _, body = (await page(world, address)).partition("</head>")
        assert "butler" not in head
        assert f'<meta property="og:description" content="{told}">' in head
        assert "butler" in body


async def test_a_shared_post_says_who_shared_it(world: World) -> None:
    await joined(world, "instructor", username="sharer", exposedFields=["DISPLAY_NAME"])
    await joined(world, "auditor", username="page_writer")
    post = await posted(world, "auditor", "Worth reading")
    data = await world.data(SHARE, {"id": f"post_{number(post)}"}, role="instructor")
    assert data["announce"]["userErrors"] == []
    text = await page(world, "/@sharer")
    assert "Shared by <bdi>Instructor alpha</bdi>" in text
    assert "Shared by" not in await page(world, "/@page_writer")


async def test_who_moved_is_not_to_be_followed_here(world: World) -> None:
    await joined(world, "instructor", username="before", at="beta")
    async with world.door.write(world.as_system("beta")) as tx:
        await tx.driver.execute(
            "update fediflow.actors set moved_to = 'https://elsewhere.example/@after', status = 'moved' "
            "where tenant_id = $1 and username_key = 'before'",
            tx.tenant_id,
        )
    text = await page(world, "/@before", at="beta")
    assert "Has moved to" in text
    assert 'href="https://elsewhere.example/@after"' in text
    assert "Follow from" not in text


async def test_only_lines_that_are_addresses_claim_other_pages(world: World) -> None:
    mine, other = "https://home.example/@me", "https://other.example/@friend"
    lines = [
        {"name": "Home", "value": mine},
        {"name": "Friend", "value": f"see {other}"},
        {"name": "Code", "value": f'<a rel="me" href="{other}">x</a>'},
    ]
    await joined(world, "instructor", username="claimant", profileFields=lines, at="beta")
    text = await page(world, "/@claimant", at="beta")
    assert f'<link rel="me" href="{mine}">' in text
    assert other in text
    assert f'rel="me" href="{other}"' not in text
    assert page_points_back(text, frozenset({mine}))
    assert not page_points_back(text, frozenset({other}))
