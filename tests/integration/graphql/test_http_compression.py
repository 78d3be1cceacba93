"""Answers are compressed for those who say they take it."""

import gzip
import json

import pytest

from api.http.compression import MOST_IN_PLACE, compressed_aside, takes_gzip
from tests.world import Answer, World

LONG = "{ __schema { types { name description } } }"


async def _ask(world: World, query: str = LONG, **headers: str) -> Answer:
    return await world.ask(query, None, role="student", **headers)


@pytest.mark.parametrize(
    ("accepted", "is_taken"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("gzip, deflate, br, zstd", True),
        ("deflate, gzip;q=0.5, *;q=0", True),
        ("br;q=1, *;q=0.3", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("gzip;q=0.2, identity;q=0.8", False),
        ("identity", False),
        ("br, deflate", False),
        ("*;q=0", False),
        ("gzip;q=x", False),
        ("", False),
    ],
)
def test_gzip_is_used_where_it_is_accepted_and_preferred(accepted: str, is_taken: bool) -> None:
    assert takes_gzip(accepted) is is_taken


async def test_a_long_answer_is_compressed_and_the_same(world: World) -> None:
    plain = await _ask(world)
    small = await _ask(world, accept_encoding="gzip, br")
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) == len(small.body) < len(plain.body) / 3
    assert json.loads(gzip.decompress(small.body))["data"] == plain.json["data"]
    for answer in (plain, small):
        assert "accept-encoding" in answer.headers["vary"].split(", ")


async def test_a_short_answer_and_a_refusing_client_get_it_plain(world: World) -> None:
    assert (
        "content-encoding" not in (await _ask(world, "{ tenant { slug } }", accept_encoding="gzip")).headers
    )
    assert "content-encoding" not in (await _ask(world, accept_encoding="gzip;q=0")).headers


async def test_answers_of_mutations_are_never_compressed(world: World) -> None:
    aliases = " ".join(
        f"a_rather_long_alias_for_the_sake_of_size_{number}: __typename" for number in range(30)
    )
    answer = await _ask(world, f"mutation {{ {aliases} }}", accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert len(answer.body) > 1_024


async def test_a_compressed_answer_by_get_has_the_tag_of_the_plain_one(world: World) -> None:
    target = "/graphql?query=%7B__schema%7Btypes%7Bname%20description%7D%7D%7D"
    headers = {"authorization": f"Bearer {world['alpha'].tokens['student']}"}
    plain = await world.request("GET", target, headers=headers)
    small = await world.request("GET", target, headers=headers | {"accept-encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["etag"] == plain.headers["etag"]
    assert small.headers["etag"].startswith("W/")  # two codings are no byte-for-byte equals


async def test_what_is_compressed_aside_is_whole() -> None:
    body = b"".join(b"%d " % number for number in range(100_000))
    assert len(body) > MOST_IN_PLACE
    assert gzip.decompress(await compressed_aside(body)) == body
