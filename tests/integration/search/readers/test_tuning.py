"""Synonyms and pinned results: who says them, what of them touches a query, and what is refused."""

from datetime import date, timedelta
from typing import Any

import pytest

from search.model import Kind, Reference
from search.readers.tuning import NOTHING, Tuning, tuning
from tests.integration.search.readers.conftest import Here

SYNONYMS = "searchSynonyms { id words language version }"
PIN = (
    "searchPin { id text match firstOn lastOn version "
    "results { course { id } offering { id } orgUnit { id } user { id } post { id } } }"
)
TODAY = date(2026, 4, 1)


async def tuned(here: Here, text: str, *, day: date = TODAY, languages: tuple[str, ...] = ("und",)) -> Tuning:
    """What the institution says about a text, read as the gateway reads."""
    async with here.world.door.read(here.made.tenant) as driver:
        return await tuning(driver, here.made.tenant.id, text, today=day, languages=languages)


async def synonyms(here: Here, *words: str, **more: Any) -> dict[str, Any]:
    """A set of the institution."""
    payload = await here.change("createSearchSynonyms", SYNONYMS, {"words": words, **more})
    found: dict[str, Any] = payload["searchSynonyms"]
    return found


async def pinned(here: Here, text: str, *results: str, **more: Any) -> dict[str, Any]:
    """A pin of the institution."""
    given = {"text": text, "results": [here.made.ids[one] for one in results], **more}
    found: dict[str, Any] = (await here.change("createSearchPin", PIN, given))["searchPin"]
    return found


def reference(here: Here, name: str, kind: Kind) -> Reference:
    return Reference(kind, here.made.number(name))


async def test_a_word_of_a_query_finds_the_others_of_its_set_however_it_is_written(here: Here) -> None:
    await synonyms(here, "Informatik", "computer science", "CS")
    assert (await tuned(here, "  INFORMATIK für alle")).synonyms == {"informatik": ("computer science", "CS")}
    assert (await tuned(here, "Computer   Science 101")).synonyms == {
        "computer science": ("Informatik", "CS")
    }
    assert await tuned(here, "computer graphics") == NOTHING
    assert await tuned(here, "") == NOTHING


async def test_a_word_within_a_text_without_spaces_is_found(here: Here) -> None:
    await synonyms(here, "機械学習", "machine learning")
    assert (await tuned(here, "機械学習入門")).synonyms == {"機械学習": ("machine learning",)}


async def test_a_set_of_a_language_counts_for_queries_in_it_or_in_an_unknown_one(here: Here) -> None:
    await synonyms(here, "gift", "Toxin", language="de")
    assert "gift" in (await tuned(here, "gift", languages=("de-AT", "fr"))).synonyms
    assert "gift" in (await tuned(here, "gift")).synonyms
    assert (await tuned(here, "gift", languages=("en",))).synonyms == {}


async def test_a_set_is_changed_and_removed_and_nothing_old_is_found(here: Here) -> None:
    made = await synonyms(here, "Rechnernetze", "networks")
    changed = await here.change(
        "updateSearchSynonyms", SYNONYMS, {"id": made["id"], "expectedVersion": 1, "words": ["Netze", "LAN"]}
    )
    assert changed["searchSynonyms"]["version"] == 2
    assert (await tuned(here, "Rechnernetze")).synonyms == {}
    assert (await tuned(here, "lan")).synonyms == {"lan": ("Netze",)}
    stale = {"id": made["id"], "expectedVersion": 1}
    assert (await here.tried("deleteSearchSynonyms", "isDeleted", stale))["userErrors"][0][
        "code"
    ] == "CONFLICT"
    assert (await here.change("deleteSearchSynonyms", "isDeleted", {"id": made["id"]}))["isDeleted"] is True
    assert await tuned(here, "lan") == NOTHING


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["one"], ["input", "words"]),
        (["same", "SAMÉ"], ["input", "words"]),
        ([f"w{n}" for n in range(21)], ["input", "words"]),
        (["fine", "far too many words here"], ["input", "words", "1"]),
        (["fine", "x" * 101], ["input", "words", "1"]),
        (["fine", "!?"], ["input", "words", "1"]),
        (["fine", " ".join(["ﷺ" * 20] * 4)], ["input", "words", "1"]),
    ],
)
async def test_sets_that_say_nothing_or_too_much_are_refused(
    here: Here, words: list[str], path: list[str]
) -> None:
    (error,) = (await here.tried("createSearchSynonyms", SYNONYMS, {"words": words}))["userErrors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", path)


