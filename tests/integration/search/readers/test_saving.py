"""Saved searches as people have them: saving, seeing, renaming, deleting; and what is no search."""

import json
from typing import Any

import pytest
from sqlalchemy import delete, select

from kernel.database.roles import DatabaseRole
from search.readers.arguments import Arguments, UnreadableSearch, arguments_kept, kept, read_arguments
from search.readers.saving import MOST_SAVED
from search.tables.readers import due_saved_searches, saved_searches
from tenants.tables import users
from tests.integration.search.readers.conftest import Here

SAVED = "savedSearch { id name text arguments lookedAt problem version }"
LIST = "{ savedSearches(first: 100) { nodes { id name } totalCount } }"


async def saved(here: Here, name: str, role: str = "student", **arguments: Any) -> dict[str, Any]:
    """A search that one of the people saved."""
    given = {"name": name, "arguments": arguments or {"text": name}}
    found: dict[str, Any] = (await here.change("saveSearch", SAVED, given, role))["savedSearch"]
    return found


async def test_a_search_is_saved_as_it_was_asked_and_can_be_asked_so_again(here: Here) -> None:
    term, unit = here.made.ids["session"], here.made.ids["faculty"]
    asked: dict[str, Any] = {
        "text": "Künstliche Intelligenz",
        "language": "de",
        "kinds": ["OFFERING", "COURSE"],
        "near": {"point": {"latitude": 51.5, "longitude": 9.75}},
        "within": {"kilometres": 25},
        "onlineAnywhere": True,
        "filters": {"credits": ["ECTS:7.50"], "seats": ["FREE"], "term": [term], "orgUnit": [unit], "startsFrom": "2026-04-01"},
        "sort": "DISTANCE",
    }  # fmt: skip
    made = await saved(here, "AI near me", **asked)
    assert (made["name"], made["text"], made["version"]) == ("AI near me", "Künstliche Intelligenz", 1)
    again = json.loads(made["arguments"])
    assert again == {**asked, "kinds": ["COURSE", "OFFERING"], "within": {"metres": 25_000.0}}
    second = await saved(here, "The same", **again)
    assert json.loads(second["arguments"]) == again


async def test_a_saved_search_reads_values_as_a_search_does(here: Here) -> None:
    made = await saved(
        here,
        "Any case",
        language="EN",
        near={"institution": "NTUT"},
        within={"metres": 5},
        filters={
            "language": ["ZH-hant"],
            "credits": ["ects:7.5"],
            "institution": ["NTUT"],
            "country": ["de"],
            "region": ["de-be"],
        },
    )
    asked = json.loads(made["arguments"])
    assert (asked["language"], asked["near"]) == ("en", {"institution": "ntut"})
    assert asked["filters"] == {
        "language": ["zh-Hant"],
        "credits": ["ECTS:7.50"],
        "institution": ["ntut"],
        "country": ["DE"],
        "region": ["DE-BE"],
    }


