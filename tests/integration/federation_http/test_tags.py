"""The address of a hashtag in any script: as URLs are written, and found again under it."""

from typing import Any
from urllib.parse import unquote

import pytest

from tests.integration.federation_http.fetching import HTML, get, joined, posted
from tests.world import World

AT = "gamma"


@pytest.fixture(scope="module")
async def author(world: World) -> dict[str, Any]:
    """Somebody who posts."""
    return await joined(world, "registrar", username="tagger", at=AT, isDiscoverable=True)


@pytest.mark.parametrize("name", ["日本語", "العربية", "Größe", "Plain_1"])
async def test_a_hashtag_has_an_address_of_plain_characters(
    world: World, author: dict[str, Any], name: str
) -> None:
    address = await posted(world, "registrar", f"Look #{name}", at=AT)
    note = (await get(world, address, at=AT)).json
    (tag,) = note["tag"]
    assert tag["name"] == f"#{name}"
    assert tag["href"].isascii()
    assert f'href="{tag["href"]}"' in note["content"]
    # A server hands the application the path decoded.
    path = unquote(tag["href"].removeprefix("http://gamma.test:8000"))
    collection = (await get(world, path, at=AT)).json
    assert collection["id"] == tag["href"]
    page = (await get(world, f"{path}?page=true", at=AT)).json
    assert (page["partOf"], page["id"]) == (tag["href"], f"{tag['href']}?page=true")
    assert address in page["orderedItems"]
    shown = await get(world, path, at=AT, accept=HTML)
    assert (shown.status, f'href="{tag["href"]}"' in shown.body.decode()) == (200, True)
