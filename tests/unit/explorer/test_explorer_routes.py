"""The explorer's files over HTTP: what may be kept, what is told, and to whom."""

import gzip
import re
from collections.abc import Mapping

import pytest
from starlette.applications import Starlette

from api.explorer.routes import explorer_routes
from fediflow.demo.guests import demo_guests
from fediflow.demo.samples import DEMO_PASSWORD, SAMPLES
from kernel.errors import Unavailable
from kernel.settings import load_settings
from tests.world import Answer, call


async def is_served(slug: str) -> bool:
    return slug != "aoihama"


async def nothing_is_known(slug: str) -> bool:
    raise Unavailable("the directory does not answer")


DEMO = Starlette(routes=explorer_routes(demo_guests(), is_served))
ELSEWHERE = Starlette(routes=explorer_routes(None, is_served))


async def get(app: Starlette, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    return await call(app, "GET", path, body=b"", headers=headers or {}, peer="127.0.0.1")


async def address_of(name: str) -> str:
    """Where the page says that the file is."""
    page = (await get(DEMO, "/explorer")).body.decode()
    found = re.search(rf'"(explorer/\w+/{re.escape(name)})"', page)
    assert found is not None
    return f"/{found[1]}"


async def test_the_page_allows_nothing_but_its_own_files() -> None:
    page = await get(DEMO, "/explorer")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
        " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_every_file_the_page_names_is_there() -> None:
    page = (await get(DEMO, "/explorer")).body.decode()
    named = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert len(named) >= 7
    assert [name for name in named if (await get(DEMO, f"/{name}")).status != 200] == []


async def test_files_are_kept_for_ever_under_the_name_of_their_contents_and_asked_for_again_under_others() -> (
    None
):
    address = await address_of("main.js")
    present = await get(DEMO, address)
    older = await get(DEMO, "/explorer/0123456789abcdef/main.js")
    assert present.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (
        older.headers["cache-control"]
        == (await get(DEMO, "/explorer")).headers["cache-control"]
        == "no-cache"
    )
    assert older.body == present.body


async def test_who_has_a_file_is_not_sent_it_again() -> None:
    first = await get(DEMO, "/explorer")
    again = await get(DEMO, "/explorer", {"if-none-match": f'"other", {first.headers["etag"]}'})
    other = await get(DEMO, "/explorer", {"if-none-match": '"other"'})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert other.status == 200


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, br", "gzip"), ("*", "gzip"), ("br", None), ("gzip;q=0, br", None), ("", None)],
)
async def test_files_are_compressed_for_those_who_take_it(accepted: str, coding: str | None) -> None:
    address = await address_of("assets/editor.js")
    plain = await get(DEMO, address)
    answer = await get(DEMO, address, {"accept-encoding": accepted})
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "accept-encoding"
    if coding is None:
        assert answer.body == plain.body
    else:
        assert gzip.decompress(answer.body) == plain.body
        assert answer.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize(
    "name", ["routes.py", "../routes.py", "..%2froutes.py", "assets/../../routes.py", "", "index.html"]
)
async def test_nothing_else_is_served(name: str) -> None:
    assert (await get(DEMO, f"/explorer/0123456789abcdef/{name}")).status == 404


async def test_people_of_institutions_that_are_there_are_told_in_the_demo_and_nowhere_else() -> None:
    told = (await get(DEMO, "/explorer/demo.json")).json
    assert told["password"] == DEMO_PASSWORD
    assert [one["slug"] for one in told["institutions"]] == ["auenfels", "zitoun"]
    assert [guest["handle"] for guest in told["institutions"][0]["guests"]] == [one.handle for one in SAMPLES]
    assert 'data-demo="yes"' in (await get(DEMO, "/explorer")).body.decode()

    page = (await get(ELSEWHERE, "/explorer")).body.decode()
    assert 'data-demo="no"' in page
    assert DEMO_PASSWORD not in page
    assert (await get(ELSEWHERE, "/explorer/demo.json")).status == 404


async def test_people_are_not_told_of_while_nobody_knows_who_is_there() -> None:
    app = Starlette(routes=explorer_routes(demo_guests(), nothing_is_known))
    answer = await get(app, "/explorer/demo.json")
    assert (answer.status, answer.body) == (503, b"the directory does not answer\n")


async def test_the_page_with_a_slash_leads_to_the_page_also_behind_a_path() -> None:
    answer = await get(DEMO, "/explorer/")
    assert (answer.status, answer.headers["location"]) == (308, "../explorer")


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({}, True),
        ({"FEDIFLOW_ENVIRONMENT": "demo"}, True),
        ({"FEDIFLOW_EXPLORER": "off"}, False),
        ({"FEDIFLOW_ENVIRONMENT": "production"}, False),
        ({"FEDIFLOW_ENVIRONMENT": "production", "FEDIFLOW_EXPLORER": "on"}, True),
    ],
)
def test_production_shows_the_page_only_when_told_to(environ: dict[str, str], shown: bool) -> None:
    production = {
        "FEDIFLOW_PUBLIC_URL": "https://api.example.edu",
        "FEDIFLOW_SIGNING_KEY": "A" * 43,
        "FEDIFLOW_KEY_ENCRYPTION_KEYS": f"kek-1:{'A' * 43}=",
        "FEDIFLOW_TRUSTED_PROXIES": "10.0.0.0/8",
    }
    assert load_settings(production | environ).shows_explorer is shown