async def test_people_see_change_and_delete_their_own_and_nobody_elses(here: Here) -> None:
    made = await saved(here, "Mine", role="instructor")
    assert made["id"] in {one["id"] for one in (await here.ask(LIST, "instructor"))["savedSearches"]["nodes"]}
    for role in ("student", "tenant_admin", "auditor"):
        assert made["id"] not in {one["id"] for one in (await here.ask(LIST, role))["savedSearches"]["nodes"]}
        node = await here.ask("query($id: ID!) { node(id: $id) { id } }", role, id=made["id"])
        assert node["node"] is None
        for name, given in (("updateSavedSearch", {"name": "Theirs"}), ("deleteSavedSearch", {})):
            selection = "isDeleted" if name.startswith("delete") else SAVED
            (error,) = (await here.tried(name, selection, {"id": made["id"], **given}, role))["userErrors"]
            assert error["code"] == "NOT_FOUND"
    renamed = await here.change(
        "updateSavedSearch", SAVED, {"id": made["id"], "name": "Ours", "expectedVersion": 1}, "instructor"
    )
    assert (renamed["savedSearch"]["name"], renamed["savedSearch"]["version"]) == ("Ours", 2)
    assert renamed["savedSearch"]["arguments"] == made["arguments"]
    await here.change("deleteSavedSearch", "isDeleted", {"id": made["id"]}, "instructor")
    assert made["id"] not in {
        one["id"] for one in (await here.ask(LIST, "instructor"))["savedSearches"]["nodes"]
    }


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({}, []),
        ({"text": "   "}, []),
        ({"text": "x" * 501}, ["text"]),
        ({"text": "x", "within": {"metres": 5}}, ["within"]),
        ({"text": "x", "sort": "DISTANCE"}, ["sort"]),
        ({"text": "x", "near": {}}, ["near"]),
        ({"text": "x", "near": {"offering": "offering_1"}}, ["near", "offering"]),
        ({"text": "x", "near": {"point": {"latitude": 91, "longitude": 0}}}, ["near", "point", "latitude"]),
        ({"text": "x", "near": {"institution": "u"}, "within": {"metres": 0.5}}, ["within", "metres"]),
        ({"text": "x", "language": "no language"}, ["language"]),
        ({"text": "x", "filters": {"term": ["unit_1"]}}, ["filters", "term"]),
        ({"text": "x", "filters": {"credits": ["many"]}}, ["filters", "credits"]),
        ({"text": "x", "filters": {"level": ["1"] * 101}}, ["filters", "level"]),
        (
            {"text": "x", "filters": {"startsFrom": "2026-02-01", "startsUntil": "2026-01-01"}},
            ["filters", "startsUntil"],
        ),
    ],
)
async def test_what_cannot_be_asked_is_not_saved(
    here: Here, arguments: dict[str, Any], path: list[str]
) -> None:
    given = {"name": "No", "arguments": arguments}
    (error,) = (await here.tried("saveSearch", SAVED, given, "student"))["userErrors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "arguments", *path])
    assert "No" not in {one["name"] for one in (await here.ask(LIST, "student"))["savedSearches"]["nodes"]}


async def test_a_person_saves_a_bounded_number(here: Here) -> None:
    for number in range(MOST_SAVED):
        await saved(here, f"Search {number}", role="analyst")
    given = {"name": "One more", "arguments": {"text": "x"}}
    (error,) = (await here.tried("saveSearch", SAVED, given, "analyst"))["userErrors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input"])
    assert (await here.ask(LIST, "analyst"))["savedSearches"]["totalCount"] == MOST_SAVED


async def test_a_repeated_key_saves_once(here: Here) -> None:
    arguments = {"filters": {"level": ["7", "6"], "country": ["DE"]}, "kinds": ["POST", "COURSE"]}
    given = {"name": "Once", "arguments": arguments, "idempotencyKey": "once"}
    first = await here.change("saveSearch", SAVED, given, "registrar")
    arguments = {"filters": {"country": ["DE"], "level": ["6", "7"]}, "kinds": ["COURSE", "POST"]}
    again = await here.change("saveSearch", SAVED, {**given, "arguments": arguments}, "registrar")
    assert again["savedSearch"] == first["savedSearch"]


def test_a_search_of_a_later_version_is_not_taken_for_something_else() -> None:
    stored = kept(Arguments(text="x"))
    assert arguments_kept(stored) == Arguments(text="x")
    for other in ({**stored, "v": 2}, {"v": 1, "arguments": {"text": "x", "mood": "good"}}):
        with pytest.raises(UnreadableSearch):
            arguments_kept(other)
    assert read_arguments({"text": " x "}).text == "x"


async def test_what_an_erased_person_saved_goes_with_them(here: Here) -> None:
    async with here.world.door.write(here.world.as_system(here.slug)) as tx:
        row = {"id": tx.new_id(), "tenant_id": tx.tenant_id, "handle": "gone", "created_at": tx.now}
        row |= {"updated_at": tx.now, "given_name": "G", "family_name": "G", "display_name": "Gone"}
        await tx.connection.execute(users.insert().values(row))
        own = {"tenant_id": tx.tenant_id, "id": tx.new_id(), "user_id": row["id"], "name": "Secret"}
        own |= {"arguments": kept(Arguments(text="x")), "looked_to": tx.now}
        await tx.connection.execute(
            saved_searches.insert().values(**own, created_at=tx.now, updated_at=tx.now)
        )
    async with here.world.door.write(here.world.as_system(here.slug)) as tx:
        await tx.connection.execute(
            delete(users).where(users.c.tenant_id == tx.tenant_id, users.c.id == row["id"])
        )
        left = select(saved_searches.c.id).where(
            saved_searches.c.tenant_id == tx.tenant_id, saved_searches.c.user_id == row["id"]
        )
        assert (await tx.connection.execute(left)).all() == []


async def test_who_saves_is_looked_at_by_workers_once_for_all(here: Here) -> None:
    await saved(here, "First", role="auditor")
    await saved(here, "Second", role="auditor")
    address = here.world.databases.shards["one"]
    async with here.world.databases.connect(address, DatabaseRole.WORKER) as connection:
        due = select(due_saved_searches.c.position).where(
            due_saved_searches.c.tenant_id == here.made.tenant.id,
            due_saved_searches.c.user_id == here.made.number("user:auditor"),
        )
        assert (await connection.execute(due)).scalars().all() == [0]
