"""Any text that is written comes back exactly as it was, by every way out: columns, JSON texts, lists, payloads, nodes."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.graphql.institutions import added
from tests.world import Institution, World

SLUG = "escaping"
AT_ONCE = 8  # each in a language of its own
_AWKWARD = (
    '"', "\\", '\\"', "'", "''", "$1", "%s", "{}", "]]", "\\u0041", "\\n", "\n", "\r\n", "\t", "\b", "\f", "\v",
    "\x01", "\x1b[0m", "\x7f", "\x85", "\u2028", "\u2029", "\u200f", "\u202e", "\ufeff", "\u00ad", "\ufffd", "\uffff",
    "e\u0301", "é", "\u0301", "ﬁ", "Å", "مرحبا", "שלום", "数学", "𝔘", "👩‍👩‍👧", "\U0010ffff", "<script>", "&amp;", "--", "/*", ";",
)  # fmt: skip
_SIGN = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
_TEXT = st.lists(_SIGN | st.sampled_from(_AWKWARD), max_size=12).map("".join)
_TEXTS = " ".join(f't{n}: title(languages: ["en-x-t{n}"]) {{ text }}' for n in range(AT_ONCE))
_COURSE = f"fragment C on Course {{ {_TEXTS} externalIds {{ type value }} }}"
_USER = "fragment U on User { biography }"
_READ = """query($c: ID!, $u: ID!) {
  a: course(id: $c) { ...C } b: node(id: $c) { ...C } d: nodes(ids: [$c]) { ...C }
  e: courses(filter: {code: "C1"}) { nodes { ...C } edges { node { ...C } } }
  f: course(id: $c) { offerings { nodes { course { ...C } } } }
  g: user(id: $u) { ...U } h: node(id: $u) { ...U } i: users(filter: {handle: "student"}) { edges { node { ...U } } }
  j: user(id: $u) { enrollments { nodes { user { ...U } } } } }"""
_WRITE = """mutation($c: UpdateCourseInput!, $u: UpdateUserInput!) {
  updateCourse(input: $c) { course { ...C } userErrors { message path } }
  updateUser(input: $u) { user { ...U } userErrors { message path } } }"""


@pytest.fixture(scope="module")
async def here(world: World) -> Institution:
    """An institution of the test's own."""
    return await added(world, SLUG, shard="two")


@pytest.mark.parametrize("by_literals", [False, True])
async def test_every_awkward_text_comes_back(world: World, here: Institution, by_literals: bool) -> None:
    for first in range(0, len(_AWKWARD), AT_ONCE):
        texts = [f"x{text}y" for text in _AWKWARD[first : first + AT_ONCE]]
        await _comes_back(world, here, texts, by_literals=by_literals)


@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(texts=st.lists(_TEXT, min_size=AT_ONCE, max_size=AT_ONCE), by_literals=st.booleans())
async def test_any_text_comes_back(
    world: World, here: Institution, texts: list[str], by_literals: bool
) -> None:
    await _comes_back(world, here, [f"x{text}y" for text in texts], by_literals=by_literals)


@pytest.mark.parametrize(
    ("text", "reason"), [("a\x00b", "U+0000"), ("a\ud800b", "surrogate"), ("\udc00", "surrogate")]
)
async def test_what_is_no_text_is_refused_by_name(
    world: World, here: Institution, text: str, reason: str
) -> None:
    changed = {"c": _course(here, [text]), "u": {"id": here.ids["user:student"]}}
    answer = await world.ask(f"{_WRITE} {_COURSE} {_USER}", changed, at=SLUG)
    written = (answer.json.get("data") or {}).get("updateCourse") or {}
    messages = [
        error["message"] for error in [*answer.json.get("errors", []), *written.get("userErrors", [])]
    ]
    assert any(reason in message for message in messages), messages
    found = await world.ask(
        "query($t: String) { courses(filter: {code: $t}) { totalCount } }", {"t": text}, at=SLUG
    )
    assert found.codes in (["BAD_USER_INPUT"], ["BAD_REQUEST"])  # some are no JSON either
    assert reason in found.json["errors"][0]["message"]


async def _comes_back(world: World, here: Institution, texts: list[str], *, by_literals: bool) -> None:
    """Writes the texts into a JSON column and a column of ids, all together into a plain column, and reads all back."""
    biography = "".join(
        sign for sign in "·".join(texts) if sign in "\n\t\r" or unicodedata.category(sign) != "Cc"
    )
    course = _course(here, texts)
    user = {"id": here.ids["user:student"], "biography": biography}
    document, variables = f"{_WRITE} {_COURSE} {_USER}", {"c": course, "u": user}
    if by_literals:
        document = document.replace("mutation($c: UpdateCourseInput!, $u: UpdateUserInput!)", "mutation")
        document = document.replace("$c", _literal(course)).replace("$u", _literal(user))
        variables = {}
    expected = {
        **{f"t{n}": {"text": text} for n, text in enumerate(texts)},
        "externalIds": sorted(course["externalIds"], key=lambda one: one["type"]),
    }
    written = await world.data(document, variables, at=SLUG)
    assert written["updateCourse"] == {
        "course": expected | _missing(written["updateCourse"]["course"], texts),
        "userErrors": [],
    }
    assert written["updateUser"] == {"user": {"biography": biography}, "userErrors": []}
    read = await world.data(
        f"{_READ} {_COURSE} {_USER}", {"c": here.ids["course:1"], "u": here.ids["user:student"]}, at=SLUG
    )
    courses = [read["a"], read["b"], *read["d"], *read["e"]["nodes"], read["e"]["edges"][0]["node"]]
    courses.append(read["f"]["offerings"]["nodes"][0]["course"])
    assert courses == [written["updateCourse"]["course"]] * len(courses)
    users = [
        read["g"],
        read["h"],
        read["i"]["edges"][0]["node"],
        read["j"]["enrollments"]["nodes"][0]["user"],
    ]
    assert users == [{"biography": biography}] * len(users)


def _course(here: Institution, texts: list[str]) -> dict[str, Any]:
    title = [{"language": f"en-x-t{n}", "text": text} for n, text in enumerate(texts)]
    ids = [{"type": f"{n:02}", "value": text} for n, text in enumerate(texts) if text.isprintable()]
    return {"id": here.ids["course:1"], "title": title, "externalIds": ids}


def _missing(found: dict[str, Any], texts: list[str]) -> dict[str, Any]:
    """The languages that no text was given in: whatever was chosen instead."""
    return {f"t{n}": found[f"t{n}"] for n in range(len(texts), AT_ONCE)}


def _literal(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {_literal(member)}" for name, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(_literal(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