async def test_results_are_pinned_for_the_whole_text_or_for_all_of_its_words(here: Here) -> None:
    await pinned(here, "Erstes Semester", "course:2", "unit", "user:instructor", "offering:1")
    await pinned(here, "semester", "course:3", match="WORDS")
    course2, course3 = (reference(here, f"course:{n}", Kind.COURSE) for n in (2, 3))
    first = (
        course2,
        reference(here, "unit", Kind.ORG_UNIT),
        reference(here, "user:instructor", Kind.USER),
        reference(here, "offering:1", Kind.OFFERING),
    )
    assert (await tuned(here, "erstes SEMESTER")).pinned == (*first, course3)
    assert (await tuned(here, "Semester, erstes")).pinned == (course3,)
    assert (await tuned(here, "erstes")).pinned == ()


async def test_a_pin_holds_from_its_first_to_its_last_day(here: Here) -> None:
    days = {"firstOn": TODAY.isoformat(), "lastOn": (TODAY + timedelta(days=2)).isoformat()}
    await pinned(here, "Einschreibung", "course:1", **days)
    found = [
        bool((await tuned(here, "einschreibung", day=TODAY + timedelta(days=n))).pinned) for n in range(-1, 4)
    ]
    assert found == [False, True, True, True, False]


async def test_a_pin_is_changed_seen_and_taken_away(here: Here) -> None:
    made = await pinned(here, "Wohnheim", "course:1")
    ids = here.made.ids
    given = {"id": made["id"], "results": [ids["course:4"], ids["course:1"]], "lastOn": "2026-12-31"}
    changed = (await here.change("updateSearchPin", PIN, given))["searchPin"]
    assert [one["course"]["id"] for one in changed["results"]] == [ids["course:4"], ids["course:1"]]
    assert (changed["text"], changed["match"], changed["lastOn"]) == ("Wohnheim", "WHOLE", "2026-12-31")
    listed = (await here.ask("{ searchPins { nodes { id results { course { id } } } } }"))["searchPins"][
        "nodes"
    ]
    assert {"id": made["id"], "results": [{"course": {"id": ids[f"course:{n}"]}} for n in (4, 1)]} in listed
    await here.change("deleteSearchPin", "isDeleted", {"id": made["id"]})
    assert (await tuned(here, "wohnheim")).pinned == ()


async def test_what_is_not_there_is_not_pinned(here: Here) -> None:
    foreign = here.world["beta"].ids["course:1"]
    given = {"text": "Fremd", "results": [here.made.ids["course:1"], foreign]}
    (error,) = (await here.tried("createSearchPin", PIN, given))["userErrors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "results", "1"])
    given = {"text": "Fremd", "results": ["token_1"]}
    (error,) = (await here.tried("createSearchPin", PIN, given))["userErrors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "results", "0"])
    assert (await tuned(here, "fremd")).pinned == ()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"text": "  "}, ["input", "text"]),
        ({"text": "?!"}, ["input", "text"]),
        ({"text": "x" * 201}, ["input", "text"]),
        ({"results": []}, ["input", "results"]),
        ({"firstOn": "2026-02-01", "lastOn": "2026-01-01"}, ["input", "lastOn"]),
    ],
)
async def test_pins_that_mean_nothing_are_refused(here: Here, given: dict[str, Any], path: list[str]) -> None:
    whole = {"text": "Mensa", "results": [here.made.ids["course:1"]], **given}
    (error,) = (await here.tried("createSearchPin", PIN, whole))["userErrors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", path)


@pytest.mark.parametrize("role", ["student", "instructor", "analyst", "auditor"])
async def test_nobody_else_says_or_sees_it(here: Here, role: str) -> None:
    await synonyms(here, "geheim", role)
    payload = await here.tried("createSearchSynonyms", SYNONYMS, {"words": ["a", "b"]}, role)
    assert payload["userErrors"][0]["code"] == "FORBIDDEN"
    given = {"text": "x", "results": [here.made.ids["course:1"]]}
    assert (await here.tried("createSearchPin", PIN, given, role))["userErrors"][0]["code"] == "FORBIDDEN"
    seen = await here.ask("{ searchSynonyms { totalCount } searchPins { totalCount } }", role)
    assert [one["totalCount"] for one in seen.values()] == [0, 0]


async def test_an_institution_says_nothing_about_the_words_of_another(here: Here) -> None:
    await synonyms(here, "nirgendwo", "nowhere")
    other = Here(here.world, here.world["gamma"])
    assert await tuned(other, "nirgendwo") == NOTHING
